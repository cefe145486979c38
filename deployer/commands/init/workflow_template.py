"""The GitHub workflow that `flowship init` writes: its parts, and how they are put together."""

import re

from deployer.commands.init import preview_template as preview_parts
from deployer.commands.init import sharded_template as sharded_parts
from deployer.config.inputs import MODES
from deployer.formats.yaml.write import dump_inline

WORKFLOW = ".github/workflows/flowship.yml"
CHECKOUT = "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0"
ACTION = "<OWNER>/flowship@v1"
# Not started by hand: files that adopt writes are lost with the job, the others have jobs of their own.
EVENT_MODES = ("auto", "report", "adopt", "preview", "cleanup")

_SETUP = """\
# Once, in Settings → Environments → @PLAIN@:
#   - limit deployment branches and tags to @BRANCH@ and v*: no other branch can then read the keys;
#   - add the secret FLOWSHIP_KEYS: one NAME=value line for each key that flowship.yml names.
# And in Settings → Rules: who may push to @BRANCH@, and who may push v* tags. Whoever may can read the keys.
"""

_HEAD = """\
# Flowship: a pull request shows what would change, a merge imports it as a draft, a tag v1.2.3 makes it live.
#
@SETUP@# Another environment of flowship.yml: copy the job `ship` and change its name, `if` and each @PLAIN@ in it.
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
        description: "For rollback: a tag or a commit; empty: the release before the last one"
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
      deployments: read # the state is kept there
      pull-requests: write # one comment says what would change
    concurrency:
      group: flowship-pull-request-${{ github.event.pull_request.number }}
    steps:
      - uses: @CHECKOUT@
        with:
          persist-credentials: false
      # No keys here: a pull request has not been reviewed yet. It is linted, and planned against the recorded state.
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
      deployments: write # the state is kept there
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


def workflow_text(branch: str, environment: str, *, sharded: bool = False, previews: bool = False) -> str:
    """The GitHub workflow: every event in one file, least permissions, one queue per environment."""
    pull_request = preview_parts.PULL_REQUEST if previews else _PULL_REQUEST
    text = _HEAD + _EVENTS + pull_request + _SHIP
    if sharded:
        text = sharded_parts.HEAD + _EVENTS + sharded_parts.QUEUE + pull_request + sharded_parts.JOBS
    text = text.replace("@SETUP@", _SETUP)
    if previews:
        text = text.replace("name: Flowship\n", f"{preview_parts.HEAD}name: Flowship\n", 1)
        text = text.replace(preview_parts.MODE, preview_parts.MODE_WITH_PREVIEWS)
    modes = [mode for mode in sorted(MODES, key=lambda mode: mode != "plan") if mode not in EVENT_MODES]
    values = {
        "BRANCH": dump_inline(branch),
        "ENVIRONMENT": dump_inline(environment),
        "PLAIN": environment,
        "MODES": ", ".join(modes),
        "CHECKOUT": CHECKOUT,
        "ACTION": ACTION,
        "UPLOAD": sharded_parts.UPLOAD,
        "DOWNLOAD": sharded_parts.DOWNLOAD,
    }
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)
