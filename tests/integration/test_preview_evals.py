"""Evals of a pull request's preview: they decide the step's colour, and only tell where the preview is less than the workflow."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import MANIFEST, Events

if TYPE_CHECKING:
    from tests.conftest import Sandbox

BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
SUITE = b"cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"
WITH_EVALS = MANIFEST.replace("    preview:", "    evals: evals/suite.yml\n    preview:")


class Checked(Events):
    """Every commit has the suite."""

    def files(self, *arguments: Any, **changed: Any) -> dict[str, bytes]:
        return super().files(*arguments, **changed) | {"evals/suite.yml": SUITE}


@pytest.fixture
def events(repository: Any, start_sandbox: "Callable[..., Sandbox]") -> Iterator[Events]:
    box = start_sandbox(targets={"gptbots": {"defaults": {"runs": BADLY}}, "meingpt": {"defaults": {"runs": {"*": BADLY}}}})
    with running(GitHub()) as hub:
        yield Checked(repository, box, hub, WITH_EVALS)


def test_a_good_preview_is_green_and_a_worse_one_is_red(events: Events) -> None:
    events.push(12)
    good = events.run(12, "opened")
    assert good.code == 0, good.out
    assert [(each["workflow"], each["evaluated"], each["passed"]) for each in good.report["evals"]] == [
        ("onboarding", "preview", True),
        ("triage", "preview", True),
    ]
    events.push(12, 2, text="worse", greeting="worse")
    worse = events.run(12, push=2)
    assert worse.code == 1
    assert [each["passed"] for each in worse.report["evals"]] == [False, False]
    assert {each["outcome"] for each in worse.report["changes"]} == {"done"}, "the preview stays, to be looked at"
    assert "answers well (evals/suite.yml:1)" in worse.out


def test_run_again_it_is_checked_again(events: Events) -> None:
    events.push(12, text="worse")
    assert events.run(12, "opened").code == 1
    again = events.run(12)
    assert again.code == 1, "nothing changed, and it is as bad as before"
    assert len(again.report["evals"]) == 2


def test_report_and_off(events: Events) -> None:
    events.push(12, text="worse", greeting="worse")
    told = events.run(12, "opened", evals="report")
    assert (told.code, [each["passed"] for each in told.report["evals"]]) == (0, [False, False])
    silent = events.run(12, evals="off")
    assert (silent.code, silent.report["evals"]) == (0, [])


def test_a_preview_that_only_could_be_imported_is_not_run(events: Events) -> None:
    events.sandbox.faults([{"match": {"path": "*/release"}, "do": {"error": 40353}}])
    events.push(12)
    ran = events.run(12, "opened")
    (suite,) = (each for each in ran.report["evals"] if each["workflow"] == "triage")
    assert (suite["cases"][0]["status"], suite["passed"]) == ("not_run", False)
    assert "could not be released" in suite["cases"][0]["why"]
