"""What a run is about: the manifest (or the named files), one environment of it, its workflows and what reading them found."""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from deployer.config.settings import Settings
from deployer.manifest import load as manifests
from deployer.manifest import resolve as workflows
from deployer.manifest.model import DEFAULT_ENVIRONMENT, Manifest
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.model.text import did_you_mean
from deployer.model.workflow import Source, Workflow


class Project(NamedTuple):
    """`manifest` is None in manifest-less use, and when it is `broken`: then nothing of it is believed, but its `sources` are linted.

    `environments` is never empty; the first is the default. `sources` are all that there is to lint.
    """

    environment: str
    environments: tuple[str, ...]
    workflows: tuple[Workflow, ...]
    findings: tuple[Finding, ...]
    manifest: Manifest | None = None
    notices: tuple[str, ...] = ()
    broken: bool = False
    sources: tuple[Source, ...] = ()

    @property
    def manifest_path(self) -> str:
        return self.manifest.path if self.manifest else ""

    def names(self) -> frozenset[str]:
        """Every name in the manifest, of all its environments."""
        entries = self.manifest.entries if self.manifest else ()
        return frozenset((*(entry.name for entry in entries), *(workflow.name for workflow in self.workflows)))

    def everything(self) -> tuple[Workflow, ...]:
        """Every workflow of the environment in name order, also those whose file cannot be read (without a definition)."""
        bare = {workflow.name: workflow for environment, workflow in self.pairs() if environment == self.environment}
        found = bare | {workflow.name: workflow for workflow in self.workflows}
        return tuple(found[name] for name in sorted(found))

    def pairs(self) -> Iterator[tuple[str, Workflow]]:
        """Every (environment, workflow) pair that keys could lead to one target."""
        if self.manifest:
            yield from workflows.list_targets(self.manifest)
        else:
            yield from ((self.environment, workflow) for workflow in self.workflows)


def read_project(root: str, settings: Settings) -> Project:
    """Raises UsageError where the request does not fit what is there: no manifest and no files, an undeclared environment."""
    if settings.selection.files:
        return _from_files(root, settings)
    if not os.path.lexists(os.path.join(root, settings.selection.manifest)):
        raise _no_manifest(root, settings.selection.manifest)
    manifest, findings = manifests.load_manifest(root, settings.selection.manifest)
    if manifest is None or any(finding.severity == "error" for finding in findings):
        environment = settings.selection.environment or DEFAULT_ENVIRONMENT
        sources, more = workflows.read_sources(root, manifest) if manifest else ((), ())
        return Project(environment, (environment,), (), (*findings, *more), broken=True, sources=sources)
    found, more = workflows.resolve_environment(root, manifest, settings.selection.environment, settings.selection.only)
    environment = settings.selection.environment or manifest.environments[0]
    found = _part(found, settings.selection.shard)
    found, misfits = workflows.lay_over_all(manifest, environment, found, settings.selection.values)
    more = (*more, *misfits)
    sources = tuple(workflow.source for workflow in found)
    return Project(environment, manifest.environments, found, (*findings, *more), manifest, sources=sources)


def read_whole(root: str, settings: Settings) -> Project:
    """All of the environment, whatever `only` and `shard` say and whether the files can be read or not: for what ships no files."""
    selection = settings.selection._replace(shard=(1, 1), only=settings.selection.only if settings.selection.files else ())
    project = read_project(root, settings._replace(selection=selection))
    return project._replace(workflows=project.everything()) if not project.broken else project


def only_named(project: Project, only: Sequence[str]) -> Project:
    """Narrowed to the workflows of these names, where any are given. Raises UsageError for one that is not there."""
    there = {workflow.name: workflow for workflow in project.workflows}
    for name in only:
        if name not in there:
            raise UsageError(
                f"`only` names {name!r}, which is not part of {project.environment}.{did_you_mean(name, there)}", fix="Correct the name."
            )
    return project._replace(workflows=tuple(there[name] for name in sorted(set(only)))) if only else project


def sharded(project: Project, shard: tuple[int, int]) -> Project:
    """Every n-th workflow of it."""
    return project._replace(workflows=_part(project.workflows, shard))


def _part(workflows: tuple[Workflow, ...], shard: tuple[int, int]) -> tuple[Workflow, ...]:
    number, of = shard
    return workflows[number - 1 :: of]


def _no_manifest(root: str, name: str) -> UsageError:
    above = os.path.dirname(os.path.abspath(root))
    while not os.path.exists(os.path.join(above, name)) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    fix = "`flowship init` writes a manifest; or name definition files with `files`."
    if os.path.exists(os.path.join(above, name)):
        fix = f"There is one in {above}: run it there."
    return UsageError(f"There is no manifest {name} in {root}, and `files` names no files.", fix=fix, code="no-manifest")


def _from_files(root: str, settings: Settings) -> Project:
    if "manifest" in settings.given:
        raise UsageError("Both `manifest` and `files` are given.", fix="`files` is for use without a manifest: take one of them out.")
    if settings.selection.only:
        raise UsageError("`only` narrows a manifest, and `files` names files without one.", fix="Name fewer files instead.")
    found, findings = workflows.resolve_files(root, settings.selection.files)
    bots = [workflow for workflow in found if workflow.platform == "gptbots"]
    if len(bots) > 1 and settings.credentials.api_key:
        raise UsageError(
            f"One `api-key` cannot go with {len(bots)} GPTBots files ({', '.join(bot.path for bot in bots[:3])}{', …' * (len(bots) > 3)}): "
            "a GPTBots key names one workflow.",
            fix="Write a manifest (`flowship init`), with a key for each.",
        )
    environment = settings.selection.environment or DEFAULT_ENVIRONMENT
    found = _part(found, settings.selection.shard)
    return Project(environment, (environment,), found, findings, sources=tuple(workflow.source for workflow in found))
