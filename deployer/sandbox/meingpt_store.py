"""meinGPT in the store: organisations, their workflows, their executions."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from deployer.model import fingerprint
from deployer.sandbox.run_scripts import ScriptedAnswer
from deployer.sandbox.store import SandboxStore, dump_json, now_ms
from deployer.sandbox.targets_file import Organisation

DEFINITION_FIELDS = ("name", "description", "trigger", "steps", "variables")


class WorkflowRow(NamedTuple):
    """A workflow. `definition` holds the fields as they were sent, `updated` and `created` epoch milliseconds."""

    id: str
    organisation: str
    status: str
    definition: dict[str, Any]
    hook: str
    created: int
    updated: int
    executions: int


class ExecutionRow(NamedTuple):
    """A run on meinGPT: `status` is the one it ends with, after `wait` milliseconds; `duration` is what it reports."""

    id: str
    workflow: str
    status: str
    started: int
    wait: int
    duration: int
    steps: list[dict[str, Any]] | None
    output: Any


def iso_time(epoch_ms: int) -> str:
    """`2024-01-15T10:00:00Z`, with milliseconds where there are any: two updates must not look like one."""
    time = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    text = time.isoformat(timespec="milliseconds" if epoch_ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def _epoch_ms(text: Any) -> int:
    """The reverse; now, when there is no such text."""
    return round(datetime.fromisoformat(text).timestamp() * 1000) if isinstance(text, str) else now_ms()


class MeingptStore:
    """All that the meinGPT calls read and write."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._stored_organisations: set[str] = set()

    def clear_cache(self) -> None:
        self._stored_organisations.clear()

    def ensure_organisation(self, organisation: Organisation) -> None:
        """Store the organisation on its first use, with the workflows and executions that the targets file gives it."""
        if organisation.name in self._stored_organisations:
            return
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO organisations VALUES (?)", (organisation.name,))
            for seed in organisation.workflows:
                if self._store.mark_seeded(f"workflow {seed['id']}"):
                    self._seed_workflow(organisation, seed)
            for seed in organisation.run_records:
                if self._store.mark_seeded(f"execution {seed['execution_id']}"):
                    self._seed_execution(organisation, seed)
        self._stored_organisations.add(organisation.name)

    def _seed_workflow(self, organisation: Organisation, seed: Mapping[str, Any]) -> None:
        definition = {name: seed[name] for name in DEFINITION_FIELDS if name in seed}
        status = str(seed.get("status") or organisation.default_status)
        hook = str(seed.get("webhook_id") or f"wh_{secrets.token_hex(8)}")
        times = (_epoch_ms(seed.get("created_at")), _epoch_ms(seed.get("updated_at")))
        self._insert_workflow(str(seed["id"]), organisation.name, status, definition, hook, *times, int(seed.get("execution_count", 0)))

    def _seed_execution(self, organisation: Organisation, seed: Mapping[str, Any]) -> None:
        status, started, duration = str(seed.get("status", "completed")), _epoch_ms(seed.get("started_at")), int(seed.get("duration_ms", 0))
        run = ExecutionRow(seed["execution_id"], seed["workflow_id"], status, started, 0, duration, seed.get("steps"), seed.get("output"))
        self._insert_execution(run, organisation.name, seeded=True)

    def _insert_workflow(
        self, workflow: str, organisation: str, status: str, definition: Mapping[str, Any], hook: str, created: int, updated: int, runs: int
    ) -> None:
        self._store.db.execute(
            "INSERT INTO workflows (id, organisation, status, definition, hook, created, updated, executions) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (workflow, organisation, status, dump_json(definition), hook, created, updated, runs),
        )

    def _insert_execution(self, run: ExecutionRow, organisation: str, *, seeded: bool) -> None:
        values = (
            run.id, run.workflow, organisation, run.status, run.started, run.wait, run.duration, dump_json(run.steps), dump_json(run.output), seeded,
        )  # fmt: skip
        self._store.db.execute("INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def create(self, organisation: Organisation, definition: Mapping[str, Any]) -> WorkflowRow:
        workflow, now = f"wf_{secrets.token_hex(8)}", now_ms()
        self._insert_workflow(workflow, organisation.name, organisation.default_status, definition, f"wh_{secrets.token_hex(8)}", now, now, 0)
        row = self.find(organisation.name, workflow)
        assert row is not None  # just inserted  # noqa: S101
        return row

    def _select(self, condition: str, *values: str | int) -> list[WorkflowRow]:
        rows = self._store.db.execute("SELECT * FROM workflows WHERE " + condition, values)  # noqa: S608 - conditions of this file
        return [_workflow_row(row) for row in rows]

    def find(self, organisation: str, workflow: str) -> WorkflowRow | None:
        return next(iter(self._select("organisation = ? AND id = ?", organisation, workflow)), None)

    def find_by_webhook(self, hook: str) -> WorkflowRow | None:
        return next(iter(self._select("hook = ?", hook)), None)

    def workflows(self, organisation: str) -> list[WorkflowRow]:
        """In order of creation."""
        return self._select("organisation = ? ORDER BY seq", organisation)

    def page(self, organisation: str, page: int, per_page: int) -> tuple[list[WorkflowRow], int]:
        """That page (from 1) in order of creation, and how many workflows there are in all."""
        total = self._store.db.execute("SELECT COUNT(*) FROM workflows WHERE organisation = ?", (organisation,)).fetchone()[0]
        rows = self._select("organisation = ? ORDER BY seq LIMIT ? OFFSET ?", organisation, per_page, (page - 1) * per_page)
        return rows, int(total)

    def update(self, row: WorkflowRow, changes: Mapping[str, Any], status: str) -> None:
        """Merge the given fields. `updated` always moves on, also within one millisecond."""
        values = (dump_json({**row.definition, **changes}), status, max(now_ms(), row.updated + 1), row.id)
        self._store.db.execute("UPDATE workflows SET definition = ?, status = ?, updated = ? WHERE id = ?", values)

    def delete(self, workflow: str) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM executions WHERE workflow = ?", (workflow,))
            db.execute("DELETE FROM workflows WHERE id = ?", (workflow,))

    def count_charged_executions(self, organisation: str) -> int:
        """How many executions the organisation has started: what its credits pay for."""
        sql = "SELECT COUNT(*) FROM executions WHERE organisation = ? AND NOT seeded"
        return int(self._store.db.execute(sql, (organisation,)).fetchone()[0])

    def add_execution(self, row: WorkflowRow, run_input: Any, answer: ScriptedAnswer) -> ExecutionRow:
        output = run_input if answer.output is None else answer.output
        run = ExecutionRow(
            f"exec_{secrets.token_hex(8)}", row.id, answer.status or "completed", now_ms(),
            round(answer.wait * 1000), round(answer.duration * 1000), None, output,
        )  # fmt: skip
        with self._store.transaction() as db:
            self._insert_execution(run, row.organisation, seeded=False)
            db.execute("UPDATE workflows SET executions = executions + 1 WHERE id = ?", (row.id,))
        return run

    def find_execution(self, organisation: str, workflow: str, run: str) -> ExecutionRow | None:
        sql = "SELECT * FROM executions WHERE organisation = ? AND workflow = ? AND id = ?"
        row = self._store.db.execute(sql, (organisation, workflow, run)).fetchone()
        if not row:
            return None
        columns = (row["id"], row["workflow"], row["status"], row["started"], row["wait"], row["duration"])
        return ExecutionRow(*columns, json.loads(row["steps"]), json.loads(row["output"]))

    def organisations(self) -> list[str]:
        return [row[0] for row in self._store.db.execute("SELECT name FROM organisations ORDER BY name")]


def definition_fingerprint(row: WorkflowRow) -> str:
    """64 hex digits over what was sent, without what the server added: the number that Flowship computes for the file."""
    return fingerprint.of_definition(row.definition)


def _workflow_row(row: sqlite3.Row) -> WorkflowRow:
    counts = (row["created"], row["updated"], row["executions"])
    return WorkflowRow(row["id"], row["organisation"], row["status"], json.loads(row["definition"]), row["hook"], *counts)
