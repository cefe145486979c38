"""meinGPT in the store: organisations, their workflows, their executions."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from deployer.model import fingerprint
from deployer.sandbox.scripts import Answer
from deployer.sandbox.store import Store, dump, now_ms
from deployer.sandbox.targets import Organisation

DEFINITION_FIELDS = ("name", "description", "trigger", "steps", "variables")


class Row(NamedTuple):
    """A workflow. `definition` holds the fields as they were sent, `updated` and `created` epoch milliseconds."""

    id: str
    organisation: str
    status: str
    definition: dict[str, Any]
    hook: str
    created: int
    updated: int
    executions: int


class Execution(NamedTuple):
    """A run on meinGPT: `status` is the one it ends with, after `wait` milliseconds; `duration` is what it reports."""

    id: str
    workflow: str
    status: str
    started: int
    wait: int
    duration: int
    steps: list[dict[str, Any]] | None
    output: Any


def iso(epoch_ms: int) -> str:
    """`2024-01-15T10:00:00Z`, with milliseconds where there are any: two updates must not look like one."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    text = moment.isoformat(timespec="milliseconds" if epoch_ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def epoch_ms(text: Any) -> int:
    """The reverse; now, when there is no such text."""
    return round(datetime.fromisoformat(text).timestamp() * 1000) if isinstance(text, str) else now_ms()


class Workflows:
    """All that the meinGPT calls read and write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[str] = set()

    def forget(self) -> None:
        self._known.clear()

    def know(self, organisation: Organisation) -> None:
        """Make the organisation on its first use, with the workflows and executions that the targets file gives it."""
        if organisation.name in self._known:
            return
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO organisations VALUES (?)", (organisation.name,))
            for seed in organisation.workflows:
                if self._store.first_time(f"workflow {seed['id']}"):
                    self._seed_workflow(organisation, seed)
            for seed in organisation.run_records:
                if self._store.first_time(f"execution {seed['execution_id']}"):
                    self._seed_execution(organisation, seed)
        self._known.add(organisation.name)

    def _seed_workflow(self, organisation: Organisation, seed: Mapping[str, Any]) -> None:
        definition = {name: seed[name] for name in DEFINITION_FIELDS if name in seed}
        status = str(seed.get("status") or organisation.default_status)
        hook = str(seed.get("webhook_id") or f"wh_{secrets.token_hex(8)}")
        times = (epoch_ms(seed.get("created_at")), epoch_ms(seed.get("updated_at")))
        self._insert(str(seed["id"]), organisation.name, status, definition, hook, *times, int(seed.get("execution_count", 0)))

    def _seed_execution(self, organisation: Organisation, seed: Mapping[str, Any]) -> None:
        started, duration = epoch_ms(seed.get("started_at")), int(seed.get("duration_ms", 0))
        status = str(seed.get("status", "completed"))
        row = (
            seed["execution_id"],
            seed["workflow_id"],
            organisation.name,
            status,
            started,
            0,
            duration,
            dump(seed.get("steps")),
            dump(seed.get("output")),
            1,
        )
        self._store.db.execute("INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _insert(
        self, workflow: str, organisation: str, status: str, definition: Mapping[str, Any], hook: str, created: int, updated: int, runs: int
    ) -> None:
        self._store.db.execute(
            "INSERT INTO workflows (id, organisation, status, definition, hook, created, updated, executions) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (workflow, organisation, status, dump(definition), hook, created, updated, runs),
        )

    def create(self, organisation: Organisation, definition: Mapping[str, Any]) -> Row:
        workflow, now = f"wf_{secrets.token_hex(8)}", now_ms()
        self._insert(workflow, organisation.name, organisation.default_status, definition, f"wh_{secrets.token_hex(8)}", now, now, 0)
        row = self.get(organisation.name, workflow)
        assert row is not None  # just inserted  # noqa: S101
        return row

    def get(self, organisation: str, workflow: str) -> Row | None:
        row = self._store.db.execute("SELECT * FROM workflows WHERE organisation = ? AND id = ?", (organisation, workflow)).fetchone()
        return _row(row) if row else None

    def hooked(self, hook: str) -> Row | None:
        """The workflow that a webhook id belongs to."""
        row = self._store.db.execute("SELECT * FROM workflows WHERE hook = ?", (hook,)).fetchone()
        return _row(row) if row else None

    def page(self, organisation: str, page: int, per_page: int) -> tuple[list[Row], int]:
        """That page (from 1) in order of creation, and how many there are in all."""
        total = self._store.db.execute("SELECT COUNT(*) FROM workflows WHERE organisation = ?", (organisation,)).fetchone()[0]
        sql = "SELECT * FROM workflows WHERE organisation = ? ORDER BY seq LIMIT ? OFFSET ?"
        return [_row(row) for row in self._store.db.execute(sql, (organisation, per_page, (page - 1) * per_page))], int(total)

    def update(self, row: Row, changes: Mapping[str, Any], status: str) -> None:
        """Merge the given fields. `updated` always moves on, also within one millisecond."""
        values = (dump({**row.definition, **changes}), status, max(now_ms(), row.updated + 1), row.id)
        self._store.db.execute("UPDATE workflows SET definition = ?, status = ?, updated = ? WHERE id = ?", values)

    def delete(self, workflow: str) -> None:
        with self._store.transaction() as db:
            db.execute("DELETE FROM executions WHERE workflow = ?", (workflow,))
            db.execute("DELETE FROM workflows WHERE id = ?", (workflow,))

    def spent(self, organisation: str) -> int:
        """How many executions the organisation has started: what its credits pay for."""
        sql = "SELECT COUNT(*) FROM executions WHERE organisation = ? AND NOT seeded"
        return int(self._store.db.execute(sql, (organisation,)).fetchone()[0])

    def execute(self, row: Row, given: Any, answer: Answer) -> Execution:
        output = given if answer.output is None else answer.output
        run = Execution(
            f"exec_{secrets.token_hex(8)}", row.id, answer.status or "completed", now_ms(),
            round(answer.wait * 1000), round(answer.duration * 1000), None, output,
        )  # fmt: skip
        values = (run.id, row.id, row.organisation, run.status, run.started, run.wait, run.duration, dump(None), dump(output), 0)
        with self._store.transaction() as db:
            db.execute("INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            db.execute("UPDATE workflows SET executions = executions + 1 WHERE id = ?", (row.id,))
        return run

    def execution(self, organisation: str, workflow: str, run: str) -> Execution | None:
        sql = "SELECT * FROM executions WHERE organisation = ? AND workflow = ? AND id = ?"
        row = self._store.db.execute(sql, (organisation, workflow, run)).fetchone()
        if not row:
            return None
        plain = (row["id"], row["workflow"], row["status"], row["started"], row["wait"], row["duration"])
        return Execution(*plain, json.loads(row["steps"]), json.loads(row["output"]))

    def organisations(self) -> list[str]:
        return [row[0] for row in self._store.db.execute("SELECT name FROM organisations ORDER BY name")]

    def of(self, organisation: str) -> list[Row]:
        sql = "SELECT * FROM workflows WHERE organisation = ? ORDER BY seq"
        return [_row(row) for row in self._store.db.execute(sql, (organisation,))]


def definition_fingerprint(row: Row) -> str:
    """64 hex digits over what was sent, without what the server added: the number that Flowship computes for the file."""
    return fingerprint.of_definition(row.definition)


def _row(row: sqlite3.Row) -> Row:
    plain = (row["created"], row["updated"], row["executions"])
    return Row(row["id"], row["organisation"], row["status"], json.loads(row["definition"]), row["hook"], *plain)
