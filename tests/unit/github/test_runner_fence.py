"""The second fence of the log: what looks like command syntax stands between `stop-commands` and its token, whether escaping holds or not."""

from typing import Any

import pytest
from runner_grammar import Grammar

from deployer.github import runner as runner_module


@pytest.fixture
def unescaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if escaping had a hole: a text goes into the log as it is, in one line."""
    monkeypatch.setattr(runner_module, "log_line", lambda text: text.replace("\n", "\\n").replace("\r", "\\r"))


@pytest.mark.parametrize("text", ["::error::x", "  ::set-output name=a::b", "triage ##[error]x", "::add-mask::x\n::error::y"])
@pytest.mark.usefixtures("unescaped")
def test_fence_holds_where_escaping_does_not(text: str, log: Any) -> None:
    log.runner.line(text)
    with log.runner.guard():
        print(text)
    assert log.commands() == []
    assert Grammar(respects_stop=False).read(log.text())  # these are commands, were it not for the fence


def test_suspicious_line_stands_between_stop_commands_and_its_token(log: Any) -> None:
    log.runner.line("triage: ::error::x")
    start, _, end = log.text().splitlines()
    token = start.removeprefix("::stop-commands::")
    assert start != token
    assert end == f"::{token}::"


def test_token_is_new_for_each_run_and_too_long_to_guess(tmp_path: Any) -> None:
    tokens = set()
    for name in ("a", "b"):
        with (tmp_path / name).open("w", encoding="utf-8") as stream:
            runner_module.Runner({}, stream).line("::error::x")
        tokens.add((tmp_path / name).read_text(encoding="utf-8").splitlines()[0].removeprefix("::stop-commands::"))
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)


@pytest.mark.usefixtures("unescaped")
def test_line_that_repeats_the_token_cannot_be_foreseen(log: Any) -> None:
    log.runner.line("::stop-commands::aaaa")
    log.runner.line("::aaaa::")
    log.runner.line("::error::x")
    assert log.commands() == []


@pytest.mark.usefixtures("unescaped")
def test_guard_fences_lines_that_are_written_in_pieces(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with log.runner.guard():
        print(":", end="")
        print(":error::x", end="")
    assert log.commands() == []
    assert capsys.readouterr().out == ""
