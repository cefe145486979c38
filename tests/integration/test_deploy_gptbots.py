"""The main job on GPTBots, through the command line and over HTTP, judged on what the sandbox saw."""

from collections.abc import Callable
from typing import Any

from flow_documents import chain, flow, node

IMPORT = "/v1/workflow/version/import"


def imports(sandbox: Any) -> int:
    return sum(request["path"] == IMPORT for request in sandbox.requests())


def versions(sandbox: Any) -> list[tuple[str, str]]:
    (target,) = sandbox.state()["gptbots"]
    return [(version["version"], version["status"]) for version in target["versions"]]


def test_import_release_unchanged_edit_and_back(repository: Any, sandbox: Any, one_flow: Callable[..., Any]) -> None:
    first = one_flow("--release", "always")
    assert first.code == 0, first.out
    assert (first.change["version"], first.change["live"], first.change["outcome"]) == ("1.0.0", True, "done")
    again = one_flow("--release", "always")
    assert (again.change["action"], imports(sandbox)) == ("unchanged", 1)
    repository.flow(text="edited")
    assert one_flow("--release", "always").change["version"] == "1.0.1"
    repository.flow()
    assert one_flow("--release", "always").change["version"] == "1.0.2"
    assert versions(sandbox) == [("1.0.2", "PUBLISHED"), ("1.0.1", "DRAFT"), ("1.0.0", "DRAFT")]


