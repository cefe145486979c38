"""A pull request's preview on n8n, with GitHub's stand-in of Flowship's own tests."""

from typing import Any

import pytest
from n8n_checkout import MANIFEST, Checkout
from n8n_files import workflow
from n8n_server import Server

github_stand_in = pytest.importorskip("github_stand_in")
PREVIEWED = MANIFEST.replace("key: N8N", "key: N8N, preview: {key: N8N_PREVIEW}")


def test_preview_is_a_copy_with_a_webhook_of_its_own_deleted_with_its_pull_request(checkout: Checkout, n8n: Server) -> None:
    checkout.write("flowship.yml", PREVIEWED)
    scheduled = workflow("proposed")
    scheduled["nodes"].append(
        {"name": "Each day", "type": "n8n-nodes-base.scheduleTrigger", "typeVersion": 1.2, "position": [0, 200], "parameters": {}}
    )
    with github_stand_in.running(github_stand_in.GitHub()) as hub:
        base = hub.commit(checkout.commit(workflow()))
        hub.files[base] = _files(checkout)
        head = hub.commit(checkout.commit(scheduled), base, branch=None)
        hub.files[head] = _files(checkout)
        hub.pull(7, head, base)
        pull: dict[str, Any] = {
            "number": 7, "title": "A change", "head": {"sha": head, "repo": {"full_name": hub.repository}}, "base": {"sha": base},
            "user": {"login": "kim"}, "labels": [],
        }  # fmt: skip
        opened = checkout.run_action(hub.url, {"action": "opened", "pull_request": pull})
        (copy,) = n8n.call("GET", "/api/v1/workflows")[1]["data"]
        assert (opened.code, copy["name"], copy["active"]) == (0, "Greeting (preview #7)", True), opened.out
        assert [node["type"].rpartition(".")[2] for node in copy["nodes"]] == ["webhook", "set", "webhook", "stickyNote"]
        path = copy["nodes"][0]["parameters"]["path"]
        assert n8n.call("POST", f"/webhook/{path}", {"to": "Kim"}) == (200, {"says": "proposed", "to": "Kim"})
        again = checkout.run_action(hub.url, {"action": "synchronize", "pull_request": pull})
        assert (again.code, n8n.call("GET", "/api/v1/workflows")[1]["data"]) == (0, [copy]), again.out
        hub.pulls[7]["state"] = "closed"
        closed = checkout.run_action(hub.url, {"action": "closed", "pull_request": pull})
        assert (closed.code, n8n.call("GET", "/api/v1/workflows")[1]["data"]) == (0, []), closed.out


def _files(checkout: Checkout) -> dict[str, bytes]:
    return {path: (checkout.root / path).read_bytes() for path in checkout.git("ls-files").splitlines()}
