"""The objects of the JSON report: the fields of each, in order, with their meaning.

An object's type is made from the value's own type and these descriptions. It writes the value, reads it back and is described in the schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import UNSET, Meta, Struct, defstruct

from deployer.model import choices, shard
from deployer.model.change import RollbackOf
from deployer.model.difference import NO_VALUE, Difference, DrawnEdge, DrawnGraph, DrawnNode, FieldDifference, PartDifference
from deployer.model.evals import CaseRun, ComparedCase, Comparison, EvalCase, EvalHistoryPoint, EvalSuite, Figures, Miss
from deployer.model.failure import Failure
from deployer.model.finding import Finding, Related, Span
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Requests
from deployer.model.shard import Shard

_NAMES = {"outcomes": "changes", "approved": "approved_hash", "reverted_fingerprint": "rolled_back"}
_LIMITS: Mapping[Any, Any] = {int: Annotated[int, Meta(ge=0)], float: Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0)]}
_PLACE = Annotated[int, Meta(ge=1)] | None
_SHARE = Annotated[int, Meta(ge=0, le=1)] | Annotated[float, Meta(ge=0, le=1)]
HASH = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")]
SHARD = Annotated[str, Meta(pattern=r"^([0-9]{1,3}/[0-9]{1,3})?$(?!\n)")]
_DIGITS = {"rate": 4, "seconds": 3}


class JsonShape(NamedTuple):
    """How values of one type are written. `write` returns the fields that are not the value's own; `read` makes a value of an object."""

    struct: type[Struct]
    write: Callable[[Any], Mapping[str, Any]]
    read: Callable[[Any], Any]


_SHAPES: dict[type, JsonShape] = {}  # by the type of the value, and by that of the object


def json_of(value: Any, digits: int | None = None) -> Any:
    """The object of the report for a value; a value without a shape as it is."""
    if shape := _SHAPES.get(type(value)):
        written = shape.write(value)
        rest = (name for name in shape.struct.__struct_fields__ if name not in written)
        return shape.struct(**written, **{name: json_of(getattr(value, name), _DIGITS.get(name)) for name in rest})
    match value:
        case tuple():
            return tuple(json_of(item) for item in value)
        case dict():
            return {name: json_of(item) for name, item in value.items()}
        case float() if digits is not None:
            return round(value, digits)
        case _:
            return UNSET if value is NO_VALUE else value


def value_of(written: Any) -> Any:
    """The value of an object of the report: the reverse of `json_of`."""
    if shape := _SHAPES.get(type(written)):
        return shape.read(written)
    match written:
        case tuple():
            return tuple(value_of(item) for item in written)
        case dict():
            return {name: value_of(item) for name, item in written.items()}
        case _:
            return NO_VALUE if written is UNSET else written


def described(
    kind: type, text: str, fields: Mapping[str, str], *, types: Mapping[str, Any] = {}, defaults: Mapping[str, Any] = {}, omit: bool = False,
    write: Callable[[Any], Mapping[str, Any]] = lambda _: {}, read: Callable[[Any], Any] | None = None,
) -> type[Struct]:  # fmt: skip
    """Make and register the type of a kind's objects. `fields`: their meaning. `types`: of fields that have another type than in the kind.

    Fields with a default may be missing in a report that is read; with `omit` they are not written where they have it.
    """
    rows = [(name, Annotated[_as_json(types.get(name) or _hint(kind, name)), Meta(description=means)]) for name, means in fields.items()]
    struct = defstruct(
        kind.__name__, [(*row, defaults[row[0]]) if row[0] in defaults else row for row in rows],
        namespace={"__doc__": text}, frozen=True, omit_defaults=omit, rename=_NAMES,
    )  # fmt: skip
    own = set(kind.__dataclass_fields__ if is_dataclass(kind) else kind._fields).intersection(fields)  # type: ignore[attr-defined]
    read = read or (lambda source: kind(**{name: value_of(getattr(source, name)) for name in own}))
    _SHAPES[kind] = _SHAPES[struct] = JsonShape(struct, write, read)
    return struct


def _hint(kind: type, name: str) -> Any:
    """The type of a field or of a property."""
    attribute = getattr(kind, name, None)
    return get_type_hints(attribute.fget)["return"] if isinstance(attribute, property) else get_type_hints(kind, None, vars(choices))[name]


def _as_json(hint: Any) -> Any:
    """A type as the report has it, with the limits of its numbers."""
    if hint in _SHAPES:
        return _SHAPES[hint].struct
    origin, parts = get_origin(hint), tuple(map(_as_json, get_args(hint)))
    if origin in (Union, UnionType):
        return reduce(or_, parts)
    return origin[parts] if origin in (tuple, dict) else _LIMITS.get(hint, hint)


