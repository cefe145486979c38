"""`prune` in a deploy: workflows that the manifest no longer names are found in the state, observed, and decided about."""

from deployer.model.change import Change
from deployer.model.errors import UsageError
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import source_finder
from deployer.planning import keys, prune
from deployer.platforms.base import Platform
from deployer.platforms.connections import Connections
from deployer.platforms.registry import PLATFORMS
from deployer.state.base import DeployRecord, EnvironmentState


def plan_deletions(context: RunContext, project: Project, state: EnvironmentState, connections: Connections, policy: Policy) -> tuple[Change, ...]:
    """The changes of orphans; none unless `prune` is set. Raises UsageError when they are too many, or a key is missing."""
    settings = context.settings
    if settings.deploy.prune == "false" or project.manifest is None:
        return ()
    platforms = [platform for platform in PLATFORMS.values() if platform.capabilities.delete]
    orphans = [
        (platform, name, record)
        for platform in platforms
        for name, record in prune.orphans(state, project.names(), _ids(project), platform.base_url(settings, None)).items()
    ]
    if settings.deploy.prune != "force":
        prune.refuse_too_many([name for _, name, _ in orphans], len(project.workflows))
    workflows = tuple(prune.workflow_of(name, record, _key(context, project, record, platform), platform) for platform, name, record in orphans)
    _require_keys(context, project, workflows)
    connections.connect(workflows)
    observed = Observer(connections, state, policy, source_finder(context)).all(workflows, settings.limits.concurrency, context.clock)
    return tuple(prune.decide(workflow, observed[workflow.name], state.of(workflow.name), policy) for workflow in workflows)


def notices(context: RunContext) -> tuple[str, ...]:
    """A notice where `prune` has no state to read, and so deletes nothing."""
    no_notice = context.settings.deploy.prune == "false" or context.settings.state != "none"
    return () if no_notice else ("`prune` deletes nothing with `state: none`: only the state tells what we created.",)


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
