"""Verifying keys and targets: reachable, right kind, may list, two environments on one target. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.report import DoctorRow
from deployer.model.workflow import Workflow
from deployer.platforms.connections import Connections


@dataclass(frozen=True, slots=True)
class DoctorTarget:
    """A workflow in an environment, with the clients of that environment."""

    environment: str
    workflow: Workflow
    clients: Connections


def examine(pairs: Sequence[DoctorTarget], concurrency: int, clock: Clock) -> tuple[DoctorRow, ...]:
    """One row per pair, in the given order."""
    rows = dict(BoundedExecutor(_examine, clock, concurrency).run(pairs))
    return _apart([row if isinstance(row := rows[index], DoctorRow) else _not_reached(pair) for index, pair in enumerate(pairs)])


def _examine(pair: DoctorTarget) -> DoctorRow:
    if pair.clients.key_of(pair.workflow) is None:
        name = pair.workflow.key or "api-key"
        return _row(pair, problem=Failure("missing-key", f"No key named {name} was given.", f"Add `{name}=…` to `keys`."))
    try:
        check = pair.clients.target(pair.workflow).check_key()
        return _row(pair, check.target, check.facts, check.failure)
    except FlowshipError as error:
        return _row(pair, problem=Failure(error.code, error.message, error.fix))


def _row(pair: DoctorTarget, target: str = "", facts: tuple[str, ...] = (), problem: Failure | None = None) -> DoctorRow:
    workflow = pair.workflow
    return DoctorRow(workflow.name, pair.environment, workflow.platform, problem is None, target, facts, problem)


def _not_reached(pair: DoctorTarget) -> DoctorRow:
    return _row(
        pair, problem=Failure("TIME_LIMIT", "The time limit was reached, or the run was stopped, before this target was asked.", "Raise `timeout`.")
    )


def _apart(rows: Sequence[DoctorRow]) -> tuple[DoctorRow, ...]:
    """Two rows on one target: the second one says so."""
    owners: dict[tuple[str, str], DoctorRow] = {}
    checked = []
    for row in rows:
        owner = owners.setdefault((row.platform, row.target), row) if row.target else row
        checked.append(row if owner is row else _shared(row, owner))
    return tuple(checked)


def _shared(row: DoctorRow, owner: DoctorRow) -> DoctorRow:
    message = f"It is the same target ({row.target}) as {owner.workflow} in {owner.environment}: each would overwrite the other."
    return DoctorRow(
        row.workflow,
        row.environment,
        row.platform,
        False,
        row.target,
        row.facts,
        Failure("shared-target", message, "Give each its own target and key."),
    )
