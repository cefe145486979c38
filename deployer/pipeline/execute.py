"""Applying a prepared plan: records under their new names, records of interrupted runs, this run's turn, and every job."""

from collections.abc import Mapping
from dataclasses import replace

from deployer.apply import executor, quota, recovery, run_queue
from deployer.apply.backup import save_definition
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.pipeline.context import RunContext
from deployer.pipeline.plan import MovedRecord, PreparedPlan, drift_block
from deployer.pipeline.project import Project
from deployer.platforms.write_context import WriteContext
from deployer.render.plain_text import one_line
from deployer.render.redact import redacted


def apply(context: RunContext, project: Project, prepared: PreparedPlan) -> Report:
    """The report with one outcome for each change. Nothing is written where drift blocks the plan, as it is or as it is made again."""
    blocked = drift_block(prepared.plan)
    if blocked:
        return replace(prepared.report, outcomes=tuple(executor.not_applied(change, blocked) for change in prepared.plan))
    flushed: tuple[str, ...] = ()
    try:
        _move_records(context, project.environment, prepared.moved)
        recovered = recovery.record_for_earlier_run(prepared.unrecorded, context.services.state, project.environment, context.run)
        write_context = _write_context(context, prepared)
        ready = run_queue.ready(prepared.plan, write_context, prepared.replan, context.console.line)
        blocked = drift_block(ready.plan)
        outcomes = run_queue.refused(ready, write_context, blocked) if blocked else _execute_with_deployment(context, ready, write_context)
    finally:
        flushed = context.services.state.flush()
    notices = (*recovered, *ready.notices, *quota.unfinished_notice(outcomes), *flushed, *_ids_to_keep(context, project, outcomes))
    report = replace(
        prepared.report, plan_hash=ready.plan.hash, outcomes=tuple(map(_compared_with_before, outcomes)), requests=prepared.connections.requests()
    )
    return replace(report, notices=(*report.notices, *notices))


def execute(context: RunContext, ready: run_queue.ReadyPlan, write_context: WriteContext) -> tuple[Outcome, ...]:
    """Every job of the plan done, with progress on the console."""
    with context.console.progress(len(ready.jobs)) as advance:
        return executor.apply(
            ready.plan,
            ready.jobs,
            write_context,
            rivals=ready.rivals,
            concurrency=context.settings.limits.concurrency,
            fail_fast=context.settings.limits.fail_fast,
            advance=lambda outcome: advance(lambda: one_line(redacted(_without_difference(outcome), context.redactor))),
        )


def _compared_with_before(outcome: Outcome) -> Outcome:
    """The outcome, whose difference does not call live what this run replaced, or may have replaced."""
    difference = outcome.change.difference
    if difference is None or not (outcome.live or outcome.outcome == "unknown"):
        return outcome
    return replace(outcome, change=replace(outcome.change, difference=difference.after_release()))


def _without_difference(outcome: Outcome) -> Outcome:
    """The outcome as one line shows it, which has nothing of the definition."""
    return replace(outcome, change=replace(outcome.change, difference=None))


def _execute_with_deployment(context: RunContext, ready: run_queue.ReadyPlan, write_context: WriteContext) -> tuple[Outcome, ...]:
    if ready.jobs:
        context.services.deployments.begin(ready.plan.environment)
    for line in quota.forecast(ready.plan.writes, write_context.connections, context.clock):
        context.console.line(line)
    return execute(context, ready, write_context)


def _write_context(context: RunContext, prepared: PreparedPlan) -> WriteContext:
    outputs = context.settings.outputs
    return WriteContext(
        connections=prepared.connections,
        state=context.services.state,
        clock=context.clock,
        policy=prepared.policy,
        run=context.run,
        message=context.commit.subject,
        redact=context.redactor,
        save=lambda change, body: save_definition(
            context.folder, outputs.report or outputs.html, change.workflow, redacted(body, context.redactor), context.guarded
        ),
        refused=prepared.blocked,
    )


def _move_records(context: RunContext, environment: str, moved: Mapping[str, MovedRecord]) -> None:
    """Record at the new place first: cut off in between, both places have the records, and the target still has an owner."""
    state = context.services.state
    for new, old in sorted(moved.items()):
        state.put(environment, context.run, new, old.record)
        state.remove(old.environment, context.run, old.name, owner=old.owner)


def _ids_to_keep(context: RunContext, project: Project, outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """A notice for each workflow created where the state ends with the job: only the manifest can keep its id for the next run."""
    if not context.settings.in_action or context.settings.sandbox or context.services.state.is_durable:
        return ()
    created = [outcome for outcome in outcomes if outcome.change.action == "create" and outcome.outcome == "done"]
    return tuple(
        f"{outcome.change.workflow.name} was created in {project.environment} as {outcome.target}. "
        f"Add `id: {outcome.target}` to its entry in {project.manifest_path or 'a manifest'}: on a fresh runner Flowship cannot find it otherwise."
        for outcome in created
    )
