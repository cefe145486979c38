"""The workflows that a key leads to, each with a name, definition and manifest entry, or the reason why it has none."""

import json
import re
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deployer.commands.adopt.claims import ClaimedNames
from deployer.formats import files, known_formats
from deployer.formats.yaml import write
from deployer.http.executor import BoundedExecutor
from deployer.manifest.edit import NewEntry
from deployer.model.change import AdoptExisting, Change, Fail, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.observation import MISSING, Observed
from deployer.model.text import nfc
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.observe import NOT_READ
from deployer.platforms.base import Summary
from deployer.platforms.connections import Connections
from deployer.platforms.platform import Platform
from deployer.platforms.registry import target_of
from deployer.state.base import ADOPTED, DeployRecord

if TYPE_CHECKING:
    from deployer.model.choices import Kind

PREVIEW_COPY = r" \((?:[^()]+, )?preview #\d+\)$"
MAX_STEM_CHARS = 60


@dataclass(frozen=True, slots=True)
class Adopted:
    """One workflow. `entry` is None where it is in the manifest already or cannot be adopted; `change` has the reason."""

    change: Change
    entry: NewEntry | None = None
    record: DeployRecord | None = None
    seconds: float = 0.0

    @property
    def source(self) -> Source:
        return self.change.workflow.source


def discover(inventory: ClaimedNames, key: str, platform: Platform, connections: Connections) -> list[Adopted]:
    """The workflows that a key leads to. Raises FlowshipError when they cannot be listed."""
    find = _from_list if platform.capabilities.list and platform.capabilities.export else _from_key
    return find(inventory, key, platform, connections)


def _from_list(inventory: ClaimedNames, key: str, platform: Platform, connections: Connections) -> list[Adopted]:
    """Every workflow that the key leads to, with its definition."""
    anything = Workflow("", _source("", platform), key)
    connections.connect((anything,))
    adopted: list[Adopted] = []
    unclaimed: list[Workflow] = []
    for row in sorted(connections.target(anything).list(), key=lambda row: (row.name, row.id)):  # the same names at every run
        if inventory.asks_for(row.id, row.name, file_stem(row.name, row.id)):
            claimed = _claimed(inventory, row, key, platform)
            adopted += [claimed] if claimed else []
            unclaimed += [] if claimed or _is_copy(inventory, row) else [_named(inventory, row, key, platform)]

    def read(workflow: Workflow) -> Adopted:
        return _adopt(inventory, workflow, platform, connections)

    context = inventory.context
    results = dict(BoundedExecutor(read, context.clock, context.settings.limits.concurrency).run(unclaimed))
    for index, workflow in enumerate(unclaimed):
        result = results[index]
        adopted.append(result if isinstance(result, Adopted) else _fail(workflow, NOT_READ.message, NOT_READ.fix, code=NOT_READ.code))
    return adopted


def _from_key(inventory: ClaimedNames, key: str, platform: Platform, connections: Connections) -> list[Adopted]:
    """The entry of the one target that the key leads to. The platform has no export call, so a person exports its file in the console."""
    started = time.monotonic()
    stem = file_stem(key.removeprefix(f"{platform.name.upper()}_"), key)
    endpoint = inventory.context.settings.addresses.endpoint if "endpoint" in inventory.context.settings.given else ""
    workflow = Workflow(stem, _source("", platform), key, endpoint)
    if key in inventory.keys:
        return [_in_manifest(workflow, inventory.keys[key])] if inventory.asks_for(key, stem) else []
    connections.connect((workflow,))
    try:
        identity = connections.target(workflow).identity()
    except FlowshipError as error:
        return [_fail(workflow, inventory.context.redactor(error.message), error.fix, code=error.code)]
    if not inventory.asks_for(identity.id, key, stem):
        return []
    if other := inventory.refuse_others(workflow, identity.id):
        return [_left_alone(workflow, other, identity.id)]
    if identity.id in inventory.owners:
        return [_in_manifest(workflow, inventory.owners[identity.id], identity.id)]
    kind: Kind = "agent" if identity.kind == "agent" else "workflow"
    name, path = inventory.place(stem, platform.file_pattern(kind))
    inventory.owners[identity.id] = name
    workflow = workflow._replace(name=name, source=Source(path, platform.name, kind, b"", None))
    inventory.notices.append(f"{name}: {platform.how_to_export(kind, identity.id)} {_steps_after_export(path)}")
    fields = {"source": _as_written(inventory, path), **_platform_field(workflow), "key": key, **({"endpoint": endpoint} if endpoint else {})}
    change = AdoptExisting(workflow=workflow, observed=MISSING, target=identity.id, why=f"{identity.id} as {path}, which has to be exported yet")
    return [Adopted(change, NewEntry(name, fields), seconds=round(time.monotonic() - started, 3))]


