"""What ends a run before there is a report: the version, a refusal, a bug."""

import re
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from runner_grammar import Grammar

from deployer import __version__
from deployer.cli.main import main
from deployer.model.errors import UsageError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes every command fail with this error."""
    for name in ("FLOWSHIP_DEBUG", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)

    def fail_with(error: Exception) -> None:
        def start(*_: Any) -> NoReturn:
            raise error

        monkeypatch.setattr("deployer.cli.dispatch.start", start)

    return fail_with


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowship {__version__}\n"


def test_bug_exits_3_with_kind_and_position_and_without_its_text(failing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failing(KeyError("sk-the-key"))
    assert main(["plan"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("flowship: a bug in Flowship: KeyError at cli/main.py:")
    assert "sk-the-key" not in printed.err


def test_bug_in_the_action_is_an_annotation(failing: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(KeyError("sk-the-key"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["plan"]) == 3
    printed = capsys.readouterr().out
    assert printed.startswith("::error title=A bug in Flowship::KeyError at cli/main.py:")
    assert "sk-the-key" not in printed


@pytest.mark.parametrize("action", ["", "true"])
def test_bug_shows_its_traceback_for_debugging(
    failing: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    failing(KeyError("x\r::error::y\x1b[31m", "##[error]z"))
    monkeypatch.setenv("FLOWSHIP_DEBUG", "1")
    monkeypatch.setenv("GITHUB_ACTIONS", action)
    assert main(["plan"]) == 3
    printed = capsys.readouterr()
    assert "Traceback" in printed.err
    assert "KeyError" in printed.err
    assert not re.search(r"[\r\x1b]", printed.err)
    assert not action or Grammar().read(printed.out + printed.err) == []


def test_refusal_exits_with_its_code_and_shows_no_control_characters(failing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failing(UsageError("No \x1b[31mmanifest.", fix="Write one."))
    assert main(["plan"]) == 2
    assert capsys.readouterr().err == "flowship: No \\x1b[31mmanifest. Fix: Write one.\n"


def test_closed_output_exits_1_in_silence(failing: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(BrokenPipeError())
    replaced: list[int] = []
    monkeypatch.setattr("os.dup2", lambda _, descriptor: replaced.append(descriptor))
    assert main(["plan"]) == 1
    assert (replaced, capsys.readouterr().err) == ([1], "")


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("manifest", "report"):
        assert main(["schema", name]) == 0
        assert capsys.readouterr().out.startswith("{")
