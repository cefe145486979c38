"""The platforms' own checks: who may ask, which definitions are asked about, and what an answer comes to."""

from typing import Any, cast

import pytest
from fake_targets import HOST, FakeConnections, flow, yaml
from run_contexts import run_context

from deployer.github.event import GithubEvent
from deployer.manifest.model import Manifest, PrecheckEntry
from deployer.model.errors import PlatformError, UsageError
from deployer.model.failure import Failure
from deployer.model.report import Report
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.pipeline import second_opinion
from deployer.pipeline.project import Project
from deployer.pipeline.second_opinion import Question
from deployer.platforms.precheck import PrecheckAccount, Verdict

ENTRY = PrecheckEntry("DEV", "org-1")
ACCOUNT = PrecheckAccount("DEV", Secret("dev-key:dev-secret"), "org-1")
BROKEN = PlatformError("gptbots", "no", code="HTTP 500", fix="wait")


class Checked(FakeConnections):
    """Answers by workflow name; `asked` are the names in order."""

    def __init__(self, host: str = HOST, **answers: Verdict | Exception) -> None:
        super().__init__()
        self.answers, self.base_url = answers, host
        self.asked: list[str] = []

    def host(self, _workflow: Workflow) -> str:
        return self.base_url

    def precheck(self, workflow: Workflow, _account: PrecheckAccount) -> Verdict:
        self.asked.append(workflow.name)
        answer = self.answers.get(workflow.name, Verdict(valid=True))
        if isinstance(answer, Exception):
            raise answer
        return answer


def questions(connections: Checked, *workflows: Workflow) -> list[Question]:
    return [Question(workflow, cast("Any", connections)) for workflow in workflows]


def project(*workflows: Workflow, entry: PrecheckEntry | None = ENTRY) -> Project:
    return Project("production", ("production",), workflows, (), Manifest("flowship.yml", ("production",), (), precheck=entry))


def find(of: Project, event: GithubEvent | None = None, **options: str) -> PrecheckAccount | None:
    given: dict[str, Any] = {"precheck": "true", "keys": "DEV=dev-key:dev-secret", **options}
    return second_opinion.find_account(run_context(event=event, **given), of)


def test_account_is_the_manifests_with_its_keys_value() -> None:
    assert find(project(flow("a"))) == ACCOUNT


def test_nobody_asks_unless_told_to_and_where_no_platform_has_a_check() -> None:
    assert find(project(flow("a"), entry=None), precheck="false") is None
    assert find(project(yaml("b"), entry=None)) is None


@pytest.mark.parametrize(("entry", "keys", "code"), [(None, "DEV=dev-key:dev-secret", "no-precheck"), (ENTRY, "OTHER=value-of-it", "missing-key")])
def test_missing_account_is_refused(entry: PrecheckEntry | None, keys: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        find(project(flow("a"), entry=entry), keys=keys)
    assert (refused.value.code, "Add " in refused.value.fix) == (code, True)


@pytest.mark.parametrize(
    ("value", "words"), [("no-colon-at-all", "no colon"), ("long-enough:five5", "fewer than 6"), (":only-a-secret", "fewer than 6")]
)
def test_value_that_is_no_developer_key_is_refused_without_showing_it(value: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        find(project(flow("a")), keys=f"DEV={value}")
    assert words in refused.value.message
    assert value not in str(refused.value)


@pytest.mark.parametrize(("event", "keys"), [(GithubEvent(fork=True), "DEV=dev-key:dev-secret"), (GithubEvent(dependabot=True), "")])
def test_pull_request_without_keys_gets_a_notice(event: GithubEvent, keys: str) -> None:
    of = project(flow("a"))
    assert find(of, event, keys=keys) is None
    report = second_opinion.in_plan(run_context(event=event, precheck="true"), None, of, cast("Any", Checked()), Report(mode="plan"))
    assert report.notices == ("`precheck` was not asked: a run for a fork's or Dependabot's pull request has no keys.",)


def test_dependabot_with_the_key_asks() -> None:
    assert find(project(flow("a")), GithubEvent(dependabot=True)) == ACCOUNT


def test_same_definition_on_one_host_is_asked_about_once() -> None:
    here, there = Checked(), Checked("https://elsewhere.example")
    asked = [*questions(here, flow("a", "same"), flow("b", "same"), flow("c"), yaml("d")), *questions(there, flow("e", "same"))]
    answers = second_opinion.ask(run_context(concurrency="1"), ACCOUNT, asked)
    assert (here.asked, there.asked, answers.answered) == (["a", "c"], ["e"], {"gptbots": 3})


def test_refusal_is_an_error_at_each_file_that_names_its_workflows() -> None:
    connections = Checked(a=Verdict(valid=False, reason="a virus"))
    answers = second_opinion.ask(run_context(), ACCOUNT, questions(connections, flow("a", "same"), flow("b", "same")))
    assert [(finding.rule, finding.severity, finding.path, finding.message) for finding in answers.refused] == [
        ("precheck", "error", "a.flow", "GPTBots would refuse to import a, by its own check: a virus"),
        ("precheck", "error", "b.flow", "GPTBots would refuse to import b, by its own check: a virus"),
    ]


def test_failed_call_is_no_finding_and_others_are_asked() -> None:
    answers = second_opinion.ask(run_context(concurrency="1"), ACCOUNT, questions(Checked(a=BROKEN), flow("a"), flow("b")))
    assert (answers.refused, answers.answered) == ([], {"gptbots": 1})
    assert answers.unanswered == {("gptbots", Failure("HTTP 500", "no", "wait")): ["a"]}


def test_no_more_is_asked_after_three_failures() -> None:
    names = [f"w{number}" for number in range(9)]
    answers_by_name: dict[str, Any] = dict.fromkeys(names, BROKEN)
    connections = Checked(**answers_by_name)
    answers = second_opinion.ask(run_context(concurrency="1"), ACCOUNT, questions(connections, *map(flow, names)))
    assert connections.asked == names[:3]
    assert answers.unanswered == {
        ("gptbots", Failure("HTTP 500", "no", "wait")): names[:3],
        ("gptbots", second_opinion.NOT_ASKED): names[3:],
    }


def test_stopped_run_asks_nothing() -> None:
    context = run_context()
    context.clock.stop()
    answers = second_opinion.ask(context, ACCOUNT, questions(Checked(), flow("a")))
    assert answers.unanswered == {("gptbots", second_opinion.NO_TIME): ["a"]}


def test_doctor_row_is_the_accounts_and_fails_with_its_call() -> None:
    for connections, ok in ((Checked(), True), (Checked(a=BROKEN), False)):
        report = second_opinion.in_doctor(run_context(), ACCOUNT, project(flow("a")), questions(connections, flow("a")), Report(mode="doctor"))
        (row,) = report.doctor
        assert (row.workflow, row.platform, row.ok, row.problem is None) == ("DEV (precheck)", "gptbots", ok, ok)
