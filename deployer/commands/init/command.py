"""`flowship init`: a manifest of the workflows in a repository, and one complete GitHub workflow (with `--sharded`, of several jobs)."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from deployer.commands.init import questions
from deployer.commands.init.manifest_template import DEFAULT_ENVIRONMENT, manifest_text
from deployer.commands.init.next_steps import folded, next_steps
from deployer.commands.init.own_action import own_action, read_action, running_action
from deployer.commands.init.workflow_template import ACTION, Layout, own_step, with_action, workflow_path, workflow_text
from deployer.formats import discover, file_reader, file_writer, files
from deployer.formats.guarded_paths import fix_of
from deployer.formats.places import GIT, find_top, other_yaml_suffix
from deployer.manifest import load as manifests
from deployer.manifest.model import Manifest
from deployer.model.color import wants_color
from deployer.model.errors import UsageError
from deployer.platforms.registry import PLATFORMS

MANIFEST = "flowship.yml"
GITIGNORE = ".gitignore"
MAX_HEAD_BYTES = 4096
FOLDER = ".flowship/"
EQUIVALENT_LINES = frozenset(f"{start}.flowship{end}" for start in ("", "/", "**/") for end in ("", "/", "/*", "/**"))


class InitOptions(NamedTuple):
    """`environments`: () where none were named. `uses`: the action, as `own_action.read_action` takes it, "" where it was not named."""

    environments: tuple[str, ...] = ()
    uses: str = ""
    force: bool = False
    sharded: bool = False
    ghes: bool = False


NO_OPTIONS = InitOptions()


class Written(NamedTuple):
    """A file: its path relative to the root, and what was done: `written`, `changed` (the action in its steps), `added to`, `kept` or `in sync`.

    `existing` and `wanted` are its text and what it would be, where those differ and it was kept.
    """

    path: str
    done: str
    existing: str = ""
    wanted: str = ""

    @property
    def differs(self) -> bool:
        return self.existing != self.wanted


class InitResult(NamedTuple):
    """`keys`: the names of the keys by environment; `previews`: those of the preview keys. `ignored` is what was done to `.gitignore`."""

    manifest: Written
    workflow: Written
    ignored: Written
    layout: Layout
    keys: Mapping[str, tuple[str, ...]]
    previews: tuple[str, ...]

    @property
    def files(self) -> tuple[Written, ...]:
        return self.manifest, self.workflow, self.ignored


def init_command(root: str, options: Mapping[str, str]) -> int:
    """Write what is missing, print what was done, how an existing file differs, and what to do next. Returns 1 when a file differs and was kept.

    `options`: those of the command by name, all present.
    """
    from deployer.render.escape import terminal

    given = read_options(options)
    result = init(root, _with_answers(root, given) if questions.may_ask() else given)
    for line in _file_lines(result, force=given.force):
        print(terminal(line))
    for row in _difference_lines(result.workflow):
        print(row)
    if not result.workflow.differs and "written" in (result.manifest.done, result.workflow.done):
        for line in next_steps(result.layout, result.manifest.path, result.workflow.path, result.keys, result.previews):
            print("\n".join(folded(terminal(line))))
    return int(result.workflow.differs)


def read_options(options: Mapping[str, str]) -> InitOptions:
    """Raises UsageError for one that cannot be read."""
    environments = questions.read_environments(options["environments"]) if options["environments"] else ()
    uses = read_action(options["uses"], own_action()) if options["uses"] else ""
    return InitOptions(environments, uses, *(options[name] == "true" for name in ("force", "sharded", "ghes")))


def _with_answers(root: str, options: InitOptions) -> InitOptions:
    """The options, with what a person was asked for: what neither an option nor an existing file says."""
    environments, uses, workflow = options.environments, options.uses, _existing_workflow(root)
    if not environments and not _existing_manifest(root):
        print("Environments, in the order in which a change reaches them: a merge goes live in the first of several, a tag in the others.")
        environments = questions.ask("Environments", DEFAULT_ENVIRONMENT, questions.read_environments)
    if not uses and not _known_action(workflow):
        print("The action that the GitHub workflow uses, with a commit or a version. The default is to be replaced later.")
        uses = questions.ask("Action", ACTION, lambda answer: "" if answer == ACTION else read_action(answer))
    return options._replace(environments=environments, uses=uses)


def _known_action(workflow: str) -> str:
    """The action where no option names it: that of this step, that of the existing GitHub workflow, or this program's own; "" for none."""
    used = own_step(workflow)
    return running_action(os.environ) or ("" if used.startswith("<") else used) or own_action()


