"""The GitHub workflow that `flowship init` writes, put together from the parts in `templates/`.

Each line is explained in docs/github.md, those of a sharded deploy (`flowship init --sharded`) in docs/sharded.md.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from deployer.config.inputs import MODES
from deployer.formats.yaml.write import dump_inline
from deployer.model.errors import UsageError

WORKFLOW = ".github/workflows/flowship.yml"
PREVIEW_ENVIRONMENT = "flowship-preview"
ACTION = "<OWNER>/flowship@v1"  # where `own_action` does not know more
CHECKOUT = "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0"
UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"
# Enterprise Server takes the third version of these only: https://github.com/actions/upload-artifact#ghes-support
GHES_UPLOAD = "actions/upload-artifact@c6a3b2bd78b3985e4b2f15397fec357f0fd808de # v3.2.2-node20"
GHES_DOWNLOAD = "actions/download-artifact@ad191675b41f6a5b46da9a048cb6893812da158b # v3.1.0-node20"
# Not started by hand: files that adopt writes are lost with the job, the others have jobs of their own.
EVENT_MODES = ("auto", "report", "adopt", "preview", "cleanup")
# On a schedule the jobs that ship look for drift; where there are previews, the job with their keys cleans up.
_MODE = "${{ inputs.mode || 'auto' }}"
_NAME = "name: Flowship@PART@\n"
_MODE_WITH_PREVIEWS = "${{ inputs.mode || github.event_name == 'schedule' && 'drift' || 'auto' }}"
_SETUP_LINE = "# Replace `{action}` in each step: flowship init --uses OWNER/flowship@COMMIT\n"
_TO_SET_UP = re.compile(r"^# Replace `[^`\n]*` in each step: flowship init --uses .*\n", re.MULTILINE)
_OWN_STEP = re.compile(r"(?<=uses: )(?!actions/)[\w.<>-]+/[\w./-]+@[^\s#]+(?: # \S+)?", re.ASCII)


class Layout(NamedTuple):
    """What a GitHub workflow is written for. `environments`: the release policy by name, in the order in which a change
    reaches them. `part`: the folder of the manifest
    in the repository, "" for the top. `labels`: they decide what is previewed. `action`: what its steps use. `ghes`: it runs on GitHub
    Enterprise Server. `drafts`: a workflow is on a platform that has them."""

    branch: str
    environments: Mapping[str, str]
    part: str = ""
    sharded: bool = False
    previews: bool = False
    labels: bool = False
    ghes: bool = False
    action: str = ACTION
    drafts: bool = True

    @property
    def merge_effect(self) -> str:
        """What a merge does, as a clause."""
        if live := [name for name in self.merges() if self.environments[name] == "always"]:
            return f"a merge goes live in {', '.join(live)}"
        return "a merge is imported as a draft" if self.drafts else "a merge is held for the next release"

    @property
    def default(self) -> str:
        """The environment of pull requests and of runs that name none: the first where a merge goes live, else the last."""
        live = [name for name, policy in self.environments.items() if policy == "always"]
        return (*live, *reversed(tuple(self.environments)))[0]

    def merges(self) -> tuple[str, ...]:
        """The environments to which a merge is shipped: where it goes live; without such a one all, as a draft."""
        live = "always" in self.environments.values()
        return tuple(name for name, policy in self.environments.items() if not live or policy != "on-tag")

    def tags(self) -> tuple[str, ...]:
        """The environments in which a tag goes live, in the order in which it gets there."""
        return tuple(name for name, policy in self.environments.items() if policy == "on-tag")


def workflow_path(part: str) -> str:
    """Where GitHub finds it, relative to the repository's top. `part` as in a `Layout`."""
    return WORKFLOW.replace(".yml", f"-{_slug(part)}.yml") if part else WORKFLOW


