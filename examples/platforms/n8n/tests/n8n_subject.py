"""n8n as a subject of Flowship's promises: what the suite asks of a server, past the adapter (docs/platforms.md, "Prove it")."""

import json
from collections.abc import Iterator

import n8n_server
from n8n_calls import WORKFLOWS, rows
from n8n_files import workflow

from deployer.testing.subject import TEXT, AnswerCase, Definition, Held

BLOCKER = "blocker"


class N8nSubject:
    """A server, and what is live there: what its webhooks answer. Each text is the path of one."""

    def __init__(self, server: n8n_server.Server) -> None:
        self.server, self.url = server, server.url
        self.keys = self.preview_keys = (server.key,)

    def held(self) -> list[Held]:
        return [held for row in rows(self.server) if row["name"] != BLOCKER for held in self._held(row["id"])]

    def _held(self, id_: str) -> Iterator[Held]:
        """What was written last, and what is live where that is another version."""
        status, shown = self.server.call("GET", f"{WORKFLOWS}/{id_}")
        assert status == 200, shown
        written, live = shown["nodes"][1]["parameters"]["assignments"]["assignments"][0]["value"], ""
        if shown["activeVersionId"]:
            status, answered = self.server.call("POST", f"/webhook/{shown['activeVersion']['nodes'][0]['parameters']['path']}", {"to": "Kim"})
            live = answered["says"] if status == 200 and answered["says"] != BLOCKER else ""
        yield Held(written, live == written)
        if live not in ("", written):
            yield Held(live, True)

    def refuse(self, text: str) -> None:
        """Another live workflow has the path of its webhook."""
        made = self.server.call("POST", WORKFLOWS, workflow(BLOCKER, path=text, name=BLOCKER))[1]
        status, reply = self.server.call("POST", f"{WORKFLOWS}/{made['id']}/activate", {})
        assert status == 200, reply

    def edit(self, before: str, after: str) -> None:
        for row in rows(self.server):
            if f'"{before}"' in json.dumps(row["nodes"]):
                changed = json.loads(json.dumps(row["nodes"]).replace(f'"{before}"', f'"{after}"'))
                body = {name: row[name] for name in ("name", "connections", "settings")}
                status, reply = self.server.call("PUT", f"{WORKFLOWS}/{row['id']}", {**body, "nodes": changed})
                assert status == 200, reply


def definition(name: str) -> Definition:
    return Definition(f"n8n/{name}.json", json.dumps(workflow(TEXT, path=TEXT, name=name.title())))


REFUSED = "a write that n8n refuses takes effect, and the run could not undo it: docs/n8n.md"
NOT_UNDONE = (
    "killed before the effect", "killed after the effect", "stopped after the effect", "answered 500 from then on",
    "each write answered 500, without the effect", "answered 502 with the effect, and then blind",
)  # fmt: skip
UNFIT = {f"refused release, {disturbance}": REFUSED for disturbance in NOT_UNDONE}
DEFINITIONS = (definition("one"), definition("two"), definition("three"))
EVALS = AnswerCase({"to": "Kim"}, {"equals": {"says": TEXT, "to": "Kim"}})