def init(root: str, options: InitOptions = NO_OPTIONS) -> InitResult:
    """Write the missing files into `root`, a repository or a folder of one, and the GitHub workflow at the repository's top, where alone GitHub
    finds it. An existing manifest is never written; an existing GitHub workflow only with `force`, or where its steps get the action `uses`.

    Raises UsageError when `root` is no folder or holds no workflow, or its manifest cannot be read or has other environments.
    """
    top, part = _top_and_part(root)
    existing = _existing_workflow(root)
    name, new_manifest, manifest = _read_or_make_manifest(root, options.environments)
    previews = tuple(dict.fromkeys(key for entry in manifest.entries for key in entry.preview_keys))
    order = (*manifest.environments[1:], manifest.environments[0])  # a change reaches the default environment last
    layout = Layout(
        default_branch(top),
        {name: manifest.release_policy(name) for name in order},
        part,
        options.sharded,
        bool(previews),
        any(entry.preview_label and entry.preview_keys for entry in manifest.entries),
        options.ghes,
        options.uses or _known_action(existing) or ACTION,
        any(platform.capabilities.drafts for entry in manifest.entries if (platform := PLATFORMS.get(entry.platform or ""))),
    )
    text = workflow_text(layout)
    file = _write_manifest(root, name, new_manifest)
    workflow = _write_workflow(top, workflow_path(part), existing, text, options)
    workflow = workflow._replace(path=os.path.relpath(os.path.join(top, workflow.path), os.path.abspath(root)).replace(os.sep, "/"))
    keys = {name: _keys_of(manifest, name) for name in order}
    return InitResult(file, workflow, _ignore_state(top, part), layout, keys, previews)


def _top_and_part(root: str) -> tuple[str, str]:
    """The repository's top, and the root's path there, "" for the top itself."""
    if not os.path.isdir(root):
        raise UsageError(f"There is no folder {root!r}.", fix="Name the repository's folder, or go there and leave the name out.")
    top = find_top(root) or os.path.abspath(root)
    relative = os.path.relpath(os.path.abspath(root), top).replace(os.sep, "/")
    return top, "" if relative == "." else relative


def _existing_manifest(root: str) -> str:
    names = (MANIFEST, other_yaml_suffix(MANIFEST))
    return next((name for name in names if os.path.lexists(os.path.join(root, name))), "")


def _existing_workflow(root: str) -> str:
    top, part = _top_and_part(root)
    return _read(top, workflow_path(part), "Move it away, and run it again.")


def _read_or_make_manifest(root: str, environments: Sequence[str]) -> tuple[str, str, Manifest]:
    """The manifest's name, its text where it is to be written, and what it says. An existing one is read, and its text is ""."""
    name, text = _existing_manifest(root), ""
    if name:
        manifest, findings = manifests.load_manifest(root, name)
    else:
        name = MANIFEST
        text = manifest_text(root, _workflow_paths(root), environments or (DEFAULT_ENVIRONMENT,), previews=len(environments) > 1)
        manifest, findings = manifests.parse_manifest(root, name, text.encode())
    if manifest is None:
        raise UsageError(f"{name} cannot be read: {findings[0].message}", fix="Correct it. For a new one, delete it and run init again.")
    if environments and set(environments) != set(manifest.environments):
        fix = f"Change `environments:` in {name}, or leave --environments out. For a new manifest, delete {name} and run init again."
        raise UsageError(f"{name} has the environments {', '.join(manifest.environments)}, not {', '.join(environments)}.", fix=fix)
    return name, text, manifest


