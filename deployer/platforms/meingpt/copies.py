"""Previews on meinGPT: a copy of the workflow for each pull request, under a key of its own. Pure.

A copy is known by the end of its description, `pr:12 0123456789abcdef` (see `deployer.model.lease`): names may occur twice, and change.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deployer.model import lease
from deployer.model.change import Change, CreateLive, Remove, Replace, Unchanged
from deployer.model.lease import LeaseHolder
from deployer.model.observation import LiveDefinition, Missing
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Summary
from deployer.platforms.in_place.plan import is_wanted
from deployer.platforms.meingpt.payload import given_name


def copy_of(workflow: Workflow, name: str, who: LeaseHolder) -> Workflow:
    """The workflow as its copy gets it: whatever starts it by itself becomes a webhook, and its description says whose it is."""
    definition: dict[str, Any] = {**(workflow.source.definition or {}), "name": name}
    trigger = definition.get("trigger")
    if not (isinstance(trigger, Mapping) and trigger.get("type") == "webhook"):
        definition["trigger"] = {"type": "webhook"}
    definition["description"] = f"{definition.get('description') or ''} {who}".strip()
    return workflow._replace(source=workflow.source.overlaid(definition), id="")


def copies_of(summaries: Iterable[Summary], who: LeaseHolder) -> list[Summary]:
    """The copies of one pull request and workflow, oldest first. More than one is a mishap: two runs at once, one of them cut off."""
    return sorted((each for each in summaries if lease.tag_in_description(each.description) == who), key=lambda each: (each.created_at, each.id))


def decide(workflow: Workflow, found: Sequence[LiveDefinition], policy: Policy, preview: Preview) -> tuple[Change, ...]:
    """What to do about the copy (`workflow` is what it should be), and about those that are one too many."""
    preview = preview._replace(location=given_name(workflow, policy))
    if not found:
        return (CreateLive(workflow=workflow, observed=Missing(), release=True, as_name=preview.location, preview=preview),)
    there, *others = found
    common: dict[str, Any] = {"workflow": workflow, "observed": there, "target": there.target_id, "preview": preview}
    wanted = there.status == "active" and is_wanted(workflow, there, None, policy)
    change: Change = Unchanged(**common, live=True) if wanted else Replace(**common, release=True)
    return change, *(_delete(workflow, other, number, preview) for number, other in enumerate(others, 2))


def _delete(workflow: Workflow, there: LiveDefinition, number: int, preview: Preview) -> Change:
    return delete(f"{workflow.name} (copy {number})", workflow.key, there, preview, "one copy is enough")


def delete(name: str, key: str, there: LiveDefinition, preview: Preview, why: str) -> Change:
    """Take one copy away."""
    workflow = Workflow(name, Source("", "meingpt", "workflow", b"", None), key, id=there.target_id)
    return Remove(workflow=workflow, observed=there, target=there.target_id, live=False, preview=preview._replace(ended=True), why=why)
