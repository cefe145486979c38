"""The action's outputs: every name of `deployer.config.inputs.OUTPUTS`, on every run, failed ones too."""

import json
from typing import Any

from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.model.text import cut_bytes
from deployer.render import summary
from deployer.render.escape import json_text

# A job's outputs may take 1 MB together, counted as UTF-16: the JSON is ASCII, two bytes a character.
MAX_RESULTS_CHARS = 300_000
MAX_PLAN_BYTES = 100_000
_SHORT_FIELDS = ("action", "outcome", "version", "live")


def outputs(report: Report, plan_text: str, report_path: str, *, comment_url: str = "") -> dict[str, str]:
    """Name → value. `plan_text` comes from `deployer.render.plain_text.plan_text`; `report_path` is "" when no report was written."""
    first = report.outcomes[0] if report.outcomes else None
    return {
        "ok": _bool(report.ok),
        "changed": str(report.changed),
        "released": str(report.released),
        "held": str(report.held),
        "version": (summary.version(first) or "") if first else "",
        "workflow-id": summary.target(first) if first else "",
        "results": _results(report.outcomes),
        "plan": cut_bytes(plan_text, MAX_PLAN_BYTES),
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
    """JSON by workflow name. Where that is too long, with few fields; then without unchanged workflows; then `{}`. Never cut JSON."""
    full = {outcome.change.workflow.name: _entry(outcome) for outcome in outcomes}
    short = {name: {key: entry[key] for key in _SHORT_FIELDS} for name, entry in full.items()}
    changed = {name: entry for name, entry in short.items() if entry["action"] != "unchanged"}
    texts = (json_text(results) for results in (full, short, changed))
    return next((text for text in texts if len(text) <= MAX_RESULTS_CHARS), "{}")


def _entry(outcome: Outcome) -> dict[str, Any]:
    """The fields of the JSON report, without the name, which is the key, and without what changes inside, which is too long."""
    from deployer.render.json_report import change_fields

    return {key: value for key, value in change_fields(outcome).items() if key not in ("workflow", "diff")}
