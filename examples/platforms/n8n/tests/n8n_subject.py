"""n8n as a subject of Flowship's promises: what the suite asks of a server, past the adapter (docs/platforms.md, "Prove it")."""

import json
from collections.abc import Iterator

import n8n_server
from n8n_calls import WORKFLOWS, rows
from n8n_files import workflow

from deployer.testing.subject import TEXT, AnswerCase, Definition, Held


class N8nSubject:
    """A server, and what is live there: what its webhooks answer."""

    def __init__(self, server: n8n_server.Server) -> None:
        self.server, self.url = server, server.url
        self.keys = self.preview_keys = (server.key,)

    def held(self) -> list[Held]:
        return [held for row in rows(self.server) for held in self._held(row["id"])]

    def _held(self, id_: str) -> Iterator[Held]:
        """What was written last, and what is live where that is another version."""
        status, shown = self.server.call("GET", f"{WORKFLOWS}/{id_}")
        assert status == 200, shown
        call, answer, *_ = shown["nodes"]
        written = answer["parameters"]["assignments"]["assignments"][0]["value"]
        answered = self.server.call("POST", f"/webhook/{call['parameters']['path']}", {"to": "Kim"}) if shown["activeVersionId"] else (404, {})
        live = answered[1]["says"] if answered[0] == 200 else ""
        yield Held(written, live == written)
        if live not in ("", written):
            yield Held(live, True)

    def edit(self, before: str, after: str) -> None:
        for row in rows(self.server):
            if f'"{before}"' in json.dumps(row["nodes"]):
                changed = json.loads(json.dumps(row["nodes"]).replace(f'"{before}"', f'"{after}"'))
                body = {name: row[name] for name in ("name", "connections", "settings")}
                status, reply = self.server.call("PUT", f"{WORKFLOWS}/{row['id']}", {**body, "nodes": changed})
                assert status == 200, reply


def definition(name: str) -> Definition:
    return Definition(f"n8n/{name}.json", json.dumps(workflow(TEXT, path=name, name=name.title())))


DEFINITIONS = (definition("one"), definition("two"), definition("three"))
EVALS = AnswerCase({"to": "Kim"}, {"equals": {"says": TEXT, "to": "Kim"}})
