"""The table of commands, and what is decided before one of them runs."""

import io
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from deployer.cli.dispatch import COMMANDS, make_context, run
from deployer.config.inputs import MODES
from deployer.config.reader import read
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.pipeline.context import RunContext
from deployer.publish.terminal import open_console


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules whose `run` was called: every command is replaced by one that does nothing."""
    calls: list[str] = []

    def stand_in(module: str) -> Callable[[RunContext, Report], Report]:
        def run(_context: RunContext, report: Report) -> Report:
            calls.append(module)
            return report

        return run

    for command in COMMANDS.values():
        if command.module:
            monkeypatch.setattr(import_module(command.module), "run", stand_in(command.module))
    return calls


def context(options: dict[str, str], environ: dict[str, str] | None = None) -> RunContext:
    return make_context(read(options, environ or {}), environ or {}, open_console(io.StringIO(), {}), Redactor(()))


ON_GITHUB = {"GITHUB_REPOSITORY": "acme/flows"}


def test_cleanup_is_refused_where_nothing_names_the_repository(ran: list[str]) -> None:
    report = run(context({"mode": "cleanup"}))
    assert (report.exit_code, ran) == (2, [])
    assert report.problem
    assert "which pull requests are closed" in report.problem.message
    assert "GITHUB_REPOSITORY" in report.problem.fix


def test_every_mode_but_auto_has_a_command() -> None:
    assert set(COMMANDS) == {*MODES, "nothing", "show"} - {"auto"}


@pytest.mark.parametrize("mode", sorted(set(COMMANDS) - {"nothing"}))
def test_command_takes_context_and_report(mode: str) -> None:
    parameters = list(signature(import_module(COMMANDS[mode].module).run).parameters)
    assert parameters == ["context", "report"]


@pytest.mark.parametrize("mode", sorted(set(COMMANDS) - {"nothing"}))
def test_mode_runs_its_own_command(mode: str, ran: list[str]) -> None:
    report = run(context({"mode": mode}, ON_GITHUB))
    assert (ran, report.mode, report.exit_code) == ([COMMANDS[mode].module], mode, 0)


@pytest.mark.parametrize(
    ("mode", "dry_mode"), [("deploy", "plan"), ("plan", "plan"), ("rollback", "rollback"), ("adopt", "adopt"), ("drift", "drift"), ("lint", "lint")]
)
def test_dry_run_writes_nothing(mode: str, dry_mode: str, ran: list[str]) -> None:
    assert run(context({"mode": mode, "dry-run": "true"})).mode == dry_mode
    assert ran == [COMMANDS[dry_mode].module]


@pytest.mark.parametrize("mode", ["preview", "cleanup"])
def test_dry_run_is_refused_for_modes_that_would_write(mode: str, ran: list[str]) -> None:
    report = run(context({"mode": mode, "dry-run": "true"}, ON_GITHUB))
    assert (report.exit_code, ran) == (2, [])
    assert report.problem
    assert mode in report.problem.message


@pytest.mark.parametrize(("name", "mode"), [("to", "rollback"), ("key-name", "adopt")])
def test_input_of_another_mode_is_refused(name: str, mode: str, ran: list[str]) -> None:
    refused = run(context({"mode": "deploy", name: "x"}))
    assert (refused.exit_code, ran) == (2, [])
    assert refused.problem
    assert f"`mode: {mode}`" in refused.problem.fix
    assert run(context({"mode": mode, name: "x"})).exit_code == 0
    assert ran == [COMMANDS[mode].module]


@pytest.mark.parametrize(("mode", "code", "runs"), [("plan", 2, 0), ("deploy", 2, 0), ("cleanup", 0, 1)])
def test_keys_are_kept_from_pull_requests_of_forks(mode: str, code: int, runs: int, ran: list[str], tmp_path: Path) -> None:
    """Under `pull_request_target` a fork's run has the repository's keys: only the clean-up, which reads no file of it, may use them."""
    (tmp_path / "event.json").write_text('{"pull_request": {"number": 7, "head": {"sha": "b", "repo": {"full_name": "else/where"}}}}')
    environ = {
        "GITHUB_EVENT_NAME": "pull_request_target",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "acme/flows",
        "FLOWSHIP_KEYS": "A=the-key",
    }
    assert (run(context({"mode": mode}, environ)).exit_code, len(ran)) == (code, runs)


def test_auto_of_deleted_branch_runs_nothing(ran: list[str]) -> None:
    report = run(context({}, {"GITHUB_EVENT_NAME": "delete", "GITHUB_REF": "refs/heads/main"}))
    assert (report.mode, report.exit_code, ran) == ("nothing", 0, [])


def test_exit_code_of_report_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(_context: RunContext, report: Report) -> Report:
        return replace(report, exit_code=2)

    monkeypatch.setattr(import_module("deployer.commands.plan"), "run", plan)
    assert run(context({"mode": "plan"})).exit_code == 2
