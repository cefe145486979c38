"""`prune` in a deploy: workflows that the manifest no longer names are found in the state, observed, and decided about."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from deployer.config.settings import Settings
from deployer.model.change import Change
from deployer.model.errors import UsageError
from deployer.model.policy import Policy
from deployer.model.text import first_names
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import source_finder
from deployer.planning import keys, prune
from deployer.planning.target_conflicts import Target
from deployer.platforms.connections import Connections
from deployer.platforms.platform import NoAddressError, Platform
from deployer.platforms.registry import all_platforms
from deployer.state.base import DeployRecord, EnvironmentState


def plan_deletions(
    context: RunContext,
    project: Project,
    state: EnvironmentState,
    connections: Connections,
    policy: Policy,
    named_elsewhere: Callable[[], Collection[Target]],
) -> tuple[Change, ...]:
    """The changes of orphans; none unless `prune` is set. `named_elsewhere`: asked for what other manifests of the repository ship, where there
    are orphans. Raises UsageError when they are too many, or a key is missing."""
    settings = context.settings
    if settings.deploy.prune == "false":
        return ()
    orphans = _orphans(settings, project, state, named_elsewhere)
    if settings.deploy.prune != "force":
        prune.refuse_too_many([name for _, name, _ in orphans], len(project.workflows))
    workflows = tuple(prune.workflow_of(name, record, _key(context, project, record, platform), platform) for platform, name, record in orphans)
    _require_keys(context, project, workflows)
    connections.connect(workflows)
    observed = Observer(connections, state, policy, source_finder(context)).all(workflows, settings.limits.concurrency, context.clock)
    return tuple(prune.decide(workflow, observed[workflow.name], state.of(workflow.name), policy) for workflow in workflows)


def _orphans(
    settings: Settings, project: Project, state: EnvironmentState, named_elsewhere: Callable[[], Collection[Target]]
) -> list[tuple[Platform, str, DeployRecord]]:
    """The workflows that Flowship created and that no manifest names any more; none without a manifest."""
    if project.manifest is None:
        return []
    orphans = [
        (platform, name, record)
        for platform, host in _deleting(settings)
        for name, record in prune.orphans(state, project.names(), _ids(project), host).items()
    ]
    elsewhere = set(named_elsewhere()) if orphans else set()
    return [row for row in orphans if not {(row[2].host, row[2].target), ("", row[2].target)} & elsewhere]


def _deleting(settings: Settings) -> Iterator[tuple[Platform, str]]:
    """The platforms on which a workflow can be deleted, with their addresses; not those that no address was given for."""
    for platform in all_platforms().values():
        with suppress(NoAddressError):
            if platform.capabilities.delete:
                yield platform, platform.base_url(settings, None)


def notices(context: RunContext, project: Project, state: EnvironmentState, named_elsewhere: Callable[[], Collection[Target]]) -> tuple[str, ...]:
    """A notice where `prune` has no state to read, and so deletes nothing; without `prune`, one of what it would delete."""
    settings = context.settings
    if settings.deploy.prune != "false":
        return () if settings.state != "none" else ("`prune` deletes nothing with `state: none`: only the state tells what we created.",)
    names = sorted(name for _, name, _ in _orphans(settings, project, state, named_elsewhere))
    if not names:
        return ()
    return (f"No longer in the manifest, and left alone: {first_names(names)}. `prune: true` deletes what Flowship created.",)


def _ids(project: Project) -> set[str]:
    return {workflow.id for _, workflow in project.pairs() if workflow.id}


def _key(context: RunContext, project: Project, record: DeployRecord, platform: Platform) -> str:
    """The name of the key it was created with; where that key is no longer given, the environment's only one for that platform."""
    key_names = {workflow.key for workflow in project.workflows if workflow.platform == platform.name}
    return key_names.pop() if record.created_with_key not in context.settings.credentials.keys and len(key_names) == 1 else record.created_with_key


def _require_keys(context: RunContext, project: Project, workflows: tuple[Workflow, ...]) -> None:
    missing = [workflow for workflow in workflows if keys.key_of(context.settings, project.environment, workflow) is None]
    if missing:
        raise UsageError(
            f"`prune` would look at {missing[0].name}, which the manifest no longer names, and the key {missing[0].key} was not given.",
            fix=f"Add `{missing[0].key}=…` to `keys` once more, or run without `prune`.",
            code="missing-key",
        )