def _span(source: Any) -> Span | None:
    numbers = [getattr(source, name) for name in Span._fields]
    return None if None in numbers else Span(*numbers)


def _place(value: Finding | Related) -> dict[str, int | None]:
    return {**value.span._asdict()} if value.span else dict.fromkeys(Span._fields)


def _read_finding(source: Any) -> Finding:
    return Finding(source.rule, source.severity, source.message, source.fix, source.path, _span(source), value_of(source.related))


def _read_shard(source: Any) -> Shard:
    if read := shard.read(source.shard):
        return read._replace(plan_hash=source.plan_hash)
    raise ValueError(f"there is no shard {source.shard}")


def _read_difference(source: Any) -> Difference:
    return Difference(source.against or "", value_of(source.parts), value_of(source.graph), known=source.against is not None)


_RANGE = {
    "line": "Where it starts, from 1; null when the whole file is meant.", "column": "The first column, from 1.",
    "end_line": "The last line.", "end_column": "The last column, which belongs to it.",
}  # fmt: skip
described(Failure, "Why something failed.", {
    "code": "The platform's code, or ours.", "message": "What happened.", "fix": "What to do next.",
})  # fmt: skip
described(Related, "Where else to look.", {
    "path": "The file, relative to the repository.", **_RANGE, "message": "What stands there.",
}, types=dict.fromkeys(_RANGE, _PLACE), write=_place, read=lambda source: Related(source.path, _span(source), source.message))  # fmt: skip
described(Finding, "A mistake in a file, or a note on it.", {
    "rule": "The rule's name.", "severity": "How bad it is.", "message": "What and where.", "fix": "What to do next.",
    "path": "The file, relative to the repository; empty when none is at fault.", **_RANGE,
    "related": "A second place that the message speaks of, where there is one.",
}, types=dict.fromkeys(_RANGE, _PLACE), defaults={"related": None}, omit=True, write=_place, read=_read_finding)  # fmt: skip
described(Requests, "Requests on one platform.", {
    "count": "How many were made.", "remaining": "The quota left, as the platform last reported it; null when it never did.",
})  # fmt: skip
described(DoctorRow, "One key and target.", {
    "workflow": "The workflow's name.", "environment": "The environment.", "platform": "The platform.", "ok": "Nothing is wrong.",
    "target": "The platform's id.", "facts": "What was observed.", "problem": "What is wrong, null when nothing is.",
})  # fmt: skip
described(RollbackOf, "What a rollback puts back.", {
    "fingerprint": "The fingerprint that goes live again.", "commit": "The commit it came from; empty when it is unknown.",
    "reverted_fingerprint": "The fingerprint that is rolled back.", "dirty": "Whether it differs from that commit's file.",
}, defaults={"dirty": False})  # fmt: skip
described(Preview, "A pull request's preview of one workflow.", {
    "pull_request": "The pull request's number; 0 for what a release that was cut off had left.",
    "location": "Where it is: the copy's name, or the name of the preview slot's key.",
    "limitations": "Why it is less than the workflow: what the platform dropped, or would drop; empty when it is not.",
    "ended": "It is deleted, since the pull request was closed.",
})  # fmt: skip
described(Shard, "One shard of a plan.", {
    "shard": "Which one, of how many: `2/5`.", "plan_hash": "The hash of its part of the plan.",
}, types={"shard": SHARD, "plan_hash": HASH}, write=lambda value: {"shard": str(value)}, read=_read_shard)  # fmt: skip
described(FieldDifference, "One field that differs. Secrets are ***.", {
    "path": "Where it is in its part; empty when it is all of it.", "before": "What was there; missing when nothing was.",
    "after": "What is there now; missing when nothing is.",
}, defaults={"before": UNSET, "after": UNSET})  # fmt: skip
described(PartDifference, "One part that differs.", {
    "kind": "What it is.", "id": "Its id; empty where it has none.", "name": "What people call it.",
    "type": "The type of a node, step or trigger; the branch of an edge.",
    "change": "What became of it; moved means that only its place in the picture changed.",
    "fields": "The fields that differ; of added and removed parts only those of variables and settings.",
    "inside": "The names of the parts around it, outermost first.",
})  # fmt: skip
described(DrawnNode, "A node or step as it is drawn.", {
    "key": "Unique in its graph.", "label": "What people call it.", "type": "Its type.", "change": "What became of it; missing when it is as it was.",
    "inside": "The key of the node around it; missing at the top.",
}, defaults={"change": "same", "inside": ""}, omit=True)  # fmt: skip
described(DrawnEdge, "An edge as it is drawn.", {
    "source": "The key of the node that it leaves.", "target": "The key of the node that it leads to.",
    "label": "The name of a branch; missing without one.", "change": "What became of it; missing when it is as it was.",
}, defaults={"label": "", "change": "same"}, omit=True)  # fmt: skip
described(DrawnGraph, "The workflow as it is drawn; what was removed is in it too.", {
    "nodes": "Nodes or steps.", "edges": "What leads where.",
})  # fmt: skip
described(Difference, "What changes inside one workflow, and its graph before and after in one picture.", {
    "against": "What it was compared with; empty where nothing was there, null where that is unknown.",
    "layout_only": "Whether nothing but positions in the picture changed.", "parts": "Nodes, edges, steps and other parts that differ.",
    "graph": "Both sides in one picture.",
}, types={"against": str | None}, write=lambda value: {"against": value.against if value.known else None}, read=_read_difference)  # fmt: skip
described(Miss, "An expectation that was not met.", {
    "matcher": "Which one: `contains`, `within`, `version`.", "expected": "What was expected.", "actual": "What came.",
})  # fmt: skip
described(CaseRun, "One run of a case.", {
    "passed": "Whether nothing was missed.", "misses": "What was expected and did not come.", "status": "The run's status, as the platform calls it.",
    "output": "The output, cut where it is long.", "version": "The version that answered.", "seconds": "How long it took.", "tokens": "Tokens.",
    "cost": "Cost.", "run": "The platform's id of the run.",
})  # fmt: skip
described(EvalCase, "One case.", {
    "name": "Its name.", "line": "Its line in the suite's file.", "status": "What came of it.", "passes": "How many runs passed.",
    "rate": "The share that passed.", "pass_rate": "The share that must pass.",
    "low": "Where the 95 % interval of the share begins; null for a case that is not repeated.", "high": "Where it ends.",
    "why": "Why it was skipped, or not run.", "input": "What the workflow got, cut where it is long.", "runs": "Its runs.",
}, types={"rate": _SHARE, "pass_rate": _SHARE, "low": _SHARE | None, "high": _SHARE | None})  # fmt: skip
described(Figures, "Figures of all runs of a suite.", {
    "runs": "How many runs.", "passes": "How many passed.", "seconds": "The median of a run, in seconds.",
    "tokens": "Tokens, in all; null where the platform does not report them.",
    "cost": "Cost, in all, in the platform's own unit; null where it does not report it.", "rate": "The share that passed.",
}, types={"rate": _SHARE})  # fmt: skip
described(ComparedCase, "One case before and after.", {
    "case": "Its name.", "before": "How many runs passed before, as `9/10`.", "after": "How many pass now.", "regressed": "Whether it got worse.",
    "p": "Fisher's exact test, one-sided: how probable it is that so few pass now by chance; null for a case that is not repeated.",
    "output_before": "The first run's output before.", "output_after": "And now.",
}, types={"p": _SHARE | None})  # fmt: skip
described(Comparison, "The same cases before and after.", {
    "version": "What was live before.", "before": "Figures of before.", "after": "Figures of now.",
    "cases": "Case by case; empty where only figures are known.",
})  # fmt: skip
described(EvalHistoryPoint, "The evals of an earlier release.", {
    "label": "Its version, or its commit.", "rate": "The share of runs that passed.", "seconds": "The median of a run.",
    "passed": "Whether it was left live.", "time": "When, in epoch milliseconds.",
}, types={"rate": _SHARE})  # fmt: skip
described(EvalSuite, "One workflow's eval suite.", {
    "workflow": "The workflow's name.", "platform": "The platform.", "path": "The suite's file.",
    "evaluated": "What was evaluated: a release that this run made, what is live, a draft, a preview, or, before a release, what is to be released.",
    "version": "The version under test; empty where the platform does not report it.", "passed": "Whether it is good enough, by `fail_on`.",
    "blocking": "Whether a failure makes the run fail.", "fail_on": "What fails the suite: any failed case, or only one that is worse than live.",
    "follow_up": "What was done about a failure; empty when nothing was.", "seconds": "How long it took.", "figures": "All runs together.",
    "cases": "The cases, as the suite has them.", "comparison": "With what was live before; null when nothing was compared.",
    "notes": "What else there is to say.", "history": "The evals of earlier releases, oldest first.",
})  # fmt: skip