def workflow_text(layout: Layout) -> str:
    """The GitHub workflow: every event in one file, least permissions, one queue for each environment. With a `part`, its queues are its own, and
    each step names it as `root`. Raises UsageError for a sharded deploy to more environments than it can tell apart."""
    names = tuple(layout.environments)
    pull_request = _part("preview_pull_request" if layout.previews else "pull_request")
    if layout.sharded:
        text = _part("sharded_head") + _part("events") + _part("sharded_queue") + pull_request + _sharded_jobs(layout)
    else:
        jobs = "\n".join(_filled(_part("ship"), dict(_job_values(layout, name))) for name in names)
        text = _part("head") + _part("events") + pull_request + jobs
    if layout.previews:
        text = text.replace(_NAME, _part("preview_head") + _NAME, 1).replace(_MODE, _MODE_WITH_PREVIEWS)
    if layout.action == ACTION:
        text = _SETUP_LINE.format(action=ACTION) + text
    return _filled(_for_enterprise_server(text) if layout.ghes else text, _values(layout))


def own_step(text: str) -> str:
    """The action of a GitHub workflow's steps that are given our keys, as it stands there; "" where there is none."""
    matches = (match for match in _OWN_STEP.finditer(text) if "secrets.FLOWSHIP_" in text[match.end() :].partition("uses: ")[0])
    match = next(matches, None)
    return match[0] if match else ""


def with_action(text: str, action: str) -> str:
    """A GitHub workflow with `action` in our own steps: those that use the same repository or that of `own_step`, or whose owner is still to be
    filled in."""
    repositories = {name.partition("@")[0] for name in (action, ACTION, own_step(text))}
    replaced = _OWN_STEP.sub(lambda match: action if match[0].partition("@")[0] in repositories else match[0], text)
    return replaced if replaced == text else _TO_SET_UP.sub("", replaced)


def _values(layout: Layout) -> dict[str, str]:
    names = tuple(layout.environments)
    modes = [mode for mode in sorted(MODES, key=lambda mode: mode != "plan") if mode not in EVENT_MODES]
    default = {"DEFAULT": dump_inline(layout.default)}
    group = f"{_slug(layout.part)}-" if layout.part else ""
    return {
        "BRANCH": dump_inline(layout.branch),
        **default,
        "PLAIN": layout.default,
        "EFFECTS": "; ".join(_effects(layout)),
        "SETUP": "".join(_setup_lines(layout)),
        "CHOICE": _filled(_part("environment_input"), {"NAMES": ", ".join(map(dump_inline, names)), **default}) if len(names) > 1 else "",
        "LABELS": "labeled, unlabeled, " if layout.labels else "",
        "MODES": ", ".join(modes),
        "CHECKOUT": CHECKOUT,
        "ACTION": layout.action,
        "UPLOAD": GHES_UPLOAD if layout.ghes else UPLOAD,
        "DOWNLOAD": GHES_DOWNLOAD if layout.ghes else DOWNLOAD,
        "ROOT": f"          root: {dump_inline(layout.part)}\n" if layout.part else "",
        "FOLDER": f"{layout.part}/" if layout.part else "",
        "GROUP": group,
        "PART": f" in {_slug(layout.part)}" if layout.part else "",
        "QUEUE": _queue(layout, group) if layout.sharded else "",
    }


def _effects(layout: Layout) -> Iterator[str]:
    """What a merge and a tag do."""
    yield layout.merge_effect
    if layout.tags():
        yield f"a tag v1.2.3 goes live in {', then in '.join(layout.tags())}"


def _setup_lines(layout: Layout) -> Iterator[str]:
    for name in layout.environments:
        values = {"PLAIN": name, "REFS": refs_of(layout, name)}
        yield _filled(_part("setup"), values)


def refs_of(layout: Layout, environment: str) -> str:
    """The branches and tags that may use the environment: those that are shipped to it, and the default branch, on which schedules run."""
    return f"{layout.branch} and v*" if environment in layout.tags() else layout.branch


def _job_values(layout: Layout, name: str) -> Iterator[tuple[str, str]]:
    """What differs between the jobs `ship`, one for each environment."""
    several = len(layout.environments) > 1
    tags = layout.tags()
    previous = tags[tags.index(name) - 1] if name in tags[1:] and name not in layout.merges() else ""
    yield "JOB", _job_id(layout, name)
    yield "TITLE", f"ship to {name}" if several else "ship"
    yield "NEEDS", f"    needs: {_job_id(layout, previous)}\n" if previous else ""
    yield "IF", _condition(layout, name, previous) if several else "github.event_name != 'pull_request'"
    yield "ENVIRONMENT", dump_inline(name)
    yield "ENVIRONMENT_NAME", name


