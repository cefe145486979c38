"""What there is to adopt: everything that a key leads to, each with its name here, its definition and entry, or why there are none."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.commands.adopt import definition as adopt
from deployer.commands.adopt.claims import ClaimedNames
from deployer.formats import files
from deployer.formats.yaml import write
from deployer.http.executor import BoundedExecutor
from deployer.manifest.edit import NewEntry
from deployer.model.change import AdoptExisting, Change, Fail, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.observation import LiveDefinition, Missing
from deployer.model.workflow import Kind, PlatformName, Source, Workflow
from deployer.pipeline.observe import OUT_OF_TIME
from deployer.platforms.base import Summary
from deployer.platforms.connections import Connections
from deployer.state.base import DeployRecord

PREVIEW_COPY = r" \(preview #\d+\)$"


@dataclass(frozen=True, slots=True)
class Adopted:
    """One workflow. `entry` is None where nothing is adopted: it is in the manifest, or cannot be (`change` says why)."""

    change: Change
    entry: NewEntry | None = None
    record: DeployRecord | None = None
    seconds: float = 0.0

    @property
    def source(self) -> Source:
        return self.change.workflow.source


def from_meingpt(inventory: ClaimedNames, key: str, clients: Connections) -> list[Adopted]:
    """The workflows of an organisation. Raises FlowshipError when they cannot be listed."""
    everyone = Workflow("", _source("", "meingpt"), key)
    clients.connect((everyone,))
    found: list[Adopted] = []
    new: list[Workflow] = []
    for row in sorted(clients.meingpt(everyone).workflows(), key=lambda row: (row.name, row.id)):  # the same names at every run
        if inventory.asks_for(row.id, row.name, adopt.stem(row.name, row.id)):
            settled = _settled(inventory, row, key)
            found += [settled] if settled else []
            new += [] if settled or _is_copy(inventory, row) else [_named(inventory, row, key)]

    def read(workflow: Workflow) -> Adopted:
        return _read(inventory, workflow, clients)

    context = inventory.context
    results = dict(BoundedExecutor(read, context.clock, context.settings.concurrency).run(new))
    late = [_fail(workflow, OUT_OF_TIME.message, OUT_OF_TIME.fix, code=OUT_OF_TIME.code) for workflow in new]
    return found + [result if isinstance(result := results[index], Adopted) else late[index] for index in range(len(new))]


def from_gptbots(inventory: ClaimedNames, key: str, clients: Connections) -> list[Adopted]:
    """The one target that the key names: its entry. There is no call that exports, so its file has to come from the console."""
    started = time.monotonic()
    stem = adopt.stem(key.removeprefix("GPTBOTS_"), key)
    endpoint = inventory.context.settings.endpoint if "endpoint" in inventory.context.settings.given else ""
    workflow = Workflow(stem, _source("", "gptbots"), key, endpoint)
    if key in inventory.keys:
        return [_in_manifest(workflow, inventory.keys[key])] if inventory.asks_for(key, stem) else []
    clients.connect((workflow,))
    try:
        identity = clients.gptbots(workflow).identity()
    except FlowshipError as error:
        return [_fail(workflow, inventory.context.redactor(error.message), error.fix, code=error.code)]
    if not inventory.asks_for(identity.id, key, stem):
        return []
    if identity.id in inventory.owners:
        return [_in_manifest(workflow, inventory.owners[identity.id], identity.id)]
    kind: Kind = "agent" if identity.kind == "agent" else "workflow"
    name, path = inventory.place(stem, "flows/{}.bot" if kind == "agent" else "flows/{}.flow")
    inventory.owners[identity.id] = name
    inventory.notices.append(_how_to_export(name, path, kind, identity.id))
    workflow = workflow._replace(name=name, source=Source(path, "gptbots", kind, b"", None))
    fields = {"source": path, "key": key, **({"endpoint": endpoint} if endpoint else {})}
    change = AdoptExisting(workflow=workflow, observed=Missing(), target=identity.id, why=f"{identity.id} as {path}, which has to be exported yet")
    return [Adopted(change, NewEntry(name, fields), seconds=round(time.monotonic() - started, 3))]


def _how_to_export(name: str, path: str, kind: Kind, target: str) -> str:
    what = "Agent" if kind == "agent" else "Workflow"
    return (
        f"{name}: GPTBots has no call that exports. 1. In its console open the {what} {target} and export it, without encryption where it asks. "
        f"2. Save the file as {path}. 3. Run `flowship lint` and `flowship plan`: until the file is there, both say that it is missing. "
        "The first deploy imports it once as a new draft: nothing tells that the file is what is there."
    )


def _settled(inventory: ClaimedNames, row: Summary, key: str) -> Adopted | None:
    """Where a workflow has its place in the manifest, or would take one that is meant for it."""
    if row.id in inventory.owners:
        return _in_manifest(Workflow(adopt.stem(row.name, row.id), _source("", "meingpt"), key, id=row.id), inventory.owners[row.id], row.id)
    entry = inventory.unclaimed.get(row.name)
    if entry is None:
        return None
    workflow = Workflow(adopt.stem(row.name, row.id), _source("", "meingpt"), key, id=row.id)
    message = f"{entry} in the manifest is called {row.name!r} too, and names no `id`: whether it is this workflow ({row.id}) is not guessed."
    fix = f"If it is, add `id: {row.id}` to {entry}; a release then puts its file over it. To keep what is there, take {entry} out and adopt again."
    return _fail(workflow, message, fix, code="ENTRY_WITHOUT_ID")


def _is_copy(inventory: ClaimedNames, row: Summary) -> bool:
    """A pull request's preview: it goes away with it. Adopted only by its own name or id."""
    if not re.search(PREVIEW_COPY, row.name) or {row.id, row.name} & inventory.wanted:
        return False
    inventory.notices.append(f"{row.name} ({row.id}) is left out: a pull request's preview. `flowship adopt {row.id}` brings it in.")
    return True


