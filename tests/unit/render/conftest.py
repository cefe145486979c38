"""Reports to render: one per story, and one whose every text is hostile."""

from typing import Any, Protocol

import pytest

from deployer.model import change as kinds
from deployer.model.difference import NO_VALUE, Difference, DrawnEdge, DrawnGraph, DrawnNode, FieldDifference, PartDifference
from deployer.model.evals import CaseRun, ComparedCase, Comparison, EvalCase, EvalHistoryPoint, EvalSuite, Figures, Miss
from deployer.model.failure import Failure
from deployer.model.finding import Finding, Related, Span
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Report, Requests
from deployer.model.workflow import Source, Workflow

HOSTILE = (
    "a|b\n::error::x ##[error]y\r`<script>` **@team** #12 GH-7 [l](http://e.vil) ![i](www.e.vil) <!-- \x1b[31m\u202e\u200b$x$ :tada: %0A 🚀 \ud800"
)


class MakeOutcome(Protocol):
    def __call__(self, name: str, action: str, outcome: str | None, **fields: Any) -> Outcome: ...


def make_outcome(
    name: str,
    action: str,
    outcome: str | None,
    *,
    why: str = "",
    release: bool = False,
    path: str = "",
    preview: Preview | None = None,
    difference: Difference | None = None,
    **fields: Any,
) -> Outcome:
    platform: Any = "meingpt" if action in ("create", "update", "hold", "delete") else "gptbots"
    suffix = ".yaml" if platform == "meingpt" else ".flow"
    source = Source(path or f"flows/{name}{suffix}", platform, "workflow", name.encode("utf-8", "backslashreplace"), None)
    kind: dict[str, type[kinds.Change]] = {
        each.action: each
        for each in (kinds.WriteDraft, kinds.Publish, kinds.CreateLive, kinds.Replace, kinds.Remove, kinds.Hold, kinds.Unchanged, kinds.Superseded)
    }
    common: dict[str, Any] = {"workflow": Workflow(name, source, "KEY"), "observed": MISSING, "why": why, "release": release, "preview": preview}
    common["difference"] = difference
    common["live"] = bool(outcome is None and fields.pop("live", False))
    if action == "fail":
        planned: kinds.Change = kinds.Fail(**common, code="c", message="m", fix="")
    else:
        planned = kind[action](**common)
    told: Any = outcome
    return Outcome(change=planned, outcome=told, **fields)


@pytest.fixture
def outcome_of() -> MakeOutcome:
    return make_outcome


FIRST_END = Related("flows/a.flow", Span(1, 4, 1, 6), "the first one is here")
FINDINGS = (
    Finding("flow-end-count", "error", "The flow has 2 end nodes.", "Keep one.", "flows/a.flow", Span(3, 7, 3, 9), FIRST_END),
    Finding("yaml-alias", "warning", "Aliases are expanded.", "", "w/b.yaml", Span(1, 1, 4, 2)),
    Finding("opaque", "info", "Not JSON: sent as it is.", "Nothing to do.", "flows/c.flow"),
    Finding("no-files", "error", "No file was found.", "Name one.", ""),
)
WRONG_TYPE = Failure("403202", "The file is not a workflow.", "Export it again from the console.")
TORN = Failure("HTTP 504", "No answer to the import.", "Look in the console.")


def _deploy() -> Report:
    outcomes = (
        make_outcome("aged", "superseded", "skipped", why="commit abc1234 is newer"),
        make_outcome("broken", "import", "failed", error=WRONG_TYPE, seconds=0.2),
        make_outcome("lost", "import", "unknown", error=TORN, seconds=61.5, previous_version="1.0.0"),
        make_outcome("onboarding", "update", "done", release=True, live=True, target="wf_123456", seconds=0.33),
        make_outcome("same", "unchanged", "done", version="2.0.0", live=True, target="t0"),
        make_outcome(
            "triage",
            "import",
            "done",
            release=True,
            live=True,
            version="1.0.3",
            previous_version="1.0.2",
            target="t1",
            seconds=0.41,
            warning="A table was dropped.",
        ),
    )
    spent = {"gptbots": Requests(9, 57), "meingpt": Requests(1, None)}
    return Report(
        mode="deploy", environment="production", commit="c0ffee" * 6 + "c0ff", exit_code=4, plan_hash="ab" * 32, release=True, outcomes=outcomes,
        notices=("The state is a file.",), requests=spent, seconds=62.04,
    )  # fmt: skip


