"""Which runs belong together: attempts of one job, shards of one job, jobs of one workflow run."""

import pytest

from deployer.config.reader import read
from deployer.pipeline.context import name_run
from deployer.state.run_names import RunName, is_earlier_attempt, is_same_job, parse, run_id, shown

JOB, OTHER_JOB = "aaaaaaaa", "bbbbbbbb"
GITHUB = {"GITHUB_RUN_ID": "123", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "deploy", "GITHUB_ACTION": "__flowship"}


def run(attempt: int, job: str = JOB, process: int = 1, workflow_run: str = "123") -> str:
    return str(RunName(workflow_run, attempt, job, f"{process:08x}"))


@pytest.mark.parametrize("text", ["123.2-aaaaaaaa-00000001", "123.2", "local-4f1c9a027be2", "adopted", "", "7.x", "123.2-nonsense"])
def test_name_is_read_as_it_was_written(text: str) -> None:
    assert str(parse(text)) == text


def test_workflow_run_of_a_name() -> None:
    assert [run_id(text) for text in ("123.2-aaaaaaaa-00000001", "123.2", "local-4f1c9a027be2")] == ["123", "123", "local-4f1c9a027be2"]


@pytest.mark.parametrize(
    ("other", "own", "earlier"),
    [
        (run(1), run(2), True),
        (run(1, OTHER_JOB), run(2), True),
        (run(2, process=2), run(2), False),
        (run(2), run(1), False),
        (run(1, workflow_run="124"), run(2), False),
        ("123.1", run(2), True),
        ("local-1", "local-2", False),
    ],
)
def test_all_jobs_of_an_earlier_attempt_are_over(other: str, own: str, earlier: bool) -> None:
    assert is_earlier_attempt(other, own) is earlier


@pytest.mark.parametrize(
    ("other", "own", "same"),
    [
        (run(1), run(2), True),
        (run(2, process=2), run(2), True),  # another shard
        (run(1, OTHER_JOB), run(2), False),
        (run(1, workflow_run="124"), run(2), False),
        (run(3), run(2), False),
        ("local-1", "local-2", False),
    ],
)
def test_job_goes_on_with_its_own_earlier_attempt_and_not_with_its_siblings(other: str, own: str, same: bool) -> None:
    assert is_same_job(other, own) is same


def test_sibling_is_shown_as_a_job_of_this_run() -> None:
    assert shown(run(2, OTHER_JOB, 2), run(2)) == "another job of this run"
    assert shown(run(1), run(2)) == shown("123.1") == "run 123.1"
    assert shown("local-4f1c9a027be2", run(2)) == "run local-4f1c9a027be2"


def named(options: dict[str, str] | None = None, **environ: str) -> RunName:
    return parse(name_run(GITHUB | environ, read({"mode": "deploy"} | (options or {}), {})))


def test_two_processes_of_one_job_have_two_names_and_one_job() -> None:
    one, other = named(), named()
    assert one.process != other.process
    assert one._replace(process="") == other._replace(process="") == RunName("123", 2, one.job)


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ({}, {"GITHUB_JOB": "rollback"}),
        ({}, {"GITHUB_ACTION": "__flowship_2"}),
        ({"mode": "rollback"}, {}),
        ({"environment": "staging"}, {}),
        ({"manifest": "billing/flowship.yml"}, {}),
        ({"only": "triage"}, {}),
        ({"files": "a.flow"}, {}),
    ],
)
def test_jobs_that_do_something_else_are_other_jobs(options: dict[str, str], environ: dict[str, str]) -> None:
    assert named(options, **environ).job != named().job


def test_shards_and_attempts_are_one_job() -> None:
    assert named({"shard": "2/5"}).job == named({"shard": "1/5"}, GITHUB_RUN_ATTEMPT="3").job == named().job


def test_run_elsewhere_has_no_attempts() -> None:
    assert name_run({}, read({}, {})) != name_run({}, read({}, {}))
    assert parse(name_run({}, read({}, {}))).attempt == 0


@pytest.mark.parametrize("run", ["1." + "9" * 5000, "1.\u0661", "1.1234567890"])
def test_attempt_of_more_digits_than_there_are_attempts_is_a_name_without_attempt(run: str) -> None:
    assert parse(run) == RunName(run)
