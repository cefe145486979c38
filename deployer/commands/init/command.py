"""`flowship init`: a manifest from the workflows that are there, and one complete GitHub workflow (with `--sharded`, of several jobs)."""

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deployer.commands.init import gitignore
from deployer.commands.init import preview_template as preview_parts
from deployer.commands.init import sharded_template as sharded_parts
from deployer.config.inputs import MODES
from deployer.formats import discover, files
from deployer.formats.yaml.write import flow
from deployer.manifest import load as manifests
from deployer.manifest.edit import NewEntry, created
from deployer.model.errors import UsageError
from deployer.pipeline import local_git

MANIFEST = "flowship.yml"
WORKFLOW = ".github/workflows/flowship.yml"
ENVIRONMENT = "production"
MEINGPT_KEY = "MEINGPT"  # one token for a whole organisation
CHECKOUT = "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0"
ACTION = "<OWNER>/flowship@v1"
NOT_BY_HAND = ("auto", "report", "adopt", "preview", "cleanup")  # what adopt makes is gone with the job, the others have jobs of their own

_HEAD = """\
# Flowship: a pull request shows what would change, a merge imports it as a draft, a tag v1.2.3 makes it live.
#
# Once, in Settings → Environments → @PLAIN@:
#   - limit deployment branches and tags to @BRANCH@ and v*: no other branch can then read the keys;
#   - add the secret FLOWSHIP_KEYS: one NAME=value line for each key that flowship.yml names.
# And in Settings → Rules: who may push to @BRANCH@, and who may push v* tags. Whoever may can read the keys.
# Another environment of flowship.yml: copy the job `ship` and change its name, `if` and each @PLAIN@ in it.
name: Flowship

"""

_EVENTS = """\
on:
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review, closed]
  push:
    branches: [@BRANCH@]
    tags: ["v*"]
  schedule:
    - cron: "23 5 * * 1-5"
  workflow_dispatch:
    inputs:
      mode:
        description: What to do
        type: choice
        options: [@MODES@]
        default: plan
      to:
        description: "For rollback: a tag or a commit; nothing: what was live before the last release"
        type: string
      dry-run:
        description: "For rollback and deploy: show what would be done, write nothing"
        type: boolean

# Each job names what it needs, and nothing else is granted.
permissions: {}

"""

_PULL_REQUEST = """\
jobs:
  pull-request:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: read # what was deployed is remembered there
      pull-requests: write # one comment says what would change
    concurrency:
      group: flowship-pull-request-${{ github.event.pull_request.number }}
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      # No keys here: what a pull request holds has not been reviewed yet. It is linted, and planned against what is known.
      - uses: @ACTION@
        with:
          environment: @ENVIRONMENT@

"""

_SHIP = """\
  ship:
    if: github.event_name != 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      deployments: write # where it is remembered
    environment: @ENVIRONMENT@
    # One run at a time, in order: a deploy that is cut off or dropped would leave an import without its release.
    concurrency:
      group: flowship-@PLAIN@
      cancel-in-progress: false
      queue: max
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      - uses: @ACTION@
        with:
          mode: ${{ inputs.mode || 'auto' }}
          to: ${{ inputs.to }}
          dry-run: ${{ inputs.dry-run }}
          environment: @ENVIRONMENT@
          keys: ${{ secrets.FLOWSHIP_KEYS }}
"""


class Started(NamedTuple):
    """What `init` left behind: paths relative to the root, in the order they were made, and the names of keys to hand in.

    `ignored`: what was done about `.gitignore`, "" for nothing. `previews`: the names of keys for previews.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    keys: tuple[str, ...]
    environment: str
    branch: str
    ignored: str = ""
    previews: tuple[str, ...] = ()


def init(root: str, *, force: bool = False, sharded: bool = False) -> Started:
    """Write what is missing (with `force`: everything) below `root`, a repository's folder. `sharded deploy`: a workflow of several jobs.

    Raises UsageError when `root` is no folder, no workflow is there, or a manifest that is there cannot be read.
    """
    if not os.path.isdir(root):
        raise UsageError(f"There is no folder {root!r}.", fix="Name the repository's folder, or go there and leave the name out.")
    branch = default_branch(root)
    previews: tuple[str, ...] = ()
    if os.path.lexists(os.path.join(root, MANIFEST)) and not force:
        environment, keys, previews, texts = *_of_manifest(root), {}
    else:
        paths = _workflows(root)
        environment, keys, texts = ENVIRONMENT, tuple(dict.fromkeys(key for _, key, _ in named(paths))), {MANIFEST: manifest_text(paths)}
    texts[WORKFLOW] = workflow_text(branch, environment, sharded=sharded, previews=bool(previews))
    written = tuple(path for path, text in texts.items() if _write(root, path, text, force=force))
    kept = tuple(path for path in (MANIFEST, WORKFLOW) if path not in written)
    return Started(written, kept, keys, environment, branch, gitignore.ignore(root), previews)


def init_command(root: str, *, force: bool = False, sharded: bool = False) -> int:
    """`flowship init`: do it, say what was done and what to do next. Exit 2 when everything was there already."""
    from deployer.render.escape import terminal

    started = init(root, force=force, sharded=sharded)
    for line in _story(started):
        print(terminal(line))
    return 0 if started.written or started.ignored else 2


def _story(started: Started) -> Iterable[str]:
    yield from (f"written  {path}" for path in started.written)
    yield from (f"kept     {path} (--force overwrites it)" for path in started.kept)
    if started.ignored:
        yield f"{started.ignored:<8} {gitignore.GITIGNORE}: {gitignore.FOLDER}, where a copy of the repository keeps what it remembers"
    if not started.written:
        return
    yield from ("", "Next:")
    yield f"1. Read {MANIFEST} and {WORKFLOW}; write the action's owner for <OWNER>."
    yield "2. Try it here: flowship lint, then flowship plan. Without keys a plan is made from what is known."
    yield f"3. On GitHub, Settings → Environments → {started.environment}: limit branches and tags to {started.branch} and v*,"
    yield f"   and add the secret FLOWSHIP_KEYS with a line for each key: {', '.join(f'{key}=…' for key in started.keys)}"
    if started.previews:
        lines = ", ".join(f"{key}=…" for key in started.previews)
        yield f"   In {preview_parts.ENVIRONMENT}, which every branch may use, the secret FLOWSHIP_PREVIEW_KEYS: {lines}"
    does = "gets a preview" if started.previews else "plans"
    yield f"4. Commit and push: a pull request {does}, a merge imports drafts, a tag v1.0.0 makes them live."


def named(paths: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Name, key and source of each workflow. Names and GPTBots keys come from file stems and are unique: a GPTBots key is one Workflow's."""
    names: set[str] = set()
    keys = {MEINGPT_KEY}
    rows = []
    for path in paths:
        stem = re.sub(r"[\s,\x00-\x1f\x7f-\x9f]+", " ", os.path.splitext(os.path.basename(path))[0])[:90].strip() or "workflow"
        name = _unique(stem, names, "-")
        key = MEINGPT_KEY if files.platform_of(path) == "meingpt" else _unique(_as_key(stem), keys, "_")
        rows.append((name, key, path))
    return tuple(rows)


