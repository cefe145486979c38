"""The event log of the state: events as they are written (docs/state.md, "Format"), and the values read from them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from math import isfinite
from sys import intern
from typing import Any, TypeVar

from deployer.state.base import DeployRecord, EvalRecord, Intent, StateOwner, WorkflowRecord

Event = Mapping[str, Any]
Redact = Callable[[str], str]
_Value = TypeVar("_Value", DeployRecord, EvalRecord, Intent)
_TYPES: Mapping[type, Mapping[str, Any]] = {kind: {field.name: field.type for field in fields(kind)} for kind in (DeployRecord, EvalRecord, Intent)}
_REQUIRED = {kind: tuple(field.name for field in fields(kind) if field.default is MISSING) for kind in _TYPES}


def owned(event: Event, owner: StateOwner) -> Event:
    """The event with its project, and the path of its manifest."""
    return {**event, **{name: text for name, text in owner._asdict().items() if text}}


def project_of(event: Event) -> str:
    return str(event.get("project", ""))


def of_project(events: Iterable[Event], project: str) -> Iterator[Event]:
    return (event for event in events if project_of(event) == project)


def intent_event(environment: str, run: str, commit: str, plan_hash: str, intents: Mapping[str, Intent], gives_up_at: int = 0) -> Event:
    return {
        "kind": "intent",
        "environment": environment,
        "run": run,
        "commit": commit,
        "plan_hash": plan_hash,
        "gives_up_at": gives_up_at,
        "workflows": {name: _as_json(replace(intent, run="", commit="", gives_up_at=0, finished=False)) for name, intent in sorted(intents.items())},
    }


def record_event(environment: str, run: str, workflow: str, draft: DeployRecord | None, live: DeployRecord | None) -> Event:
    records = {name: _as_json(record) for name, record in (("draft", draft), ("live", live)) if record}
    return {"kind": "record", "environment": environment, "run": run, "workflow": workflow, **records}


def removed_event(environment: str, run: str, workflow: str) -> Event:
    return {"kind": "removed", "environment": environment, "run": run, "workflow": workflow}


def outcome_event(environment: str, run: str, workflow: str, outcome: str) -> Event:
    return {"kind": "outcome", "environment": environment, "run": run, "workflow": workflow, "outcome": outcome}


def environments_event(environment: str, run: str, names: Iterable[str]) -> Event:
    """The environments on GitHub that hold states of this repository's projects, so that a later run finds those that are rarely deployed."""
    return {"kind": "environments", "environment": environment, "run": run, "names": sorted(names)}


def evals_event(environment: str, run: str, workflow: str, evals: EvalRecord) -> Event:
    return {"kind": "evals", "environment": environment, "run": run, "workflow": workflow, "evals": _as_json(evals)}


def known_event(environment: str, workflow: str, record: WorkflowRecord, depth: int = 0) -> Event:
    """The state of one workflow as one event, which replaces all events before it. `depth`: how many releases it keeps, 0 for all."""
    return {
        "kind": "known",
        "environment": environment,
        "workflow": workflow,
        "draft": _as_json(record.draft) if record.draft else None,
        "releases": [_as_json(release) for release in record.releases[-depth:]],
        "rolled_back": sorted(record.rolled_back_fingerprints),
        "open_intents": [_as_json(intent) for intent in record.open_intents],
        "unfinished_intents": [_as_json(intent) for intent in record.unfinished_intents],
        "evals": [_as_json(evals) for evals in record.evals[-depth:]],
        "awaiting_evals": _as_json(record.awaiting_evals) if record.awaiting_evals else None,
    }


def put_event(environment: str, run: str, workflow: str, record: WorkflowRecord) -> Event:
    """The same, recorded by a run in the middle of the log."""
    return {**known_event(environment, workflow, record), "run": run}


def redacted(event: Event, redact: Redact) -> Event:
    """The event with every text redacted that its records and intents hold: a platform may repeat a key as an id or a version. The names of
    environment, run and workflow stay."""
    return {name: _redacted(content, redact) if isinstance(content, dict | list) else content for name, content in event.items()}


def read_value(kind: type[_Value], content: Mapping[str, Any]) -> _Value:
    """The record, eval record or intent in a valid event. Fields of a later Flowship are left out. Equal texts are one: thousands of records
    have the same run, commit and host."""
    known: dict[str, Any] = {name: intern(value) if isinstance(value, str) else value for name, value in content.items() if name in _TYPES[kind]}
    return kind(**known)


