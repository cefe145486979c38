"""The JSON report: written, read back, and described by a schema, from one set of types. Its fields are stable; those added later have a default.

It holds all that a rendering needs. Unknown fields, which a newer version of the same format may write, are kept as they are (`extra`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

import msgspec

from deployer.model import change as kinds
from deployer.model.change import ActionName, RollbackOf
from deployer.model.difference import Difference
from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.observation import MISSING, Observed
from deployer.model.outcome import Outcome, Status
from deployer.model.preview import Preview
from deployer.model.report import Report
from deployer.model.text import cut, one_line
from deployer.model.workflow import Source, Workflow
from deployer.render import summary
from deployer.render.escape import dump
from deployer.render.json_shapes import HASH, SHARD, described, json_of, value_of

SCHEMA = 1  # the version of the format
MAX_NUMBER = 1e15  # a larger one would only break the arithmetic of readers
BAD_REPORT = "bad-report"
FIX = "Give the file that `report` wrote, whole and unchanged."
_KINDS: Mapping[str, type[kinds.Change]] = {
    kind.action: kind
    for kind in (
        kinds.WriteDraft,
        kinds.Publish,
        kinds.CreateLive,
        kinds.Replace,
        kinds.Remove,
        kinds.Hold,
        kinds.Unchanged,
        kinds.Superseded,
        kinds.AdoptExisting,
    )
}


def _write_outcome(outcome: Outcome) -> dict[str, Any]:
    change, preview = outcome.change, outcome.change.preview
    if preview:
        preview = preview._replace(location=outcome.location or preview.location, limitations=summary.preview_limitations(outcome))
    return {
        "workflow": change.workflow.name, "platform": change.workflow.platform, "path": change.workflow.path, "target": summary.target(outcome),
        "action": change.action, "release": change.release, "version": summary.version(outcome), "previous_version": summary.previous(outcome),
        "live": summary.live(outcome), "fingerprint": change.fingerprint, "warning": summary.warning(outcome), "why": change.why,
        "readable": change.observed.readable or change.observed.failure is not None,
        "restored": json_of(change.restored), "preview": json_of(preview),
        "diff": json_of(change.difference), "dirty": change.dirty,
    }  # fmt: skip


def _read_outcome(read: Any) -> Outcome:
    same = ("outcome", "version", "previous_version", "target", "live", "warning", "seconds")
    return Outcome(change=_change(read), error=value_of(read.error), **{name: getattr(read, name) for name in same})


def _change(read: Any) -> kinds.Change:
    same = ("target", "release", "version", "previous_version", "live", "why", "warning", "dirty")
    common: dict[str, Any] = {
        "workflow": Workflow(read.workflow, Source.known_by(read.fingerprint, read.path, read.platform), ""),
        "observed": MISSING if read.readable else Observed(readable=False),
        "restored": value_of(read.restored),
        "difference": value_of(read.diff),
        "preview": value_of(read.preview),
        **{name: getattr(read, name) for name in same},
    }
    if read.action == "fail":
        problem = value_of(read.error) or Failure("", "", "")
        return kinds.Fail(**common, code=problem.code, message=problem.message, fix=problem.fix)
    if read.action == "drift":
        return kinds.Drift(**common, status="missing" if read.status == "missing" else "modified")
    if read.action == "unchanged" and read.status in get_args(kinds.SyncStatus):
        return kinds.InSync(**common, status=read.status)
    if read.action == "hold" and read.status in get_args(kinds.HoldStatus):
        return kinds.Hold(**common, status=read.status)
    return _KINDS[read.action](**common)


def _write_report(report: Report) -> dict[str, Any]:
    ordered = {name: json_of(dict(sorted(getattr(report, name).items()))) for name in ("requests", "requests_needed")}
    return {"schema": SCHEMA, **ordered}


CHANGE = described(Outcome, "What a deploy does, or would do, to one workflow.", {
    "workflow": "The workflow's name.", "platform": "The platform.", "path": "The definition file.",
    "target": "The platform's id; empty while it is unknown.", "action": "What was decided.", "release": "Whether it was to go live.",
    "outcome": "What became of it; null in a plan.", "version": "The version it is in; null where there is none.",
    "previous_version": "The version before this one.", "live": "Whether the wanted content is live now, as far as is known.",
    "fingerprint": "The definition's fingerprint, 64 hex digits.", "warning": "What the platform dropped, or what else to look at.",
    "error": "Why it failed, null when it did not.", "seconds": "How long it took.",
    "status": "Action and outcome in one code, such as `released`, `rolled_back`, `in_sync`.",
    "why": "Why this was decided, in a line; empty when there is nothing to say.",
    "readable": "Whether the platform could be read; if not, the recorded state was used.",
    "restored": "What a rollback puts back, null in any other run.", "preview": "Whose preview this is about, null for what is deployed.",
    "diff": "What changes inside the workflow; null where that was not looked into.",
    "dirty": "Whether the file differs from the commit, as far as that could be read.",
}, types={
    "workflow": str, "platform": str, "path": str, "action": ActionName, "release": bool, "fingerprint": str, "why": str, "readable": bool,
    "status": Status | None, "restored": RollbackOf | None, "preview": Preview | None, "diff": Difference | None,
    "dirty": bool,
}, defaults={
    "status": None, "why": "", "readable": True, "restored": None, "preview": None, "diff": None, "dirty": False,
}, write=_write_outcome, read=_read_outcome)  # fmt: skip
REPORT = described(Report, "What a run found, did and spent.", {
    "schema": "The version of this format: 1.", "mode": "What the run did: lint, plan, deploy, doctor or another mode.",
    "environment": "The environment; empty when none was reached.", "commit": "The commit that was deployed; empty outside a repository.",
    "ok": "Everything is as asked: the exit code is 0, or 5.",
    "exit_code": "0 as asked; 1 something failed; 2 the request is wrong; 3 a bug; 4 an outcome is unknown; 5 a plan has something to do.",
    "plan_hash": "The plan's hash, 64 hex digits; empty when there was no plan.", "findings": "What is wrong with files, in order.",
    "outcomes": "One for each workflow, by name.", "evals": "The eval suites that ran, or should have; empty when there were none.",
    "requests": "Requests spent, by platform.", "seconds": "How long the run took.", "released": "How many workflows this run made live.",
    "held": "How many wait for the next release.", "notices": "Notices: nothing failed.",
    "problem": "What stopped the whole run, null when nothing did.", "doctor": "What doctor found, a row for each workflow and environment.",
    "requests_needed": "Requests that the plan needs, by platform.", "release": "Whether a release was asked for.",
    "release_policy": "The release policy that counts: the input's, else the environment's; empty in modes that deploy nothing.",
    "release_why": "Why the run releases, or does not.",
    "shard": "Which part of the environment this is about, as `2/5`; empty for all of it.",
    "shards": "In a plan: the shards to deploy it in; empty when there is nothing to do.",
    "approved": "The plan hash that was given to apply; empty when none was.",
    "project": "The project; empty for the manifest at the repository's top.",
}, types={
    "schema": Literal[1], "exit_code": Literal[0, 1, 2, 3, 4, 5], "plan_hash": HASH, "shard": SHARD,
}, defaults={
    "released": 0, "held": 0, "notices": (), "problem": None, "doctor": (), "requests_needed": {}, "release": False, "shard": "", "shards": (),
    "approved": "", "project": "", "release_policy": "", "release_why": "",
}, write=_write_report)  # fmt: skip


def render(report: Report) -> str:
    return "".join(parts(report))


def parts(report: Report) -> Iterator[str]:
    """The rendering in parts of whole lines, one for each change: all that a report of ten thousand workflows holds takes hundreds of megabytes."""
    rest = {**as_dict(replace(report, outcomes=())), "released": report.released, "held": report.held}
    head, key, tail = dump(rest).partition('\n  "changes": []')
    if not report.outcomes:
        yield head + key + tail
        return
    yield f'{head}\n  "changes": [\n'
    for number, outcome in enumerate(report.outcomes, 1):
        lines = dump(change_fields(outcome)).splitlines()
        yield "    " + "\n    ".join(lines) + (",\n" if number < len(report.outcomes) else "\n")
    yield f"  ]{tail}"


def as_dict(report: Report) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(json_of(report))
    for written, outcome in zip(plain["changes"], report.outcomes):
        written.update(outcome.extra)
    return {**plain, **report.extra}


def change_fields(outcome: Outcome) -> dict[str, Any]:
    """One workflow's change and what became of it; `outcome` is null in a plan."""
    return {**msgspec.to_builtins(json_of(outcome)), **outcome.extra}