def _write_manifest(root: str, name: str, text: str) -> Written:
    if text and not file_writer.create(root, name, text.encode()):
        raise UsageError(f"{name} appeared while it was about to be written.", fix="Run it again.")
    return Written(name, "written" if text else "kept")


def _write_workflow(top: str, path: str, existing: str, wanted: str, options: InitOptions) -> Written:
    if not existing and file_writer.create(top, path, wanted.encode()):
        return Written(path, "written")
    if existing == wanted:
        return Written(path, "in sync")
    with_uses = with_action(existing, options.uses) if options.uses else existing
    text = wanted if options.force else with_uses
    if text != existing:
        file_writer.replace(top, path, text.encode())
    done = "written" if options.force else "changed" if text != existing else "kept"
    return Written(path, done) if text == wanted else Written(path, done, text, wanted)


def _file_lines(result: InitResult, *, force: bool) -> Iterator[str]:
    for file in result.files:
        if file.done:
            yield f"{file.done:<8} {file.path}{_note(result, file, force=force)}"


def _note(result: InitResult, file: Written, *, force: bool) -> str:
    if file is result.ignored:
        return f": {FOLDER}, where a copy of the repository keeps its state"
    if file is result.manifest and file.done == "kept":
        return ": init never overwrites a manifest. For a new one, delete it and run init again." if force else ""
    return f": its steps use {result.layout.action}" if file.done == "changed" else ""


def _difference_lines(file: Written) -> Iterator[str]:
    if not file.differs:
        return
    from deployer.render.file_diff import file_diff

    color = wants_color(os.environ, is_terminal=sys.stdout.isatty())
    yield from ("", *file_diff(file.path, file.existing, file.wanted, color=color), "")
    yield "This was not written. To write it, run the same command with --force."


def _keys_of(manifest: Manifest, environment: str) -> tuple[str, ...]:
    """The names of the keys of one environment, in the order of the manifest."""
    is_default = environment == manifest.environments[0]
    named = [(entry.environments.get(environment), entry.key if is_default else "") for entry in manifest.entries]
    return tuple(dict.fromkeys(key for own, inherited in named if (key := (own.key if own else "") or inherited)))


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
        fix = (
            "Export a workflow from its console into this repository (GPTBots: .flow; meinGPT: .yaml), then run it again. "
            "Or set FLOWSHIP_KEY_MEINGPT, and `flowship adopt` writes those of that organisation."
        )
        raise UsageError(f"No workflow was found below {root!r}.", fix=fix)
    unwritable = [path for path in paths if path != path.encode("utf-8", "replace").decode()]
    if unwritable:
        raise UsageError(f"The name of {unwritable[0]!r} is not UTF-8, so no manifest can hold it.", fix="Rename the file.")
    return paths


def _read(top: str, path: str, fix: str) -> str:
    """The text of a file of the repository, "" where it does not exist."""
    try:
        return file_reader.read(os.path.join(os.path.realpath(top), path), files.MAX_BYTES, within=os.path.realpath(top)).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", fix=fix_of(error, fix)) from error


def _ignore_state(top: str, part: str) -> Written:
    """Adds the state's folder to what git ignores. Raises FlowshipError where that fails."""
    shown_name = f"{'../' * len(part.split('/')) if part else ''}{GITIGNORE}"
    if file_writer.create(top, GITIGNORE, f"{FOLDER}\n".encode()):
        return Written(shown_name, "written")
    content = _read(top, GITIGNORE, f"Add the line {FOLDER} to it.")
    if EQUIVALENT_LINES.intersection(line.strip() for line in content.splitlines()):
        return Written(shown_name, "")
    line_break = "\r\n" if "\r\n" in content else "\n"
    joint = line_break if content and not content.endswith("\n") else ""
    file_writer.replace(top, GITIGNORE, f"{content}{joint}{FOLDER}{line_break}".encode())
    return Written(shown_name, "added to")
