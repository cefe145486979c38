"""`flowship init`: a manifest of the workflows in a repository, and one complete GitHub workflow (with `--sharded`, of several jobs)."""

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deployer.commands.init.own_action import own_action
from deployer.commands.init.workflow_template import ACTION, PREVIEW_ENVIRONMENT, workflow_path, workflow_text
from deployer.formats import discover, file_reader, file_writer, files
from deployer.formats.guarded_paths import fix_of
from deployer.formats.places import GIT, find_top
from deployer.manifest import load as manifests
from deployer.manifest.edit import NewEntry, create_manifest
from deployer.model.errors import UsageError
from deployer.model.text import nfc

MANIFEST = "flowship.yml"
ENVIRONMENT = "production"
MEINGPT_KEY = "MEINGPT"  # one token for a whole organisation
GITIGNORE = ".gitignore"
MAX_HEAD_BYTES = 4096
FOLDER = ".flowship/"
EQUIVALENT_LINES = frozenset(f"{start}.flowship{end}" for start in ("", "/", "**/") for end in ("", "/", "/*", "/**"))


class InitResult(NamedTuple):
    """Paths relative to the root, in the order they were written, and the names of the keys to set.

    `workflow`: the GitHub workflow's path, at the repository's top. `part`: the root's path there, "" for the top itself.
    `ignored`: what was done to `.gitignore`, "" for nothing. `previews`: the names of the preview keys. `action`: what the workflow's steps use.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    keys: tuple[str, ...]
    environment: str
    branch: str
    workflow: str
    part: str = ""
    ignored: str = ""
    previews: tuple[str, ...] = ()
    action: str = ACTION


def init(root: str, *, force: bool = False, sharded: bool = False) -> InitResult:
    """Write the missing files (with `force`: all) into `root`, a repository or a folder of one, and the GitHub workflow at the repository's top,
    where alone GitHub finds it. `sharded`: a GitHub workflow of several jobs.

    Raises UsageError when `root` is no folder or holds no workflow, or its manifest cannot be read.
    """
    if not os.path.isdir(root):
        raise UsageError(f"There is no folder {root!r}.", fix="Name the repository's folder, or go there and leave the name out.")
    top = find_top(root) or os.path.abspath(root)
    relative = os.path.relpath(os.path.abspath(root), top).replace(os.sep, "/")
    part = "" if relative == "." else relative
    branch = default_branch(top)
    previews: tuple[str, ...] = ()
    labels = False
    if os.path.lexists(os.path.join(root, MANIFEST)) and not force:
        environment, keys, previews, labels, texts = *_read_manifest(root), {}
    else:
        paths = _workflow_paths(root)
        environment, keys, texts = ENVIRONMENT, tuple(dict.fromkeys(key for _, key, _ in name_workflows(paths))), {MANIFEST: manifest_text(paths)}
    in_repository = workflow_path(part)
    workflow = os.path.relpath(os.path.join(top, in_repository), os.path.abspath(root)).replace(os.sep, "/")
    written = [path for path, text in texts.items() if _write(root, path, text, force=force)]
    action = own_action() or ACTION
    text = workflow_text(branch, environment, part, sharded=sharded, previews=bool(previews), labels=labels, action=action)
    written += [workflow] if _write(top, in_repository, text, force=force) else []
    kept = tuple(path for path in (MANIFEST, workflow) if path not in written)
    return InitResult(tuple(written), kept, keys, environment, branch, workflow, part, _ignore_state(top), previews, action)


def init_command(root: str, *, force: bool = False, sharded: bool = False) -> int:
    """Write the files, print what was written and what to do next. Exit code 2 when every file already existed."""
    from deployer.render.escape import terminal

    result = init(root, force=force, sharded=sharded)
    for line in _result_lines(result):
        print(terminal(line))
    return 0 if result.written or result.ignored else 2


def _result_lines(result: InitResult) -> Iterable[str]:
    yield from (f"written  {path}" for path in result.written)
    yield from (f"kept     {path} (--force overwrites it)" for path in result.kept)
    if result.ignored:
        ignore_file = f"{'../' * len(result.part.split('/')) if result.part else ''}{GITIGNORE}"
        yield f"{result.ignored:<8} {ignore_file}: {FOLDER}, where a copy of the repository keeps its state"
    if not result.written:
        return
    yield from ("", "Next:")
    unknown = f"; replace {ACTION} by the action's OWNER/flowship@COMMIT" if result.action == ACTION else ""
    yield f"1. Read {MANIFEST} and {result.workflow}{unknown}."
    if result.part:
        yield f"   The second is at the repository's top, where GitHub looks for workflows; its steps have `root: {result.part}`."
    yield "2. Try it here: flowship lint, then flowship plan. Without keys, a plan uses the recorded state."
    yield f"3. On GitHub, Settings → Environments → {result.environment}: limit branches and tags to {result.branch} and v*,"
    yield f"   and add the secret FLOWSHIP_KEYS with a line for each key: {', '.join(f'{key}=…' for key in result.keys)}"
    if result.previews:
        lines = ", ".join(f"{key}=…" for key in result.previews)
        yield f"   In {PREVIEW_ENVIRONMENT}, which every branch may use, the secret FLOWSHIP_PREVIEW_KEYS: {lines}"
    effect = "gets a preview" if result.previews else "is planned"
    yield f"4. Commit and push: a pull request {effect}, a merge imports drafts, a tag v1.0.0 makes them live."


def name_workflows(paths: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Name, key and source of each workflow. Names and GPTBots keys come from file stems and are unique: a GPTBots key is for one workflow."""
    names: set[str] = set()
    keys = {MEINGPT_KEY}
    rows = []
    for path in paths:
        stem = re.sub(r"[\s,\x00-\x1f\x7f-\x9f]+", " ", os.path.splitext(os.path.basename(path))[0])[:90].strip() or "workflow"
        name = _unique(nfc(stem), names, "-")
        key = MEINGPT_KEY if files.platform_of(path) == "meingpt" else _unique(_key_name(stem), keys, "_")
        rows.append((name, key, path))
    return tuple(rows)


