"""n8n in memory, over HTTP on loopback: what the adapter calls of it, answered as a real one was recorded to do (`replies.json`).

A workflow is a webhook that leads to one node, which sets values or fails. What was written last and what is live may be two versions of it.
"""

import copy
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flowship_n8n.client import SETTINGS
from flowship_n8n.nodes import is_trigger, webhook_of
from n8n_server import Server

KEY = "toy-api-key-of-n8n"
WRITTEN = ("name", "nodes", "connections", "settings")
NOT_FOUND = 404, {"message": "Not Found"}
NO_CALL = 404, {"message": "not found"}
NO_PERMISSION = "You do not have permission to {} this workflow. Ask the owner to share it with you."
HINT = (
    "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the "
    "editor. Note that unlike test URL calls, production URL calls aren't shown on the canvas (only in the executions list)"
)
NO_TRIGGER = "Workflow cannot be activated because it has no trigger node. At least one trigger, webhook, or polling node is required."
Reply = tuple[int, Any]


class Toy:
    """`workflows` by id, each as the API shows it. `_versions`: the nodes of each version; `_paths`: which workflow's webhook is at a path."""

    def __init__(self) -> None:
        self.workflows: dict[str, dict[str, Any]] = {}
        self.executions: list[dict[str, Any]] = []
        self._versions: dict[str, dict[str, Any]] = {}
        self._paths: dict[str, str] = {}
        self._times = 0
        self._lock = threading.Lock()

    def answer(self, method: str, target: str, key: str | None, body: Any) -> Reply:
        """Status and body of the reply to one call."""
        with self._lock:
            url = urlsplit(target)
            if url.path.startswith("/webhook/"):
                return self._run(method, url.path.removeprefix("/webhook/"), body)
            if url.path.startswith("/rest/"):
                return self._of_editor(url.path, body)
            if key != KEY:
                return 401, {"message": "unauthorized" if key else "'X-N8N-API-KEY' header required"}
            return copy.deepcopy(self._call(method, url.path.removeprefix("/api/v1/").split("/"), body, parse_qs(url.query)))

    def _of_editor(self, path: str, body: Mapping[str, Any]) -> Reply:
        """A person is let in, and saves what is not published with that."""
        if path != "/rest/login":
            workflow = self.workflows[path.rpartition("/")[2]]
            workflow |= {**body, "nodes": _with_ids(body["nodes"]), "updatedAt": self._time()}
            self._keep_version(workflow)
        return 200, {}

    def _call(self, method: str, parts: list[str], body: Any, query: Mapping[str, list[str]]) -> Reply:  # noqa: PLR0911 - one for each call
        match method, parts:
            case "GET", ["workflows"]:
                rows = [{name: value for name, value in row.items() if name != "description"} for row in self.workflows.values()]
                return 200, {"data": rows, "nextCursor": None}
            case "POST", ["workflows"]:
                return self._refusal(body) or self._create(body)
            case "GET", ["executions"]:
                runs = [row for row in self.executions if [row["workflowId"]] == query.get("workflowId")]
                return 200, {"data": runs, "nextCursor": None}
            case _, ["workflows", id_, *rest] if id_ in self.workflows:
                return self._of_workflow(method, self.workflows[id_], rest, body)
            case _, ["workflows", _]:
                return (404, {"message": NO_PERMISSION.format("update")}) if method == "PUT" else NOT_FOUND
            case "POST", ["workflows", _, "activate"]:
                return 404, {"message": NO_PERMISSION.format("activate")}
            case _:
                return NO_CALL

    def _of_workflow(self, method: str, workflow: dict[str, Any], rest: list[str], body: Any) -> Reply:  # noqa: PLR0911 - one for each call
        match method, rest:
            case "GET", []:
                return 200, {**workflow, "activeVersion": self._versions.get(workflow["activeVersionId"])}
            case "PUT", []:
                return self._refusal(body) or self._write(workflow, body)
            case "DELETE", []:
                before = dict(workflow)
                self._switch_off(self.workflows.pop(workflow["id"]))
                return 200, before
            case "POST", ["activate"]:
                return self._activate(workflow, body.get("versionId", workflow["versionId"]))
            case "POST", ["deactivate"]:
                self._switch_off(workflow)
                return 200, workflow
            case "POST", ["archive"]:
                self._switch_off(workflow)
                shown = {**workflow, "isArchived": True, "versionId": str(uuid.uuid4())}  # the reply has the time of the write before
                workflow |= {**shown, "updatedAt": self._time()}
                return 200, shown
            case _:
                return NO_CALL

    def _refusal(self, body: Mapping[str, Any]) -> Reply | None:
        """Of a definition that the API's own description does not allow."""
        decided = [name for name in ("active", "id", "versionId") if name in body]
        lacking = [name for name in WRITTEN if name not in body]
        if decided:
            return 400, {"message": f"request/body/{decided[0]} is read-only"}
        if lacking:
            return 400, {"message": f"request/body must have required property '{lacking[0]}'"}
        if not set(body["settings"]) <= set(SETTINGS):
            return 400, {"message": "request/body/settings must NOT have additional properties"}
        return None

    def _create(self, body: Mapping[str, Any]) -> Reply:
        id_ = uuid.uuid4().hex[:16]
        kept = {name: body[name] for name in WRITTEN}
        self.workflows[id_] = {
            **kept, "id": id_, "nodes": _with_ids(body["nodes"]), "description": body.get("description"), "active": False, "isArchived": False,
            "activeVersionId": None, "updatedAt": self._time(),
        }  # fmt: skip
        self._keep_version(self.workflows[id_])
        return 200, self.workflows[id_]

    def _write(self, workflow: dict[str, Any], body: Mapping[str, Any]) -> Reply:
        """Live at once where something is live: even where it is refused for that."""
        if workflow["isArchived"]:
            return 400, {"message": "Cannot update an archived workflow."}
        problem = _structure_problem(body)
        if problem:
            return 400, {"message": f"Workflow structure is invalid. {problem}"}
        is_new = (body["nodes"], body["connections"]) != (workflow["nodes"], workflow["connections"])
        settings = {name: value for name, value in {**workflow["settings"], **body["settings"]}.items() if value not in ("DEFAULT", -1)}
        workflow |= {"name": body["name"], "connections": body["connections"], "settings": settings, "updatedAt": self._time()}
        workflow |= {"nodes": _with_ids(body["nodes"]), "description": body.get("description", workflow["description"])}
        if is_new:
            self._keep_version(workflow)
        if workflow["activeVersionId"] is None:
            return 200, workflow
        workflow["activeVersionId"] = workflow["versionId"]
        return self._activate(workflow, workflow["versionId"])

    def _keep_version(self, workflow: dict[str, Any]) -> None:
        workflow["versionId"] = str(uuid.uuid4())
        self._versions[workflow["versionId"]] = {name: workflow[name] for name in ("nodes", "connections")}

    def _activate(self, workflow: dict[str, Any], version: str) -> Reply:
        if version not in self._versions:
            return 404, {"message": "Version not found"}
        webhook = webhook_of(self._versions[version])
        path = webhook["path"] if webhook else ""
        if self._paths.get(path, workflow["id"]) != workflow["id"]:
            return 409, {"message": "There is a conflict with one of the webhooks."}
        if not any(is_trigger(node) for node in self._versions[version]["nodes"]):
            return 400, {"message": NO_TRIGGER}
        self._switch_off(workflow)
        self._paths[path] = workflow["id"]
        workflow |= {"active": True, "activeVersionId": version}
        return 200, workflow

    def _switch_off(self, workflow: dict[str, Any]) -> None:
        self._paths = {path: id_ for path, id_ in self._paths.items() if id_ != workflow["id"]}
        workflow |= {"active": False, "activeVersionId": None}

    def _run(self, method: str, path: str, body: Any) -> Reply:
        workflow = self.workflows.get(self._paths.get(path, ""))
        if workflow is None:
            return 404, {"code": 404, "message": f'The requested webhook "{method} {path}" is not registered.', "hint": HINT}
        nodes = self._versions[workflow["activeVersionId"]]["nodes"]
        webhook = webhook_of({"nodes": nodes})
        if webhook is None or webhook["path"] != path:  # a write was refused, and has taken the place of what was live
            return 500, {"code": 0, "message": "Cannot read properties of undefined (reading 'node')"}
        if webhook["httpMethod"] != method:
            problem = f"This webhook is not registered for {method} requests. Did you mean to make a {webhook['httpMethod']} request?"
            return 404, {"code": 404, "message": problem}
        if "assignments" not in nodes[1]["parameters"]:
            return 500, {"message": "Error in workflow"}
        says = {row["name"]: row["value"] for row in nodes[1]["parameters"]["assignments"]["assignments"]}
        given = {name: body.get("to") if value == "={{ $json.body.to }}" else value for name, value in says.items()}
        self._log(workflow["id"], {nodes[0]["name"]: {"body": body}, nodes[1]["name"]: given})
        return 200, given

    def _log(self, id_: str, outputs: Mapping[str, Any]) -> None:
        runs = {name: [{"data": {"main": [[{"json": output}]]}}] for name, output in outputs.items()}
        result = {"lastNodeExecuted": list(outputs)[-1], "runData": runs}
        row = {"id": str(len(self.executions) + 1), "status": "success", "workflowId": id_, "startedAt": _now(), "data": {"resultData": result}}
        self.executions.insert(0, row)

    def _time(self) -> str:
        """Another one for each write."""
        self._times += 1
        return _now(self._times)


def _now(more: int = 0) -> str:
    time = datetime.now(UTC) + timedelta(milliseconds=more)
    return f"{time.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _with_ids(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the ids that n8n gives to nodes without one."""
    made = [{"id": str(uuid.uuid4()), **node} for node in nodes]
    return [{"webhookId": str(uuid.uuid4()), **node} if node["type"].endswith(".webhook") else node for node in made]


def _structure_problem(body: Mapping[str, Any]) -> str:
    names = [node["name"] for node in body["nodes"]]
    for place, name in enumerate(names):
        if name in names[:place]:
            return f'nodes[{place}].name (duplicate_node_name): Duplicate node name "{name}"'
    for source, outputs in body["connections"].items():
        for output, links in enumerate(outputs["main"]):
            for place, link in enumerate(links):
                if link["node"] not in names:
                    where = f"connections.{source}.main[{output}][{place}].node"
                    return f'{where} (unknown_connection_target): Connection target "{link["node"]}" does not reference an existing node'
    return ""


@contextmanager
def running() -> Iterator[Server]:
    """The server, until the block ends."""
    toy = Toy()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = toy.answer(self.command, self.path, self.headers.get("X-N8N-API-KEY"), json.loads(content) if content else {})
            reply = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_port}", KEY)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
