"""GPTBots in the store: targets, their versions, their runs."""

import re
import secrets
from typing import Any, NamedTuple

from deployer.sandbox.run_scripts import ScriptedAnswer
from deployer.sandbox.store import SandboxStore, now_ms
from deployer.sandbox.targets_file import DeclaredTarget

_SELECT = "SELECT id, version, description, published, created, released, fingerprint, bot_type FROM versions WHERE target = ?"
_LAST_NUMBER = re.compile(r"(\d+)$")


class VersionRow(NamedTuple):
    """A version. Times are epoch milliseconds; `released` None: never."""

    id: int
    version: str
    description: str
    published: int
    created: int
    released: int | None
    fingerprint: str
    bot_type: str

    @property
    def status(self) -> str:
        return "PUBLISHED" if self.published else "DRAFT"


def next_version(latest: str | None) -> str:
    """Last segment of the latest plus 1, or 1.0.0 (docs/contracts/gptbots.md, "Versions"); what ends in no number gets `.1` (our choice)."""
    if latest is None:
        return "1.0.0"
    number = _LAST_NUMBER.search(latest)
    return f"{latest[: number.start()]}{int(number[1]) + 1}" if number else f"{latest}.1"


class GptbotsStore:
    """All that the GPTBots calls read and write."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._stored_targets: set[str] = set()

    def clear_cache(self) -> None:
        self._stored_targets.clear()

    def ensure_target(self, target: DeclaredTarget) -> None:
        """Store the target on its first use, with the versions that the targets file gives it."""
        if target.id in self._stored_targets:
            return
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO targets VALUES (?, ?, ?)", (target.id, target.kind, target.name))
            if self._store.mark_seeded(f"target {target.id}"):
                for seed in target.versions:
                    self.add(target.id, seed.version, seed.description, "", "", b"")
                for seed in target.versions:
                    if seed.published:
                        self.release(target.id, seed.version)
        self._stored_targets.add(target.id)

    def versions(self, target: str) -> list[VersionRow]:
        """Newest first."""
        return [VersionRow(*row) for row in self._store.db.execute(_SELECT + " ORDER BY id DESC", (target,))]

    def _find(self, condition: str, *values: str) -> VersionRow | None:
        row = self._store.db.execute(_SELECT + condition, values).fetchone()
        return VersionRow(*row) if row else None

    def find(self, target: str, version: str) -> VersionRow | None:
        return self._find(" AND version = ?", target, version)

    def find_latest(self, target: str) -> VersionRow | None:
        """The current version, which is the draft unless it is live."""
        return self._find(" ORDER BY id DESC LIMIT 1", target)

    def find_live(self, target: str) -> VersionRow | None:
        return self._find(" AND published", target)

    def read_content(self, target: str, version: str) -> bytes:
        row = self._store.db.execute("SELECT content FROM versions WHERE target = ? AND version = ?", (target, version)).fetchone()
        return bytes(row[0] or b"") if row else b""

    def count_other_live_targets(self, target: str) -> int:
        """How many other targets are live: what a plan's limit counts."""
        sql = "SELECT COUNT(DISTINCT target) FROM versions WHERE published AND target <> ?"
        return int(self._store.db.execute(sql, (target,)).fetchone()[0])

    def add(self, target: str, version: str, description: str, fingerprint: str, bot_type: str, content: bytes) -> None:
        self._store.db.execute(
            "INSERT INTO versions (target, version, description, created, fingerprint, bot_type, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (target, version, description, now_ms(), fingerprint, bot_type, content),
        )

    def next_free_version(self, target: str) -> str:
        """The number that the server gives to a new version: never one that exists already."""
        latest = self.find_latest(target)
        version = next_version(latest.version if latest else None)
        while self.find(target, version):
            version = next_version(version)
        return version

    def add_next(self, target: str, description: str, fingerprint: str, bot_type: str, content: bytes) -> str:
        """Add a draft; returns the number it got."""
        with self._store.transaction():
            version = self.next_free_version(target)
            self.add(target, version, description, fingerprint, bot_type, content)
        return version

    def copy(self, target: str, source: str, version: str, description: str) -> None:
        self._store.db.execute(
            "INSERT INTO versions (target, version, description, created, fingerprint, bot_type, content)"
            " SELECT target, ?, ?, ?, fingerprint, bot_type, content FROM versions WHERE target = ? AND version = ?",
            (version, description, now_ms(), target, source),
        )

    def release(self, target: str, version: str) -> str | None:
        """Make that version live and all others drafts; returns the version that was live until now."""
        with self._store.transaction() as db:
            previous = self.find_live(target)
            db.execute("UPDATE versions SET published = 0 WHERE target = ? AND published", (target,))
            db.execute("UPDATE versions SET published = 1, released = ? WHERE target = ? AND version = ?", (now_ms(), target, version))
        return previous.version if previous else None

    def add_run(
        self, target: str, version: str, user: str, run_input: str, output: str, answer: ScriptedAnswer, asynchronous: bool
    ) -> dict[str, Any]:
        """Log a run; `run_input` and `output` are JSON texts. Returns its row."""
        run = f"run_{secrets.token_hex(12)}"
        sequence = self._store.db.execute("SELECT COUNT(*) FROM runs WHERE target = ?", (target,)).fetchone()[0]
        values = (
            run, sequence, target, version, user, run_input, output, answer.status or "SUCCEED", asynchronous,
            now_ms(), round(answer.wait * 1000), round(answer.duration * 1000), answer.tokens, answer.cost,
        )  # fmt: skip
        row = self._store.db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *", values).fetchone()
        return dict(row)

    def find_run(self, target: str, run: str) -> dict[str, Any] | None:
        row = self._store.db.execute("SELECT * FROM runs WHERE target = ? AND id = ?", (target, run)).fetchone()
        return dict(row) if row else None

    def runs(self, target: str, since: int, until: int) -> list[dict[str, Any]]:
        """Runs started in that time (epoch ms, both ends included), newest first."""
        sql = "SELECT * FROM runs WHERE target = ? AND started BETWEEN ? AND ? ORDER BY seq DESC"
        return [dict(row) for row in self._store.db.execute(sql, (target, since, until))]

    def snapshot(self) -> list[dict[str, Any]]:
        """Every target with its versions, newest first; for `/_sandbox/state`."""
        targets = self._store.db.execute("SELECT id, kind, name FROM targets ORDER BY rowid").fetchall()
        return [{**dict(target), "versions": [_version_state(row) for row in self.versions(target["id"])]} for target in targets]


def _version_state(row: VersionRow) -> dict[str, str]:
    return {"version": row.version, "version_desc": row.description, "status": row.status, "fingerprint": row.fingerprint}