def _named(inventory: ClaimedNames, row: Summary, key: str) -> Workflow:
    name, path = inventory.place(adopt.stem(row.name, row.id), "workflows/{}.yaml")
    inventory.owners[row.id] = name
    return Workflow(name, _source(path, "meingpt"), key, id=row.id)


def _read(inventory: ClaimedNames, workflow: Workflow, clients: Connections) -> Adopted:
    """The definition as a file. What a file cannot hold is not adopted."""
    started = time.monotonic()
    try:
        seen = LiveDefinition(workflow.id, clients.meingpt(workflow).workflow(workflow.id))
        source = _file(workflow.path, seen.body)
    except FlowshipError as error:
        return _fail(workflow, inventory.context.redactor(error.message), error.fix, code=error.code)
    except ValueError as error:
        message = f"The definition cannot be written as YAML: {error}."
        return _fail(workflow, message, "Correct it in meinGPT, then adopt it.", code="NOT_YAML")
    workflow = workflow._replace(source=source)
    change = AdoptExisting(
        workflow=workflow,
        observed=seen,
        target=workflow.id,
        live=seen.status == "active",
        why=f"{workflow.id} as {workflow.path}",
        warning=" ".join(_notes(inventory, seen, source.content.decode())) or None,
    )
    record = adopt.record(workflow, seen, clients.host(workflow))
    entry = NewEntry(workflow.name, {"source": workflow.path, "key": workflow.key, "id": workflow.id})
    return Adopted(change, entry, record, round(time.monotonic() - started, 3))


def _file(path: str, body: Mapping[str, Any]) -> Source:
    """Raises ValueError where the file would not say what the platform has."""
    definition = adopt.definition_of(body)
    source, _ = files.parse(path, write.dump(definition).encode())
    if source is None or source.fingerprint != Source(path, "meingpt", "workflow", b"", definition).fingerprint:
        raise ValueError("what is read back is not what was written")
    return source


def _notes(inventory: ClaimedNames, seen: LiveDefinition, text: str) -> list[str]:
    """What to know before the file is committed and released."""
    settings = inventory.context.settings
    held = [f"the key {name}" for name, secret in sorted(settings.keys.items()) if secret.reveal() in text]
    notes = [f"The value of {' and of '.join(held)} stands in it: take it out before you commit the file."] if held else []
    if seen.status != "active":
        notes.append(f"Its status is {seen.status!r}: a release makes it active.")
    return notes


def _in_manifest(workflow: Workflow, owner: str, target: str = "") -> Adopted:
    change = Unchanged(workflow=workflow, observed=Missing(), target=target, why=f"in the manifest already, as {owner}")
    return Adopted(change)


def _fail(workflow: Workflow, message: str, fix: str, *, code: str) -> Adopted:
    return Adopted(Fail(workflow=workflow, observed=Missing(), target=workflow.id, code=code, message=message, fix=fix))


def _source(path: str, platform: PlatformName) -> Source:
    return Source(path, platform, "workflow", b"", None)
