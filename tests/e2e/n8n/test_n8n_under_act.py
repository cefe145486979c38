"""A platform of another package in the action's container, run by a real runner against a real server of n8n, which is asked past Flowship what
it has: a pull request, its merge, a tag, a rollback, drift; and containers that are killed in the middle of a release."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from n8n_calls import WORKFLOWS, rows
from n8n_files import workflow

if TYPE_CHECKING:
    from n8n_server import Server

    from tests.e2e.n8n.conftest import Shipped

pytestmark = pytest.mark.timeout(600)  # seconds a test; ten containers at most, and the first one makes the images and starts n8n

MANIFEST = """\
version: 1
environments: {production: {release: on-tag}, staging: {release: always}}
workflows:
  greet:
    source: n8n/greet.json
    platform: n8n
    key: N8N
    preview: {key: N8N_PREVIEW}
    environments: {staging: {key: N8N_STAGING, set: {"nodes[name=Call].parameters.path": greet-staging}}}
"""
THREE = """\
version: 1
workflows:
  "n8n/*.json": {platform: n8n, key: N8N}
"""
NAMES = ("one", "three", "two")  # in the order in which they are deployed


def greeting(text: str) -> dict[str, str]:
    return {"n8n/greet.json": json.dumps(workflow(text), indent=2)}


def by_name(n8n: Server) -> dict[str, dict[str, Any]]:
    """Each workflow that the server has. Fails where two have one name."""
    found = [n8n.call("GET", f"{WORKFLOWS}/{row['id']}")[1] for row in rows(n8n)]
    names = {row["name"]: row for row in found}
    assert len(names) == len(found)
    return names


def is_live(row: dict[str, Any]) -> bool:
    """What was written last is live."""
    return bool(row["active"]) and row["activeVersionId"] == row["versionId"]


def test_pull_request_merge_tag_rollback_drift(shipped: Shipped, n8n: Server, says: Callable[[str], object]) -> None:
    production, staging, preview = (f"{name}={n8n.key}" for name in ("N8N", "N8N_STAGING", "N8N_PREVIEW"))
    shipped.commit({"flowship.yml": MANIFEST, **greeting("hello")})
    merged = shipped.push(staging, environment="staging")
    assert (merged.code, merged.outputs["released"], list(by_name(n8n))) == (0, "1", ["Greeting (staging)"]), merged.log
    tagged = shipped.tag("v1.0.0", production)
    assert (tagged.code, sorted(by_name(n8n))) == (0, ["Greeting", "Greeting (staging)"]), tagged.log
    assert (says("greet"), says("greet-staging"), all(map(is_live, by_name(n8n).values()))) == ("hello", "hello", True)
    first = by_name(n8n)

    base = shipped.hub.branches["main"]
    head = shipped.commit(greeting("good day"), branch=None)
    shipped.hub.pull(7, head, base)
    opened = shipped.pull_request(7, "opened", preview)
    now = by_name(n8n)
    copy = now.pop("Greeting (preview #7)")
    assert (opened.code, opened.outputs["released"], now, is_live(copy)) == (0, "0", first, True), opened.log
    webhook = next(node for node in copy["nodes"] if node["type"] == "n8n-nodes-base.webhook")
    assert says(webhook["parameters"]["path"]) == "good day"
    (comment,) = shipped.hub.comments[7]
    assert re.search(r"hello.*good day", comment["body"], re.DOTALL), comment["body"]
    shipped.hub.pull(7, state="closed")
    closed = shipped.pull_request(7, "closed", preview)
    assert (closed.code, by_name(n8n)) == (0, first), closed.log

    shipped.hub.commit(head, base)
    merged = shipped.push(staging, environment="staging")
    assert (merged.code, says("greet"), says("greet-staging")) == (0, "hello", "good day"), merged.log
    assert by_name(n8n)["Greeting"] == first["Greeting"]
    tagged = shipped.tag("v1.1.0", production)
    assert (tagged.code, tagged.outputs["released"], says("greet")) == (0, "1", "good day"), tagged.log
    assert {name: (row["id"], is_live(row)) for name, row in by_name(n8n).items()} == {name: (row["id"], True) for name, row in first.items()}

    in_staging = by_name(n8n)["Greeting (staging)"]
    back = shipped.push(production, mode="rollback")
    assert (back.code, says("greet"), is_live(by_name(n8n)["Greeting"])) == (0, "hello", True), back.log
    assert by_name(n8n)["Greeting (staging)"] == in_staging

    calm = shipped.push(production, mode="drift", on_drift="fail")
    assert (calm.code, calm.outcome, calm.report["exit_code"]) == (0, "success", 0), calm.log
    id_ = first["Greeting"]["id"]
    assert n8n.call("PUT", f"{WORKFLOWS}/{id_}", workflow("edited"))[0] == 200
    edited, writes = by_name(n8n), list(shipped.gate.writes)
    drifted = shipped.push(production, mode="drift", on_drift="fail")
    assert (drifted.code, drifted.outcome, drifted.report["exit_code"]) == (1, "failure", 1), drifted.log
    (annotation,) = [line for line in drifted.log.splitlines() if "::error " in line]
    assert "file=n8n/greet.json" in annotation
    assert '"hello" → "edited"' in annotation
    assert (by_name(n8n), shipped.gate.writes, says("greet")) == (edited, writes, "edited")


def three(text: str) -> dict[str, str]:
    return {f"n8n/{name}.json": json.dumps(workflow(f"{text} {name}", path=name, name=name), indent=2) for name in NAMES}


@pytest.mark.parametrize("when", ["before", "after"])
def test_container_killed_in_the_middle_of_updates(when: str, shipped: Shipped, n8n: Server, says: Callable[[str], object]) -> None:
    """At the second of three. What the killed run could not record is written again, since n8n may have refused it (docs/n8n.md): of the same
    content n8n makes no other version."""
    keys = f"N8N={n8n.key}"
    shipped.commit({"flowship.yml": THREE, **three("first")})
    assert shipped.tag("v1.0.0", keys).code == 0
    before = by_name(n8n)
    shipped.commit(three("second"))
    killed = shipped.kill(2, when)
    ran = shipped.tag("v1.1.0", keys, concurrency="1")
    assert (len(killed), ran.outcome, ran.report) == (1, "failure", {}), ran.log
    taken = [name for name, row in by_name(n8n).items() if row["versionId"] != before[name]["versionId"]]
    assert len(taken) == (1 if when == "before" else 2)

    writes = len(shipped.gate.writes)
    done = shipped.tag("v1.1.0", keys, concurrency="1")
    assert (done.code, len(shipped.gate.writes) - writes) == (0, 3), done.log
    assert_each_is_there_once(n8n, says, "second")
    assert {name: (row["id"], row["versionCounter"] - before[name]["versionCounter"]) for name, row in by_name(n8n).items()} == {
        name: (row["id"], 1) for name, row in before.items()
    }


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", [4, 5, 6], ids=["create", "update", "activate"])
def test_container_killed_in_the_middle_of_creates(write: int, when: str, shipped: Shipped, n8n: Server, says: Callable[[str], object]) -> None:
    """At each of the three writes that make the second of three workflows live."""
    keys = f"N8N={n8n.key}"
    shipped.commit({"flowship.yml": THREE, **three("first")})
    killed = shipped.kill(write, when)
    ran = shipped.tag("v1.0.0", keys, concurrency="1")
    assert (len(killed), ran.outcome, ran.report) == (1, "failure", {}), ran.log
    existing = {name: row["id"] for name, row in by_name(n8n).items()}
    assert len(existing) == (1 if (write, when) == (4, "before") else 2)

    done = shipped.tag("v1.0.0", keys, concurrency="1")
    assert (done.code, done.outputs["ok"]) == (0, "true"), done.log
    assert shipped.gate.writes.count(f"POST {WORKFLOWS}") == (4 if (write, when) == (4, "before") else 3)  # that one never reached n8n
    assert_each_is_there_once(n8n, says, "first")
    assert {name: row["id"] for name, row in by_name(n8n).items()}.items() >= existing.items()


def assert_each_is_there_once(n8n: Server, says: Callable[[str], object], text: str) -> None:
    assert sorted(by_name(n8n)) == sorted(NAMES)
    assert {name: (is_live(row), says(name)) for name, row in by_name(n8n).items()} == {name: (True, f"{text} {name}") for name in NAMES}
