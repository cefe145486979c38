"""Which suites `eval` runs, and what it refuses."""

import pytest
from run_contexts import run_context

from deployer.commands import eval as command
from deployer.evals.suite import Case, Suite
from deployer.model.errors import UsageError
from deployer.model.report import Report
from deployer.pipeline import plan
from deployer.pipeline.project import Project

SUITES = {
    "a": Suite("evals/a.yml", (Case("one", 1, tags=("fast",)), Case("two", 2, tags=("slow", "big")))),
    "b": Suite("evals/b.yml", (Case("three", 3),)),
}


def run(monkeypatch: pytest.MonkeyPatch, suites: dict[str, Suite], tags: tuple[str, ...] = (), **options: str) -> tuple[Report, dict[str, list[str]]]:
    cases: dict[str, list[str]] = {}

    def run_suites(_context: object, _project: object, report: Report, suites: dict[str, Suite]) -> Report:
        cases.update({name: [case.name for case in suite.cases] for name, suite in suites.items()})
        return report

    monkeypatch.setattr(plan, "read", lambda _, report: (Project("production", ("production",), (), ()), report))
    monkeypatch.setattr(command, "suites_of", lambda *_: suites)
    monkeypatch.setattr(command, "_run_suites", run_suites)
    context = run_context(mode="eval", **options)  # type: ignore[arg-type]
    settings = context.settings._replace(evals=context.settings.evals._replace(tags=tags))
    object.__setattr__(context, "settings", settings)
    return command.run(context, Report(mode="eval")), cases


def test_all_cases_run_without_a_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, SUITES)[1] == {"a": ["one", "two"], "b": ["three"]}


def test_cases_with_one_of_the_tags_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, SUITES, ("big", "other"))[1] == {"a": ["two"]}


def test_unknown_tag_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(plan.Aborted) as refused:
        run(monkeypatch, SUITES, ("none",))
    assert "big, fast, slow" in refused.value.error.fix


def test_evals_that_are_off_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError):
        run(monkeypatch, SUITES, evals="off")


def test_named_workflow_without_a_suite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, SUITES, only="b")[1]
    with pytest.raises(plan.Aborted) as refused:
        run(monkeypatch, SUITES, only="c")
    assert refused.value.error.code == "no-suite"


def test_no_suite_at_all_is_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    report, cases = run(monkeypatch, {})
    assert (cases, len(report.notices)) == ({}, 1)
