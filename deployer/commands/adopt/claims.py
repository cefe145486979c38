"""What has its place already, for `adopt`: whose each target is, by the manifest's word and the state's, and which names are free."""

from collections.abc import Iterator, Mapping

from deployer.formats import files
from deployer.manifest import resolve
from deployer.manifest.model import Manifest
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.planning.renames import last_of
from deployer.platforms.registry import platform_named
from deployer.state.base import ADOPTED, EnvironmentState


class ClaimedNames:
    """Grows as workflows are given their names.

    `states`: the state by environment, the first one first. `owners`: by target id, the workflow in words. `keys`: the same by key name.
    `unclaimed`: by name on the platform, the entry that has no id yet. `seen`: all names and ids there were; `wanted`: those that `only` named.
    """

    def __init__(self, context: RunContext, manifest: Manifest | None, states: Mapping[str, EnvironmentState]) -> None:
        self.context = context
        self.owners: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.unclaimed: dict[str, str] = {}
        self.seen: dict[str, None] = {}
        self.wanted: set[str] = set()
        self.notices: list[str] = []
        self._names = {entry.name for entry in manifest.entries} if manifest else set()
        self._sources = set(_sources(manifest)) if manifest else set()
        for environment, workflow in resolve.list_targets(manifest) if manifest else ():
            self._learn(workflow, states[environment], "" if environment == next(iter(states)) else environment)

    def _learn(self, workflow: Workflow, state: EnvironmentState, environment: str) -> None:
        """`environment` is "" for the first one."""
        name = f"{workflow.name} in {environment}" if environment else workflow.name
        platform = platform_named(workflow.platform)
        if platform.capabilities.key_is_target:
            self.keys.setdefault(workflow.key, name)
        target = workflow.id or self._recorded(workflow, state)
        if target:
            self.owners.setdefault(target, name)
        elif not platform.capabilities.key_is_target:
            called = _name_of(self.context.root, workflow)
            self.unclaimed.setdefault(f"{called} ({environment})" if environment else called, workflow.name)

    def _recorded(self, workflow: Workflow, state: EnvironmentState) -> str:
        """The id that the state has for it. What was adopted is its own by the manifest's word alone."""
        last = last_of(state.of(workflow.name))
        if last is None or last.run == ADOPTED:
            return ""
        platform = platform_named(workflow.platform)
        here = platform.capabilities.key_is_target or last.host == platform.base_url(self.context.settings, workflow)
        return last.target if here else ""

    def asks_for(self, *words: str) -> bool:
        """Is one of these names and ids among what `only` names? Everything is, without it."""
        self.seen |= dict.fromkeys(words)
        named = set(words) & set(self.context.settings.selection.only)
        self.wanted |= named
        return bool(named) or not self.context.settings.selection.only

    def place(self, stem: str, path: str) -> tuple[str, str]:
        """A name and a path that no entry has; where both are taken, with a number. `path` has `{}` for the name."""
        free = (name for name in _numbered(stem) if name not in self._names and path.format(name) not in self._sources)
        name = next(free)
        self._names.add(name)
        return name, path.format(name)


def _sources(manifest: Manifest) -> Iterator[str]:
    for entry in manifest.entries:
        yield entry.source
        yield from (override.source for override in entry.environments.values())


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _name_of(root: str, workflow: Workflow) -> str:
    """What a definition file calls its workflow; "" when it cannot be read."""
    source, _ = files.read(root, workflow.path, platform=workflow.platform)
    return str(source.definition.get("name", "")) if source and source.definition else ""
