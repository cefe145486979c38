"""The question between a plan and its apply, where a person can answer it. What is applied then is the plan that was shown, and no other."""

from dataclasses import replace

from deployer.config.spelling import Spelling
from deployer.model.errors import FlowshipError
from deployer.model.plan import Plan
from deployer.pipeline.context import RunContext
from deployer.pipeline.plan import Aborted, PreparedPlan
from deployer.render import plain_text
from deployer.render.redact import redacted, respelled

CANCELLED = "CANCELLED"


def ask(context: RunContext, prepared: PreparedPlan) -> PreparedPlan:
    """The plan, approved: by a person who was shown it, by `yes` or `plan-hash`, or unasked: without a terminal, or with nothing to write.

    If another run writes meanwhile, an approved plan is not made again, and nothing is written. The time until the answer is not the run's.
    Raises Aborted for any answer but 'yes'.
    """
    if context.ask is None or not is_needed(context, prepared.plan):
        return prepared
    _show(context, prepared)
    environment = prepared.report.environment
    question = f"Apply this plan to {environment}? Only 'yes' is taken as approval:"
    left = context.clock.remaining
    answer = context.ask(question, lambda: context.clock.stopped or not context.clock.remaining)
    context.clock.add(left - context.clock.remaining)
    if answer != "yes":
        raise _cancelled(prepared, answer)
    return prepared._replace(replan=None, report=replace(prepared.report, plan_shown=True))


def is_needed(context: RunContext, plan: Plan) -> bool:
    """Whether a person is to be asked before this plan is applied."""
    settings = context.settings
    return context.ask is not None and not (settings.deploy.yes or settings.deploy.plan_hash or settings.sandbox) and bool(plan.writes)


def _show(context: RunContext, prepared: PreparedPlan) -> None:
    """Print the plan as the mode `plan` does."""
    spell = Spelling(context.settings.in_action, context.settings.variables).text
    report = respelled(redacted(replace(prepared.report, mode="plan"), context.redactor), spell)
    *sections, end = plain_text.sections(report, spell)
    for section in sections:
        with context.console.group(section.title):
            for level, line in section.lines:
                context.console.line(line, level)
    context.console.line(end.title)
    context.console.line(f"Plan hash: {report.plan_hash}")


def _cancelled(prepared: PreparedPlan, answer: str | None) -> Aborted:
    """The plan was shown already, so the report has none."""
    reason = "There was no answer" if answer is None else "The answer was not 'yes'"
    error = FlowshipError(f"{reason}. Nothing was written.", fix="Run it again and answer 'yes', or give `yes: true`.", code=CANCELLED)
    return Aborted(replace(prepared.report, outcomes=(), findings=(), notices=(), plan_hash="", requests_needed={}), error)