def _steps_after_export(path: str) -> str:
    return (
        f"2. Save the file as {path}. 3. Run `flowship lint` and `flowship plan`: until the file is there, both say that it is missing. "
        "The first deploy imports it once as a new draft: whether the file equals the target cannot be read."
    )


def _claimed(inventory: ClaimedNames, row: Summary, key: str, platform: Platform) -> Adopted | None:
    """The line of a workflow that is in the manifest, or may be the one that an entry without id means; None for any other."""
    workflow = Workflow(file_stem(row.name, row.id), _source("", platform), key, id=row.id)
    if other := inventory.refuse_others(workflow, row.id):
        return _left_alone(workflow, other, row.id)
    if row.id in inventory.owners:
        return _in_manifest(workflow, inventory.owners[row.id], row.id)
    entry = inventory.unclaimed.get(nfc(row.name))
    if entry is None:
        return None
    message = f"{entry} in the manifest is called {row.name!r} too, and names no `id`: whether it is this workflow ({row.id}) is not guessed."
    fix = (
        f"If it is, add `id: {row.id}` to {entry}; the next release then replaces it with the file. "
        f"To keep the platform's version, remove {entry} from the manifest and adopt again."
    )
    return _fail(workflow, message, fix, code="ENTRY_WITHOUT_ID")


def _is_copy(inventory: ClaimedNames, row: Summary) -> bool:
    """Is it a pull request's preview, which is deleted with it? Adopted only by its own name or id."""
    if not re.search(PREVIEW_COPY, row.name) or {row.id, nfc(row.name)} & inventory.wanted:
        return False
    inventory.notices.append(f"{row.name} ({row.id}) is left out: a pull request's preview. `flowship adopt {row.id}` brings it in.")
    return True


def _named(inventory: ClaimedNames, row: Summary, key: str, platform: Platform) -> Workflow:
    name, path = inventory.place(file_stem(row.name, row.id), platform.file_pattern("workflow"))
    inventory.owners[row.id] = name
    return Workflow(name, _source(path, platform), key, id=row.id)


def _adopt(inventory: ClaimedNames, workflow: Workflow, platform: Platform, connections: Connections) -> Adopted:
    """The workflow with its definition as a file; a failure where a file cannot hold it."""
    started = time.monotonic()
    try:
        target = connections.target(workflow)
        body = target.export(workflow.id) or {}
        observed = target.observed(workflow.id, body)
        source = _source_of(workflow.path, platform, target.file_definition(body))
    except FlowshipError as error:
        return _fail(workflow, inventory.context.redactor(error.message), error.fix, code=error.code)
    except ValueError as error:
        message = f"The definition cannot be written as {_language(workflow.source).upper()}: {error}."
        return _fail(workflow, message, f"Correct it in {platform.title}, then adopt it.", code="NOT_WRITABLE")
    workflow = workflow._replace(source=source)
    change = AdoptExisting(
        workflow=workflow,
        observed=observed,
        target=workflow.id,
        live=observed.active,
        why=f"{workflow.id} as {workflow.path}",
        warning=" ".join(_warnings(inventory, observed, source.content.decode(), target.status_field)) or None,
    )
    record = _record(workflow, observed, connections.host(workflow))
    fields = {"source": _as_written(inventory, workflow.path), **_platform_field(workflow), "key": workflow.key, "id": workflow.id}
    entry = NewEntry(workflow.name, fields)
    return Adopted(change, entry, record, round(time.monotonic() - started, 3))


