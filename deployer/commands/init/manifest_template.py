"""The manifest that `flowship init` writes, in its short form: what the workflows of a platform have in common stands under `defaults`, and a
pattern names the files of a folder."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from deployer.formats import known_formats
from deployer.formats.yaml.write import dump_inline
from deployer.manifest import matches
from deployer.manifest.edit import HEAD
from deployer.manifest.model import WORKFLOW_NAME
from deployer.model.text import nfc

DEFAULT_ENVIRONMENT = "production"
ALWAYS, ON_TAG = "always", "on-tag"
_PREVIEW, _EVALS = "manifest-preview-missing", "manifest-evals-missing"


class NewWorkflow(NamedTuple):
    """A workflow with an entry of its own. `key` is the base of its keys' names, "" where its platform's defaults hold them."""

    name: str
    source: str
    key: str = ""


def release_policies(environments: Sequence[str]) -> dict[str, str]:
    """The release policy of each: a merge goes live in the first, a tag in the others. A single one releases with a tag."""
    return {name: ALWAYS if index == 0 and len(environments) > 1 else ON_TAG for index, name in enumerate(environments)}


def manifest_text(root: str, paths: Sequence[str], environments: Sequence[str] = (DEFAULT_ENVIRONMENT,), *, previews: bool = False) -> str:
    """A manifest for the definition files `paths`, relative to `root`. `environments`: in the order in which a change reaches them; the last is the
    default, since it has the workflows' own names and keys. `previews`: with a preview key for each."""
    policies = release_policies(environments)
    key_suffixes = _key_suffixes(environments, previews=previews)
    environments = (environments[-1], *environments[:-1])
    patterns = find_patterns(root, paths)
    workflows = name_workflows([path for path in paths if _pattern_of(path) not in patterns], patterns, tuple(key_suffixes.values()))
    shared = dict.fromkeys(known.platform for path in paths if (known := known_formats.format_of_file(path)) and known.target_key != "key")
    lines = ["environments:"]
    lines += [f"  {dump_inline(name)}: {{release: {policies[name]}}}  # {_effect(policies[name])}" for name in environments]
    lines += [_lint_line(previews=previews)]
    lines += ["defaults:"] * bool(shared)
    lines += [f"  {platform}: {{{_settings(platform.upper(), key_suffixes, environments, 'key')}}}" for platform in shared]
    lines += ["workflows:", *(f"  {dump_inline(pattern)}: {{}}" for pattern in patterns)]
    for workflow in workflows:
        lines += _entry_lines(workflow, key_suffixes, environments)
    return HEAD + "".join(f"{line}\n" for line in lines)


def find_patterns(root: str, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The folders whose files a pattern names, with them: those of a platform on which workflows share a key, where the pattern matches exactly
    these files and each gives a name of its own."""
    patterns: dict[str, tuple[str, ...]] = {}
    names: set[str] = set()
    for pattern in dict.fromkeys(filter(None, map(_pattern_of, paths))):
        files = tuple(path for path in paths if _pattern_of(path) == pattern)
        stems = [nfc(_stem(path)) for path in files]
        is_exact = sorted(matches.list_files(root, "", pattern, None)) == sorted(files)
        if is_exact and len({*stems} - names) == len(files) and all(re.fullmatch(WORKFLOW_NAME, name) for name in (pattern, *stems)):
            patterns[pattern] = files
            names.update(stems)
    return patterns


def name_workflows(
    paths: Sequence[str], patterns: dict[str, tuple[str, ...]] | None = None, suffixes: Sequence[str] = ("",)
) -> tuple[NewWorkflow, ...]:
    """The workflows of files that no pattern names. Names come from file stems and are unique, and so are the keys, with each of the `suffixes`,
    on a platform where a key is for one workflow."""
    names = {nfc(_stem(file)) for files in (patterns or {}).values() for file in files}
    keys = {f"{known.platform.upper()}{suffix}" for known in known_formats.all_formats() for suffix in suffixes}
    rows = []
    for path in paths:
        stem = re.sub(r"[\s,\x00-\x1f\x7f-\x9f]+", " ", _stem(path))[:90].strip() or "workflow"
        name = _unique(nfc(stem), names, "-")
        known = known_formats.format_of_file(path)
        rows.append(NewWorkflow(name, path, _unique(_key_name(stem), keys, "_", suffixes) if known and known.target_key == "key" else ""))
    return tuple(rows)


def _pattern_of(path: str) -> str:
    """`FOLDER/*.yaml`; "" at the top, where other YAML files are likely, and where a workflow needs keys of its own."""
    folder, file = os.path.split(path)
    known = known_formats.format_of_file(path)
    return f"{folder}/*{os.path.splitext(file)[1]}" if folder and known and known.target_key != "key" and not re.search(r"[*?\[]", folder) else ""


def _key_suffixes(environments: Sequence[str], *, previews: bool) -> dict[str, str]:
    """The end of a key's name by environment, "" for the last; and by `` for previews."""
    taken: set[str] = set()
    suffixes = {name: f"_{_unique(_key_name(name), taken, '_')}" for name in environments[:-1]} | {environments[-1]: ""}
    return suffixes | ({"": f"_{_unique('PREVIEW', taken, '_')}"} if previews else {})


def _settings(key: str, key_suffixes: dict[str, str], environments: Sequence[str], preview_key: str) -> str:
    """`key`, `preview` and `environments` of a workflow or of defaults, as they stand between braces."""
    first, *others = environments
    named = {environment: dump_inline(f"{key}{suffix}") for environment, suffix in key_suffixes.items()}
    fields = [f"key: {named[first]}"]
    if "" in named:
        pool = f"[{named['']}]" if preview_key == "keys" else named[""]
        fields.append(f"preview: {{{preview_key}: {pool}}}")
    if others:
        fields.append(f"environments: {{{', '.join(f'{dump_inline(name)}: {{key: {named[name]}}}' for name in others)}}}")
    return ", ".join(fields)


def _entry_lines(workflow: NewWorkflow, key_suffixes: dict[str, str], environments: Sequence[str]) -> Iterator[str]:
    name, source = dump_inline(workflow.name), dump_inline(workflow.source)
    if not workflow.key:
        yield f"  {name}: {{source: {source}}}"
        return
    known = known_formats.format_of_file(workflow.source)
    yield f"  {name}:"
    yield f"    source: {source}"
    settings = _settings(workflow.key, key_suffixes, environments, known.preview_key if known else "key")
    yield from (f"    {field}" for field in re.split(r", (?=preview:|environments:)", settings))


def _lint_line(*, previews: bool) -> str:
    rules = ", ".join(f"{rule}: off" for rule in ([] if previews else [_PREVIEW]) + [_EVALS])
    return f"lint: {{severity: {{{rules}}}}}  # until there are evals{'' if previews else ' and previews'}"


def _effect(policy: str) -> str:
    return "a merge goes live here" if policy == ALWAYS else "a tag goes live here"


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _unique(base: str, taken: set[str], joint: str, suffixes: Sequence[str] = ("",)) -> str:
    """The first of `base`, `base-2`, `base-3`... that is not taken with any of the suffixes; they are then."""
    name, count = base, 1
    while any(f"{name}{suffix}" in taken for suffix in suffixes):
        count += 1
        name = f"{base}{joint}{count}"
    taken.update(f"{name}{suffix}" for suffix in suffixes)
    return name


def _key_name(stem: str) -> str:
    """A key's name: capital letters, digits and `_`, starting with a letter."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")
    return key if key[:1].isalpha() else f"KEY_{key}".rstrip("_")
