"""Finding definition files: below folders, by globs, and by what a YAML file looks like."""

import os
import re
from collections.abc import Iterator, Sequence

from deployer.formats import files, paths
from deployer.formats.quoting import shown
from deployer.model.errors import UsageError
from deployer.model.finding import Finding

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv"})
_GLOB = frozenset("*?[")
# Patterns are compiled when first used (`re` remembers them): compiling them at import would cost every start.
_AT_TOP = rb"""(?m)^(["']?)%s\1[ \t]*:"""
_IN_BRACES = rb"""["']?\b%s\b["']?[ \t]*:"""
_WORKFLOW_KEYS = (b"steps", b"trigger")
_MANIFEST_KEYS = (b"workflows", b"environments")
_SUITE_KEY = b"cases"
# Azure Pipelines have both keys of a workflow too; their trigger is a list, `none`, or a mapping of branches.
_PIPELINE = rb"(?m)^trigger[ \t]*:[ \t]*(?:none\b|\[|\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:-|(?:batch|branches|paths|tags):))"


def find_definitions(root: str, wanted: Sequence[str] = (".",)) -> tuple[str, ...]:
    """Every definition file at or below those paths, relative to `root`, sorted.

    Below a folder: `.flow`, `.bot`, and those `.yaml` and `.yml` that look like a meinGPT workflow; `.git`, hidden ones and
    `node_modules` are skipped and links to folders not followed. A path that is no folder is given back as it is, also when nothing is there.
    """
    found: set[str] = set()
    for path in wanted:
        whole = os.path.join(root, path)
        if os.path.isdir(whole):
            found.update(each for each in _below(root, path) if _is_ours(os.path.join(root, each)))
        else:
            found.add(paths.relative(root, path))
    return tuple(sorted(found))


def _below(root: str, folder: str) -> Iterator[str]:
    """Files with a known suffix below a folder, as paths relative to `root`."""
    for here, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        there = paths.relative(root, os.path.relpath(here, root))
        before = "" if there == "." else f"{there}/"
        yield from (before + name for name in sorted(names) if name.lower().endswith(files.SUFFIXES) and not name.startswith("."))


def _is_ours(whole: str) -> bool:
    if whole.lower().endswith(files.GPTBOTS_SUFFIXES):
        return True
    content = read_if_regular(whole)
    return content is not None and looks_like_workflow(content)


def read_if_regular(whole: str) -> bytes | None:
    """The bytes of a regular file within the size limit, else None."""
    try:
        if not os.path.isfile(whole) or os.path.getsize(whole) > files.MAX_BYTES:
            return None
        with open(whole, "rb") as file:
            return file.read()
    except OSError:
        return None


def looks_like_workflow(content: bytes) -> bool:
    """Does a YAML file look like a meinGPT workflow: `steps` and `trigger` at its top? It need not be correct."""
    pattern = _IN_BRACES if content.lstrip().startswith(b"{") else _AT_TOP
    return all(re.search(pattern % key, content) for key in _WORKFLOW_KEYS) and not re.search(_PIPELINE, content)


def is_manifest(path: str, content: bytes) -> bool:
    """Is a YAML file that somebody names a manifest? By its name, or by what stands at its top."""
    if looks_like_workflow(content):
        return False
    return os.path.basename(path).startswith("flowship.") or any(re.search(_AT_TOP % key, content) for key in _MANIFEST_KEYS)


def is_suite(content: bytes) -> bool:
    """Is a YAML file that somebody names an eval suite?"""
    return re.search(_AT_TOP % _SUITE_KEY, content) is not None and not looks_like_workflow(content)


def expand_pattern(root: str, pattern: str) -> tuple[str, ...]:
    """The files that a path or glob names, relative to `root`, sorted. `*` stays in a folder, `**` goes through folders.

    A glob takes files with a known suffix only. Raises UsageError when it meets none, or a path names no file.
    """
    path = paths.relative(root, pattern)
    if not _GLOB.intersection(pattern) or os.path.lexists(os.path.join(root, path)):
        _need_file(root, path)
        return (path,)
    regex = compile_glob(path)
    found = tuple(sorted(each for each in _below(root, ".") if regex.fullmatch(each)))
    if not found:
        fix = "Globs are relative to the repository: `*` stays in a folder, `**` goes through folders; files end in .flow, .bot, .yaml or .yml."
        raise UsageError(f"`files` has {shown(pattern)}, which meets no file.", fix=fix)
    return found


def _need_file(root: str, path: str) -> None:
    """Raises UsageError when nothing is there. What is wrong with a file that is there, reading tells."""
    located = paths.locate(root, path)
    if isinstance(located, Finding) and located.rule in ("file-not-found", "file-unreadable"):
        fix = f"Name its files: {shown(path + '/**/*')}." if os.path.isdir(os.path.join(root, path)) else located.fix
        raise UsageError(f"`files` has {shown(path)}: {located.message}", fix=fix)


def compile_glob(pattern: str) -> "re.Pattern[str]":
    """A glob as a regular expression for a whole path. One that cannot be read (`[z-a]`) means itself."""
    parts = []
    for found in re.finditer(r"(?:\*\*/)+|\*{2,}|\*|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL):
        part = found.group()
        if part.startswith("**"):
            parts.append("(?:.*/)?" if part.endswith("/") else ".*")
        elif part in ("*", "?"):
            parts.append("[^/]" + part.replace("?", ""))
        elif len(part) > 1:
            refused, inside = ("^", part[2:-1]) if part[1] == "!" else ("", part[1:-1])
            inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside)
            parts.append(f"(?!/)[{refused}{inside}]")
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts))
    except re.error:
        return re.compile(re.escape(pattern))