def _draft() -> Report:
    outcomes = (
        make_outcome("onboarding", "hold", "held", why="it would be live at once"),
        make_outcome("triage", "import", "done", version="1.0.0", target="t1", seconds=0.4),
    )
    return Report(mode="deploy", environment="staging", outcomes=outcomes, plan_hash="cd" * 32, requests={"gptbots": Requests(2, 58)}, seconds=0.9)


def _plan() -> Report:
    outcomes = (
        make_outcome("broken", "fail", None, error=WRONG_TYPE),
        make_outcome("first", "create", None, release=True),
        make_outcome("later", "hold", None, why="it would be live at once"),
        make_outcome("next", "update", None, release=True, warning="Edited elsewhere."),
        make_outcome("ready", "release", None, release=True, version="1.0.4", previous_version="1.0.3"),
        make_outcome("same", "unchanged", None, version="2.0.0", live=True),
        make_outcome("triage", "import", None, release=True, previous_version="1.0.2", why="the draft holds something else"),
        make_outcome("zero", "import", None),
    )
    requests = {"gptbots": Requests(4, 56)}
    return Report(
        mode="plan", environment="production", commit="0123456789", plan_hash="ef" * 32, release=True, outcomes=outcomes, requests=requests,
        requests_needed={"gptbots": 5, "meingpt": 4}, seconds=0.5, exit_code=1,
    )  # fmt: skip


def _doctor() -> Report:
    rows = (
        DoctorRow("onboarding", "production", "meingpt", False, "", problem=Failure("401", "The key is not valid.", "Put a new one into `keys`.")),
        DoctorRow("triage", "production", "gptbots", True, "t1", facts=("a workflow", "may manage versions")),
    )
    return Report(mode="doctor", environment="production", exit_code=1, doctor=rows, seconds=0.2)


FENCE = "`" * 7
GRAPH = DrawnGraph(
    (
        DrawnNode("in", "Start", "START"),
        DrawnNode("kind", "Classify", "LLM", "changed"),
        DrawnNode("tell", "Tell sales", "HTTP", "added"),
        DrawnNode("old", "Old", "CODE", "removed"),
    ),
    (DrawnEdge("in", "kind"), DrawnEdge("kind", "tell", "IF", "added"), DrawnEdge("kind", "old", "", "removed")),
)
PARTS = (
    PartDifference("setting", "name", "name", "", "changed", (FieldDifference("", "A", "B"),)),
    PartDifference("node", "tell", "Tell sales", "HTTP", "added", (), ("Each ticket",)),
    PartDifference(
        "node", "kind", "Classify", "LLM", "changed",
        (
            FieldDifference("llmParam.creativityLevel", 0.2, 0.7),
            FieldDifference("llmParam.userPrompt", f"{'Be kind. ' * 40}Be brief.", f"{'Be kind. ' * 40}Be thorough. {'Be quick. ' * 40}"),
            FieldDifference("llmParam.maxTokens", NO_VALUE, 300),
            FieldDifference("authKey", "***", "***"),
            FieldDifference("desc", None, NO_VALUE),
        ),
    ),
    PartDifference("edge", "e1", "Classify → Tell sales", "IF", "added"),
    PartDifference("node", "end", "End", "END", "moved", (FieldDifference("x", 1, 2),)),
    PartDifference("edge", "e9", "Start → Classify", "", "changed", (FieldDifference("id", "e9", "e10"),)),
    *(PartDifference("variable", f"v{number}", f"v{number}", "", "removed", (FieldDifference("", number, NO_VALUE),)) for number in range(30)),
)  # fmt: skip


def _inside() -> Report:
    """What changes inside: many parts, layout alone, all new, nothing to compare with, and drift."""
    drift = kinds.Drift(
        workflow=Workflow("edited", Source("w/edited.yaml", "meingpt", "workflow", b"", None), "K"),
        observed=MISSING,
        status="modified",
        warning='Changed since the last deploy: name: "A" → "B"',
        difference=Difference("what was deployed last", PARTS[:1]),
    )
    outcomes = (
        Outcome(change=drift, outcome="done", warning=drift.warning),
        make_outcome("many", "import", None, difference=Difference("version 1.0.2 (commit 1a2b3c4)", PARTS, GRAPH)),
        make_outcome("moved", "import", None, difference=Difference("version 1.0.2 (commit 1a2b3c4)", PARTS[4:5], GRAPH)),
        make_outcome("new", "create", None, release=True, difference=Difference("", PARTS[1:2], GRAPH)),
        make_outcome("same", "hold", None, why="it would be live at once", difference=Difference("what is there now")),
        make_outcome("unknown", "import", None, difference=Difference(graph=GRAPH, known=False)),
    )
    return Report(mode="plan", environment="production", outcomes=outcomes)


