"""A key that a platform repeats, as an id, a version or a time, is in no spelling in what the state keeps."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from deployer.model.secret import MASK, Redactor, Secret
from deployer.state.base import DeployRecord, EvalRecord, Intent, StateStore
from deployer.state.file import FileStateStore
from deployer.state.github import GithubStateStore

KEY = "app/Xk3jd92LsPq8Wm4Tz7Vb1Nc6"
SPELLINGS = {
    "plain": KEY,
    "in a URL": KEY.replace("/", "%2f"),
    "in JSON": KEY.replace("/", "\\/"),
    "in base64": base64.b64encode(f"x{KEY}".encode()).decode()[2:-2],
}


def write(store: StateStore, spelling: str) -> None:
    record = DeployRecord(fingerprint="f" * 64, version=f"v-{spelling}", target=f"bot-{spelling}", updated_at=spelling, host="https://h", run="r1")
    store.read("production")
    store.intend("production", "r1", "c0ffee", "hash", {"triage": Intent("import", "f" * 64, attempt=f"name {spelling}")})
    store.record("production", "r1", "triage", draft=record, live=record)
    store.record_evals("production", "r1", "triage", EvalRecord(fingerprint="f" * 64, version=spelling))
    store.finish("production", "r1", "triage", "done")
    store.flush()


def unpacked(payload: Any) -> str:
    return zlib.decompress(base64.b64decode(payload["packed"])).decode() if "packed" in payload else json.dumps(payload)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_file_holds_no_key(tmp_path: Path, spelling: str) -> None:
    store = FileStateStore(str(tmp_path / "state.jsonl"), redact=Redactor([Secret(KEY)]))
    write(store, spelling)
    text = (tmp_path / "state.jsonl").read_text()
    assert json.dumps(spelling)[1:-1] not in text
    live = store.read("production").of("triage").live
    assert live == DeployRecord(fingerprint="f" * 64, version=f"v-{MASK}", target=f"bot-{MASK}", updated_at=MASK, host="https://h", run="r1")


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_deployments_hold_no_key(deployments: Any, spelling: str) -> None:
    store = GithubStateStore(deployments, "c0ffee", redact=Redactor([Secret(KEY)]))
    write(store, spelling)
    text = "\n".join(unpacked(row.payload) for row in deployments.rows)
    assert json.dumps(spelling)[1:-1] not in text
    live = GithubStateStore(deployments, "c0ffee").read("production").of("triage").live
    assert live
    assert (live.fingerprint, live.version, live.target) == ("f" * 64, f"v-{MASK}", f"bot-{MASK}")


def test_names_stay_where_a_key_is_named_like_a_workflow(tmp_path: Path) -> None:
    store = FileStateStore(str(tmp_path / "state.jsonl"), redact=Redactor([Secret("triage"), Secret("production")]))
    write(store, "x")
    assert store.read("production").of("triage").live is not None