def _job_id(layout: Layout, environment: str) -> str:
    """Names that differ only in signs are numbered."""
    slugs = [_slug(name) for name in layout.environments]
    index = list(layout.environments).index(environment)
    number = f"-{index + 1}" if slugs.count(slugs[index]) > 1 else ""
    return f"ship-{slugs[index]}{number}" if len(slugs) > 1 else "ship"


def _condition(layout: Layout, name: str, previous: str) -> str:
    """When a job ships to an environment that is one of several. `previous`: the one that a tag goes to before; if it fails, the tag stops."""
    is_merged, is_tagged = name in layout.merges(), name in layout.tags()
    rows = ["github.event_name == 'schedule'", f"inputs.environment == '{name}'"]
    if is_merged and is_tagged:
        rows.append("github.event_name == 'push'")
    elif is_merged or is_tagged:
        rows.append(f"(github.event_name == 'push' && github.ref_type == '{'branch' if is_merged else 'tag'}')")
    events = " || ".join(rows)
    return f"${{{{ !cancelled() && (github.event_name != 'push' || !failure()) && ({events}) }}}}" if previous else events


def _sharded_jobs(layout: Layout) -> str:
    text = _part("sharded_jobs")
    names = tuple(layout.environments)
    if len(names) == 1:
        return _filled(text, {"ENVIRONMENT": dump_inline(layout.default), "ALONE": dump_inline(layout.default), "MATRIX": "", "IN": ""})
    every = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    one = "format('[\"{0}\"]', inputs.environment)"
    values = {
        "ENVIRONMENT": f"${{{{ {_chosen(layout)} }}}}",
        "ALONE": "${{ matrix.environment }}",
        "MATRIX": f"    strategy:\n      fail-fast: false\n      matrix:\n"
        f"        environment: ${{{{ fromJSON(github.event_name == 'schedule' && '{every}' || {one}) }}}}\n",
        "IN": ", ${{ matrix.environment }}",
    }
    return _filled(text, values)


def _queue(layout: Layout, group: str) -> str:
    """The expression for the queue of a sharded deploy: that of its environment."""
    return f"'flowship-{group}{layout.default}'" if len(layout.environments) == 1 else f"format('flowship-{group}{{0}}', {_chosen(layout)})"


def _chosen(layout: Layout) -> str:
    """The expression for the environment of a run of a sharded deploy: one for all of its jobs."""
    merges, tags = layout.merges(), layout.tags()
    if set(merges) & set(tags):
        return f"(inputs.environment || '{layout.default}')"
    if len(merges) > 1 or len(tags) > 1:
        fix = "Leave out --sharded, or give each other environment a GitHub workflow of its own."
        raise UsageError("A sharded deploy ships a merge to one environment, and a tag to one.", fix=fix)
    if not merges or not tags:
        return f"(inputs.environment || '{layout.default}')"
    return f"(inputs.environment || github.ref_type == 'tag' && '{tags[0]}' || '{merges[0]}')"


def _for_enterprise_server(text: str) -> str:
    """Without what Enterprise Server does not know: `queue`, GitHub's own runners, and artifacts of which several are fetched at once. In the third
    version, uploads under one name are one artifact."""
    text = re.sub(r"\n +(?:queue: max|overwrite: true.*|merge-multiple: true)(?=\n)", "", text)
    text = re.sub(r"(?<=name: )flowship-report-.*|pattern: flowship-report-\*", lambda match: _one_artifact(match[0]), text)
    return text.replace("runs-on: ubuntu-latest", "runs-on: linux")


def _one_artifact(text: str) -> str:
    return "name: flowship-reports" if text.startswith("pattern") else "flowship-reports"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values of these names; other names are left."""
    return re.sub(r"@([A-Z_]+)@", lambda match: values.get(match[1], match[0]), text)


def _slug(part: str) -> str:
    """A folder as a part of a file's or a queue's name: letters, digits and `-`."""
    return re.sub(r"[\W_]+", "-", part).strip("-").lower() or "part"


def _part(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), "templates", f"{name}.yml"), encoding="utf-8") as file:
        return file.read()