def intents_by_workflow(event: Event) -> dict[str, Intent]:
    """The intents of an intent event, each with the run, commit and time of the event."""
    common = {name: event[name] for name in ("run", "commit", "gives_up_at") if name in event}
    return {name: read_value(Intent, {**content, **common}) for name, content in event["workflows"].items()}


def is_valid(event: object) -> bool:
    """True for an event that can be replayed; for a later Flowship's kind too, which replay ignores. Others may have written anything."""
    if not isinstance(event, dict) or not _has_texts(event, "kind", "environment"):
        return False
    if not all(isinstance(event.get(name, ""), str) for name in StateOwner._fields):
        return False
    is_valid_kind = _VALIDATORS.get(event["kind"])
    return is_valid_kind is None or is_valid_kind(event)


def _as_json(value: DeployRecord | EvalRecord | Intent) -> dict[str, Any]:
    """The fields that differ from their defaults, without numbers that JSON does not have."""
    contents = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: content for field, content in contents if content != field.default and not _is_endless(content)}


def _is_endless(content: object) -> bool:
    return isinstance(content, float) and not isfinite(content)


def _redacted(content: Any, redact: Redact) -> Any:
    match content:
        case str():
            return redact(content)
        case dict():
            return {name: _redacted(value, redact) for name, value in content.items()}
        case list():
            return [_redacted(value, redact) for value in content]
        case _:
            return content


def _is_intent_event(event: Event) -> bool:
    workflows = event.get("workflows")
    if not _has_texts(event, "run", "commit") or not isinstance(workflows, dict) or not _is_type(event.get("gives_up_at", 0), int):
        return False
    return all(_holds(content, Intent) for content in workflows.values())


def _is_record_event(event: Event) -> bool:
    return _has_texts(event, "run", "workflow") and all(_holds(event[name], DeployRecord) for name in ("draft", "live") if name in event)


def _is_known_event(event: Event) -> bool:
    records = [event[name] for name in ("draft", "awaiting_evals") if event.get(name) is not None]
    lists = [event.get(name) for name in ("releases", "rolled_back", "open_intents", "unfinished_intents", "evals")]
    releases, rolled_back, open_intents, unfinished_intents, evals = (content if isinstance(content, list) else [None] for content in lists)
    return _has_texts(event, "workflow") and (
        all(_holds(content, DeployRecord) for content in (*records, *releases))
        and all(isinstance(fingerprint, str) for fingerprint in rolled_back)
        and all(_holds(content, Intent) and _has_texts(content, "run") for content in (*open_intents, *unfinished_intents))
        and all(_holds(content, EvalRecord) for content in evals)
    )


def _holds(content: object, kind: type) -> bool:
    """True when `content` has the required fields of that class, and all its fields the right types."""
    if not isinstance(content, dict) or any(name not in content for name in _REQUIRED[kind]):
        return False
    types = _TYPES[kind]
    return all(_is_type(value, types[name]) for name, value in content.items() if name in types)


def _is_type(value: object, expected: Any) -> bool:
    """`isinstance` where a bool is no number, and an int is a float."""
    if isinstance(value, bool):
        return expected is bool
    return isinstance(value, expected) or (isinstance(value, int) and isinstance(0.0, expected))


def _has_texts(event: Event, *names: str) -> bool:
    return all(isinstance(event.get(name), str) for name in names)


EVENT_FIELDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(("kind", "environment", "run", *StateOwner._fields, *names))
    for kind, names in {
        "intent": ("commit", "plan_hash", "gives_up_at", "workflows"),
        "record": ("workflow", "draft", "live"),
        "removed": ("workflow",),
        "outcome": ("workflow", "outcome"),
        "evals": ("workflow", "evals"),
        "known": ("workflow", "draft", "releases", "rolled_back", "open_intents", "unfinished_intents", "evals", "awaiting_evals"),
        "environments": ("names",),
        "snapshot": ("up_to",),
    }.items()
}
"""By kind, the fields of an event."""

CONTENT_FIELDS = frozenset(name for types in _TYPES.values() for name in types)
"""The fields of the records, eval records and intents in an event."""

_VALIDATORS: Mapping[str, Callable[[Event], bool]] = {
    "intent": _is_intent_event,
    "record": _is_record_event,
    "removed": lambda event: _has_texts(event, "run", "workflow"),
    "outcome": lambda event: _has_texts(event, "run", "workflow", "outcome"),
    "evals": lambda event: _has_texts(event, "run", "workflow") and _holds(event.get("evals"), EvalRecord),
    "known": _is_known_event,
    "environments": lambda event: isinstance(event.get("names"), list) and all(isinstance(name, str) for name in event["names"]),
    "snapshot": lambda event: _is_type(event.get("up_to"), int),
}
