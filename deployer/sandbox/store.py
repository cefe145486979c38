"""The sandbox's store: one SQLite database, in memory or in a file that survives a restart and a kill.

Every effect is committed before its reply is sent. A write ahead log with `synchronous=NORMAL` outlives the process being
killed at any moment (it may lose the last commits when the machine itself loses power, which is not what a sandbox is for).
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deployer.sandbox.config_files import SandboxConfigError

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seeded (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, method TEXT, path TEXT, query TEXT, status INTEGER, target TEXT, time REAL, in_flight INTEGER, fault INTEGER);
CREATE TABLE IF NOT EXISTS rules (rule TEXT PRIMARY KEY, seen INTEGER NOT NULL, fired INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS targets (id TEXT PRIMARY KEY, kind TEXT, name TEXT);
CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY, target TEXT NOT NULL, version TEXT NOT NULL, description TEXT, published INTEGER NOT NULL DEFAULT 0,
    created INTEGER, released INTEGER, fingerprint TEXT, bot_type TEXT, content BLOB, UNIQUE (target, version));
CREATE INDEX IF NOT EXISTS versions_by_target ON versions (target, id);
CREATE INDEX IF NOT EXISTS versions_live ON versions (target) WHERE published;
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, seq INTEGER, target TEXT NOT NULL, version TEXT, user TEXT, input TEXT, output TEXT, status TEXT, asynchronous INTEGER,
    started INTEGER, wait INTEGER, duration INTEGER, tokens INTEGER, cost REAL);
CREATE INDEX IF NOT EXISTS runs_by_target ON runs (target, seq);
CREATE TABLE IF NOT EXISTS organisations (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workflows (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organisation TEXT NOT NULL, status TEXT, definition TEXT, hook TEXT UNIQUE,
    created INTEGER, updated INTEGER, executions INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS workflows_by_organisation ON workflows (organisation, seq);
CREATE TABLE IF NOT EXISTS executions (
    id TEXT PRIMARY KEY, workflow TEXT NOT NULL, organisation TEXT NOT NULL, status TEXT, started INTEGER, wait INTEGER, duration INTEGER,
    steps TEXT, output TEXT, seeded INTEGER);
CREATE INDEX IF NOT EXISTS executions_by_organisation ON executions (organisation);
CREATE INDEX IF NOT EXISTS executions_by_workflow ON executions (workflow);
"""
_ADDED_SCHEMA = "CREATE TABLE IF NOT EXISTS turns (script TEXT PRIMARY KEY, taken INTEGER NOT NULL) WITHOUT ROWID;"  # after version 1
_TABLES = ("turns", "seeded", "requests", "rules", "targets", "versions", "runs", "organisations", "workflows", "executions")


def now_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


class SandboxStore:
    """One connection, used from one thread at a time (the server's event loop)."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = os.fspath(path) if path else ":memory:"
        try:
            self.db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
            try:
                self._open()
            except BaseException:
                self.db.close()
                raise
        except sqlite3.Error as error:
            folder = os.path.dirname(self.path)
            why = f"there is no folder {folder}. Create it, or give" if folder and not os.path.isdir(folder) else f"{error}. Give"
            raise SandboxConfigError(f"{self.path}: cannot keep the sandbox's store here: {why} --store another path.") from error

    def _open(self) -> None:
        self.db.row_factory = sqlite3.Row
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            problem = f"this store is of another version of the sandbox ({version}, not {SCHEMA_VERSION})"
            raise SandboxConfigError(f"{self.path}: {problem}. Give --store a new path.")
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        if not version:
            self.db.executescript(f"{_SCHEMA}PRAGMA user_version={SCHEMA_VERSION};")
        self.db.execute(_ADDED_SCHEMA)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it. A block inside a block is part of the outer one."""
        if self.db.in_transaction:
            yield self.db
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def clear(self) -> None:
        """Delete everything."""
        with self.transaction() as db:
            for table in _TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this file

    def mark_seeded(self, name: str) -> bool:
        """True once per name and store: what the targets file declares must not come back after its deletion."""
        return self.db.execute("INSERT OR IGNORE INTO seeded VALUES (?)", (name,)).rowcount == 1

    def count_scripted_run(self, script: str) -> int:
        """Count one more run of a script; returns its index, from 0."""
        sql = "INSERT INTO turns VALUES (?, 1) ON CONFLICT (script) DO UPDATE SET taken = taken + 1 RETURNING taken"
        return int(self.db.execute(sql, (script,)).fetchone()[0]) - 1

    def log_request(self, method: str, path: str, query: str, target: str | None, in_flight: int) -> int:
        """Log a request; returns its number. Its status stays None until `log_reply`, for ever when no reply was sent."""
        row = (method, path, query, target, time.time(), in_flight)
        sql = "INSERT INTO requests (method, path, query, target, time, in_flight) VALUES (?, ?, ?, ?, ?, ?)"
        return self.db.execute(sql, row).lastrowid or 0

    def log_reply(self, request: int, status: int | None, fault: int | None) -> None:
        self.db.execute("UPDATE requests SET status = ?, fault = ? WHERE id = ?", (status, fault, request))

    def requests(self) -> list[dict[str, Any]]:
        """Every request, in order of arrival. `time` is epoch seconds, `fault` the number of the rule that fired, from 1."""
        rows = self.db.execute("SELECT method, path, query, status, target, time, in_flight, fault FROM requests ORDER BY id")
        return [dict(row) for row in rows]

    def count_match(self, rule: str) -> tuple[int, int]:
        """Count one more request that a fault rule matches: (its number, from 1; how often the rule has fired so far)."""
        sql = "INSERT INTO rules VALUES (?, 1, 0) ON CONFLICT (rule) DO UPDATE SET seen = seen + 1 RETURNING seen, fired"
        row = self.db.execute(sql, (rule,)).fetchone()
        return row[0], row[1]

    def count_firing(self, rule: str) -> None:
        self.db.execute("UPDATE rules SET fired = fired + 1 WHERE rule = ?", (rule,))

    def clear_rule_counts(self) -> None:
        self.db.execute("DELETE FROM rules")