def manifest_text(paths: Sequence[str]) -> str:
    """A manifest for these definition files."""
    return create_manifest(ENVIRONMENT, tuple(NewEntry(name, {"source": path, "key": key}) for name, key, path in name_workflows(paths)))


def default_branch(top: str) -> str:
    """The branch that merges go to: the default of `origin`, else `master` where there is no `main`, else `main`. `top`: the repository's."""
    folder = os.path.join(top, GIT)
    try:
        head = file_reader.read(os.path.join(folder, "refs/remotes/origin/HEAD"), MAX_HEAD_BYTES).decode()
        match = re.fullmatch(r"ref: refs/remotes/origin/(\S+)\s*", head)
    except (OSError, UnicodeDecodeError):
        match = None
    if match:
        return match[1]
    heads = os.path.join(folder, "refs/heads")
    return "master" if os.path.exists(os.path.join(heads, "master")) and not os.path.exists(os.path.join(heads, "main")) else "main"


def _workflow_paths(root: str) -> tuple[str, ...]:
    """Raises UsageError when there are none, or one whose name no manifest can hold."""
    paths = discover.find_definitions(root)
    if not paths:
        fix = "Export a workflow from its console into this repository (GPTBots: .flow; meinGPT: .yaml), then run it again."
        raise UsageError(f"No workflow was found below {root!r}.", fix=fix)
    unwritable = [path for path in paths if path != path.encode("utf-8", "replace").decode()]
    if unwritable:
        raise UsageError(f"The name of {unwritable[0]!r} is not UTF-8, so no manifest can hold it.", fix="Rename the file.")
    return paths


def _read_manifest(root: str) -> tuple[str, tuple[str, ...], tuple[str, ...], bool]:
    """The default environment of the existing manifest, the names of its keys, and of its preview keys, and whether labels decide on previews."""
    manifest, findings = manifests.load_manifest(root, MANIFEST)
    if manifest is None:
        raise UsageError(f"{MANIFEST} cannot be read: {findings[0].message}", fix="Correct it, or overwrite it with --force.")
    previews = tuple(dict.fromkeys(key for entry in manifest.entries for key in entry.preview_keys))
    labels = any(entry.preview_label and entry.preview_keys for entry in manifest.entries)
    return manifest.environments[0], tuple(dict.fromkeys(entry.key for entry in manifest.entries if entry.key)), previews, labels


def _write(root: str, path: str, text: str, *, force: bool) -> bool:
    """Write a file, and the folders above it. False when it exists and may not be overwritten."""
    if file_writer.create(root, path, text.encode()):
        return True
    if force:
        file_writer.replace(root, path, text.encode())
    return force


def _unique(base: str, taken: set[str], joint: str) -> str:
    """The first of `base`, `base-2`, `base-3`... that is not taken; it is then."""
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{joint}{count}"
    taken.add(name)
    return name


def _key_name(stem: str) -> str:
    """A key's name: capital letters, digits and `_`, starting with a letter."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")
    return key if key[:1].isalpha() else f"KEY_{key}".rstrip("_")


def _ignore_state(root: str) -> str:
    """What was done so that git ignores the state: `written`, `added to`, or "" for nothing. Raises FlowshipError where that fails."""
    if file_writer.create(root, GITIGNORE, f"{FOLDER}\n".encode()):
        return "written"
    try:
        content = file_reader.read(os.path.join(os.path.realpath(root), GITIGNORE), files.MAX_BYTES, within=os.path.realpath(root))
    except OSError as error:
        raise UsageError(f"{GITIGNORE} cannot be read: {error.strerror}.", fix=fix_of(error, f"Add the line {FOLDER} to it.")) from error
    lines = content.decode("utf-8", "replace").splitlines()
    if EQUIVALENT_LINES.intersection(line.strip() for line in lines):
        return ""
    line_break = b"\r\n" if b"\r\n" in content else b"\n"
    joint = line_break if content and not content.endswith(b"\n") else b""
    file_writer.replace(root, GITIGNORE, content + joint + FOLDER.encode() + line_break)
    return "added to"
