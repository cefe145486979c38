"""GPTBots in the store: targets, their versions, their runs."""

import re
import secrets
from typing import Any, NamedTuple

from deployer.sandbox.scripts import Answer
from deployer.sandbox.store import Store, now_ms
from deployer.sandbox.targets import Target

_SELECT = "SELECT id, version, description, published, created, released, fingerprint, bot_type FROM versions WHERE target = ?"
_LAST_NUMBER = re.compile(r"(\d+)$")


class Row(NamedTuple):
    """A version. Times are epoch milliseconds; `released` None: never."""

    id: int
    version: str
    description: str
    published: int
    created: int
    released: int | None
    fingerprint: str
    bot_type: str


def next_version(latest: str | None) -> str:
    """Last segment of the latest plus 1, or 1.0.0 (published page); what ends in no number gets `.1` (our choice)."""
    if latest is None:
        return "1.0.0"
    number = _LAST_NUMBER.search(latest)
    return f"{latest[: number.start()]}{int(number[1]) + 1}" if number else f"{latest}.1"


class Versions:
    """All that the GPTBots calls read and write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[str] = set()

    def forget(self) -> None:
        self._known.clear()

    def know(self, target: Target) -> None:
        """Make the target on its first use, with the versions that the targets file gives it."""
        if target.id in self._known:
            return
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO targets VALUES (?, ?, ?)", (target.id, target.kind, target.name))
            if self._store.first_time(f"target {target.id}"):
                for seed in target.versions:
                    self.add(target.id, seed.version, seed.description, "", "", b"")
                for seed in target.versions:
                    if seed.published:
                        self.release(target.id, seed.version)
        self._known.add(target.id)

    def all(self, target: str) -> list[Row]:
        """Newest first."""
        rows = self._store.db.execute(_SELECT + " ORDER BY id DESC", (target,))
        return [Row(*row) for row in rows]

    def get(self, target: str, version: str) -> Row | None:
        row = self._store.db.execute(_SELECT + " AND version = ?", (target, version)).fetchone()
        return Row(*row) if row else None

    def latest(self, target: str) -> Row | None:
        """The current version, which is the draft unless it is live."""
        row = self._store.db.execute(_SELECT + " ORDER BY id DESC LIMIT 1", (target,)).fetchone()
        return Row(*row) if row else None

    def live(self, target: str) -> Row | None:
        row = self._store.db.execute(_SELECT + " AND published", (target,)).fetchone()
        return Row(*row) if row else None

    def content(self, target: str, version: str) -> bytes:
        row = self._store.db.execute("SELECT content FROM versions WHERE target = ? AND version = ?", (target, version)).fetchone()
        return bytes(row[0] or b"") if row else b""

    def published_elsewhere(self, target: str) -> int:
        """How many other targets are live: what a plan's limit counts."""
        sql = "SELECT COUNT(DISTINCT target) FROM versions WHERE published AND target <> ?"
        return int(self._store.db.execute(sql, (target,)).fetchone()[0])

    def add(self, target: str, version: str, description: str, fingerprint: str, bot_type: str, content: bytes) -> None:
        self._store.db.execute(
            "INSERT INTO versions (target, version, description, created, fingerprint, bot_type, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (target, version, description, now_ms(), fingerprint, bot_type, content),
        )

    def next(self, target: str) -> str:
        """The number that the server gives to a new version: never one that exists already."""
        latest = self.latest(target)
        version = next_version(latest.version if latest else None)
        while self.get(target, version):
            version = next_version(version)
        return version

    def import_(self, target: str, description: str, fingerprint: str, bot_type: str, content: bytes) -> str:
        with self._store.transaction():
            version = self.next(target)
            self.add(target, version, description, fingerprint, bot_type, content)
        return version

    def copy(self, target: str, source: str, version: str, description: str) -> None:
        self._store.db.execute(
            "INSERT INTO versions (target, version, description, created, fingerprint, bot_type, content)"
            " SELECT target, ?, ?, ?, fingerprint, bot_type, content FROM versions WHERE target = ? AND version = ?",
            (version, description, now_ms(), target, source),
        )

    def release(self, target: str, version: str) -> str | None:
        """That version live, all others drafts. Gives back the version that was live before."""
        with self._store.transaction() as db:
            before = self.live(target)
            db.execute("UPDATE versions SET published = 0 WHERE target = ? AND published", (target,))
            db.execute("UPDATE versions SET published = 1, released = ? WHERE target = ? AND version = ?", (now_ms(), target, version))
        return before.version if before else None

    def turns(self, target: str) -> int:
        """How many runs there were: which scripted answer is next."""
        return int(self._store.db.execute("SELECT COUNT(*) FROM runs WHERE target = ?", (target,)).fetchone()[0])

    def start_run(self, target: str, version: str, user: str, given: str, output: str, answer: Answer, asynchronous: bool) -> str:
        """Log a run; `given` and `output` are JSON texts. Gives back its id."""
        run = f"run_{secrets.token_hex(12)}"
        values = (
            run, self.turns(target), target, version, user, given, output, answer.status or "SUCCEED", asynchronous,
            now_ms(), round(answer.wait * 1000), round(answer.duration * 1000), answer.tokens, answer.cost,
        )  # fmt: skip
        self._store.db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        return run

    def run(self, target: str, run: str) -> dict[str, Any] | None:
        row = self._store.db.execute("SELECT * FROM runs WHERE target = ? AND id = ?", (target, run)).fetchone()
        return dict(row) if row else None

    def runs(self, target: str, since: int, until: int) -> list[dict[str, Any]]:
        """Runs started in that time (epoch ms, both ends in), newest first."""
        sql = "SELECT * FROM runs WHERE target = ? AND started BETWEEN ? AND ? ORDER BY seq DESC"
        return [dict(row) for row in self._store.db.execute(sql, (target, since, until))]

    def state(self) -> list[dict[str, Any]]:
        """Every target with its versions, newest first; for `/_sandbox/state`."""
        targets = self._store.db.execute("SELECT id, kind, name FROM targets ORDER BY rowid").fetchall()
        return [{"id": row["id"], "kind": row["kind"], "name": row["name"], "versions": self._shown(row["id"])} for row in targets]

    def _shown(self, target: str) -> list[dict[str, Any]]:
        return [
            {
                "version": row.version,
                "version_desc": row.description,
                "status": "PUBLISHED" if row.published else "DRAFT",
                "fingerprint": row.fingerprint,
            }
            for row in self.all(target)
        ]
