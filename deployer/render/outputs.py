"""The action's outputs: every name of `deployer.config.inputs.OUTPUTS`, on every run, failed ones too."""

import json
from typing import Any

from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.model.text import count, cut_bytes
from deployer.render import summary
from deployer.render.escape import json_text

# Linux takes 131,071 bytes in one environment variable, which is how a later step gets an output. The JSON is ASCII.
MAX_RESULTS_BYTES = 100_000
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
        "results": _results(report.outcomes)[1],
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


def results_notice(report: Report) -> str:
    """What the output `results` leaves out because it would be too long for a variable; "" for nothing."""
    listed, _ = _results(report.outcomes)
    if not listed:
        return ""
    total = count(len(report.outcomes), "workflow")
    too_long = f"for {total} it would be longer than {MAX_RESULTS_BYTES:,} bytes"
    return f"The output `results` holds {listed}: {too_long}. Fix: set `report`, and read that file."


def _results(outcomes: tuple[Outcome, ...]) -> tuple[str, str]:
    """What is left of the whole, in words, "" for all of it; and the JSON by workflow name, which is never cut."""
    full = {outcome.change.workflow.name: _entry(outcome) for outcome in outcomes}
    changed = {name: entry for name, entry in full.items() if entry["action"] != "unchanged" or entry["error"]}
    failed = {name: entry for name, entry in changed.items() if entry["error"]}
    choices = (
        ("", full),
        ("only what changed or failed", changed),
        ("only what changed or failed, in few fields", _shortened(changed)),
        ("only what failed, in few fields", _shortened(failed)),
    )
    texts = ((listed, json_text(results, separators=(",", ":"))) for listed, results in choices)
    return next(((listed, text) for listed, text in texts if len(text) <= MAX_RESULTS_BYTES), ("nothing", "{}"))


def _shortened(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: entry[key] for key in _SHORT_FIELDS} for name, entry in results.items()}


def _entry(outcome: Outcome) -> dict[str, Any]:
    """The fields of the JSON report, without the name, which is the key, and without what changes inside, which is too long."""
    from deployer.render.json_report import change_fields

    return {key: value for key, value in change_fields(outcome).items() if key not in ("workflow", "diff")}
