"""Finds definition files: below folders, by globs, and by the keys at the top of a YAML file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from deployer.formats import file_reader, files, known_formats, paths
from deployer.formats.guarded_paths import RefusedPathError
from deployer.formats.places import is_within, stored_form
from deployer.formats.quoting import shown
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.model.text import nfc

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from deployer.model.source_format import SourceFormat

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv"})
_GLOB_CHARACTERS = frozenset("*?[")
# Patterns are compiled when first used (`re` caches them), and `re` is imported then: both would cost every start.
_AT_TOP = rb"""(?m)^(["']?)%s\1[ \t]*:"""
_IN_BRACES = rb"""["']?\b%s\b["']?[ \t]*:"""
_MANIFEST_KEYS = (b"workflows", b"environments")
_SUITE_KEY = b"cases"


def find_definitions(root: str, named: Sequence[str] = (".",)) -> tuple[str, ...]:
    """Every definition file at or below those paths, relative to `root`, sorted.

    Below a folder: the files with a platform's suffix, of YAML those that look like a workflow; hidden folders and `node_modules` are
    skipped, and links to folders not followed. A path that is no folder is returned as it is, also when it does not exist.
    """
    definitions: set[str] = set()
    folders = paths.Folders()
    for path in named:
        if os.path.isdir(os.path.join(root, path)) and not leads_out(root, path):
            definitions.update(file for file in _files_below(root, path) if _is_definition(root, file, folders))
        else:
            definitions.add(paths.relative(root, path))
    return tuple(sorted(definitions))


def list_candidates(root: str, folder: str) -> tuple[str, ...]:
    """The files below a folder with a platform's suffix, sorted; `read_definition` decides which are definitions."""
    return tuple(sorted(_files_below(root, folder)))


def read_definition(root: str, file: str, folders: paths.Folders) -> tuple[bool, bytes | None]:
    """Whether a file below a folder is a definition, and what is in it; None where that cannot be read here."""
    known = known_formats.format_of_file(file)
    content = read_if_regular(root, file, folders) if known else None
    if known is None or not known.top_keys:
        return known is not None, content
    return content is not None and _has_top_keys(known, content), content


def leads_out(root: str, path: str) -> bool:
    """Whether a folder of the repository is another one outside, through a link: what is in that is not listed."""
    try:
        file_reader.locate(root, path)
    except RefusedPathError:
        return True
    return False


def _files_below(root: str, top: str, more_suffixes: tuple[str, ...] = ()) -> Iterator[str]:
    """Files with a platform's suffix, or one of `more_suffixes`, below a folder, as paths relative to `root`."""
    suffixes = (*(suffix for known in known_formats.all_formats() for suffix in known.suffixes), *more_suffixes)
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        relative = paths.relative(root, os.path.relpath(folder, root))
        prefix = "" if relative == "." else f"{relative}/"
        yield from (prefix + name for name in sorted(names) if name.lower().endswith(suffixes) and not name.startswith("."))


def _is_definition(root: str, file: str, folders: paths.Folders) -> bool:
    known = known_formats.format_of_file(file)
    if known is None or not known.top_keys:
        return known is not None
    content = read_if_regular(root, file, folders)
    return content is not None and _has_top_keys(known, content)


def read_if_regular(root: str, path: str, folders: paths.Folders) -> bytes | None:
    """The bytes of a regular file of the repository within the size limit, else None; None too for a link that leads out."""
    content = folders.read_plain(root, path, files.MAX_BYTES)
    if content is not None:
        return content
    real, top = folders.file(os.path.join(root, path)), folders.real(root)
    try:
        return file_reader.read(real, files.MAX_BYTES, within=top) if is_within(real, top) else None
    except OSError:
        return None


def looks_like_workflow(content: bytes) -> bool:
    """Whether a YAML file has the top keys of a platform's workflow. It need not be correct."""
    return known_formats.looks_like_definition(lambda known: _has_top_keys(known, content))


def _has_top_keys(known: SourceFormat, content: bytes) -> bool:
    import re

    pattern = _IN_BRACES if content.lstrip().startswith(b"{") else _AT_TOP
    has_keys = all(b"\n%s:" % key in content or re.search(pattern % key, content) for key in known.top_keys)
    return has_keys and not (known.lookalike and re.search(known.lookalike, content))


def is_manifest(path: str, content: bytes) -> bool:
    """Whether a YAML file named on the command line is a manifest: by its name, or by its top keys."""
    import re

    has_keys = any(key in content and re.search(_AT_TOP % key, content) for key in _MANIFEST_KEYS)
    return (has_keys or os.path.basename(path).startswith("flowship.")) and not looks_like_workflow(content)


def is_suite(content: bytes) -> bool:
    """Whether a YAML file named on the command line is an eval suite."""
    import re

    return _SUITE_KEY in content and re.search(_AT_TOP % _SUITE_KEY, content) is not None and not looks_like_workflow(content)


def expand_pattern(root: str, pattern: str) -> tuple[str, ...]:
    """The files that a path or glob names, relative to `root`, sorted. `*` stays in a folder, `**` goes through folders.

    A glob takes files with a platform's suffix only. Raises UsageError when it matches none, or a path names no file.
    """
    path = paths.relative(root, pattern)
    if not is_glob(pattern) or os.path.lexists(os.path.join(root, path)):
        return (_existing_file(root, path),)
    matches = match_definitions(root, path)
    if not matches:
        fix = "Globs are relative to `root`: `*` stays in a folder, `**` goes through folders; "
        fix += f"files are named {known_formats.suffix_table()}."
        raise UsageError(f"`files` has {shown(pattern)}, which matches no files.", fix=fix)
    return matches


def match_definitions(root: str, pattern: str, platform: object = None) -> tuple[str, ...]:
    """The files with a platform's suffix that a glob matches, relative to `root` as it is, sorted. Names are compared in NFC. `platform`: the one
    that is named for them, whose suffixes count that are not its alone."""
    parts = pattern.split("/")
    fixed = "/".join(parts[: next((number for number, part in enumerate(parts) if is_glob(part)), len(parts))])
    top, regex = stored_form(root, fixed) if fixed else ".", compile_glob(nfc(pattern))
    if not os.path.isdir(os.path.join(root, top)) or leads_out(root, top):
        return ()
    named = known_formats.format_of(platform)
    return tuple(sorted(file for file in _files_below(root, top, tuple(named.shared_suffixes) if named else ()) if regex.fullmatch(nfc(file))))


def is_glob(pattern: str) -> bool:
    return not _GLOB_CHARACTERS.isdisjoint(pattern)


def match_files(folder: str, pattern: str, guarded: Iterable[str] = ()) -> tuple[str, ...]:
    """The files of any kind that a glob matches, relative to `folder` or absolute as the glob is, sorted. Hidden ones only where it names some.

    Links to folders are not followed. Raises RefusedPathError for a glob in the folder, or a `guarded` one, that begins with a link out of it.
    """
    pattern = os.path.normpath(pattern)
    parts = pattern.split("/")
    fixed = next((number for number, part in enumerate(parts) if is_glob(part)), len(parts) - 1)
    base, regex = "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ""), compile_glob(pattern)
    names_hidden = any(part.startswith(".") for part in parts[fixed:])
    depth = None if "**" in pattern else len(parts) - fixed - 1
    top, matches = file_reader.locate(folder, base, guarded)[0], []
    for current, folders, names in os.walk(top):
        inner = os.path.relpath(current, top)
        level = 0 if inner == "." else inner.count("/") + 1
        folders[:] = [name for name in folders if (names_hidden or not name.startswith(".")) and (depth is None or level < depth)]
        paths = (os.path.normpath(os.path.join(base, inner, name)) for name in names if names_hidden or not name.startswith("."))
        matches += [path for path in paths if regex.fullmatch(path) and os.path.isfile(os.path.join(folder, path))]
    return tuple(sorted(matches))


def _existing_file(root: str, path: str) -> str:
    """The path as the file system has it. Raises UsageError when there is no such file. What is wrong inside a file is found when it is read."""
    located = paths.locate(root, path)
    if isinstance(located, Finding) and located.rule in ("file-not-found", "file-unreadable"):
        fix = f"Name its files: {shown(path + '/**/*')}." if os.path.isdir(os.path.join(root, path)) else located.fix
        raise UsageError(f"`files` has {shown(path)}: {located.message}", fix=fix)
    return path if isinstance(located, Finding) else located.path


def compile_glob(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression for a whole path. One that is no valid glob (`[z-a]`) matches itself."""
    import re

    parts = []
    for token in re.finditer(r"(?:\*\*/)+|\*{2,}|\*|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL):
        part = token.group()
        if part.startswith("**"):
            parts.append("(?:.*/)?" if part.endswith("/") else ".*")
        elif part in ("*", "?"):
            parts.append("[^/]" + part.replace("?", ""))
        elif len(part) > 1:
            negation, characters = ("^", part[2:-1]) if part[1] == "!" else ("", part[1:-1])
            characters = re.sub(r"([\\\[\]^&~|])", r"\\\1", characters)
            parts.append(f"(?!/)[{negation}{characters}]")
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts))
    except re.error:
        return re.compile(re.escape(pattern))