def _hostile_difference() -> Difference:
    fields = (FieldDifference(HOSTILE, HOSTILE, FENCE + HOSTILE), FieldDifference(FENCE, NO_VALUE, {HOSTILE: [HOSTILE]}))
    part = PartDifference("step", HOSTILE, HOSTILE, HOSTILE, "changed", fields, (HOSTILE, FENCE))
    graph = DrawnGraph((DrawnNode(HOSTILE, HOSTILE, HOSTILE, "added"), DrawnNode("n", FENCE, "t")), (DrawnEdge(HOSTILE, "n", HOSTILE),))
    return Difference(HOSTILE, (part, part._replace(change="added"), part._replace(name="", fields=(FieldDifference("", HOSTILE, FENCE),))), graph)


def _checked() -> tuple[EvalSuite, ...]:
    """One that failed and was rolled back, after a comparison; one that only tells; one that passed."""
    bad = CaseRun((Miss("contains", "14 days", "No."), Miss("within", "at most 30 s", "31.2 s")), "SUCCEED", "No.", "1.0.3", 31.2, 120, 0.02, "run_1")
    good = CaseRun((), "SUCCEED", "14 days", "1.0.3", 1.5, 300, 0.03, "run_2")
    cases = (
        EvalCase("thanks", 9, "passed", (good,) * 7 + (bad,) * 3, 0.6, "", '{"message": "Thanks"}', 0.3968, 0.8922),
        EvalCase("a refund names the time it takes", 4, "failed", (bad,), 1.0, "", '{"message": "Money back"}'),
        EvalCase("an outage", 14, "skipped", (), 1.0, "until Monday"),
    )
    before, after = Figures(11, 11, 1.4, 3300, 0.33), Figures(11, 7, 1.5, 2460, 0.25)
    compared = (
        ComparedCase("thanks", "10/10", "7/10", False, 0.105263),
        ComparedCase("a refund names the time it takes", "1/1", "0/1", True, None, "14 days", "No."),
    )
    history = (
        EvalHistoryPoint("1.0.1", 0.9, 1.2, True, 1),
        EvalHistoryPoint("1.0.2", 1.0, 1.4, True, 2),
        EvalHistoryPoint("1.0.3", 0.6364, 1.5, False, 3),
    )
    return (
        EvalSuite(
            "triage", "gptbots", "evals/triage.yml", "release", "1.0.3", False, cases, "any", True, 2.5, after,
            Comparison("1.0.2", before, after, compared), "It was rolled back: 1.0.2 is live again.",
            ("The platform did not tell which version answered.",), history,
        ),
        EvalSuite("digest", "meingpt", "evals/digest.yml", "live", "", False, (EvalCase("a", 2, "not_run", (), 1.0, "no time"),), blocking=False),
        EvalSuite("onboarding", "meingpt", "evals/onboarding.yml", "live", "", True, (EvalCase("b", 2, "passed", (good,)),)),
    )  # fmt: skip


def _hostile_evals() -> EvalSuite:
    run = CaseRun((Miss(HOSTILE, HOSTILE, FENCE + HOSTILE),) * 7, HOSTILE, HOSTILE, HOSTILE, 1.0, None, None, HOSTILE)
    cases: tuple[EvalCase, ...] = (
        EvalCase(HOSTILE, 3, "failed", (run, run._replace(misses=run.misses[:1])), 0.5, HOSTILE, FENCE + HOSTILE, 0.0, 0.7),
    )
    cases += (EvalCase(FENCE, 4, "not_run", (), 1.0, HOSTILE, HOSTILE), EvalCase(HOSTILE, 5, "skipped", (), 1.0, HOSTILE))
    comparison = Comparison(HOSTILE, Figures(1, 1), Figures(2, 0), (ComparedCase(HOSTILE, "1/1", "0/2", True, 0.3, HOSTILE, FENCE + HOSTILE),))
    history = tuple(EvalHistoryPoint(HOSTILE, 0.5, 1.0) for _ in range(3))
    return EvalSuite(
        HOSTILE, "gptbots", HOSTILE, "release", HOSTILE, False, cases, comparison=comparison, follow_up=HOSTILE, notes=(HOSTILE,), history=history
    )


