"""Previews on GPTBots: a pool of Workflows that pull requests borrow. Pure; who has which is read by `deployer.model.lease`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from deployer.model import lease
from deployer.model.change import AcquireSlot, Change, Fail, Publish, Unchanged
from deployer.model.lease import LeaseHolder
from deployer.model.observation import NotListable, Observation, ReadFailed, Version, VersionHistory
from deployer.model.preview import Preview
from deployer.model.workflow import Source, Workflow

BOUND = {"DATASET": "datasetParam", "DATABASE": "databaseParam"}  # nodes that name what a Workflow owns (docs/contracts/flow-format.md, "Nodes")


class PreviewSlot(NamedTuple):
    """One Workflow of the pool: `workflow` is what is to be previewed, with the key of this target."""

    workflow: Workflow
    observed: Observation


class PoolExhausted(NamedTuple):
    """Nothing can be previewed: who has the pool, or why nobody can tell, in words."""

    why: str


def decide(slots: Sequence[PreviewSlot], who: LeaseHolder, preview: Preview) -> Change | PoolExhausted:
    """What to do about one workflow. `slots` are never none."""
    readable = [(slot, slot.observed) for slot in slots if isinstance(slot.observed, VersionHistory)]
    for slot, seen in readable:
        if lease.current_holder(seen.versions) == who:
            return _held(slot, seen, who, preview._replace(location=slot.workflow.key))
    free = [(slot, seen) for slot, seen in readable if lease.current_holder(seen.versions) is None]
    if free:
        slot, seen = free[0]
        pool = tuple(each.workflow for each, _ in free)
        return AcquireSlot(**_common(slot, seen, preview._replace(location=slot.workflow.key)), release=True, pool=pool)
    return _none(slots, who, preview)


def _held(slot: PreviewSlot, seen: VersionHistory, who: LeaseHolder, preview: Preview) -> Change:
    """It is ours already: what was imported last is there, or is imported now."""
    common = _common(slot, seen, preview)
    ours = lease.newest_claim(seen.versions, who)
    fingerprint = slot.workflow.fingerprint
    if ours is None or not (ours.marker and ours.marker.marks(fingerprint)) or _disturbed(seen.versions[0], fingerprint):
        return AcquireSlot(**common, release=True, pool=(slot.workflow,))
    if ours.published:
        return Unchanged(**common, version=ours.version, live=True)
    return Publish(**common, release=True, version=ours.version, why="was imported before")


def _disturbed(draft: Version, fingerprint: str) -> bool:
    """Did somebody who wanted the Workflow too leave something else as its draft? What a person did there by hand is left alone."""
    return draft.marker is not None and not draft.marker.marks(fingerprint)


def _common(slot: PreviewSlot, seen: VersionHistory, preview: Preview) -> dict[str, Any]:
    live = seen.live.version if seen.live else None
    return {"workflow": slot.workflow, "observed": seen, "target": seen.target_id, "previous_version": live, "preview": preview}


def _none(slots: Sequence[PreviewSlot], who: LeaseHolder, preview: Preview) -> Change | PoolExhausted:
    broken = [(slot, slot.observed) for slot in slots if isinstance(slot.observed, ReadFailed)]
    if len(broken) == len(slots):
        slot, problem = broken[0]
        return Fail(
            workflow=slot.workflow, observed=problem, preview=preview, code=problem.code, message=problem.message, fix=problem.fix
        )  # fmt: skip
    return PoolExhausted(f"no preview Workflow is free: {'; '.join(_said(slot, who) for slot in slots)}")


def _said(slot: PreviewSlot, who: LeaseHolder) -> str:
    key = slot.workflow.key
    match slot.observed:
        case VersionHistory(versions=versions):
            return f"{key} is taken by {holder_text(lease.current_holder(versions), who.repository)}"
        case NotListable(why=why):
            return f"who has {key} cannot be told, since its versions cannot be listed ({why.rstrip('.')})"
        case ReadFailed(message=message):
            return f"{key} cannot be read ({message.rstrip('.')})"
        case _:
            raise AssertionError("a GPTBots target is observed by its versions")


def holder_text(has: LeaseHolder | None, repository: str) -> str:
    """A holder in words."""
    if has is None:
        return "nobody"
    who = f"pull request {has.number}" if has.number else "a release"
    return who + (" of another repository" if has.repository != repository else "")


def dropped(before: Source, after: Source) -> str:
    """What an import into another Workflow drops: nodes that name knowledge bases or tables, where `preview.set` (from `before` to `after`)
    lays nothing over them. In words, "" when there is nothing."""
    nodes = dict(_nodes(before.definition))
    names = []
    for path, node in _nodes(after.definition):
        parameter = BOUND.get(str(node.get("type")))
        was = nodes.get(path)
        if parameter and was is not None and node.get(parameter) is was.get(parameter):
            names.append(str(node.get("name") or node.get("id")))
    if not names:
        return ""
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"knowledge bases and tables of another Workflow are dropped on import, and `preview.set` maps none for {shown}"


def _nodes(definition: Any) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    """Every node with its place, those of inner graphs too."""
    workflow = definition.get("workflow") if isinstance(definition, Mapping) else None
    yield from _inside(workflow, ())


def _inside(graph: Any, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    nodes = graph.get("workflowNodes") if isinstance(graph, Mapping) else None
    for number, node in enumerate(nodes if isinstance(nodes, list) else ()):
        if isinstance(node, Mapping):
            yield (*place, number), node
            yield from _inside(node.get("subWorkflow"), (*place, number))
