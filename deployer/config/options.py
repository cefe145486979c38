"""Which options each command has, and how its help groups them: one visible table. An input that is not in it is an option of every mode."""

from deployer.config.inputs import INPUTS, LOCAL_COMMANDS, LOCAL_MODE, LOCAL_OPTIONS, Input

# Modes that call a platform.
_CALLING = "plan deploy preview cleanup rollback adopt drift eval doctor"
_PLANNING = "plan deploy preview rollback drift eval doctor"
_WRITING = "deploy preview cleanup rollback"

COMMANDS_OF: dict[str, str] = {
    "mode": "",
    "files": f"lint {_PLANNING} report show",
    "values": f"{_PLANNING} show",
    "environment": f"{_CALLING} show",
    "only": f"{_CALLING} show",
    "release": "plan deploy preview",
    "tags": "plan deploy preview",
    "message": _WRITING,
    "endpoint": f"{_CALLING} show",
    "gptbots-base-url": f"{_CALLING} show",
    "meingpt-base-url": f"{_CALLING} show",
    "base-urls": f"{_CALLING} show",
    "on-drift": "plan deploy preview drift",
    "plan-hash": "plan deploy rollback",
    "dry-run": "deploy rollback adopt",
    "prune": "plan deploy",
    "to": "rollback",
    "key-name": "adopt",
    "platform": "adopt",
    "concurrency": _CALLING,
    "timeout": f"{_CALLING} show",
    "fail-fast": _WRITING,
    "shard": "plan deploy rollback drift eval doctor",
    "shards": "plan",
    "evals": "deploy preview eval",
    "precheck": "plan preview doctor",
    "pull-request": "plan preview cleanup report",
    "state": f"{_CALLING} show",
    "sandbox": f"{_CALLING} show",
    # What an action's step shows, and where.
    "annotations": f"{_CALLING} report",
    "summary": f"{_CALLING} report",
    "comment": f"{_CALLING} report",
    "deployments": f"{_CALLING} report",
    "github-api-url": f"{_CALLING} report show",
    "report": f"{_CALLING} report show",
    "sarif": f"{_CALLING} report",
    "junit": f"{_CALLING} report",
    "notes": f"lint {_CALLING} report show",
}

# What `flowship COMMAND --help` lists; `--help-all` lists the rest.
COMMON: dict[str, str] = {
    "lint": "manifest format notes",
    "plan": "environment only release plan-hash prune exit-code",
    "deploy": "environment only release plan-hash dry-run prune yes",
    "preview": "environment only pull-request evals",
    "cleanup": "environment only pull-request",
    "rollback": "environment only to dry-run yes",
    "adopt": "environment key-name platform dry-run",
    "drift": "environment only on-drift",
    "eval": "environment only tag record from-logs",
    "doctor": "environment only precheck",
    "report": "report comment",
    "auto": "environment only release",
    "show": "environment against html",
    "sandbox": "port store targets faults",
    "init": "environments uses sharded ghes force",
}

GROUPS: dict[str, str] = {
    "Which workflows": "root manifest files values environment only shard shards",
    "What is written": "release tags message on-drift plan-hash dry-run prune to evals yes tag record from-logs key-name platform",
    "What init writes": "environments uses sharded ghes force",
    "Limits": "concurrency timeout fail-fast",
    "What is shown": "precheck against format notes exit-code html report sarif junit annotations summary comment deployments",
    "Where": "endpoint gptbots-base-url meingpt-base-url base-urls state github-api-url pull-request sandbox",
}

# Examples of each command; a test parses them.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "auto": ("flowship auto --environment staging",),
    "lint": ("flowship lint", "flowship lint flows/triage.flow --format sarif"),
    "plan": ("flowship plan", "flowship plan --environment staging --exit-code"),
    "deploy": ("flowship deploy --environment staging", 'flowship deploy --release always --plan-hash "$HASH"'),
    "preview": ("flowship preview --pull-request 12",),
    "cleanup": ("flowship cleanup --pull-request 12",),
    "rollback": ("flowship rollback --dry-run", "flowship rollback --to v1.4.0"),
    "adopt": ("flowship adopt --key-name MEINGPT --dry-run",),
    "drift": ("flowship drift --on-drift fail",),
    "eval": ("flowship eval triage --tag smoke", "flowship eval triage --record"),
    "doctor": ("flowship doctor --environment staging",),
    "report": ("flowship report reports/*.json",),
    "show": ("flowship show triage --against main", "flowship show --html workflows.html"),
    "sandbox": ("flowship sandbox --port 0", "flowship sandbox --faults faults.yml"),
    "init": ("flowship init", "flowship init --environments staging,production --uses acme/flowship@v1"),
    "schema": ("flowship schema manifest > flowship.schema.json",),
    "completion": ("flowship completion bash > ~/.local/share/bash-completion/completions/flowship",),
}


def options_of(command: str) -> tuple[Input, ...]:
    """The options of a command, without secrets, in the order of the inputs; those of `sandbox` are its server's own (`deployer.cli.args`)."""
    own = LOCAL_OPTIONS.get(command, ())
    if command == "lint":
        return (*(row for row in INPUTS if row.name in ("root", "manifest", "notes")), *own)
    if command in LOCAL_COMMANDS and command != LOCAL_MODE:
        return own
    shared = [row for row in INPUTS if not row.secret and row.name != "mode"]
    return (*(row for row in shared if command == "auto" or command in COMMANDS_OF.get(row.name, command).split()), *own)


def commands_with(name: str) -> tuple[str, ...]:
    """The commands that have this option."""
    return tuple(command for command in EXAMPLES if command != "auto" and any(row.name == name for row in options_of(command)))
