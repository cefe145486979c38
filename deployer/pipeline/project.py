"""The project of a run: its manifest or named files, one environment, the workflows and the findings of reading them."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from deployer.config.settings import Settings
from deployer.formats.quoting import did_you_mean, shown
from deployer.manifest import load as manifests
from deployer.manifest import resolve as workflows
from deployer.manifest.model import DEFAULT_ENVIRONMENT, Manifest
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.model.text import nfc
from deployer.model.workflow import Source, Workflow
from deployer.platforms.registry import platform_named
from deployer.state.base import StateOwner


class Project(NamedTuple):
    """`manifest` is None without one, and when it is `broken`: then it has no workflows, but its `sources` are linted.

    `environments` is never empty; the first is the default. `sources`: all files to lint. `owner`: whose state is kept.
    """

    environment: str
    environments: tuple[str, ...]
    workflows: tuple[Workflow, ...]
    findings: tuple[Finding, ...]
    manifest: Manifest | None = None
    notices: tuple[str, ...] = ()
    broken: bool = False
    sources: tuple[Source, ...] = ()
    owner: StateOwner = StateOwner()

    @property
    def manifest_path(self) -> str:
        return self.manifest.path if self.manifest else ""

    def names(self) -> frozenset[str]:
        """Every name in the manifest, of all its environments."""
        entries = self.manifest.entries if self.manifest else ()
        return frozenset((*(entry.name for entry in entries), *(workflow.name for workflow in self.workflows)))

    def everything(self) -> tuple[Workflow, ...]:
        """Every workflow of the environment in name order; those whose file cannot be read are without a definition."""
        entries = {workflow.name: workflow for environment, workflow in self.pairs() if environment == self.environment}
        readable = entries | {workflow.name: workflow for workflow in self.workflows}
        return tuple(readable[name] for name in sorted(readable))

    def pairs(self) -> Iterator[tuple[str, Workflow]]:
        """Every (environment, workflow) pair that keys could lead to one target."""
        if self.manifest:
            yield from workflows.list_targets(self.manifest)
        else:
            yield from ((self.environment, workflow) for workflow in self.workflows)


def read_project(root: str, settings: Settings, begin: Callable[[Project], None] = lambda _: None) -> Project:
    """The project of these settings. Raises UsageError where there is no manifest and no files, or the environment is not declared.

    `begin` is called with the project once the manifest is read, if that has no errors: its workflows have no definitions yet."""
    if settings.selection.files:
        return _from_files(root, settings)
    if not os.path.lexists(os.path.join(root, settings.selection.manifest)):
        raise _no_manifest(root, settings.selection.manifest)
    manifest, findings = manifests.load_manifest(root, settings.selection.manifest)
    if manifest is None or any(finding.severity == "error" for finding in findings):
        environment = settings.selection.environment or DEFAULT_ENVIRONMENT
        sources, file_findings = workflows.read_sources(root, manifest) if manifest else ((), ())
        return Project(environment, (environment,), (), (*findings, *file_findings), broken=True, sources=sources)
    environment = settings.selection.environment or manifest.environments[0]
    begin(_without_definitions(root, manifest, environment, settings))
    resolved, file_findings = workflows.resolve_environment(root, manifest, settings.selection.environment, settings.selection.only)
    resolved = _shard_of(resolved, settings.selection.shard)
    resolved, misfits = workflows.lay_over_all(manifest, environment, resolved, settings.selection.values)
    file_findings = (*file_findings, *misfits)
    sources = tuple(workflow.source for workflow in resolved)
    owner = owner_of(root, manifest.path, manifest.project)
    return Project(environment, manifest.environments, resolved, (*findings, *file_findings), manifest, sources=sources, owner=owner)


def _without_definitions(root: str, manifest: Manifest, environment: str, settings: Settings) -> Project:
    """The project as the manifest alone shows it."""
    only = settings.selection.only
    targets = [workflow for name, workflow in workflows.list_targets(manifest) if name == environment and (not only or workflow.name in only)]
    resolved = _shard_of(tuple(sorted(targets, key=lambda workflow: workflow.name)), settings.selection.shard)
    return Project(environment, manifest.environments, resolved, (), manifest, owner=owner_of(root, manifest.path, manifest.project))


def find_owner(root: str, settings: Settings) -> StateOwner:
    """Whose state a run with these settings keeps, without reading its workflows."""
    path = settings.selection.manifest
    return StateOwner() if settings.selection.files else owner_of(root, path, manifests.read_project_name(root, path))


def owner_of(root: str, path: str, project: str = "") -> StateOwner:
    """Of the manifest at `path` below the repository's top, which names its project or is named by its folder."""
    manifest = os.path.relpath(os.path.join(root, path), root).replace(os.sep, "/")
    return StateOwner(project or nfc(os.path.dirname(manifest)), manifest)


