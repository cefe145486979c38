"""The program at a terminal: recorded screens, and the question before a write.

`FLOWSHIP_GOLDEN=write` writes the screens anew; read what changed before keeping it.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from pseudo_terminal import Shown, at_terminal, normalised

from deployer.config.inputs import LOCAL_COMMANDS, MODES

DATA = Path(__file__).parents[1] / "data" / "terminal"
WIDTHS = (80, 120)
QUESTION = "Only 'yes' is taken as approval:"
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/triage.yml}
  answer: {source: flows/answer.flow, key: ANSWER}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
SUITE = """\
cases:
  - name: greets
    input: {name: Ada}
    expect: {contains: hello}
"""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    """Three workflows on both platforms."""
    repository.flow("flows/triage.flow", name="triage")
    repository.flow("flows/answer.flow", name="answer")
    repository.workflow()
    repository.write("evals/triage.yml", SUITE)
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", ANSWER="sandbox-workflow-answer", MEINGPT="sandbox-acme")
    return repository


def shown(project: Any, *arguments: str, columns: int = 80, answer: bytes = b"", **variables: str) -> Shown:
    """`answer`: to the question, with its line break."""
    typed = {QUESTION: answer} if answer else {}
    return at_terminal(project.root, *arguments, variables={**project.environment, **variables}, columns=columns, typed=typed)


def check(name: str, text: str) -> None:
    path = DATA / f"{name}.txt"
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("columns", WIDTHS)
def test_help_as_recorded(tmp_path: Path, columns: int) -> None:
    parts = [("flowship --help", at_terminal(tmp_path, "--help", columns=columns))]
    parts += [(f"flowship {command} --help", at_terminal(tmp_path, command, "--help", columns=columns)) for command in (*MODES, *LOCAL_COMMANDS)]
    parts.append(("flowship deploy --help-all", at_terminal(tmp_path, "deploy", "--help-all", columns=columns)))
    assert {screen.code for _, screen in parts} == {0}
    check(f"help-{columns}", "".join(f"$ {command}\n{screen.text}\n" for command, screen in parts))


@pytest.mark.parametrize("color", [True, False], ids=["color", "plain"])
@pytest.mark.parametrize("columns", WIDTHS)
def test_screens_as_recorded(project: Any, columns: int, color: bool) -> None:
    """A first day: lint, plan, doctor, deploy, evals; then a change, a key that is wrong, and files with mistakes."""
    screens = []

    def run(*arguments: str, **variables: str) -> None:
        variables |= {} if color else {"NO_COLOR": "1"}
        screen = at_terminal(project.root, *arguments, variables={**project.environment, **variables}, columns=columns)
        screens.append(f"$ flowship {' '.join(arguments)}\n{normalised(screen.text)}[exit code {screen.code}]\n\n")

    run("lint")
    run("doctor")
    run("plan")
    run("deploy", "--yes", "--release", "always", "--evals", "off")
    run("eval")
    project.flow("flows/triage.flow", name="triage", text="hello")
    run("plan", "--exit-code")
    run("deploy", "--yes", FLOWSHIP_KEY_TRIAGE="nobody-1", FLOWSHIP_KEY_ANSWER="nobody-2")
    run("doctor", FLOWSHIP_KEY_TRIAGE="nobody-1", FLOWSHIP_KEY_ANSWER="nobody-2")
    project.flow("flows/answer.flow", exportType="BOT")
    run("lint", "--notes")
    check(f"screens-{columns}-{'color' if color else 'plain'}", "".join(screens))


def writes(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if request["method"] != "GET"]


@pytest.mark.parametrize("answer", [b"no\n", b"y\n", b"\n", b"\x04"])
def test_deploy_writes_nothing_without_a_yes(project: Any, sandbox: Any, answer: bytes) -> None:
    screen = shown(project, "deploy", answer=answer)
    assert screen.code == 1
    assert "Plan: " in screen.text
    after = re.sub(r"\r?\x1b\[[0-9;]*[Km]", "", screen.text.partition(QUESTION)[2]).strip().splitlines()
    assert after[-1] == "Cancelled: the answer was not 'yes'. Nothing was written"
    assert screen.text.lower().count("cancelled") == 1
    assert writes(sandbox) == []


def test_deploy_applies_the_plan_that_was_shown(project: Any, sandbox: Any) -> None:
    screen = shown(project, "deploy", "--report", "r.json", answer=b"yes\n")
    assert screen.code == 0, screen.text
    (plan_hash,) = set(re.findall(r"Plan hash: ([0-9a-f]{64})", screen.text))
    assert plan_hash in (project.root / "r.json").read_text()
    assert len(writes(sandbox)) == 2


@pytest.mark.parametrize(("arguments", "variables"), [(["--yes"], {}), ([], {"FLOWSHIP_YES": "true"}), ([], {"CI": "true"})])
def test_deploy_does_not_ask(project: Any, arguments: list[str], variables: dict[str, str]) -> None:
    screen = at_terminal(project.root, "deploy", *arguments, variables={**project.environment, **variables})
    assert (screen.code, QUESTION in screen.text) == (0, False)


def test_nothing_to_do_is_not_asked_about(project: Any) -> None:
    assert shown(project, "deploy", "--yes").code == 0
    assert QUESTION not in shown(project, "deploy").text


def test_rollback_and_prune_ask(project: Any, sandbox: Any) -> None:
    assert shown(project, "deploy", "--yes", "--release", "always", "--evals", "off").code == 0
    before = len(writes(sandbox))
    project.flow("flows/triage.flow", name="triage", text="hello")
    assert shown(project, "deploy", "--yes", "--release", "always", "--evals", "off", "--only", "triage").code == 0
    assert len(writes(sandbox)) > before
    before = len(writes(sandbox))
    rolled = shown(project, "rollback", answer=b"no\n")
    assert (rolled.code, "Cancelled" in rolled.text) == (1, True), rolled.text
    project.write("flowship.yml", "\n".join(MANIFEST.split("\n")[:4]) + "\n")
    pruned = shown(project, "deploy", "--release", "always", "--prune", "force", "--evals", "off", answer=b"no\n")
    assert (pruned.code, "delete" in pruned.text) == (1, True), pruned.text
    assert len(writes(sandbox)) == before


def test_interrupt_at_the_question_ends_the_run_and_writes_nothing(project: Any, sandbox: Any) -> None:
    screen = shown(project, "deploy", answer=b"\x03")
    assert screen.code == 1, screen.text
    assert writes(sandbox) == []


def test_plan_tells_by_its_exit_code_whether_there_is_something_to_do(project: Any) -> None:
    assert (project.run("plan").code, project.run("plan", "--exit-code").code) == (0, 5)
    assert project.run("deploy").code == 0
    assert project.run("plan", FLOWSHIP_EXIT_CODE="true").code == 0
