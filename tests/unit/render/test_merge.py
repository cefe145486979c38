"""Reports of shards, merged: what belongs together, what is missing, and what the whole says."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.finding import Finding, in_order
from deployer.model.report import DoctorRow, Report, Requests
from deployer.model.shard import Shard
from deployer.render import json_report
from deployer.render.json_report import parse
from deployer.render.merge import NamedReport, merge

HASHES = ("aa" * 32, "bb" * 32, "cc" * 32)
SHARDS = tuple(Shard(number, 3, each) for number, each in enumerate(HASHES, 1))
LATE = Finding("r2", "warning", "m", "", "b.flow")
EARLY = Finding("r1", "warning", "m", "", "a.flow")


@pytest.fixture
def part(outcome_of: Any) -> Any:
    """The report of a shard of three with these workflows; others by field."""

    def make(number: int, *names: str, **fields: Any) -> NamedReport:
        outcomes = tuple(outcome_of(name, "import", "done", release=True, live=True, version="1.0.0") for name in names)
        common: dict[str, Any] = {"mode": "deploy", "environment": "production", "commit": "c0ffee", "shard": f"{number}/3", "outcomes": outcomes}
        return NamedReport(f"r/{number}.json", Report(**{**common, "plan_hash": HASHES[number - 1], "seconds": float(number), **fields}))

    return make


@pytest.fixture
def plan(outcome_of: Any) -> NamedReport:
    outcomes = tuple(outcome_of(name, "import", None) for name in "abcdef")
    requests = {"gptbots": Requests(6, 90)}
    return NamedReport(
        "r/plan.json",
        Report(
            mode="plan",
            environment="production",
            commit="c0ffee",
            plan_hash="dd" * 32,
            outcomes=outcomes,
            shards=SHARDS,
            requests=requests,
            seconds=2.0,
        ),
    )


@pytest.fixture
def three(part: Any) -> list[NamedReport]:
    return [
        part(2, "b", "e", requests={"gptbots": Requests(4, None), "meingpt": Requests(1, 7)}, findings=(LATE, EARLY), notices=("x", "same")),
        part(1, "a", "d", requests={"gptbots": Requests(4, 56)}, findings=(EARLY,), notices=("same",), requests_needed={"gptbots": 2}, release=True),
        part(3, "c", "f", requests={"gptbots": Requests(2, 60)}, notices=("same", "y"), requests_needed={"gptbots": 3}),
    ]


def test_the_whole_says_what_a_single_run_would(three: list[NamedReport], plan: NamedReport) -> None:
    whole = merge([three[0], plan, *three[1:]])
    assert (whole.mode, whole.environment, whole.commit, whole.plan_hash, whole.release) == ("deploy", "production", "c0ffee", "dd" * 32, True)
    assert [outcome.change.workflow.name for outcome in whole.outcomes] == list("abcdef")
    assert (whole.changed, whole.released, whole.exit_code, whole.problem) == (6, 6, 0, None)
    assert whole.findings == (EARLY, LATE)
    assert whole.notices == ("same", "x", "y")
    assert whole.requests == {"gptbots": Requests(16, 56), "meingpt": Requests(1, 7)}
    assert (whole.requests_needed, whole.seconds) == ({"gptbots": 5}, 5.0)
    assert (whole.shard, whole.shards) == ("", ())


@pytest.mark.parametrize("of", [1, 3, 256])
def test_any_parting_of_a_run_comes_to_the_run(crowd: Report, of: int) -> None:
    whole = replace(crowd, exit_code=1, findings=crowd.findings[:5], notices=("n",), requests={"gptbots": Requests(1000, None)})
    parts = [
        replace(
            whole,
            outcomes=whole.outcomes[number - 1 :: of],
            shard=f"{number}/{of}",
            requests={"gptbots": Requests(1000 // of + (number <= 1000 % of), None)},
        )
        for number in range(1, of + 1)
    ]
    back = [NamedReport(f"{part.shard}.json", parse(json_report.render(part))) for part in reversed(parts)]
    merged = json_report.as_dict(merge(back))
    assert merged == json_report.as_dict(replace(whole, findings=in_order(whole.findings)))


def test_without_the_plan_nobody_knows_its_hash(three: list[NamedReport]) -> None:
    whole = merge(three)
    assert (whole.plan_hash, whole.exit_code, whole.seconds) == ("", 0, 3.0)


def test_one_report_is_posted_as_it_is(plan: NamedReport, part: Any) -> None:
    nothing = replace(plan.report, shards=(), outcomes=())
    assert merge([NamedReport("p", nothing)]) == nothing
    whole = replace(part(1, "a").report, shard="")
    assert merge([NamedReport("d", whole)]) == whole


def test_the_only_shard_of_one_is_the_whole(part: Any, plan: NamedReport) -> None:
    alone = part(1, "a", shard="1/1")
    whole = merge([alone, plan._replace(report=replace(plan.report, shards=(Shard(1, 1, HASHES[0]),)))])
    assert (whole.mode, whole.exit_code, len(whole.outcomes), whole.plan_hash) == ("deploy", 0, 1, "dd" * 32)
    assert merge([alone]).plan_hash == HASHES[0]


def test_a_missing_shard_is_named_with_its_workflows(three: list[NamedReport], plan: NamedReport) -> None:
    whole = merge([plan, three[0], three[2]])
    assert whole.exit_code == 1
    assert whole.problem == Failure(
        "missing-report",
        "The shard 1/3 left no report. What became of a, d is not known here.",
        "Look at its job, and run it again. Finished workflows are skipped.",
    )
    assert [outcome.change.workflow.name for outcome in whole.outcomes] == list("bcef")
    alone = merge([three[0]])
    assert alone.problem
    assert (alone.exit_code, alone.problem.message) == (1, "The shards 1/3, 3/3 left no report.")


def test_all_shards_missing(plan: NamedReport) -> None:
    whole = merge([plan])
    assert whole.problem
    assert (whole.exit_code, whole.mode) == (1, "plan")
    assert whole.problem.message == "The shards 1/3, 2/3, 3/3 left no report. What became of a, b, c, d, e and 1 more workflow is not known here."


@pytest.mark.parametrize(("codes", "worst"), [((0, 1, 0), 1), ((1, 2, 0), 2), ((2, 4, 1), 4), ((4, 3, 2), 3)])
def test_the_worst_exit_code_counts(part: Any, codes: tuple[int, ...], worst: int) -> None:
    assert merge([part(number, exit_code=code) for number, code in enumerate(codes, 1)]).exit_code == worst


def test_a_plan_that_could_not_read_something_gives_way_to_shards_that_could(three: list[NamedReport], plan: NamedReport) -> None:
    failed = plan._replace(report=replace(plan.report, exit_code=1))
    assert merge([failed, *three]).exit_code == 0
    assert merge([failed._replace(report=replace(failed.report, shards=()))]).exit_code == 1


def test_what_stopped_shards_is_said_once(part: Any) -> None:
    no_key = Failure("missing-key", "No key for x.", "Add it.")
    whole = merge([part(1, exit_code=2, problem=no_key), part(2, "b"), part(3, exit_code=2, problem=no_key)])
    assert (whole.exit_code, whole.problem) == (2, replace(no_key, message="Shards 1/3, 3/3: No key for x."))
    changed = Failure("plan-changed", "The plan has changed.", "Look at it.")
    whole = merge([part(1, exit_code=2, problem=no_key), part(2, "b", exit_code=2, problem=changed)])
    assert whole.problem == Failure(
        "missing-key",
        "Shard 1/3: No key for x. Shard 2/3: The plan has changed. The shard 3/3 left no report.",
        "Add it. Look at it. Look at its job, and run it again. Finished workflows are skipped.",
    )


def test_what_is_said_from_outside_joins(three: list[NamedReport]) -> None:
    whole = merge(three, [Failure("bad-report", "r/4.json cannot be merged.", "Mend it.")], 2)
    assert whole.problem
    assert (whole.exit_code, whole.problem.message, len(whole.outcomes)) == (2, "r/4.json cannot be merged.", 6)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"environment": "staging"}, "environment production in r/1.json, and staging in r/2.json"),
        ({"commit": "beef"}, "commit c0ffee in r/1.json, and beef in r/2.json"),
        ({"mode": "rollback"}, "mode deploy in r/1.json, and rollback in r/2.json"),
        ({"shard": "2/4"}, "number of shards 3 in r/1.json, and 4 in r/2.json"),
        ({"shard": "1/3"}, "r/1.json and r/2.json are both of the shard 1/3"),
        ({"shard": ""}, "r/2.json is the report of a whole `deploy`, and r/1.json is a shard's"),
    ],
)
def test_what_does_not_belong_together_is_refused(part: Any, other: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as refused:
        merge([part(1, "a"), part(2, "b", **other)])
    assert (refused.value.exit_code, refused.value.code) == (2, "reports-differ")
    assert why in refused.value.message
    assert refused.value.fix


def test_one_workflow_in_two_shards_is_refused(part: Any) -> None:
    with pytest.raises(UsageError, match=r"a is in r/1\.json and in r/2\.json"):
        merge([part(1, "a"), part(2, "a")])


def test_two_plans_are_refused(plan: NamedReport, part: Any) -> None:
    with pytest.raises(UsageError, match=r"r/plan\.json and other\.json are both about all"):
        merge([plan, plan._replace(path="other.json"), part(1)])


def test_shards_of_another_plan_are_refused(plan: NamedReport, part: Any) -> None:
    with pytest.raises(UsageError, match=r"is for 3 shards, and r/1\.json is the shard 1/2"):
        merge([plan, part(1, shard="1/2"), part(2, shard="2/2")])
    with pytest.raises(UsageError, match=r"r/2\.json was given another plan hash than r/plan\.json has for it"):
        merge([plan, part(1, approved=HASHES[0]), part(2, approved="ee" * 32)])


def test_a_shard_that_went_on_with_its_plan_or_was_free_to_plan_belongs_to_it(plan: NamedReport, part: Any) -> None:
    left = part(1, "a", plan_hash="ee" * 32, approved=HASHES[0])
    free = part(2, "b", plan_hash="ee" * 32)
    whole = merge([plan, left, free, part(3, "c", approved=HASHES[2])])
    assert whole.exit_code == 0
    (notice,) = whole.notices
    assert notice.startswith("The shard 2/3 made another plan")


def test_rows_of_doctor_and_what_a_newer_version_says_are_kept(part: Any) -> None:
    row = DoctorRow("a", "production", "gptbots", True, "t")
    whole = merge([part(1, doctor=(row,), extra={"evals": [1], "x": 1}), part(2, doctor=(row,), extra={"evals": [2], "x": 2}), part(3)])
    assert (whole.doctor, whole.extra) == ((row,), {"evals": [1, 2], "x": 1})