def read_whole(root: str, settings: Settings) -> Project:
    """All of the environment, without regard to `only`, `shard` and unreadable files: for modes that deploy no files."""
    selection = settings.selection._replace(shard=(1, 1), only=settings.selection.only if settings.selection.files else ())
    project = read_project(root, settings._replace(selection=selection))
    return project._replace(workflows=project.everything()) if not project.broken else project


def only_named(project: Project, only: Sequence[str]) -> Project:
    """The project with the workflows of these names, all when none is given. Raises UsageError for an unknown name."""
    by_name = {workflow.name: workflow for workflow in project.workflows}
    for name in only:
        if name not in by_name:
            raise UsageError(f"There is no workflow {shown(name)} in {project.environment}.", fix=did_you_mean(name, by_name))
    return project._replace(workflows=tuple(by_name[name] for name in sorted(set(only)))) if only else project


def sharded(project: Project, shard: tuple[int, int]) -> Project:
    """The project with this shard's workflows: every n-th."""
    return project._replace(workflows=_shard_of(project.workflows, shard))


def _shard_of(workflows: tuple[Workflow, ...], shard: tuple[int, int]) -> tuple[Workflow, ...]:
    number, of = shard
    return workflows[number - 1 :: of]


def _no_manifest(root: str, name: str) -> UsageError:
    wanted, file = os.path.split(os.path.abspath(os.path.join(root, name)))
    folder = os.path.dirname(wanted)
    while not os.path.exists(os.path.join(folder, file)) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    fix = "`flowship init` writes a manifest; or name definition files with `files`."
    if suggestion := manifests.suggest_manifest(root, name):
        fix = suggestion
    elif os.path.exists(os.path.join(folder, file)):
        fix = f"There is one in {folder}: run it there."
    return UsageError(f"There is no manifest {name} in {root}, and `files` names no files.", fix=fix, code="no-manifest")


def _from_files(root: str, settings: Settings) -> Project:
    if "manifest" in settings.given:
        raise UsageError("Both `manifest` and `files` are given.", fix="`files` is for use without a manifest: take one of them out.")
    if settings.selection.only:
        raise UsageError("`only` narrows a manifest, and `files` names files without one.", fix="Name fewer files instead.")
    resolved, findings = workflows.resolve_files(root, settings.selection.files)
    flows = [workflow for workflow in resolved if platform_named(workflow.platform).capabilities.key_is_target]
    if len(flows) > 1 and settings.credentials.api_key:
        raise UsageError(
            f"One `api-key` cannot go with {len(flows)} files ({', '.join(flow.path for flow in flows[:3])}{', …' * (len(flows) > 3)}): "
            "each needs a key of its own.",
            fix="Write a manifest (`flowship init`), with a key for each.",
        )
    environment = settings.selection.environment or DEFAULT_ENVIRONMENT
    resolved = _shard_of(resolved, settings.selection.shard)
    return Project(environment, (environment,), resolved, findings, sources=tuple(workflow.source for workflow in resolved))