def schema() -> str:
    """The JSON Schema (draft 2020-12) of the report, as text. It allows the fields that this version writes, and no others."""
    _, parts = msgspec.json.schema_components([REPORT], ref_template="#/$defs/{name}")
    closed = {name: {**part, "additionalProperties": False} for name, part in parts.items()}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:flowship:schema:report:{SCHEMA}"}
    whole = {**head, **closed.pop(REPORT.__name__), "title": "Flowship report", "$defs": closed}
    return dump(whole)


def parse(text: str) -> Report:
    """The report that this JSON holds. Raises UsageError, with what is wrong with it, for anything else."""
    data = _loaded(text)
    version = data.get("schema") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UsageError(
            f"its format is {version}, and this version reads {SCHEMA}: a newer Flowship wrote it",
            fix="Use one version of Flowship in all jobs.",
            code=BAD_REPORT,
        )
    try:
        report: Report = value_of(msgspec.convert(data, REPORT))
    except (msgspec.ValidationError, ValueError) as error:  # a ValueError: a lone surrogate where a code has to be, or no shard
        why, _, where = str(error).rpartition(" - at `$") if " - at `$" in str(error) else (str(error), "", "")
        place = f"`{one_line(where[:-1]).lstrip('.')}`: " if where else ""
        raise _not_a_report(f"{place}{cut(one_line(why), 300)}") from None
    outcomes = tuple(replace(outcome, extra=_unknown_fields(CHANGE, fields)) for outcome, fields in zip(report.outcomes, data["changes"]))
    return replace(report, outcomes=outcomes, extra=_unknown_fields(REPORT, data))


def _unknown_fields(kind: type[msgspec.Struct], data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in kind.__struct_encode_fields__}


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_whole, parse_float=_number, parse_constant=_number)
    except RecursionError:
        raise _not_a_report("it is nested too deep") from None
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _not_a_report(f"it is not JSON{place}") from None


def _number(text: str) -> float:
    number = float(text)
    if not abs(number) < MAX_NUMBER:
        raise _not_a_report("it holds a number that is too large")
    return number


def _whole(text: str) -> int:
    return int(_number(text)) if len(text) > 15 else int(text)


def _not_a_report(why: str) -> UsageError:
    return UsageError(f"{why}: not a report of Flowship", fix=FIX, code=BAD_REPORT)
