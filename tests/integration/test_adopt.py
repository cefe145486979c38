"""Adopting: what exists comes into the repository, and a plan then finds nothing to do. Judged on the sandbox and on the files."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from github_stand_in import GitHub, running

KEY = "sandbox-acme"
WRITES = {"POST", "PUT", "DELETE", "PATCH"}
STEP = {"id": "greet", "type": "ai_completion", "config": {"prompt": "Hello {{input.name}}", "model": "gpt-4"}}
HOOK = {"type": "webhook", "config": {"method": "POST"}}
MANIFEST = """\
# Ours.
version: 1
workflows:
  # the first
  triage: {source: flows/a.flow, key: TRIAGE}

# The linter
lint: {}
"""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.use(sandbox.url, MEINGPT=KEY)
    return repository


def make(sandbox: Any, name: str, key: str = KEY, **more: Any) -> str:
    """A workflow that somebody made in the console; its id."""
    body = {"name": name, "trigger": HOOK, "steps": [STEP], **more}
    reply = sandbox.call("POST", "/v1/workflows", key, json=body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def written(sandbox: Any) -> list[str]:
    return [each["path"] for each in sandbox.requests() if each["method"] in WRITES and not each["path"].startswith("/_")]


def entries(root: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((root / "flowship.yml").read_text("utf-8"))["workflows"])


def unchanged(project: Any, sandbox: Any, names: list[str], *arguments: str) -> None:
    """A plan finds nothing to do for these, with the state and without, and a release writes nothing."""
    before = written(sandbox)
    for command in (("plan",), ("plan", "--state", "none"), ("plan", "--release", "always"), ("deploy", "--release", "always")):
        ran = project.run(*command, *arguments)
        assert ran.code == 0, ran.out + ran.err
        assert {each["workflow"]: each["action"] for each in ran.report["changes"]} == dict.fromkeys(names, "unchanged"), ran.out
    assert written(sandbox) == before


def test_everything_comes_in_and_is_unchanged(project: Any, sandbox: Any) -> None:
    one, two = make(sandbox, "Customer Onboarding", description="Says hello"), make(sandbox, "Weekly digest", variables={"to": "a@example.com"})
    ran = project.run("adopt")
    assert ran.code == 0, ran.out + ran.err
    assert "2 adopted" in ran.out
    assert ran.change_of("weekly-digest")["target"] == two
    assert (project.root / "flowship.yml").read_text() == (
        "# What Flowship ships, and where to. `flowship schema manifest` prints everything that can stand here.\n"
        "version: 1\n"
        "environments: [production]  # the first is the default\n"
        "workflows:\n"
        f"  customer-onboarding:\n    source: workflows/customer-onboarding.yaml\n    key: MEINGPT\n    id: {one}\n"
        f"  weekly-digest:\n    source: workflows/weekly-digest.yaml\n    key: MEINGPT\n    id: {two}\n"
    )
    assert (project.root / "workflows/customer-onboarding.yaml").read_text() == (
        "name: Customer Onboarding\n"
        "description: Says hello\n"
        "trigger:\n  type: webhook\n  config:\n    method: POST\n"
        "steps:\n"
        "  - id: greet\n    type: ai_completion\n    config:\n      model: gpt-4\n      prompt: Hello {{input.name}}\n"
    )
    unchanged(project, sandbox, ["customer-onboarding", "weekly-digest"])
    again = project.run("adopt")
    assert (again.code, "2 unchanged" in again.out) == (0, True)
    assert "in the manifest already, as weekly-digest" in again.out
    assert sorted(os.listdir(project.root / "workflows")) == ["customer-onboarding.yaml", "weekly-digest.yaml"]


HOSTILE = {
    "unicode": "Grüße, 工作 👩‍💻 \u202e\u200b\u00a0",
    "reference": "{{ input.name }}",
    "condition": "{{greet.output}} == 'yes' # really: \"so\"",
    "boolean": "yes",
    "null": "null",
    "number": "0123",
    "hex": "0x1F",
    "time": "12:30",
    "date": "2024-01-15",
    "empty": "",
    "blank": "   ",
    "leading": "   indented\n  less\nnone\n",
    "trailing": "a  \n\n  b\t\n \n",
    "many ends": "a\n\n\n",
    "no end": "a\nb",
    "windows": "a\r\n b\r\n",
    "controls": "\x07\x1b[31m\u2028",
    "quotes": 'it\'s "so" \\n',
    "long": "word " * 50_000,
    "long line": "x" * 100_000,
    "command": "::error::no\n##[error]no\n",
    "yes": "yes",
    "1": 1,
    "": [[], {}, [{"a": "b\nc"}], -0.5, 1e-07, True, None],
    "<<": {"&a": "*a", "!b": "!!c", "- ": "? ", "k" * 2000: "v"},
}


def test_hostile_content_survives_the_way_through_yaml(project: Any, sandbox: Any) -> None:
    names = ["yes", '  {{ odd }}: # "name"\n', "工作", "-", "../../etc/passwd", "x" * 500]
    for name in names:
        make(sandbox, name, variables=HOSTILE, description=HOSTILE["trailing"], steps=[{**STEP, "config": {"prompt": HOSTILE["windows"]}}])
    before = sandbox.state()["meingpt"]
    ran = project.run("adopt")
    assert ran.code == 0, ran.out + ran.err
    assert "\n::" not in ran.out
    found = entries(project.root)
    assert len(found) == len(names)
    assert {"yes", "odd-name", "工作", "etc-passwd", "x" * 60} < set(found)
    assert {os.path.dirname(each["source"]) for each in found.values()} == {"workflows"}
    unchanged(project, sandbox, sorted(found))
    assert sandbox.state()["meingpt"] == before


def test_what_the_platform_adds_stays_out_of_the_file(start_sandbox: Any, repository: Any) -> None:
    adds = {"workflow": {"owner": "Ada", "tags": []}, "trigger": {"secret_set": True}, "step": {"position": 3}}
    sandbox = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"token": "T-acme", "adds": adds}}}})
    repository.use(sandbox.url, MEINGPT="T-acme")
    make(sandbox, "Onboarding", key="T-acme")
    assert repository.run("adopt").code == 0
    text = (repository.root / "workflows/onboarding.yaml").read_text()
    assert [word for word in ("owner", "id: wf", "status", "created_at", "updated_at", "execution_count", "url", "webhooks") if word in text] == []
    unchanged(repository, sandbox, ["onboarding"])


def test_the_manifest_keeps_its_comments_and_what_is_named_is_left_out(project: Any, sandbox: Any) -> None:
    project.flow()
    project.write("flowship.yml", MANIFEST)
    project.environment["FLOWSHIP_KEY_TRIAGE"] = "sandbox-workflow-triage"
    id_ = make(sandbox, "Onboarding")
    assert project.run("adopt").code == 0
    entry = f"  onboarding:\n    source: workflows/onboarding.yaml\n    key: MEINGPT\n    id: {id_}\n"
    assert (project.root / "flowship.yml").read_text() == MANIFEST.replace("key: TRIAGE}\n", "key: TRIAGE}\n" + entry)
    other = make(sandbox, "Another one")
    ran = project.run("adopt")
    assert {each["workflow"]: each["action"] for each in ran.report["changes"]} == {"another-one": "adopt", "onboarding": "unchanged"}
    assert entries(project.root)["another-one"]["id"] == other


@pytest.mark.parametrize(
    ("defaults", "key"),
    [
        ("{meingpt: {key: MEINGPT}}", None),
        ("{environments: {production: {key: MEINGPT}}}", None),
        ("{meingpt: {key: OTHER}}", "MEINGPT"),
        ("{meingpt: {environments: {staging: {key: MEINGPT}}}}", "MEINGPT"),
    ],
)
def test_key_that_defaults_give_is_not_repeated(project: Any, sandbox: Any, defaults: str, key: str | None) -> None:
    project.flow()
    project.write("flowship.yml", f"environments: [production, staging]\ndefaults: {defaults}\n" + MANIFEST)
    id_ = make(sandbox, "Onboarding")
    assert project.run("adopt", "--key-name", "MEINGPT").code == 0
    entry = entries(project.root)["onboarding"]
    assert entry == {"source": "workflows/onboarding.yaml", **({"key": key} if key else {}), "id": id_}
    assert project.run("plan", "--only", "onboarding").change["action"] == "unchanged"


def test_only_what_is_named_by_name_or_id(project: Any, sandbox: Any) -> None:
    one, _, three = make(sandbox, "One"), make(sandbox, "Two"), make(sandbox, "The third")
    assert project.run("adopt", "--dry-run", one, "The third").code == 0
    assert not (project.root / "flowship.yml").exists()
    assert project.run("adopt", one, "The third").code == 0
    assert {name: each["id"] for name, each in entries(project.root).items()} == {"one": one, "the-third": three}
    ran = project.run("adopt", "Twoo")
    assert ran.code == 2
    assert "Did you mean `Two`?" in ran.out


def test_a_dry_run_shows_and_writes_nothing(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    ran = project.run("adopt", "--dry-run")
    assert (ran.code, ran.change["action"], ran.change["outcome"], ran.change["path"]) == (0, "adopt", None, "workflows/onboarding.yaml")
    assert "onboarding: would be adopted, live: " in ran.out
    assert os.listdir(project.root) == ["report.json"]


def test_names_that_collide_get_numbers_and_no_file_is_overwritten(project: Any, sandbox: Any) -> None:
    first, second = make(sandbox, "Onboarding"), make(sandbox, "onboarding!")  # capitals come first
    theirs = make(sandbox, "Digest")
    project.write("workflows/digest.yaml", "name: Mine\n")
    ran = project.run("adopt")
    assert ran.code == 1
    assert {name: each["id"] for name, each in entries(project.root).items()} == {"onboarding": first, "onboarding-2": second}
    error = ran.change_of("digest")["error"]
    assert (error["code"], theirs in error["fix"]) == ("FILE_THERE", True)
    assert (project.root / "workflows/digest.yaml").read_text() == "name: Mine\n"
    (project.root / "workflows/digest.yaml").unlink()
    assert project.run("adopt").code == 0
    unchanged(project, sandbox, ["digest", "onboarding", "onboarding-2"])


def test_a_taken_name_of_another_environment_is_told_with_the_line_of_that_environment(project: Any, sandbox: Any) -> None:
    two = "version: 1\nenvironments: [production, staging]\nworkflows:\n  welcome:\n    source: workflows/onboarding.yaml\n    key: MEINGPT\n"
    project.write("flowship.yml", f"{two}    environments: {{staging: {{key: MEINGPT}}}}\n")
    project.workflow()
    id_ = make(sandbox, "Onboarding (staging)")
    taken = project.run("deploy", "--release", "always", "--environment", "staging").change["error"]
    assert f"write `environments: {{staging: {{key: …, id: {id_}}}}}` in the entry welcome" in taken["fix"]
    assert "flowship adopt" not in taken["fix"], "which writes entries of the first environment"


def test_an_entry_without_id_that_means_the_same_name_is_not_doubled(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", "version: 1\nworkflows:\n  welcome: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    project.workflow()
    id_ = make(sandbox, "Onboarding")
    taken = project.run("deploy", "--release", "always").change["error"]
    assert (taken["code"], f"flowship adopt {id_}" in taken["fix"], f"id: {id_}" in taken["fix"]) == ("NAME_TAKEN", True, True)
    ran = project.run("adopt")
    assert (ran.code, ran.change["error"]["code"]) == (1, "ENTRY_WITHOUT_ID")
    assert f"id: {id_}" in ran.change["error"]["fix"]
    assert list(entries(project.root)) == ["welcome"]


def test_what_we_made_is_ours_already(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", "version: 1\nworkflows:\n  welcome: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    project.workflow()
    assert project.run("deploy", "--release", "always").code == 0
    ran = project.run("adopt")
    assert (ran.code, ran.change["action"]) == (0, "unchanged")
    assert "in the manifest already, as welcome" in ran.out


def test_after_a_crash_before_the_manifest_it_goes_on(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    assert project.run("adopt").code == 0
    text = (project.root / "workflows/onboarding.yaml").read_text()
    project.write("workflows/onboarding.yaml", f"# looked at\n{text}")
    (project.root / "flowship.yml").unlink()
    assert project.run("adopt").code == 0
    assert (project.root / "workflows/onboarding.yaml").read_text().startswith("# looked at\n")
    unchanged(project, sandbox, ["onboarding"])


def test_edits_after_it_are_noticed_and_prune_leaves_it_alone(project: Any, sandbox: Any) -> None:
    id_ = make(sandbox, "Onboarding")
    make(sandbox, "Other")
    assert project.run("adopt").code == 0
    assert project.run("drift").change_of("onboarding")["warning"] is None
    sandbox.call("PUT", f"/v1/workflows/{id_}", KEY, json={"description": "edited"})
    assert "edited on the platform" in project.run("drift").out
    held = project.run("deploy", "--release", "always").change_of("onboarding")
    assert (held["action"], "edited on meinGPT" in held["warning"]) == ("hold", True)
    manifest = (project.root / "flowship.yml").read_text()
    project.write("flowship.yml", manifest.partition("  onboarding:")[0] + "  other:" + manifest.partition("  other:")[2])
    assert project.run("deploy", "--release", "always", "--prune", "force").code == 0
    assert {each["id"] for each in sandbox.state()["meingpt"][0]["workflows"]} >= {id_}


def test_a_rollback_takes_the_release_back_and_not_the_adoption(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    project.run("adopt")
    assert project.run("rollback").report["problem"]["code"] == "no-release"
    text = (project.root / "workflows/onboarding.yaml").read_text()
    project.write("workflows/onboarding.yaml", text + "description: new\n")
    assert project.run("deploy", "--release", "always").change["outcome"] == "done"
    assert project.run("rollback").change["error"]["code"] == "NOTHING_BEFORE"


def test_an_adoption_that_was_dropped_claims_nothing(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    project.run("adopt")
    project.workflow(more="description: another one\n")
    project.write("flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    ran = project.run("deploy", "--release", "always")
    assert ran.change["error"]["code"] == "NAME_TAKEN"


def test_mistakes_and_secrets_in_it_are_told_and_stop_nothing(project: Any, sandbox: Any) -> None:
    secret = "sk-" + "a1B2" * 10
    steps = [{"id": "call", "type": "http", "config": {"url": "https://example.com", "headers": {"Authorization": f"Bearer {secret}", "X-Key": KEY}}}]
    make(sandbox, "Onboarding", steps=[*steps, {"id": "b", "type": "condition", "config": {"condition": "{{nothing.output}}"}}])
    ran = project.run("adopt")
    assert ran.code == 0, ran.out
    assert {"error", "warning"} <= {each["severity"] for each in ran.report["findings"]}
    assert any(each["rule"] == "secret-literal" and each["path"] == "workflows/onboarding.yaml" for each in ran.report["findings"])
    assert "The value of the key MEINGPT stands in it" in ran.change["warning"]
    assert secret not in ran.out + json.dumps(ran.report)
    assert KEY not in ran.out + json.dumps(ran.report)
    assert secret in (project.root / "workflows/onboarding.yaml").read_text()


def test_what_is_not_active_says_that_a_release_makes_it_so(start_sandbox: Any, repository: Any) -> None:
    sandbox = start_sandbox(targets={"meingpt": {"defaults": {"default_status": "paused"}}})
    repository.use(sandbox.url, MEINGPT=KEY)
    make(sandbox, "Onboarding")
    ran = repository.run("adopt")
    assert (ran.change["live"], ran.change["warning"]) == (False, "Its status is 'paused': a release makes it active.")
    assert repository.run("plan").change["action"] == "unchanged"


def test_previews_of_pull_requests_are_left_out_unless_named(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    copy = make(sandbox, "Onboarding (preview #12)")
    ran = project.run("adopt")
    assert list(entries(project.root)) == ["onboarding"]
    assert f"flowship adopt {copy}" in ran.out
    assert project.run("adopt", copy).code == 0
    assert list(entries(project.root)) == ["onboarding", "onboarding-preview-12"]
    make(sandbox, "Onboarding (staging, preview #12)")
    assert "Onboarding (staging, preview #12)" in project.run("adopt").out
    assert list(entries(project.root)) == ["onboarding", "onboarding-preview-12"]


def test_keys_that_are_named_for_another_environment_are_left_alone(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    make(sandbox, "Onboarding", "sandbox-acme-staging")
    project.use(sandbox.url, MEINGPT=KEY, MEINGPT_STAGING="sandbox-acme-staging", MEINGPT_PREVIEW="sandbox-acme-staging")
    project.write("flowship.yml", "version: 1\nenvironments: [production, staging]\nworkflows: {}\n")
    assert project.run("adopt").code == 0
    assert {name: entry["key"] for name, entry in entries(project.root).items()} == {"onboarding": "MEINGPT"}


def test_a_key_goes_to_its_own_platform_and_is_never_tried_out(project: Any, sandbox: Any) -> None:
    project.environment = {name: value for name, value in project.environment.items() if "KEY" not in name} | {"FLOWSHIP_KEY_TEAM": KEY}
    make(sandbox, "Onboarding")
    for arguments in ((), ("--key-name", "TEAM"), ("--key-name", "OTHER"), ("--key-name", KEY)):
        ran = project.run("adopt", *arguments)
        assert ran.code == 2
        assert KEY not in ran.out + ran.err
    assert len(sandbox.requests()) == 1
    assert project.run("adopt", "--key-name", "TEAM", "--platform", "meingpt").code == 0
    assert entries(project.root)["onboarding"]["key"] == "TEAM"
    assert project.run("adopt").change["action"] == "unchanged", "the manifest tells whose it is now"
    assert project.run("adopt", "--key-name", "TEAM", "--platform", "gptbots").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--files", "a.flow"), "--files is no option of `flowship adopt`"),
        (("--environment", "staging"), "first environment"),
        (("--environment", "stagin"), "The environment `stagin` is not declared.\n    Fix: Did you mean `staging`?"),
        (("--key-name", "MEINGPT_2"), "No key named MEINGPT_2"),
        (("--key-name", "NOPE"), "No key named NOPE was given."),
        (("--platform", "gptbots"), "Fix: Set FLOWSHIP_KEY_GPTBOTS_NAME, the API key of one GPTBots workflow, and name it with `--key-name`."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(project: Any, sandbox: Any, arguments: tuple[str, ...], said: str) -> None:
    project.write("flowship.yml", MANIFEST.replace("version: 1\n", "version: 1\nenvironments: [production, staging]\n"))
    ran = project.run("adopt", *arguments)
    assert (ran.code, said in ran.out + ran.err) == (2, True)
    assert sandbox.requests() == []


def test_a_broken_manifest_is_not_added_to(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", "version: 1\nworkflows:\n  a: {source: x.flow}\n")
    ran = project.run("adopt")
    assert (ran.code, sandbox.requests()) == (2, [])
    project.write("flowship.yml", "version: 1\nworkflows: {}\n")
    id_ = make(sandbox, "Onboarding")
    assert project.run("adopt").code == 0
    assert entries(project.root)["onboarding"]["id"] == id_


def test_no_file_leaves_the_repository(project: Any, sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (project.root / "workflows").symlink_to(elsewhere)
    make(sandbox, "Onboarding")
    ran = project.run("adopt")
    assert (ran.code, ran.change["error"]["code"], os.listdir(elsewhere)) == (1, "NOT_WRITTEN", [])
    (project.root / "workflows").unlink()
    project.write("workflows", "a file")
    assert project.run("adopt").change["error"]["code"] == "NOT_WRITTEN"
    assert not (project.root / "flowship.yml").exists()


def test_one_that_cannot_be_read_keeps_no_other_out(project: Any, sandbox: Any) -> None:
    broken, _ = make(sandbox, "Broken"), make(sandbox, "Fine")
    sandbox.faults([{"match": {"path": f"*/{broken}"}, "do": {"error": "INVALID_INPUT"}}])
    ran = project.run("adopt")
    assert (ran.code, ran.change_of("fine")["outcome"], ran.change_of("broken")["outcome"]) == (1, "done", "failed")
    assert list(entries(project.root)) == ["fine"]


@pytest.mark.parametrize("odd", ["half \ud800 a character", float("nan"), json.loads("[" * 300 + "]" * 300)])
def test_a_definition_that_is_odd_json_is_not_adopted(project: Any, sandbox: Any, odd: object) -> None:
    id_ = make(sandbox, "Odd")
    body = {"id": id_, "name": "Odd", "status": "active", "trigger": HOOK, "steps": [STEP], "variables": {"odd": odd}}
    sandbox.faults([{"match": {"path": f"*/{id_}"}, "do": {"status": 200, "body": json.dumps(body)}}])
    ran = project.run("adopt")
    assert (ran.code, ran.change["error"]["code"]) == (1, "ODD_REPLY"), ran.out
    assert not (project.root / "flowship.yml").exists()


def test_a_list_that_cannot_be_read_stops_it(project: Any, sandbox: Any) -> None:
    project.environment["FLOWSHIP_KEY_MEINGPT"] = "wrong-key"
    ran = project.run("adopt")
    assert (ran.code, ran.report["problem"]["code"]) == (1, "UNAUTHORIZED")


def test_a_gptbots_target_gets_its_entry_and_words_how_to_export(project: Any, sandbox: Any) -> None:
    del project.environment["FLOWSHIP_KEY_MEINGPT"]
    project.environment["FLOWSHIP_KEY_TRIAGE"] = "sandbox-workflow-triage"
    ran = project.run("adopt", "--key-name", "TRIAGE", "--platform", "gptbots", "--endpoint", "jp")
    assert ran.code == 0, ran.out
    assert entries(project.root) == {"triage": {"source": "flows/triage.flow", "key": "TRIAGE", "endpoint": "jp"}}
    assert "Save the file as flows/triage.flow" in ran.out
    assert ran.change["target"] in ran.out
    assert project.run("plan").code == 1
    project.flow("flows/triage.flow")
    assert project.run("plan").change["action"] == "import"
    again = project.run("adopt", "--key-name", "TRIAGE")
    assert (again.code, again.change["action"]) == (0, "unchanged")
    project.environment |= {"FLOWSHIP_KEY_GPTBOTS_HELPER": "sandbox-agent-helper", "FLOWSHIP_KEY_GPTBOTS_GONE": "nothing"}
    both = project.run("adopt")
    assert entries(project.root)["helper"] == {"source": "flows/helper.bot", "key": "GPTBOTS_HELPER"}
    assert (both.code, both.change_of("gone")["error"]["code"]) == (1, "40127")
    assert written(sandbox) == []


def test_in_the_action_it_makes_files_in_the_workspace(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    inputs = {"INPUT_MODE": "adopt", "INPUT_KEYS": f"MEINGPT={KEY}", "INPUT_MEINGPT-BASE-URL": sandbox.url, "INPUT_STATE": "none"}
    ran = project.run(GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(project.root), **inputs)
    assert ran.code == 0, ran.out
    assert "a later step has to keep them" in ran.out
    assert entries(project.root)["onboarding"]["key"] == "MEINGPT"


def test_the_state_on_github_knows_what_was_found(project: Any, sandbox: Any) -> None:
    make(sandbox, "Onboarding")
    with running(GitHub()) as hub:
        inputs = {"INPUT_MEINGPT-BASE-URL": sandbox.url, "INPUT_GITHUB-TOKEN": "stand-in-token", "INPUT_GITHUB-API-URL": hub.url}
        inputs |= {"GITHUB_REPOSITORY": "acme/flows", "GITHUB_SHA": hub.branches["main"], "GITHUB_EVENT_NAME": "workflow_dispatch"}
        inputs |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(project.root)}
        ran = project.run(INPUT_MODE="adopt", INPUT_KEYS=f"MEINGPT={KEY}", GITHUB_RUN_ID="1", **inputs)
        assert (ran.code, [len(each) for each in hub.environments().values()]) == (0, [1]), ran.out
        project.environment.pop("FLOWSHIP_KEY_MEINGPT")
        blind = project.run(INPUT_MODE="plan", GITHUB_RUN_ID="2", **inputs)
    assert (blind.change["action"], "Cannot tell what is there" in blind.out) == ("unchanged", True)
    assert not (project.root / ".flowship").exists()
