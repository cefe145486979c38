"""The GitHub workflow that `flowship init` writes, put together from the parts in `templates/`.

Each line of a sharded deploy (`flowship init --sharded`) is explained in docs/sharded.md.
"""

import os
import re

from deployer.config.inputs import MODES
from deployer.formats.yaml.write import dump_inline

WORKFLOW = ".github/workflows/flowship.yml"
PREVIEW_ENVIRONMENT = "flowship-preview"
ACTION = "<OWNER>/flowship@v1"  # where `own_action` does not know more
CHECKOUT = "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0"
UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"
# Not started by hand: files that adopt writes are lost with the job, the others have jobs of their own.
EVENT_MODES = ("auto", "report", "adopt", "preview", "cleanup")
# On a schedule the job `ship` looks for drift; where there are previews, the job with their keys cleans up.
_MODE = "${{ inputs.mode || 'auto' }}"
_NAME = "name: Flowship@PART@\n"
_MODE_WITH_PREVIEWS = "${{ inputs.mode || github.event_name == 'schedule' && 'drift' || 'auto' }}"


def workflow_path(part: str) -> str:
    """Where GitHub finds it, relative to the repository's top. `part`: the folder of the manifest there, "" for the top itself."""
    return WORKFLOW.replace(".yml", f"-{_slug(part)}.yml") if part else WORKFLOW


def workflow_text(
    branch: str, environment: str, part: str = "", *, sharded: bool = False, previews: bool = False, labels: bool = False, action: str = ACTION
) -> str:
    """The GitHub workflow: every event in one file, least permissions, one queue per environment. `part` as for `workflow_path`: its queues
    are its own, and each step names it as `root`. `labels`: they decide what is previewed. `action`: what its steps use."""
    pull_request = "preview_pull_request" if previews else "pull_request"
    parts = ("sharded_head", "events", "sharded_queue", pull_request, "sharded_jobs") if sharded else ("head", "events", pull_request, "ship")
    text = "".join(map(_part, parts)).replace("@SETUP@", _part("setup"))
    if previews:
        text = text.replace(_NAME, _part("preview_head") + _NAME, 1).replace(_MODE, _MODE_WITH_PREVIEWS)
    modes = [mode for mode in sorted(MODES, key=lambda mode: mode != "plan") if mode not in EVENT_MODES]
    values = {
        "BRANCH": dump_inline(branch),
        "ENVIRONMENT": dump_inline(environment),
        "PLAIN": environment,
        "LABELS": "labeled, unlabeled, " if labels else "",
        "MODES": ", ".join(modes),
        "CHECKOUT": CHECKOUT,
        "ACTION": action,
        "UPLOAD": UPLOAD,
        "DOWNLOAD": DOWNLOAD,
        "ROOT": f"          root: {dump_inline(part)}\n" if part else "",
        "FOLDER": f"{part}/" if part else "",
        "GROUP": f"{_slug(part)}-" if part else "",
        "PART": f" in {_slug(part)}" if part else "",
    }
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)


def _slug(part: str) -> str:
    """A folder as a part of a file's or a queue's name: letters, digits and `-`."""
    return re.sub(r"[\W_]+", "-", part).strip("-").lower() or "part"


def _part(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), "templates", f"{name}.yml"), encoding="utf-8") as file:
        return file.read()
