"""Every input of the action, which is also an option and a variable of the command line: one visible list.

Tests compare action.yml, the tables of docs/inputs.md and the options with this list. The input `plan-hash` is the action's `INPUT_PLAN-HASH`, the
option `--plan-hash` and the variable `FLOWSHIP_PLAN_HASH`. Keys have no option: arguments show in process lists and logs.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

SUMMARY = "Ships AI workflows from git: GPTBots .flow files and meinGPT workflow YAML."
TRUE_FALSE = ("true", "false")
KEY_PREFIX = "FLOWSHIP_KEY_"  # of variables with one key each
VALUE_PREFIX = "FLOWSHIP_VALUE_"


class Input(NamedTuple):
    """One input. `choices` are all its values, () when it takes any text. `secret` inputs have no command-line option. `takes_others`: what is
    not among the choices may be a value as well, which is checked where it is used. `aliases`: other words for a choice, which are accepted
    and not offered."""

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()
    secret: bool = False
    takes_others: bool = False
    aliases: Mapping[str, str] = MappingProxyType({})

    @property
    def is_flag(self) -> bool:
        """Whether the option needs no value: `--dry-run` is `--dry-run true`."""
        return self.default in TRUE_FALSE

    @property
    def variable(self) -> str:
        return "FLOWSHIP_" + self.name.upper().replace("-", "_")

    @property
    def action_variable(self) -> str:
        return "INPUT_" + self.name.upper()


MODES: dict[str, str] = {
    "auto": "choose from the event: a pull request previews, a push to the default branch deploys, a matching tag releases, anything else plans",
    "lint": "read and check files; no key, no network",
    "plan": "show what a deploy would do, with its plan hash; writes nothing",
    "deploy": "plan, apply, and release where the policy allows it",
    "preview": "deploy the pull request to its preview targets, and link to them",
    "cleanup": "delete this pull request's previews; without a pull request, those of all closed ones",
    "rollback": "roll back the last release, or go back to a tag, commit or version",
    "adopt": "bring existing workflows into the repository: meinGPT definitions as files, GPTBots targets as entries; writes files only",
    "drift": "compare the platforms with what was last deployed; writes nothing",
    "eval": "run the evals against what is live, case by case",
    "doctor": "verify every key and target; for each failure, the fix",
    "report": "merge the reports of shards and post once",
}
LOCAL_COMMANDS: dict[str, str] = {
    "show": "show workflows as graphs, and what changes in them: as text, or as one HTML page; writes nothing else",
    "sandbox": "run both platforms on this machine, without an account",
    "init": "write a manifest and a complete GitHub workflow",
    "schema": "print a JSON Schema: manifest, workflow, flow, evals, report",
    "completion": "print a completion script for bash, zsh or fish",
}

# Of these, the one that reads a checkout as a mode does.
LOCAL_MODE = "show"

INPUTS: tuple[Input, ...] = (
    Input(
        "mode",
        "auto",
        "What to do: auto, lint, plan, deploy, preview, cleanup, rollback, adopt, drift, eval, doctor or report. `auto` chooses from the event.",
    ),
    Input("root", ".", "The folder that paths are relative to: where `actions/checkout` put the repository, or a part of a monorepo."),
    Input("manifest", "flowship.yml", "The manifest. Used when it exists and `files` is not given. Its sources are relative to its folder."),
    Input("files", "", "Without a manifest: files or globs, one a line. In the mode `report`: the reports to merge."),
    Input("api-key", "", "Without a manifest: the key. A GPTBots key names one workflow, so it goes with one file.", secret=True),
    Input("keys", "", "All keys as `NAME=value` lines, from one secret: `secrets.FLOWSHIP_KEYS`.", secret=True),
    Input("values", "", "`NAME=value` lines for `${NAME}` in `set`. Not secret: they are shown in plans."),
    Input("environment", "", "The environment, as the manifest declares it. Default: the manifest's first."),
    Input("only", "", "Narrow the run to these workflows: names, one a line or separated by commas; for adopt also ids."),
    Input(
        "release",
        "",
        "When to release: never, on-tag, always, or force. Default: the environment's `release` in the manifest, else on-tag.",
        ("never", "on-tag", "always", "force"),
        aliases=MappingProxyType({"false": "never", "true": "always"}),
    ),
    Input("tags", "v*, !v*-*", "Which tags release: GitHub's own filter patterns, separated by commas or lines."),
    Input("message", "", "Text of `versionDesc`. Default: the commit's subject."),
    Input("endpoint", "sg", "The GPTBots data centre: sg, jp, th, …"),
    Input("gptbots-base-url", "", "Another GPTBots address: https, loopback, or a service container's name."),
    Input("meingpt-base-url", "", "Another meinGPT address: https, loopback, or a service container's name."),
    Input("base-urls", "", "Addresses of platforms that packages add: `NAME=URL` lines."),
    Input(
        "on-drift",
        "hold",
        "For meinGPT definitions edited on the platform: hold, overwrite, or fail. In the mode `drift`, fail means exit code 1.",
        ("hold", "overwrite", "fail"),
    ),
    Input("plan-hash", "", "Apply this plan and no other."),
    Input("dry-run", "false", "Show what would be done, and write nothing. For deploy, rollback and adopt.", TRUE_FALSE),
    Input(
        "prune",
        "false",
        "Delete meinGPT workflows that Flowship created and the manifest no longer names: false, true, or force.",
        ("false", "true", "force"),
    ),
    Input("to", "", "For rollback: a tag, a commit, or (one workflow) a version."),
    Input("key-name", "", "For adopt: the name of the key whose workflows to bring in. Default: all given meinGPT keys of the environment."),
    Input(
        "platform",
        "auto",
        "For adopt: which platform the key is for; auto: by the manifest, or by the key's name.",
        ("auto", "meingpt", "gptbots"),
        takes_others=True,
    ),
    Input(
        "precheck",
        "false",
        "In a plan, also of a pull request, and in `doctor`: ask GPTBots' own check about each file too. It needs `precheck:` in the manifest.",
        TRUE_FALSE,
    ),
    Input("concurrency", "8", "Workflows deployed at the same time."),
    Input("timeout", "600", "Time limit of the run, in seconds."),
    Input("fail-fast", "false", "Start no further workflow after the first failure.", TRUE_FALSE),
    Input("shard", "", "`2/5`: every fifth workflow in name order, starting with the second."),
    Input("shards", "", "For a plan: how many shards `matrix` may hold, 1 to 256. Default: one for each 100 GPTBots workflows to write."),
    Input("evals", "gate", "What failing evals do: gate, report, or off.", ("gate", "report", "off")),
    Input("github-token", "${{ github.token }}", "Token for the state on GitHub, comments and Deployments, and to compare commits.", secret=True),
    Input("github-api-url", "${{ github.api_url }}", "GitHub's API address; set on Enterprise Server by the runner."),
    Input(
        "pull-request",
        "",
        "The number of the pull request that the run is about, for events that name none: the comment goes there. "
        "If its commits come from a fork, keys are not used.",
    ),
    Input("state", "auto", "Where the state is kept (what was deployed): auto, github, file, or none.", ("auto", "github", "file", "none")),
    Input("annotations", "true", "Annotations on files.", TRUE_FALSE),
    Input("summary", "true", "The job summary.", TRUE_FALSE),
    Input("comment", "true", "The pull-request comment.", TRUE_FALSE),
    Input("deployments", "previews", "Which deploys show as GitHub Deployments: previews, all, or none.", ("previews", "all", "none")),
    Input("report", "", "Write the JSON report to this file, relative to `root`, or absolute; to one that ends in `.html`, a page. Or both."),
    Input("notes", "false", "Show notes (findings of severity info) one by one. They are counted in any case.", TRUE_FALSE),
    Input("sarif", "", "Write the findings as SARIF to this file, relative to `root`, or absolute."),
    Input("junit", "", "Write the outcomes as JUnit XML to this file, relative to `root`, or absolute."),
    Input("sandbox", "false", "Start the sandbox inside the step and deploy to it, without any key.", TRUE_FALSE),
)
# Options of the command line alone, with the command or commands that have them. They are variables too, and no inputs of the action.
LOCAL_OPTIONS: dict[str, tuple[Input, ...]] = {
    "plan": (Input("exit-code", "false", "Exit with 5 when there is something to do.", TRUE_FALSE),),
    "deploy": (YES := Input("yes", "false", "Do not ask before writing.", TRUE_FALSE),),
    "rollback": (YES,),
    "eval": (
        Input("tag", "", "Only cases with this tag; repeat it for more."),
        Input("record", "false", "Write the answers as expectations, in a new suite beside the old one, for you to read.", TRUE_FALSE),
        Input("from-logs", "false", "Write a suite from the last runs in GPTBots' logs, for you to read; runs nothing.", TRUE_FALSE),
    ),
    "lint": (Input("format", "text", "How to print findings: text, json, sarif, github, or junit.", ("text", "json", "sarif", "github", "junit")),),
    "show": (
        Input("against", "", "Also what changed since this commit, branch or tag; `live`: since what is live. Default: the graph alone."),
        Input("html", "", "Write one HTML page that needs nothing else, with the graphs drawn, to this file."),
    ),
    "init": (
        Input("environments", "", "Names in the order in which a change reaches them: staging,production. Default: production."),
        Input("uses", "", "The action, OWNER/flowship@REF; in an existing GitHub workflow it replaces the one that is there."),
        Input("sharded", "false", "For hundreds of workflows: a GitHub workflow that deploys in several jobs.", TRUE_FALSE),
        Input("ghes", "false", "Write a GitHub workflow for GitHub Enterprise Server.", TRUE_FALSE),
        Input("force", "false", "Overwrite an existing GitHub workflow; a manifest is never overwritten.", TRUE_FALSE),
    ),
}
BY_NAME: dict[str, Input] = {row.name: row for row in (*INPUTS, *(row for rows in LOCAL_OPTIONS.values() for row in rows))}

OUTPUTS: dict[str, str] = {
    "ok": "`true` when the run succeeded.",
    "changed": "How many workflows were written or released; in a plan, how many would be.",
    "released": "How many workflows were made live.",
    "held": "How many workflows are held for the next release.",
    "version": "The version of the one workflow, or of the first by name.",
    "workflow-id": "The platform's id of the one workflow, or of the first by name.",
    "results": "JSON: each workflow's change and outcome, by name. Above 100,000 bytes only what changed or failed, with a notice.",
    "plan": "The plan as text.",
    "plan-hash": "The plan's hash: give it to `plan-hash` to apply this plan and no other.",
    "matrix": "After a plan: JSON for a job matrix, each job with its `shard`, its `number` and its part's `plan-hash`; never empty.",
    "shards": "How many shards the matrix holds; 0 when there is nothing to do.",
    "report": "Path of the JSON report (else of the page), relative to the workspace; empty without one, or for one outside of the workspace.",
    "comment-url": "The pull-request comment, when one was posted.",
}
