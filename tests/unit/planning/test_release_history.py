"""What stands after releases and rollbacks, and which release was the last one."""

import pytest

from deployer.model.errors import UsageError
from deployer.planning.release_history import LastRelease, effective_releases, find_last_release
from deployer.state import events
from deployer.state.base import DeployRecord, EnvironmentState, Intent
from deployer.state.replay import replay


def entry(said: str, number: int = 0) -> DeployRecord:
    """`B2:1>A` is content B as version 2, released by run 1 and taking A back."""
    told, _, took_back = said.partition(">")
    content, _, run = told.partition(":")
    return DeployRecord(fingerprint=content[0] * 64, version=content[1:], run=run or str(number), time=number, reverted_fingerprint=took_back * 64)


@pytest.mark.parametrize(
    ("releases", "stands"),
    [
        ("", ""),
        ("A B", "A B"),
        ("A B A>B", "A"),
        ("A B A>B C", "A C"),
        ("A B C B>C A>B", "A"),
        ("A B C A>C", "A"),
        ("A B A", "A B A"),
        ("A B A>B B", "A B"),
        ("A B Z>B", "A Z"),
        ("A B A>B B>A", "B"),
        ("B>C", "B"),
    ],
)
def test_what_stands(releases: str, stands: str) -> None:
    found = effective_releases([entry(said, number) for number, said in enumerate(releases.split())])
    assert " ".join(each.fingerprint[0] for each in found) == stands


def test_what_is_live_again_belongs_to_the_release_that_first_brought_it() -> None:
    (again,) = effective_releases([entry("A1:one", 1), entry("B2:two", 2), entry("A3:three>B", 3)])
    assert (again.version, again.run, again.time, again.reverted_fingerprint) == ("3", "one", 1, "")


def state(**workflows: str) -> EnvironmentState:
    """`"A:1 B:2 ?3"`: releases by run, then an open intent of run 3; `!3` is one to go back."""
    facts: list[events.Event] = []
    for name, said in workflows.items():
        for each in said.split():
            if each[0] in "?!":
                intended = Intent("rollback" if each[0] == "!" else "import", "A" * 64)
                facts.append(events.intent_event("production", each[1:], "", "", {name: intended}))
            else:
                made = entry(each)
                number = int(made.run.partition(".")[0])
                facts.append(
                    events.record_event(
                        "production",
                        made.run,
                        name,
                        None,
                        DeployRecord(fingerprint=made.fingerprint, run=made.run, time=number, reverted_fingerprint=made.reverted_fingerprint),
                    )
                )
    return replay(facts, "production")


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (state(a="A:1 B:2", b="A:1 B:2"), LastRelease(("a", "b"), "2")),
        (state(a="A:1 B:2", b="A:1"), LastRelease(("a",), "2")),
        (state(a="A:1", b="B:1.1"), LastRelease(("a", "b"), "1")),
        (state(a="A:1 B:2 A:3>B", b="A:1 B:2"), LastRelease(("b",), "2")),
        (state(a="A:1 B:2 A:3>B", b="A:1 B:2 A:3>B"), LastRelease(("a", "b"), "1")),
        (state(a="A:1 B:2", b="A:1 ?2"), LastRelease(("a", "b"), "2")),
        (state(a="A:1 B:2", b="A:1 ?7"), LastRelease(("a",), "2")),
        (state(a="A:1 B:2 A:3>B", b="A:1 B:2 !3"), LastRelease(("b",), "2", "3")),
        (state(a="A:1 B:2 A:9.1>B", b="A:1 B:2"), LastRelease(("a", "b"), "2", "9")),
        (state(a="A:1 B:2 A:9.1>B", b="A:1 B:2 A:9.1>B"), LastRelease(("a", "b"), "2", "9")),
        (state(a="A:1 B:2 A:9.1>B C:10", b="A:1 B:2"), LastRelease(("a", "b"), "2", "9")),
    ],
)
def test_the_last_release(there: EnvironmentState, found: LastRelease) -> None:
    assert find_last_release(there, ["b", "a"], "9.2") == found


def test_nothing_released_is_nothing_to_roll_back() -> None:
    with pytest.raises(UsageError, match="has no release"):
        find_last_release(state(a="?1"), ["a"], "9")
