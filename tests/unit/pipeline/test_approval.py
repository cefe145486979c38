"""The question between plan and apply: when it is asked, and what each answer means."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from run_contexts import run_context

from deployer.model.change import Unchanged, WriteDraft
from deployer.model.exit_codes import exit_code
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import approval
from deployer.pipeline.plan import Aborted, PreparedPlan

TRIAGE = Workflow("triage", Source("flows/triage.flow", "gptbots", "workflow", b"{}", {}), "TRIAGE")
WRITES = Plan("production", (WriteDraft(workflow=TRIAGE, observed=Observed()),))
IDLE = Plan("production", (Unchanged(workflow=TRIAGE, observed=Observed()),))


def prepared(plan: Plan) -> PreparedPlan:
    report = Report(mode="deploy", environment="production", plan_hash=plan.hash, notices=("a notice",))
    return PreparedPlan(plan, None, Policy(environment="production"), report, replan=lambda: plan)  # type: ignore[arg-type]


class Person:
    """Answers, and keeps the questions."""

    def __init__(self, answer: str | None) -> None:
        self.questions: list[str] = []
        self._answer = answer

    def __call__(self, question: str, is_over: Callable[[], bool]) -> str | None:
        self.questions.append(question)
        return self._answer


def ask(person: Person | None, plan: Plan = WRITES, options: Mapping[str, Any] = {}) -> PreparedPlan:
    return approval.ask(replace(run_context(mode="deploy", **options), ask=person), prepared(plan))


def test_yes_approves_the_plan_that_was_shown_and_no_other() -> None:
    person = Person("yes")
    context = replace(run_context(mode="deploy"), ask=person)
    approved = approval.ask(context, prepared(WRITES))
    assert (approved.plan, approved.replan, approved.report.plan_shown) == (WRITES, None, True)
    assert person.questions == ["Apply this plan to production? Only 'yes' is taken as approval:"]
    console: Any = context.console
    assert f"Plan hash: {WRITES.hash}" in console.lines


@pytest.mark.parametrize("answer", ["no", "y", "YES", "", None])
def test_any_other_answer_ends_the_run_with_1(answer: str | None) -> None:
    with pytest.raises(Aborted) as cancelled:
        ask(Person(answer))
    error, report = cancelled.value.error, cancelled.value.report
    assert (error.exit_code, error.code) == (1, "CANCELLED")
    assert error.message.endswith("Nothing was written.")
    assert (report.outcomes, report.plan_hash, exit_code(report)) == ((), "", 0)


@pytest.mark.parametrize(
    ("plan", "options"), [(IDLE, {}), (WRITES, {"yes": "true"}), (WRITES, {"plan_hash": WRITES.hash}), (WRITES, {"sandbox": "true"})]
)
def test_nobody_is_asked(plan: Plan, options: dict[str, str]) -> None:
    person = Person("no")
    assert ask(person, plan, options).replan is not None
    assert person.questions == []


def test_without_a_person_the_plan_is_made_again_where_others_wrote() -> None:
    assert ask(None).replan is not None


def test_the_time_until_the_answer_is_not_the_runs() -> None:
    context = run_context(mode="deploy")
    left = []

    def answer_late(_question: str, _is_over: Callable[[], bool]) -> str:
        left.append(context.clock.remaining)
        time.sleep(0.2)
        return "yes"

    approval.ask(replace(context, ask=answer_late), prepared(WRITES))
    assert left[0] - context.clock.remaining < 0.1
