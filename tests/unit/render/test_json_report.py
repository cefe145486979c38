"""A report that was written as JSON and read back is written, and rendered, the same again; what is none is refused in words."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observations import unlisted

from deployer.model import change as kinds
from deployer.model.difference import NO_VALUE, Difference, DrawnEdge, DrawnGraph, DrawnNode, FieldDifference, PartDifference
from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.finding import SEVERITIES, Finding, Related, Span, in_order
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Report, Requests
from deployer.model.shard import Shard
from deployer.model.workflow import Source, Workflow
from deployer.render import json_report
from deployer.render.annotations import annotations
from deployer.render.json_report import parse
from deployer.render.outputs import outputs
from deployer.render.plain_text import plan_text
from deployer.render.registry import FORMATS

TEXT = st.text(alphabet=st.characters(codec=None), max_size=12) | st.sampled_from(["", "\ud800", "a|b", "::error::x", "1.0.3", "ü\n"])
MAYBE = st.none() | TEXT
HASH = st.text("0123456789abcdef", min_size=64, max_size=64)
SECONDS = st.integers(0, 10**6).map(lambda number: number / 1000)
PROBLEMS = st.builds(Failure, TEXT, TEXT, TEXT)
SPANS = st.builds(Span, *[st.integers(1, 10**6)] * 4)
FINDINGS = st.builds(
    Finding, TEXT, st.sampled_from(SEVERITIES), TEXT, TEXT, TEXT, st.none() | SPANS, st.none() | st.builds(Related, TEXT, st.none() | SPANS, TEXT)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
)
PARTS = st.builds(
    PartDifference,
    kind=st.sampled_from(["node", "edge", "step", "trigger", "variable", "setting"]), id=TEXT, name=TEXT, type=TEXT,
    change=st.sampled_from(["added", "removed", "changed", "moved"]), inside=st.lists(TEXT, max_size=2).map(tuple),
    fields=st.lists(st.tuples(TEXT, JSON | st.just(NO_VALUE), JSON).map(lambda each: FieldDifference(*each)), max_size=2).map(tuple),
)  # fmt: skip
GRAPHS = st.builds(
    DrawnGraph,
    st.lists(st.builds(DrawnNode, TEXT, TEXT, TEXT, st.sampled_from(["added", "same"]), TEXT), max_size=2).map(tuple),
    st.lists(st.builds(DrawnEdge, TEXT, TEXT, TEXT, st.sampled_from(["removed", "same"])), max_size=2).map(tuple),
)
DIFFERENCES = st.tuples(TEXT, st.lists(PARTS, max_size=3).map(tuple), GRAPHS, st.booleans()).map(
    lambda each: Difference(each[0], each[1], each[2]) if each[3] else Difference(graph=each[2], known=False)
)


@st.composite
def changes(draw: st.DrawFn) -> kinds.Change:
    platform: Any = draw(st.sampled_from(["gptbots", "meingpt"]))
    source = Source(draw(TEXT), platform, "workflow", draw(st.binary(max_size=8)), None)
    common: dict[str, Any] = {
        "workflow": Workflow(draw(TEXT), source, "KEY"),
        "observed": draw(st.sampled_from([MISSING, unlisted("no list call")])),
        "target": draw(TEXT),
        "release": draw(st.booleans()),
        "version": draw(MAYBE),
        "previous_version": draw(MAYBE),
        "live": draw(st.booleans()),
        "why": draw(TEXT),
        "dirty": draw(st.booleans()),
        "warning": draw(MAYBE),
        "restored": draw(st.none() | st.builds(kinds.RollbackOf, HASH, TEXT, HASH, st.booleans())),
        "difference": draw(st.none() | DIFFERENCES),
        "preview": draw(st.none() | st.builds(Preview, st.integers(1, 10**6), st.just(""), TEXT, TEXT, st.booleans())),
    }
    kind = draw(
        st.sampled_from(
            [
                kinds.WriteDraft, kinds.Publish, kinds.CreateLive, kinds.Replace, kinds.Remove, kinds.Hold, kinds.Unchanged, kinds.Superseded,
                kinds.InSync, kinds.Drift, kinds.Fail,
            ]
        )
    )  # fmt: skip
    more: dict[Any, dict[str, str]] = {
        kinds.InSync: {"status": draw(st.sampled_from(["in_sync", "never_deployed", "undetermined"]))},
        kinds.Drift: {"status": draw(st.sampled_from(["modified", "missing"]))},
        kinds.Fail: {"code": "c", "message": "m", "fix": ""},
    }
    made: kinds.Change = kind(**common, **more.get(kind, {}))
    return made


OUTCOMES = st.builds(
    Outcome,
    change=changes(),
    outcome=st.sampled_from(["done", "failed", "held", "skipped", "unknown", None]),
    version=MAYBE,
    previous_version=MAYBE,
    target=TEXT,
    live=st.booleans(),
    warning=MAYBE,
    error=st.none() | PROBLEMS,
    seconds=SECONDS,
).map(lambda each: replace(each, live=each.change.live) if each.outcome is None else each)  # as a plan says it
DOCTOR = st.builds(
    DoctorRow, TEXT, TEXT, st.sampled_from(["gptbots", "meingpt"]), st.booleans(), TEXT, st.lists(TEXT, max_size=2).map(tuple), st.none() | PROBLEMS
)
REPORTS = st.builds(
    Report,
    mode=st.sampled_from(["lint", "plan", "deploy", "rollback", "drift", "doctor"]),
    environment=TEXT,
    commit=TEXT,
    exit_code=st.integers(0, 4),
    plan_hash=st.just("") | HASH,
    release=st.booleans(),
    findings=st.lists(FINDINGS, max_size=3).map(in_order),
    outcomes=st.lists(OUTCOMES, max_size=4).map(tuple),
    doctor=st.lists(DOCTOR, max_size=2).map(tuple),
    notices=st.lists(TEXT, max_size=3).map(tuple),
    problem=st.none() | PROBLEMS,
    requests=st.dictionaries(st.sampled_from(["gptbots", "meingpt"]), st.builds(Requests, st.integers(0, 10**6), st.none() | st.integers(0, 1000))),
    requests_needed=st.dictionaries(st.sampled_from(["gptbots", "meingpt"]), st.integers(0, 10**6)),
    seconds=SECONDS,
    shard=st.sampled_from(["", "2/5"]),
    shards=st.lists(HASH, max_size=3).map(lambda each: tuple(Shard(number, len(each), one) for number, one in enumerate(each, 1))),
    approved=st.just("") | HASH,
)


def assert_the_same(report: Report) -> None:
    text = json_report.render(report)
    back = parse(text)
    assert json_report.render(back) == text
    differing = [name for name, render in FORMATS.items() if render(back) != render(report)]  # a page is one line: pytest would compare for minutes
    assert differing == []
    assert plan_text(back) == plan_text(report)
    assert annotations(back) == annotations(report)
    assert outputs(back, "", "") == outputs(report, "", "")


@settings(deadline=None)
@given(REPORTS)
def test_any_report_survives(report: Report) -> None:
    assert_the_same(report)


def test_the_golden_reports_survive(report: Report) -> None:
    assert_the_same(report)


def test_what_a_newer_version_says_besides_is_carried_on(reports: dict[str, Report]) -> None:
    data = json_report.as_dict(reports["deploy"]) | {"later": {"a": [1]}}
    data["changes"][0].update({"costs": {"parts": []}, "later": None})
    back = json_report.as_dict(parse(json.dumps(data)))
    assert back["later"] == {"a": [1]}
    assert (back["changes"][0]["costs"], back["changes"][0]["later"]) == ({"parts": []}, None)


def test_a_report_of_an_older_version_lacks_what_came_later(reports: dict[str, Report]) -> None:
    data = json_report.as_dict(reports["plan"])
    first = ("schema", "mode", "environment", "commit", "ok", "exit_code", "plan_hash", "findings", "changes", "evals", "requests", "seconds")
    for change in data["changes"]:
        for name in ("status", "why", "readable", "restored"):
            del change[name]
    back = parse(json.dumps({name: data[name] for name in first}))
    assert [outcome.change.action for outcome in back.outcomes] == [outcome.change.action for outcome in reports["plan"].outcomes]
    assert (back.shard, back.shards, back.approved, back.problem) == ("", (), "", None)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", r"not JSON \(line 1, column 1\)"),
        ('{"schema": 1,', r"not JSON \(line 1, column 14\)"),
        ("[" * 100_000, "nested too deep|not JSON"),
        ("1e999", "too large"),
        ("[]", "not a report"),
        ('{"schema": 1, "findings": []}', "mode"),
        ('{"schema": 2}', "newer Flowship"),
        ('{"schema": "2"}', "not a report"),
    ],
)
def test_what_is_no_report_is_refused_in_words(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as refused:
        parse(text)
    assert (refused.value.exit_code, refused.value.code, bool(refused.value.fix)) == (2, "bad-report", True)


@pytest.mark.parametrize(
    ("place", "value", "where"),
    [
        (("changes", 2, "outcome"), "maybe", r"changes\[2\]\.outcome"),
        (("changes", 0, "action"), "explode", r"changes\[0\]\.action"),
        (("exit_code",), 9, "exit_code"),
        (("seconds",), -1, "seconds"),
        (("seconds",), 10**400, "too large"),
        (("seconds",), float("inf"), "too large"),
        (("seconds",), float("nan"), "too large"),
        (("plan_hash",), "::error::x", "plan_hash"),
        (("shard",), "five", "shard"),
    ],
)
def test_a_value_that_cannot_be_is_named(reports: dict[str, Report], place: tuple[Any, ...], value: Any, where: str) -> None:
    data = json_report.as_dict(reports["deploy"])
    holder: Any = data
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    with pytest.raises(UsageError, match=where) as refused:
        parse(json.dumps(data))
    assert len(refused.value.message) < 500
    assert refused.value.message.isprintable()


def test_documented_fields_come_first(report: Report) -> None:
    data = json.loads(json_report.render(report))
    documented = ["schema", "mode", "environment", "commit", "ok", "exit_code", "plan_hash", "findings", "changes", "evals", "requests", "seconds"]
    assert list(data)[: len(documented)] == documented
    change = [
        "workflow",
        "platform",
        "path",
        "target",
        "action",
        "release",
        "outcome",
        "version",
        "previous_version",
        "live",
        "fingerprint",
        "warning",
    ]
    assert all(list(written)[:14] == [*change, "error", "seconds"] for written in data["changes"])
    finding = ["rule", "severity", "message", "fix", "path", "line", "column", "end_line", "end_column"]
    assert all([name for name in written if name != "related"] == finding for written in data["findings"])


def test_report_follows_its_schema(report: Report) -> None:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(json.loads(json_report.schema()))
    errors = [error.message for error in validator.iter_errors(json.loads(json_report.render(report)))]
    assert errors == []