def _as_written(inventory: ClaimedNames, path: str) -> str:
    """A path of the repository as the manifest has it: relative to its folder."""
    return path.removeprefix(f"{inventory.folder}/") if inventory.folder else path


def _source_of(path: str, platform: Platform, definition: Mapping[str, Any]) -> Source:
    """The definition as a file. Raises ValueError where reading that file gives another definition."""
    is_json = _language(_source(path, platform)) == "json"
    text = json.dumps(definition, ensure_ascii=False, allow_nan=False, indent=2) + "\n" if is_json else write.dump(definition)
    source, _ = files.parse(path, text.encode(), platform=platform.name)
    if source is None or source.fingerprint != Source(path, platform.name, "workflow", b"", definition).fingerprint:
        raise ValueError("what is read back is not what was written")
    return source


def _language(source: Source) -> str:
    return known_formats.format_of_source(source).language


def _platform_field(workflow: Workflow) -> dict[str, str]:
    """The entry's `platform`, where the file's suffix does not tell it."""
    return {} if files.platform_of(workflow.path) == workflow.platform else {"platform": workflow.platform}


def _warnings(inventory: ClaimedNames, observed: Observed, text: str, status_field: str) -> list[str]:
    """Warnings to read before the file is committed and released."""
    settings = inventory.context.settings
    keys = [f"the key {name}" for name, secret in sorted(settings.credentials.keys.items()) if secret.reveal() in text]
    warnings = [f"The value of {' and of '.join(keys)} stands in it: take it out before you commit the file."] if keys else []
    if not observed.active:
        warnings.append(f"Its {status_field} is {(observed.definition or {}).get(status_field, '')!r}: a release makes it active.")
    return warnings


def _in_manifest(workflow: Workflow, owner: str, target: str = "") -> Adopted:
    change = Unchanged(workflow=workflow, observed=MISSING, target=target, why=f"in the manifest already, as {owner}")
    return Adopted(change)


def _left_alone(workflow: Workflow, owner: str, target: str) -> Adopted:
    return Adopted(Unchanged(workflow=workflow, observed=MISSING, target=target, why=f"left alone: the target of {owner}"))


def _fail(workflow: Workflow, message: str, fix: str, *, code: str) -> Adopted:
    return Adopted(Fail(workflow=workflow, observed=MISSING, target=workflow.id, code=code, message=message, fix=fix))


def _source(path: str, platform: Platform) -> Source:
    return Source(path, platform.name, "workflow", b"", None)


def file_stem(name: str, id_: str) -> str:
    """A name for the manifest and the file: small letters and digits of any script, joined by `-`; the id where none are left."""
    for text in (name, id_, "workflow"):
        plain = unicodedata.normalize("NFKC", text).casefold()
        made = re.sub(r"[\W_]+", "-", plain)[:MAX_STEM_CHARS].strip("-")
        if made:
            return made
    raise AssertionError("`workflow` is made of letters")


def _record(workflow: Workflow, observed: Observed, host: str) -> DeployRecord:
    """The record of what was there, so that later edits are noticed. It is no release of ours, and not ours to delete."""
    readback = target_of(workflow).readback_fingerprint(observed)
    return DeployRecord(
        fingerprint=workflow.fingerprint, target=observed.id, host=host, run=ADOPTED, readback_fingerprint=readback, updated_at=observed.revision
    )
