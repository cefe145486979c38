"""The table of attacks: every place where somebody else's text comes in, with texts that want to be a command, an output, HTML, a mention, a row or a
picture's statement; judged in every place where it may come out.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import attacks
import pytest
from github_stand_in import Fault, GitHub, running
from pull_requests import BASE, DEPLOY, Events, head
from runner_grammar import read_outputs

from deployer.config.inputs import OUTPUTS

HOST = "https://github.example/"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.token("stand-in-token", contents="write", deployments="write", checks="write", **{"pull-requests": "write"})
        yield hub


@pytest.fixture
def events(repository: Any, sandbox: Any, hub: GitHub, monkeypatch: pytest.MonkeyPatch) -> Events:
    """Runs that say everything everywhere."""
    made = Events(repository, sandbox, hub)
    hub.release("v1", "What is new: all of it.")
    monkeypatch.setitem(repository.environment, "GITHUB_SERVER_URL", HOST.rstrip("/"))
    return made


Attack = Callable[[Events, str], Any]


def title(events: Events, text: str) -> Any:
    events.push(12)
    return opened(events, title=text, body=text)


def author_and_branch_of_a_pull_request(events: Events, text: str) -> Any:
    events.push(12)
    head_ = {"sha": head(12), "ref": text, "label": f"acme:{text}", "repo": {"full_name": "acme/flows"}}
    return opened(events, user={"login": text}, head=head_)


def branch(events: Events, text: str) -> Any:
    return events.schedule(event="push", ref=f"refs/heads/{text}", keys=DEPLOY)


def tag(events: Events, text: str) -> Any:
    return events.schedule(event="push", ref=f"refs/tags/v1{text}", keys=DEPLOY, tags="**", release="always")


def commit_message(events: Events, text: str) -> Any:
    return released(events, {"head_commit": {"message": text}})


def workflow_name(events: Events, text: str) -> Any:
    """Names that no manifest may hold are refused, and quoted for that."""
    name = " ".join(text.replace(",", "").split())[:90]
    events.manifest = events.manifest.replace("  triage:", f"  {json.dumps(name)}:")
    events.rebase()
    assert "| Workflow | Live |" in (released(events), events.hub.releases["v1"]["body"])[1]
    events.push(12)
    return opened(events)


def workflow_name_that_is_refused(events: Events, text: str) -> Any:
    events.push(12, manifest=events.manifest.replace("  triage:", f"  {json.dumps(text + ',')}:"))
    return opened(events)


def environment_name(events: Events, text: str) -> Any:
    events.push(12, manifest=f"environments: [{json.dumps(text)}]\n{events.manifest}")
    return opened(events)


def labels_and_values(events: Events, text: str) -> Any:
    """Of a node and of a step: in the picture, and field by field."""
    events.push(12)
    flow = json.loads(events.hub.files[head(12)]["flows/a.flow"])
    flow["name"] = text
    flow["workflow"]["workflowNodes"][1] |= {"name": text, "endParam": {"outputType": "TEXT", "outputText": text}}
    events.hub.files[head(12)]["flows/a.flow"] = json.dumps(flow).encode()
    steps = [{"id": "greet", "name": text, "type": "ai_completion", "config": {"model": "gpt-4", "prompt": text}}]
    events.hub.files[head(12)]["workflows/onboarding.yaml"] = json.dumps({"name": text[:80], "trigger": {"type": "webhook"}, "steps": steps}).encode()
    return opened(events)


def path_of_a_file(events: Events, text: str) -> Any:
    path = "flows/" + " ".join(text.split()).replace("/", "_") + ".flow"
    events.push(12, manifest=events.manifest.replace("flows/a.flow", json.dumps(path)))
    events.hub.files[head(12)][path] = b'{"workflow": {"workflowNodes": [], "workflowEdges": []}}'
    return opened(events)


def reply_of_a_platform(events: Events, text: str) -> Any:
    said = {"code": 403202, "message": text, "msg": text, "error": {"code": text, "message": text}}
    for path, status in (("*/import", 200), ("*/v1/workflows", 422)):
        events.sandbox.faults([{"match": {"path": path, "method": "POST"}, "do": {"status": status, "body": json.dumps(said), "effect": False}}])
    events.push(12)
    return opened(events)


def warning_of_a_platform(events: Events, text: str) -> Any:
    warned = {"code": 0, "msg": text, "data": {"botId": text, "botType": "Workflow", "version": f"1{text}", "warning": text}}
    events.sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps(warned)}}])
    return released(events)


def reply_of_github(events: Events, text: str) -> Any:
    """Everything but reading fails, with these words."""
    events.hub.faults = [Fault(method=method, do=422, times=99, message=text) for method in ("POST", "PATCH")]
    events.push(12)
    return opened(events)


def opened(events: Events, **pull: Any) -> Any:
    events.prepare(12, "opened", 1, {})
    place = events.repository.root / ".runner/event.json"
    event = json.loads(place.read_text())
    event["pull_request"] |= pull
    events.repository.write(".runner/event.json", event)
    return events.repository.run(**events.environment(12, deployments="all"))


def released(events: Events, more: dict[str, Any] | None = None) -> Any:
    """The tag v1 on the base branch."""
    events.check_out(events.hub.files[BASE])
    events.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, **(more or {})})
    return events.repository.run(**events.environment(0, event="push", ref="refs/tags/v1", keys=DEPLOY, deployments="all"))


SURFACES: list[Attack] = [
    title,
    author_and_branch_of_a_pull_request,
    branch,
    tag,
    commit_message,
    workflow_name,
    workflow_name_that_is_refused,
    environment_name,
    labels_and_values,
    path_of_a_file,
    reply_of_a_platform,
    warning_of_a_platform,
    reply_of_github,
]


@pytest.mark.parametrize("text", attacks.TEXTS.values(), ids=list(attacks.TEXTS))
@pytest.mark.parametrize("attack", SURFACES, ids=lambda attack: attack.__name__.replace("_", " "))
def test_a_text_stays_a_text(events: Events, hub: GitHub, attack: Attack, text: str) -> None:
    ran = attack(events, text)
    runner = events.repository.root / ".runner"
    outputs = read_outputs((runner / "output").read_text())
    assert ran.code in (0, 1, 2, 4), ran.out
    assert attacks.in_log(ran.out + ran.err) == []
    assert attacks.in_outputs(outputs, set(OUTPUTS)) == []
    assert outputs["ok"] == str(ran.report["ok"]).lower()
    pages = [(runner / "summary").read_text(), hub.releases["v1"]["body"]]
    pages += [comment["body"] for comment in hub.comments.get(12, [])]
    for page in pages:
        assert attacks.in_markdown(page, HOST) == [], page
    told = [deployment["description"] for deployment in hub.deployments]
    assert [line for line in told if line and (len(line) > 140 or "\n" in line or "\r" in line)] == []


@pytest.mark.parametrize("text", attacks.TEXTS.values(), ids=list(attacks.TEXTS))
def test_the_judges_see_a_text_that_nobody_made_harmless(text: str) -> None:
    """Each text is an attack somewhere: written as it is, in a log, a file of outputs, a page or a picture."""
    picture = f'```mermaid\nflowchart TD\n  n0["{text}"]\n```\n'
    outputs = read_outputs(f"ok=true\nversion={text}\n")
    seen = [attacks.in_log(text), attacks.in_outputs(outputs, {"ok", "version"}), attacks.in_markdown(f"| a |\n|---|\n| {text} |\n\n{picture}", HOST)]
    assert any(seen)
