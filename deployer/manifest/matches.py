"""The files that a manifest's patterns match, among those that are checked out."""

import os
from collections import Counter

from deployer.formats import discover, known_formats, paths
from deployer.formats.places import below, glob_text
from deployer.formats.quoting import find_nearest, shown


def list_files(root: str, folder: str, pattern: str, platform: object) -> tuple[str, ...]:
    """The definition files that match, relative to the manifest's folder; neither manifests nor eval suites. `platform`: as the pattern names it."""
    if os.path.isabs(pattern):
        return ()
    folders = paths.Folders()
    matches = discover.match_definitions(root, below(glob_text(folder), os.path.normpath(pattern).replace(os.sep, "/")), platform)
    return tuple(_from_folder(folder, file) for file in matches if _may_be_definition(root, file, folders))


def suggest_pattern(root: str, folder: str, pattern: str) -> str:
    """A fix for a pattern that matches no files: the one for a folder of definitions that looks most like it."""
    definitions = [_from_folder(folder, file) for file in discover.find_definitions(root, [folder or "."])]
    split = Counter(f"{os.path.dirname(file)}/*{os.path.splitext(file)[1]}".removeprefix("/") for file in definitions)
    nearest = find_nearest(pattern, split)
    if nearest:
        return f"Write {shown(nearest)}, which matches {split[nearest]}."
    return (
        f"Correct it: `*` stays in a folder, `**` goes through folders, and files are named {known_formats.suffix_table()}. "
        "Or take the entry out; where none is left, write `workflows: {}`."
    )


def _may_be_definition(root: str, file: str, folders: paths.Folders) -> bool:
    """Whether a file is no other kind of YAML. What is wrong in a definition is found when it is read."""
    known = known_formats.format_of_file(file)
    content = discover.read_if_regular(root, file, folders) if known and known.top_keys else None
    return content is None or not (discover.is_manifest(file, content) or discover.is_suite(content))


def _from_folder(folder: str, path: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/") if folder else path
