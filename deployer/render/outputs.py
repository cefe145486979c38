"""The action's outputs: every name of `deployer.config.inputs.OUTPUTS`, on every run, failed ones too."""

import json
from typing import Any

from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.model.text import cut_bytes
from deployer.render import summary

# A job's outputs may take 1 MB together, counted as UTF-16: the JSON is ASCII, two bytes a character.
MOST_RESULTS = 300_000
MOST_PLAN = 100_000
_SHORT = ("action", "outcome", "version", "live")


def outputs(report: Report, plan_text: str, report_path: str, *, comment_url: str = "") -> dict[str, str]:
    """Name → value. `plan_text` comes from `deployer.render.text.plan_text`; `report_path` is "" when no report was written."""
    first = report.outcomes[0] if report.outcomes else None
    return {
        "ok": _bool(report.ok),
        "changed": str(report.changed),
        "released": str(report.released),
        "held": str(report.held),
        "version": (summary.version(first) or "") if first else "",
        "workflow-id": summary.target(first) if first else "",
        "results": _results(report.outcomes),
        "plan": cut_bytes(plan_text, MOST_PLAN),
        "plan-hash": report.plan_hash,
        "matrix": _matrix(report.shards),
        "shards": str(len(report.shards)),
        "report": report_path,
        "comment-url": comment_url,
    }


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _matrix(shards: tuple[Shard, ...]) -> str:
    """Never empty: GitHub fails a job whose matrix has no entry, even one that would be skipped."""
    entries = [{"shard": str(shard), "number": shard.number, "plan-hash": shard.plan_hash} for shard in shards or (Shard(1, 1),)]
    return json.dumps({"include": entries})


def _results(outcomes: tuple[Outcome, ...]) -> str:
    """JSON by workflow name. Too long: with few fields only; still too long: without the unchanged; at last `{}`, never cut JSON."""
    full = {outcome.change.workflow.name: _entry(outcome) for outcome in outcomes}
    short = {name: {key: entry[key] for key in _SHORT} for name, entry in full.items()}
    changed = {name: entry for name, entry in short.items() if entry["action"] != "unchanged"}
    texts = (json.dumps(each) for each in (full, short, changed))
    return next((text for text in texts if len(text) <= MOST_RESULTS), "{}")


def _entry(outcome: Outcome) -> dict[str, Any]:
    """The JSON report's fields, but for the name, which is the key, and what changes inside: an output is no place for that."""
    from deployer.render.json_report import change

    return {key: value for key, value in change(outcome).items() if key not in ("workflow", "diff")}
