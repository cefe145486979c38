"""The JSON report: field by field stable, as `flowship schema report` describes it. What was added later stands after `seconds`.

`deployer.render.json_read` reads it back: what a rendering needs has to be in it.
"""

import json
import re
from typing import Any

from deployer.model.observation import Unreadable
from deployer.model.outcome import Outcome, Problem
from deployer.model.report import DoctorRow, Report
from deployer.render import diff_json, evals_json, summary
from deployer.render.findings_json import fields

_LONE = re.compile("[\ud800-\udfff]")


def render(report: Report) -> str:
    return dump(as_dict(report))


def dump(value: object) -> str:
    r"""Readable JSON that UTF-8 can always carry: a lone surrogate (legal in JSON, not in UTF-8) stays the escape `\ud800`."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _LONE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def as_dict(report: Report) -> dict[str, Any]:
    return {
        "schema": 1,
        "mode": report.mode,
        "environment": report.environment,
        "commit": report.commit,
        "ok": report.ok,
        "exit_code": report.exit_code,
        "plan_hash": report.plan_hash,
        "findings": [fields(finding) for finding in report.findings],
        "changes": [change(outcome) for outcome in report.outcomes],
        "checks": [evals_json.fields(suite) for suite in report.checks],
        "requests": {name: {"count": spent.count, "remaining": spent.remaining} for name, spent in sorted(report.requests.items())},
        "seconds": round(report.seconds, 3),
        "released": report.released,
        "held": report.held,
        "notices": list(report.notices),
        "problem": _problem(report.problem),
        "doctor": [_doctor(row) for row in report.doctor],
        "requests_needed": dict(sorted(report.requests_needed.items())),
        "release": report.release,
        "shard": report.shard,
        "shards": [{"shard": str(shard), "plan_hash": shard.plan_hash} for shard in report.shards],
        "approved_hash": report.approved,
        **report.extra,
    }


def change(outcome: Outcome) -> dict[str, Any]:
    """One workflow's change and what became of it; `outcome` is null in a plan."""
    planned = outcome.change
    return {
        "workflow": planned.workflow.name,
        "platform": planned.workflow.platform,
        "path": planned.workflow.path,
        "target": summary.target(outcome),
        "action": planned.action,
        "release": planned.release,
        "outcome": outcome.outcome,
        "version": summary.version(outcome),
        "previous_version": summary.previous(outcome),
        "live": summary.live(outcome),
        "fingerprint": planned.fingerprint,
        "warning": summary.warning(outcome),
        "error": _problem(outcome.error),
        "seconds": round(outcome.seconds, 3),
        "state": summary.state(outcome),
        "why": planned.why,
        "seen": not isinstance(planned.observed, Unreadable),
        "restored": planned.restored._asdict() if planned.restored else None,
        "preview": _preview(outcome),
        "diff": diff_json.as_json(planned.difference),
        **outcome.extra,
    }


def _preview(outcome: Outcome) -> dict[str, Any] | None:
    preview = outcome.change.preview
    if preview is None:
        return None
    place = outcome.place or preview.place
    return {"pull_request": preview.pull_request, "place": place, "reduced": summary.reduced(outcome), "over": preview.over}


def _problem(problem: Problem | None) -> dict[str, str] | None:
    return None if problem is None else {"code": problem.code, "message": problem.message, "cure": problem.cure}


def _doctor(row: DoctorRow) -> dict[str, Any]:
    return {
        "workflow": row.workflow,
        "environment": row.environment,
        "platform": row.platform,
        "ok": row.ok,
        "target": row.target,
        "facts": list(row.facts),
        "problem": _problem(row.problem),
    }
