"""Names and targets that are taken already, by the manifest and the state, so that `adopt` gives each workflow a free name."""

import os
from collections.abc import Iterator, Mapping

from deployer.formats import files
from deployer.formats.places import below
from deployer.manifest import resolve
from deployer.manifest.model import Manifest
from deployer.model.errors import UsageError
from deployer.model.text import nfc
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.planning.target_conflicts import Target, TargetOwner
from deployer.platforms.registry import platform_named
from deployer.state.base import ADOPTED, EnvironmentState


class ClaimedNames:
    """Grows as workflows get their names.

    `states`: by environment, the first one first. `owners`: workflow by target id, as text; `keys`: the same by key name. `unclaimed`: the entry
    without an id by its name on the platform. `folder`: the manifest's, "" for the repository's top. `candidates`: all names and ids on the
    platforms; `wanted`: those that `only` names. `others`: the targets of the repository's other projects.
    """

    def __init__(
        self, context: RunContext, manifest: Manifest | None, states: Mapping[str, EnvironmentState], others: Mapping[Target, TargetOwner]
    ) -> None:
        self.context = context
        self._others = others
        self.owners: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.unclaimed: dict[str, str] = {}
        self.candidates: dict[str, None] = {}
        self.wanted: set[str] = set()
        self.notices: list[str] = []
        self.folder = os.path.dirname(context.settings.selection.manifest)
        self._names = {entry.name for entry in manifest.entries} if manifest else set()
        self._sources = set(_sources(manifest)) if manifest else set()
        for environment, workflow in resolve.list_targets(manifest) if manifest else ():
            self._claim(workflow, states[environment], "" if environment == next(iter(states)) else environment)

    def _claim(self, workflow: Workflow, state: EnvironmentState, environment: str) -> None:
        """`environment` is "" for the first one."""
        name = f"{workflow.name} in {environment}" if environment else workflow.name
        platform = platform_named(workflow.platform)
        if platform.capabilities.key_is_target:
            self.keys.setdefault(workflow.key, name)
        target = workflow.id or self._recorded_target(workflow, state)
        if target:
            self.owners.setdefault(target, name)
        elif not platform.capabilities.key_is_target:
            platform_name = nfc(_name_of(self.context.root, workflow))
            self.unclaimed.setdefault(f"{platform_name} ({environment})" if environment else platform_name, workflow.name)

    def _recorded_target(self, workflow: Workflow, state: EnvironmentState) -> str:
        """The id in the state; "" where it has none, or was adopted: then the manifest has its id."""
        last = state.of(workflow.name).last
        if last is None or last.run == ADOPTED:
            return ""
        platform = platform_named(workflow.platform)
        same_host = platform.capabilities.key_is_target or last.host == platform.base_url(self.context.settings, workflow)
        return last.target if same_host else ""

    def refuse_others(self, workflow: Workflow, target: str) -> str:
        """Whose a target is, in words, where another project of this repository has it; else "". Raises UsageError where `only` names it."""
        host = platform_named(workflow.platform).base_url(self.context.settings, workflow)
        owner = self._others.get((host, target))
        if owner is None or owner.claim != "named":
            return ""
        text = owner.text(self.context.services.owner.project)
        if self.context.settings.selection.only:
            raise UsageError(
                f"{target} is the target of {text}: two projects would overwrite each other. Nothing was adopted.",
                fix=f"Take it out of {owner.state.owner.manifest} first, or leave it there.",
                code="shared-target",
            )
        return text

    def asks_for(self, *labels: str) -> bool:
        """Does `only` name one of these names and ids? Without `only` always."""
        labels = tuple(map(nfc, labels))
        self.candidates |= dict.fromkeys(labels)
        named = set(labels) & set(self.context.settings.selection.only)
        self.wanted |= named
        return bool(named) or not self.context.settings.selection.only

    def place(self, stem: str, pattern: str) -> tuple[str, str]:
        """A free name and its path, with a number where the plain name is taken. `pattern` has `{}` for the name; it is relative to the manifest's
        folder, and the path to the repository."""
        paths = ((name, below(self.folder, pattern.format(name))) for name in _numbered(stem) if name not in self._names)
        name, path = next((name, path) for name, path in paths if nfc(path) not in self._sources)
        self._names.add(name)
        return name, path


def _sources(manifest: Manifest) -> Iterator[str]:
    for entry in manifest.entries:
        yield nfc(entry.source)
        yield from (nfc(override.source) for override in entry.environments.values())


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _name_of(root: str, workflow: Workflow) -> str:
    """The `name` in a definition file; "" when it cannot be read."""
    source, _ = files.read(root, workflow.path, platform=workflow.platform)
    return str(source.definition.get("name", "")) if source and source.definition else ""