def _hostile() -> Report:
    problem = Failure(HOSTILE, HOSTILE, HOSTILE)
    outcomes = (
        make_outcome(HOSTILE, "import", "failed", error=problem, version=HOSTILE, target=HOSTILE, warning=HOSTILE, path=f"flows/{HOSTILE}.flow"),
        make_outcome(HOSTILE + "2", "hold", "held", why=HOSTILE, previous_version=HOSTILE, difference=_hostile_difference()),
    )
    return Report(
        mode="deploy", environment=HOSTILE, commit=HOSTILE, exit_code=1, outcomes=outcomes, notices=(HOSTILE,), problem=problem,
        evals=(_hostile_evals(),),
        findings=(
            Finding(HOSTILE, "error", HOSTILE, HOSTILE, HOSTILE, Span(1, 2, 1, 3), Related(HOSTILE, None, HOSTILE)),
            Finding("r", "warning", HOSTILE, "", ""),
        ),
        doctor=(DoctorRow(HOSTILE, HOSTILE, "gptbots", False, HOSTILE, (), problem), DoctorRow("d", "e", "gptbots", True, "t", (HOSTILE,))),
    )  # fmt: skip


def _preview() -> Report:
    held = Preview(12, location="TRIAGE_PREVIEW_1")
    copy = Preview(12, location="Onboarding (preview #12)")
    outcomes = (
        make_outcome("asleep", "hold", None, why="it would be live at once"),
        make_outcome("limited", "import", "done", release=True, version="1.0.7", target="t3", preview=held, location="LIMITED_PREVIEW", seconds=0.3),
        make_outcome("late", "import", "held", release=True, preview=held, warning="Both preview Workflows are taken."),
        make_outcome("onboarding", "create", "done", release=True, live=True, target="wf_9", preview=copy, seconds=0.2),
        make_outcome("same", "unchanged", "done", live=True, version="1.0.2", target="t2", preview=Preview(12, location="SAME_PREVIEW")),
        make_outcome(
            "triage", "import", "done", release=True, live=True, version="1.0.3", target="t1", preview=held,
            location="TRIAGE_PREVIEW_2", limitations="the node Facts asks a knowledge base", seconds=0.4,
        ),
    )  # fmt: skip
    spent = {"gptbots": Requests(9, None), "meingpt": Requests(3, 990)}
    return Report(mode="preview", environment="preview #12", commit="c0ffee1", outcomes=outcomes, requests=spent, seconds=1.4)


def _cleanup() -> Report:
    outcomes = (
        make_outcome("onboarding (preview #12)", "delete", "done", target="wf_9", preview=Preview(12, ended=True), seconds=0.1),
        make_outcome(
            "triage (preview #12)", "import", "done", release=True, live=True, version="1.0.4", preview=Preview(12, ended=True), seconds=0.3
        ),
    )
    return Report(mode="cleanup", environment="preview #12", outcomes=outcomes, seconds=0.6)


REPORTS = {
    "deploy": _deploy(),
    "draft": _draft(),
    "plan": _plan(),
    "lint": Report(mode="lint", exit_code=1, findings=FINDINGS, seconds=0.01),
    "clean": Report(mode="lint"),
    "doctor": _doctor(),
    "stopped": Report(
        mode="deploy", environment="prod", exit_code=2, problem=Failure("undeclared", "There is no environment `prod`.", "Declare it.")
    ),
    "preview": _preview(),
    "cleanup": _cleanup(),
    "inside": _inside(),
    "hostile": _hostile(),
    "evals": Report(mode="eval", environment="production", exit_code=1, evals=_checked(), seconds=2.5),
}


@pytest.fixture
def reports() -> dict[str, Report]:
    return REPORTS


@pytest.fixture(params=REPORTS)
def story(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def report(story: str) -> Report:
    return REPORTS[story]


@pytest.fixture
def crowd() -> Report:
    """A thousand workflows, every tenth failed with a long message full of what escaping makes longer."""
    long = Failure("403202", "@#|`" * 500, "Do " * 300)
    outcomes = []
    for number in range(1000):
        name = f"workflow-{number:04}-{'@|' * 60}"
        failed = {"outcome": "failed", "error": long} if number % 10 == 0 else {"outcome": "done", "version": "1.0.0"}
        outcomes.append(make_outcome(name, "import", failed.pop("outcome"), **failed, target="t" * 32, warning="|" * 1000))  # type: ignore[arg-type]
    findings = tuple(Finding("rule", "error", "message " * 40, "fix " * 40, f"flows/{n}.flow", Span(n + 1, 1, n + 1, 2)) for n in range(5000))
    notices = tuple("@" * 5000 for _ in range(2000))
    return Report(mode="deploy", environment="production", outcomes=tuple(outcomes), findings=findings, notices=notices, exit_code=1)
