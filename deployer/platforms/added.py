"""Platforms that other packages add, by entry points of the group `flowship.platforms` (docs/platforms.md).

They are looked for once, and only where a name or a suffix is of no platform that comes with the program, or all are needed.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from deployer.model.errors import UsageError
from deployer.model.source_format import SourceFormat

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from deployer.platforms.platform import AddedPlatform

GROUP = "flowship.platforms"
NAME = "[a-z][a-z0-9_]{0,29}"
"""The form of a platform's name: it stands in manifests, in `base-urls`, and in capitals in names of keys."""
GENERIC_SUFFIXES = (".json", ".yaml", ".yml", ".toml", ".xml", ".txt", ".md", ".zip", ".py", ".js", ".ts")
"""Of files that are most often something else: no platform has them for itself."""


class Added(NamedTuple):
    """A platform, and the package that adds it."""

    platform: "AddedPlatform"
    package: str
    version: str

    @property
    def origin(self) -> str:
        return f"{self.package} {self.version}"


def source_formats() -> tuple[SourceFormat, ...]:
    """The formats of all of them, whose lint rules are known from then on. Raises UsageError as `find` does."""
    packages = find()
    if packages:
        from deployer.lint import engine

        for added in packages.values():
            for rule_set in added.platform.format.rule_sets.values():
                engine.add_rules(rule_set, tuple(added.platform.rules.get(rule_set, ())))
    return tuple(added.platform.format for added in packages.values())


@cache
def find() -> Mapping[str, Added]:
    """The platforms of all packages, by name. Raises UsageError for one that cannot be loaded or used, and for a name or suffix that is taken."""
    if not _is_any_declared():
        return {}
    from importlib.metadata import entry_points

    from deployer.platforms.source_formats import SOURCE_FORMATS

    owners = {name: f"{known.title}, which comes with Flowship" for known in SOURCE_FORMATS for name in (known.platform, *known.suffixes)}
    packages: dict[str, Added] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.dist.name if point.dist else "")):
        added = _load(point)
        for name in (added.platform.name, *added.platform.format.suffixes):
            if name in owners:
                raise _error(added, f"adds {name}, which is taken by {owners[name]}", f"Uninstall {added.package}, or the other one.")
            owners[name] = added.origin
        packages[added.platform.name] = added
    return packages


def find_bug(error: BaseException) -> tuple[str, str]:
    """Whose code raised an unexpected exception: "Flowship", or the package that adds a platform, with its version; and there the file and line.
    What is missing in an object of the package is the package's, wherever it was asked for."""
    try:
        roots = {type(added.platform).__module__.partition(".")[0]: added.origin for added in find().values()}
    except UsageError:
        roots = {}
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    owner, position, trace = "Flowship", "unknown place", error.__traceback__
    while trace:
        file, root = trace.tb_frame.f_code.co_filename, str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0]
        if root in roots:
            owner, position = roots[root], f"{os.path.basename(file)}:{trace.tb_lineno}"
        elif root == "deployer":
            owner, position = "Flowship", f"{os.path.relpath(file, package)}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, AttributeError):
        holder = type(error.obj)
        root = holder.__module__.partition(".")[0]
        if root in roots:
            owner, position = roots[root], f"{position}: {holder.__name__} has no {error.name}"
    return owner, position


def _is_any_declared() -> bool:
    """Whether an installed package names the group. The files are looked at, since importing `importlib.metadata` takes longer than a lint."""
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        if any(name.endswith(".dist-info") and _names_group(os.path.join(folder, name, "entry_points.txt")) for name in names):
            return True
    return False


def _names_group(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False


def _load(point: "EntryPoint") -> Added:
    """Raises UsageError, which names the package, for anything that is no platform of this version of the seam."""
    package = (point.dist.name, point.dist.version) if point.dist else (point.value, "")
    try:
        added = Added(point.load(), *package)
    except Exception as error:
        nothing = Added(None, *package)  # type: ignore[arg-type]
        problem = f"adds the platform {point.name}, and cannot be loaded: {type(error).__name__}: {error}"
        raise _error(nothing, problem, f"Install {package[0]} again, or uninstall it.") from error
    for problem in _problems(point.name, added.platform):
        raise _error(added, problem, f"Install another version of {added.package}, or uninstall it.")
    return added


def _error(added: Added, problem: str, fix: str) -> UsageError:
    return UsageError(f"The package {added.origin} {problem}.", fix=fix, code="platform-package")


def _problems(name: str, platform: "AddedPlatform") -> Iterator[str]:
    """What is wrong with the object of an entry point of that name, each as the end of a sentence. Later ones rely on earlier ones."""
    from deployer.platforms.platform import PLATFORM_API, AddedPlatform, Platform

    api = getattr(platform, "api", None)
    if api != PLATFORM_API:
        yield f"adds the platform {name} for version {api} of the platform API, and this Flowship has version {PLATFORM_API}"
    wanted = [member for member in (*vars(Platform), *AddedPlatform.__annotations__) if not member.startswith("_")]
    lacking = [member for member in dict.fromkeys(wanted) if _is_lacking(platform, member)]
    if lacking:
        yield f"adds the platform {name} without {', '.join(lacking)}"
    if name != platform.name or not re.fullmatch(NAME, name):
        yield f"adds the platform {platform.name!r} as {name!r}: both must be one name of small letters, digits and `_`"
    yield from _format_problems(platform)


def _is_lacking(platform: object, member: str) -> bool:
    return not hasattr(platform, member) or getattr(getattr(platform, member), "__isabstractmethod__", False)


def _format_problems(platform: "AddedPlatform") -> Iterator[str]:
    known = platform.format
    generic = [suffix for suffix in known.suffixes if suffix in GENERIC_SUFFIXES]
    if generic:
        yield f"takes the suffix {generic[0]} for {known.title}, which other files have too: it belongs into `shared_suffixes`"
    if not {**known.suffixes, **known.shared_suffixes}:
        yield f"names no suffix of a file for {known.title}"
    if not {*known.suffixes.values(), *known.shared_suffixes.values()} <= set(known.rule_sets):
        yield f"names no set of rules for some kind of {known.title}"
    foreign = [rule_set for rule_set in known.rule_sets.values() if not rule_set.startswith(known.platform)]
    if foreign:
        yield f"names the set of rules {foreign[0]} for {known.title}, which does not begin with {known.platform}"
    prefix = f"{known.platform.replace('_', '-')}-"
    strange = [rule.name for rules in platform.rules.values() for rule in rules if not rule.name.startswith(prefix)]
    if strange:
        yield f"has the lint rule {strange[0]}, whose name does not begin with {prefix}"