def test_without_a_release_it_is_a_draft_and_a_later_release_makes_that_very_version_live(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    draft = one_flow()
    assert (draft.change["live"], versions(sandbox)) == (False, [("1.0.0", "DRAFT")])
    released = one_flow("--release", "always")
    assert (released.change["action"], released.change["version"]) == ("release", "1.0.0")
    assert (versions(sandbox), imports(sandbox)) == ([("1.0.0", "PUBLISHED")], 1)


def test_nothing_goes_live_without_being_asked(repository: Any, sandbox: Any, one_flow: Callable[..., Any]) -> None:
    for text in ("one", "two", "one"):
        repository.flow(text=text)
        assert one_flow().code == 0
    assert {status for _, status in versions(sandbox)} == {"DRAFT"}


def test_a_failed_release_says_that_the_draft_is_there(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    sandbox.faults([{"match": {"path": "/v1/workflow/version/release"}, "do": {"error": 40353}}])
    ran = one_flow("--release", "always")
    assert ran.code == 1
    assert (ran.change["outcome"], ran.change["error"]["code"], ran.change["live"]) == ("failed", "40353", False)
    assert ran.change["version"] == "1.0.0"
    assert ran.change["warning"] == "Version 1.0.0 was imported. By the list it is the draft, and no version is live."


def test_a_reply_lost_after_the_import_is_found_and_not_sent_again(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    sandbox.faults([{"match": {"path": IMPORT, "nth": 1}, "do": {"reset": "after"}}])
    ran = one_flow("--release", "always")
    assert (ran.code, ran.change["version"], ran.change["live"]) == (0, "1.0.0", True)
    assert imports(sandbox) == 1


def test_a_lost_reply_that_cannot_be_looked_for_is_unknown_and_the_next_run_finds_it(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    lists = {"path": "/v1/workflow/version/list"}
    sandbox.faults([{"match": {"path": IMPORT, "nth": 1}, "do": {"reset": "after"}}, {"match": lists, "do": {"status": 404, "body": {}}}])
    ran = one_flow("--release", "always", "--timeout", "2")
    assert (ran.code, ran.change["outcome"]) == (4, "unknown")
    assert "fs:" in ran.change["error"]["fix"]
    sandbox.faults([])
    after = one_flow("--release", "always")
    assert (after.change["action"], after.change["version"], imports(sandbox)) == ("release", "1.0.0", 1)


def test_the_message_the_commit_and_the_marker_are_in_the_version(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    assert one_flow("--message", "Kinder answers").code == 0
    (target,) = sandbox.state()["gptbots"]
    assert target["versions"][0]["version_desc"].startswith("Kinder answers fs:")


def test_values_are_laid_over_a_flow_and_that_is_what_is_sent(repository: Any, sandbox: Any) -> None:
    repository.flow()
    path = "workflow.workflowNodes[type=END].endParam.outputText"
    repository.write("flowship.yml", f'version: 1\nworkflows:\n  a: {{source: flows/a.flow, key: A, set: {{"{path}": "from ${{WHERE}}"}}}}\n')
    repository.use(sandbox.url, A="sandbox-workflow-a")
    assert repository.run("deploy", FLOWSHIP_VALUES="WHERE=here").change["version"] == "1.0.0"
    assert repository.run("deploy", FLOWSHIP_VALUES="WHERE=here").change["action"] == "unchanged"
    assert repository.run("deploy", FLOWSHIP_VALUES="WHERE=there").change["version"] == "1.0.1"


def test_a_draft_made_by_hand_is_said(sandbox: Any, repository: Any, one_flow: Callable[..., Any]) -> None:
    content = (repository.root / "flows/a.flow").read_bytes()
    sandbox.call("POST", IMPORT, "sandbox-workflow-a", files={"file": ("a.flow", content)}, data={"versionDesc": "by hand"})
    ran = one_flow()
    assert (ran.code, ran.change["action"]) == (0, "import")
    assert "not made by Flowship" in ran.change["warning"]


def test_a_plan_writes_nothing_and_its_hash_holds_a_deploy_to_it(repository: Any, sandbox: Any, one_flow: Callable[..., Any]) -> None:
    arguments = ("--files", "flows/a.flow", "--gptbots-base-url", sandbox.url)
    plan = repository.run("plan", *arguments, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (plan.code, plan.change["outcome"], imports(sandbox)) == (0, None, 0)
    repository.flow(text="changed since")
    refused = one_flow("--plan-hash", plan.report["plan_hash"])
    assert (refused.code, imports(sandbox)) == (2, 0)
    assert plan.report["plan_hash"] in refused.report["problem"]["message"]
    repository.flow()
    assert one_flow("--plan-hash", plan.report["plan_hash"]).code == 0


def test_a_plan_without_a_key_plans_against_the_state_and_says_so(repository: Any, sandbox: Any, one_flow: Callable[..., Any]) -> None:
    assert one_flow().code == 0
    before = len(sandbox.requests())
    plan = repository.run("plan", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url)
    assert (plan.code, plan.change["action"]) == (0, "unchanged")
    assert "Cannot tell what is there for a" in plan.out
    assert len(sandbox.requests()) == before


def test_a_key_without_the_list_call_falls_back_to_the_state(repository: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox()
    sandbox.faults([{"match": {"path": "/v1/workflow/version/list"}, "do": {"status": 404, "body": {}}}])
    repository.flow()
    arguments = ("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, "--release", "always")
    key = {"FLOWSHIP_API_KEY": "sandbox-workflow-a"}
    assert repository.run(*arguments, **key).change["version"] == "1.0.0"
    again = repository.run(*arguments, **key)
    assert (again.change["action"], again.change["live"], imports(sandbox)) == ("unchanged", True, 1)


def test_a_list_without_data_is_no_version_yet_only_where_the_state_knows_none(repository: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets={"gptbots": {"defaults": {"empty_list_data": False}}})
    repository.flow()
    arguments = ("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, "--release", "always")
    key = {"FLOWSHIP_API_KEY": "sandbox-workflow-a"}
    first = repository.run(*arguments, **key)
    assert (first.code, first.change["version"], first.change["live"]) == (0, "1.0.0", True), first.out
    sandbox.faults([{"match": {"path": "/v1/workflow/version/list"}, "do": {"body": {"code": 0, "msg": "OK"}}}])
    again = repository.run(*arguments, **key)
    assert (again.code, again.change["action"], imports(sandbox)) == (0, "unchanged", 1), again.out
    assert "without a list of versions" in again.out


def test_a_tool_of_another_organisation_is_told(repository: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets={"gptbots": {"defaults": {"tools": ["ours"]}}})
    repository.write("flows/a.flow", flow(chain(node("search", "TOOL_API", toolApiParam={"toolId": "theirs", "toolApiId": "x"}))))
    ran = repository.run("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (ran.code, ran.change["version"]) == (0, "1.0.0"), ran.out
    assert ran.change["warning"] == "The platform dropped something: tool theirs of the search belongs to another organisation and was dropped"


def test_an_agent_goes_to_the_agent_calls(repository: Any, sandbox: Any) -> None:
    repository.write("bots/helper.bot", {"formatVersion": "1.0", "exportType": "BOT", "exportTime": 1, "name": "Helper", "botType": "QuestionAnswer"})
    ran = repository.run("deploy", "--files", "bots/helper.bot", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-agent-helper")
    assert (ran.code, ran.change["version"]) == (0, "1.0.0"), ran.out
    assert any(request["path"] == "/v1/agent/version/import" for request in sandbox.requests())


def test_what_the_platform_dropped_is_surfaced(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    body = {"code": 0, "msg": "OK", "data": {"botId": "b", "botType": "Workflow", "version": "1.0.0", "warning": "1 knowledge base was dropped"}}
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"status": 200, "body": body}}])
    ran = one_flow()
    assert "1 knowledge base was dropped" in ran.change["warning"]
    assert "1 knowledge base was dropped" in ran.out
