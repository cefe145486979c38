"""A JSON report read back into values: what `deployer.render.json` wrote is written, and rendered, the same again.

A report of a newer version of the same format may hold more than is known here: that is carried on as it is (`extra`).
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deployer import schemas
from deployer.model import change as kinds
from deployer.model import shard
from deployer.model.errors import UsageError
from deployer.model.finding import Finding, Related, Span
from deployer.model.observation import Absent, Unreadable
from deployer.model.outcome import Outcome, Problem
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Report, Requests
from deployer.model.text import cut, one_line
from deployer.model.workflow import Source, Workflow
from deployer.render import diff_json, evals_json
from deployer.render import json as as_json

SCHEMA = 1
MOST = 1e15
NO_REPORT = "bad-report"
CURE = "Hand in what the input `report` (or `--report`) wrote, whole and unchanged."
_KINDS: Mapping[str, type[kinds.Change]] = {
    each.action: each
    for each in (kinds.Import, kinds.Release, kinds.Create, kinds.Update, kinds.Delete, kinds.Hold, kinds.Unchanged, kinds.Superseded, kinds.Adopt)
}
PREVIEW = ("pull_request", "place", "reduced", "over")
_AS_LEFT = ("as left", "never deployed", "cannot tell")


def parse(text: str) -> Report:
    """The report that this JSON is. Raises UsageError, saying what is wrong with it, where it is none."""
    data = _loaded(text)
    _check_version(data)
    _check_shape(data)
    return _report(data)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_whole, parse_float=_number, parse_constant=_number)
    except RecursionError:
        raise _not_a_report("it is nested too deep") from None
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _not_a_report(f"it is not JSON{place}") from None


def _number(text: str) -> float:
    """Nothing in a report is counted beyond this; more would only break who reckons with it."""
    number = float(text)
    if not abs(number) < MOST:
        raise _not_a_report("it holds a number beyond all bounds")
    return number


def _whole(text: str) -> int:
    return int(_number(text)) if len(text) > 15 else int(text)


def _check_version(data: Any) -> None:
    version = data.get("schema") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UsageError(
            f"its format is {version}, and this version reads {SCHEMA}: a newer Flowship wrote it",
            cure="Use one version of Flowship in all jobs.",
            code=NO_REPORT,
        )


def _check_shape(data: Any) -> None:
    """Against our own schema, but for keys that it does not know. Lone surrogates are nothing that a validator takes."""
    import jsonschema_rs

    plain = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    schema = _open(json.loads(schemas.text("report")))
    error = next(iter(jsonschema_rs.validator_for(schema).iter_errors(plain)), None)
    if error is not None:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path).lstrip(".")
        raise _not_a_report(f"{f'`{one_line(where)}`: ' * bool(where)}{cut(one_line(error.message), 300)}")


def _open(schema: Any) -> Any:
    """The schema without what closes it to more keys."""
    if isinstance(schema, dict):
        return {name: _open(each) for name, each in schema.items() if not (name == "additionalProperties" and each is False)}
    return [_open(each) for each in schema] if isinstance(schema, list) else schema


def _not_a_report(why: str) -> UsageError:
    return UsageError(f"{why}: no report of Flowship's", cure=CURE, code=NO_REPORT)


def _report(data: Mapping[str, Any]) -> Report:
    made = Report(
        mode=data["mode"],
        environment=data["environment"],
        commit=data["commit"],
        exit_code=data["exit_code"],
        plan_hash=data["plan_hash"],
        release=data.get("release", False),
        findings=tuple(_finding(each) for each in data["findings"]),
        outcomes=tuple(_outcome(each) for each in data["changes"]),
        doctor=tuple(_doctor(each) for each in data.get("doctor", ())),
        notices=tuple(data.get("notices", ())),
        problem=_problem(data.get("problem")),
        requests={name: Requests(each["count"], each["remaining"]) for name, each in data["requests"].items()},
        requests_needed=dict(data.get("requests_needed", {})),
        seconds=data["seconds"],
        shard=data.get("shard", ""),
        shards=tuple(found._replace(plan_hash=each["plan_hash"]) for each in data.get("shards", ()) if (found := shard.read(each["shard"]))),
        approved=data.get("approved_hash", ""),
        checks=tuple(evals_json.suite(each) for each in data["checks"]),
    )
    known = as_json.as_dict(made)
    return replace(made, extra={name: each for name, each in data.items() if name not in known})


def _outcome(data: Mapping[str, Any]) -> Outcome:
    made = Outcome(
        change=_change(data),
        outcome=data["outcome"],
        version=data["version"],
        previous_version=data["previous_version"],
        target=data["target"],
        live=data["live"],
        warning=data["warning"],
        error=_problem(data["error"]),
        seconds=data["seconds"],
    )
    known = as_json.change(made)
    return replace(made, extra={name: each for name, each in data.items() if name not in known})


def _change(data: Mapping[str, Any]) -> kinds.Change:
    source = Source.known_by(data["fingerprint"], data["path"], data["platform"])
    restored, preview = data.get("restored"), data.get("preview")
    common: dict[str, Any] = {
        "workflow": Workflow(data["workflow"], source, ""),
        "observed": Absent() if data.get("seen", True) else Unreadable(""),
        "target": data["target"],
        "release": data["release"],
        "version": data["version"],
        "previous_version": data["previous_version"],
        "live": data["live"],
        "why": data.get("why", ""),
        "warning": data["warning"],
        "restored": kinds.Restored(restored["fingerprint"], restored["commit"], restored["took_back"]) if restored else None,
        "difference": diff_json.read(data.get("diff")),
        "preview": Preview(**{name: preview[name] for name in PREVIEW}) if preview else None,
    }
    action, state = data["action"], data.get("state", "")
    if action == "fail":
        return kinds.Fail(**common, **{name: (data["error"] or {}).get(name, "") for name in ("code", "message", "cure")})
    if action == "drift":
        return kinds.Drift(**common, what=state)
    if action == "unchanged" and state in _AS_LEFT:
        return kinds.AsLeft(**common, what=state)
    return _KINDS[action](**common)


def _finding(data: Mapping[str, Any]) -> Finding:
    related = data.get("related")
    second = Related(related["path"], _span(related), related["message"]) if related else None
    return Finding(data["rule"], data["severity"], data["message"], data["cure"], data["path"], _span(data), second)


def _span(data: Mapping[str, Any]) -> Span | None:
    place = [data[name] for name in Span._fields]
    return None if None in place else Span(*place)


def _problem(data: Mapping[str, str] | None) -> Problem | None:
    return Problem(data["code"], data["message"], data["cure"]) if data else None


def _doctor(data: Mapping[str, Any]) -> DoctorRow:
    row = {name: data[name] for name in ("workflow", "environment", "platform", "ok", "target")}
    return DoctorRow(**row, facts=tuple(data["facts"]), problem=_problem(data["problem"]))