def manifest_text(paths: Sequence[str]) -> str:
    """A manifest for these definition files."""
    return created(ENVIRONMENT, tuple(NewEntry(name, {"source": path, "key": key}) for name, key, path in named(paths)))


def workflow_text(branch: str, environment: str, *, sharded: bool = False, previews: bool = False) -> str:
    """The GitHub workflow: every event in one file, least permissions, one queue per environment."""
    pull_request = preview_parts.PULL_REQUEST if previews else _PULL_REQUEST
    parts = (_HEAD, _EVENTS, pull_request, _SHIP)
    if sharded:
        parts = (sharded_parts.HEAD, _EVENTS + sharded_parts.QUEUE, pull_request, sharded_parts.JOBS)
    text = "".join(parts)
    if previews:
        text = text.replace("name: Flowship\n", f"{preview_parts.HEAD}name: Flowship\n", 1)
        text = text.replace(preview_parts.MODE, preview_parts.MODE_WITH_PREVIEWS)
    modes = ", ".join(mode for mode in sorted(MODES, key=lambda mode: mode != "plan") if mode not in NOT_BY_HAND)
    marks = {
        "BRANCH": flow(branch),
        "ENVIRONMENT": flow(environment),
        "PLAIN": environment,
        "MODES": modes,
        "CHECKOUT": CHECKOUT,
        "ACTION": ACTION,
        "UPLOAD": sharded_parts.UPLOAD,
        "DOWNLOAD": sharded_parts.DOWNLOAD,
    }
    return re.sub(r"@([A-Z]+)@", lambda found: marks[found[1]], text)


def default_branch(root: str) -> str:
    """The branch that merges go to: what `origin` says, else `master` where there is no `main`, else `main`."""
    folder = os.path.join(local_git.repository_root(root), ".git")
    try:
        with open(os.path.join(folder, "refs/remotes/origin/HEAD"), encoding="utf-8") as file:
            found = re.fullmatch(r"ref: refs/remotes/origin/(\S+)\s*", file.read())
    except (OSError, UnicodeDecodeError):
        found = None
    if found:
        return found[1]
    heads = os.path.join(folder, "refs/heads")
    return "master" if os.path.exists(os.path.join(heads, "master")) and not os.path.exists(os.path.join(heads, "main")) else "main"


def _workflows(root: str) -> tuple[str, ...]:
    paths = discover.find(root)
    if not paths:
        fix = "Export a workflow from its console into this repository (GPTBots: .flow; meinGPT: .yaml), then run it again."
        raise UsageError(f"No workflow was found below {root!r}.", fix=fix)
    unwritable = [path for path in paths if path != path.encode("utf-8", "replace").decode()]
    if unwritable:
        raise UsageError(f"The name of {unwritable[0]!r} is not UTF-8, so no manifest can hold it.", fix="Rename the file.")
    return paths


def _of_manifest(root: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The default environment of the manifest that is there, the names of its keys, and of those for previews."""
    manifest, findings = manifests.load(root, MANIFEST)
    if manifest is None:
        raise UsageError(f"{MANIFEST} is there and cannot be read: {findings[0].message}", fix="Mend it, or overwrite it with --force.")
    previews = tuple(dict.fromkeys(key for entry in manifest.entries for key in entry.preview_keys))
    return manifest.environments[0], tuple(dict.fromkeys(entry.key for entry in manifest.entries if entry.key)), previews


def _write(root: str, path: str, text: str, *, force: bool) -> bool:
    """Write a file, and the folders above it. False when it is there and may not be overwritten."""
    whole = os.path.join(root, path)
    try:
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.isfile(whole):
            return False
        raise UsageError(f"{path} cannot be written: {error.strerror}.", fix="Check the folder's permissions.") from error
    return True


def _unique(wanted: str, taken: set[str], joint: str) -> str:
    name = wanted
    count = 1
    while name in taken:
        count += 1
        name = f"{wanted}{joint}{count}"
    taken.add(name)
    return name


def _as_key(stem: str) -> str:
    """A key's name: capital letters, digits and `_`, starting with a letter."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")
    return key if key[:1].isalpha() else f"KEY_{key}".rstrip("_")
