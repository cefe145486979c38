"""A platform of another package, shipped with the real command line against its server over HTTP: nothing of Flowship knows it.
What every platform does, `promises/test_toy.py` tries."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import added_packages
import github_stand_in
import pytest
import toy_server
from toy_server import ToyServer

MANIFEST = """\
version: 1
environments: [production]
defaults:
  toy: {key: TOY, preview: {key: TOY_PREVIEW}}
workflows:
  "flows/*.json": {platform: toy}
"""


class Done(NamedTuple):
    """Exit code, both outputs, and the report, {} where none was written."""

    code: int
    out: str
    report: dict[str, Any]

    @property
    def change(self) -> dict[str, Any]:
        (only,) = self.report["changes"]
        return dict(only)


class Checkout:
    """A repository with one toy flow, and the command line as a process in it."""

    def __init__(self, root: Path, packages: Path) -> None:
        self.root = root
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(root), "PYTHONPATH": str(packages), "GIT_CONFIG_GLOBAL": os.devnull,
            "FLOWSHIP_KEY_TOY": toy_server.KEY, "FLOWSHIP_KEY_TOY_PREVIEW": toy_server.KEY,
        }  # fmt: skip
        self.write("flowship.yml", MANIFEST)
        self.git("init", "-q", "-b", "main")
        self.flow("hello")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def flow(self, *says: str) -> str:
        """A commit whose flow says that; returns its hash."""
        self.write("flows/greet.json", json.dumps({"name": "Greeting", "steps": [{"say": text} for text in says]}))
        self.git("add", "-A")
        self.git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "A flow")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()

    def run(self, *arguments: str, **environment: str) -> Done:
        report = self.root / ".flowship" / "report.json"
        report.unlink(missing_ok=True)
        more = {"FLOWSHIP_REPORT": ".flowship/report.json"} | environment
        command = [sys.executable, "-m", "deployer", *arguments]
        done = subprocess.run(command, cwd=self.root, env=self.environment | more, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout + done.stderr, json.loads(report.read_text()) if report.exists() else {})

    def files(self) -> dict[str, bytes]:
        """The files of the last commit."""
        return {path: (self.root / path).read_bytes() for path in self.git("ls-files").splitlines()}

    def run_action(self, github: str, event: dict[str, Any]) -> Done:
        """The same as the action, for that event of a pull request."""
        self.write(".git/event.json", json.dumps(event | {"repository": {"default_branch": "main"}}))
        runner = {
            "ACTIONS": "true", "EVENT_NAME": "pull_request", "EVENT_PATH": str(self.root / ".git/event.json"), "REF": "refs/pull/7/merge",
            "REPOSITORY": "acme/flows", "RUN_ID": "1", "RUN_ATTEMPT": "1", "SHA": self.git("rev-parse", "HEAD"), "WORKSPACE": str(self.root),
        }  # fmt: skip
        inputs = {
            "MODE": "auto", "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": github, "KEYS": f"TOY_PREVIEW={toy_server.KEY}",
            "BASE-URLS": self.environment["FLOWSHIP_BASE_URLS"],
        }  # fmt: skip
        keys = {"FLOWSHIP_KEY_TOY": "", "FLOWSHIP_KEY_TOY_PREVIEW": "", "FLOWSHIP_BASE_URLS": ""}
        given = {f"GITHUB_{name}": value for name, value in runner.items()} | {f"INPUT_{name}": value for name, value in inputs.items()}
        return self.run(**keys, **given)


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    with toy_server.running() as server:
        yield server


@pytest.fixture
def checkout(tmp_path: Path, toy: ToyServer) -> Checkout:
    made = Checkout(tmp_path / "repository", added_packages.install_toy(tmp_path / "packages"))
    made.environment["FLOWSHIP_BASE_URLS"] = f"toy={toy.url}"
    return made


@pytest.fixture
def released(checkout: Checkout) -> Checkout:
    """The same, with the flow released."""
    assert checkout.run("deploy", "--release", "always").code == 0
    return checkout


def texts(toy: ToyServer) -> list[tuple[str, bool, list[str]]]:
    return [(flow["name"], flow["active"], [step["say"] for step in flow["steps"]]) for flow in toy.flows.values()]


def test_file_of_a_shared_suffix_is_linted_by_its_rules_as_the_manifest_names_it(checkout: Checkout) -> None:
    checkout.flow("hello", "")
    for arguments in (("lint",), ("lint", "flows/greet.json"), ("lint", "--format", "sarif")):
        done = checkout.run(*arguments)
        assert (done.code, "toy-step-says" in done.out) == (1, True), done.out
    assert "flows/greet.json:1:" in checkout.run("lint").out
    assert checkout.run("plan").code == 1


def test_severity_of_its_rule_is_set_in_the_manifest_and_its_errors_do_not_have_to_stop_a_deploy(checkout: Checkout, toy: ToyServer) -> None:
    checkout.write("flowship.yml", f"{MANIFEST}lint: {{severity: {{toy-step-says: warning}}}}\n")
    checkout.flow("")
    linted = checkout.run("lint")
    assert (linted.code, "warning: Step 1 says nothing. [toy-step-says]" in linted.out) == (0, True), linted.out
    assert checkout.run("deploy", "--release", "always").code == 0
    assert texts(toy) == [("Greeting", True, [""])]


def test_known_secret_in_its_file_is_found(checkout: Checkout) -> None:
    checkout.flow("ghp_" + "a1B2c3D4e5" * 4)
    assert "[secret-literal]" in checkout.run("lint").out


def test_released_once_then_in_sync(checkout: Checkout, toy: ToyServer) -> None:
    planned = checkout.run("plan", "--release", "always")
    assert (planned.change["action"], planned.change["platform"], toy.flows) == ("create", "toy", {})
    done = checkout.run("deploy", "--release", "always", "--plan-hash", planned.report["plan_hash"])
    assert (done.code, texts(toy)) == (0, [("Greeting", True, ["hello"])]), done.out
    toy.requests.clear()
    again = checkout.run("deploy", "--release", "always")
    assert (again.change["action"], [call for call in toy.requests if not call.startswith("GET")]) == ("unchanged", [])


def test_edit_on_the_platform_is_drift_shown_field_by_field_and_saved_when_overwritten(released: Checkout, toy: ToyServer) -> None:
    assert released.run("drift", "--on-drift", "fail").code == 0
    toy.write("flow1", {"steps": [{"say": "edited"}]})
    drifted = released.run("drift", "--on-drift", "fail")
    assert (drifted.code, '"hello" → "edited"' in drifted.out) == (1, True), drifted.out
    released.flow("new")
    assert released.run("deploy", "--release", "always").code == 1
    assert texts(toy) == [("Greeting", True, ["edited"])]
    done = released.run("deploy", "--release", "always", "--on-drift", "overwrite")
    assert (done.code, texts(toy)) == (0, [("Greeting", True, ["new"])]), done.out
    (saved,) = (path for path in (released.root / ".flowship").rglob("*.found.json"))
    assert json.loads(saved.read_text())["steps"] == [{"say": "edited"}]


def test_preview_is_a_copy_that_is_deleted_with_its_pull_request(checkout: Checkout, toy: ToyServer) -> None:
    with github_stand_in.running(github_stand_in.GitHub()) as hub:
        base = hub.commit(checkout.git("rev-parse", "HEAD"))
        hub.files[base] = checkout.files()
        head = hub.commit(checkout.flow("proposed"), base, branch=None)
        hub.files[head] = checkout.files()
        hub.pull(7, head, base)
        pull = {"number": 7, "title": "A change", "head": {"sha": head, "repo": {"full_name": hub.repository}}, "base": {"sha": base}}
        done = checkout.run_action(hub.url, {"action": "opened", "pull_request": pull | {"user": {"login": "kim"}, "labels": []}})
        assert (done.code, texts(toy)) == (0, [("Greeting (preview #7)", True, ["proposed"])]), done.out
        assert "Greeting (preview #7)" in hub.comments[7][0]["body"]
        hub.pulls[7]["state"] = "closed"
        done = checkout.run_action(hub.url, {"action": "closed", "pull_request": pull | {"user": {"login": "kim"}, "labels": []}})
        assert (done.code, toy.flows) == (0, {}), done.out


def test_existing_flow_is_adopted_as_json_with_its_platform_in_the_entry(checkout: Checkout, toy: ToyServer) -> None:
    toy.write("flow9", {"name": "Old one", "steps": [{"say": "hi"}], "active": True})
    (checkout.root / "flowship.yml").unlink()
    done = checkout.run("adopt", "--key-name", "TOY")
    assert done.code == 0, done.out
    assert json.loads((checkout.root / "toy/old-one.toy").read_text()) == {"name": "Old one", "note": "", "steps": [{"say": "hi"}]}
    assert "source: toy/old-one.toy\n    key: TOY\n    id: flow9\n" in (checkout.root / "flowship.yml").read_text()
    planned = checkout.run("plan", "--release", "always")
    assert planned.change["action"] == "unchanged", planned.out


def test_error_of_its_table_is_shown_with_its_fix(checkout: Checkout) -> None:
    done = checkout.run("deploy", "--release", "always", FLOWSHIP_KEY_TOY="another-key")
    assert (done.code, "no-key" in done.out, "Copy the key from Toy's settings again." in done.out) == (1, True, True), done.out


def test_doctor_and_version_list_it_with_its_package(checkout: Checkout) -> None:
    done = checkout.run("doctor")
    assert (done.code, "toy (flowship-toy 0.3.0)" in done.out, "the key works: 0 flows" in done.out) == (0, True, True), done.out
    assert "  toy (flowship-toy 0.3.0)\n" in checkout.run("--version", "--verbose").out


def test_schema_of_the_manifest_has_it(checkout: Checkout) -> None:
    schema = json.loads(checkout.run("schema", "manifest").out)
    assert "toy" in schema["$defs"]["workflow"]["properties"]["platform"]["enum"]
    assert "toy" in schema["properties"]["defaults"]["properties"]


def test_without_its_address_the_input_to_set_is_named(checkout: Checkout, toy: ToyServer) -> None:
    del checkout.environment["FLOWSHIP_BASE_URLS"]
    done = checkout.run("plan")
    assert (done.code, "The address of Toy is not known." in done.out, "Add `toy=URL` to `--base-urls`" in done.out) == (2, True, True), done.out


def test_address_comes_from_the_option_too_and_must_be_of_a_known_platform(checkout: Checkout, toy: ToyServer) -> None:
    del checkout.environment["FLOWSHIP_BASE_URLS"]
    assert checkout.run("doctor", "--base-urls", f"toy={toy.url}").code == 0
    unknown = checkout.run("plan", "--base-urls", f"tyo={toy.url}")
    assert (unknown.code, "There is no platform 'tyo'" in unknown.out) == (2, True), unknown.out
    built_in = checkout.run("plan", "--base-urls", f"gptbots={toy.url}")
    assert (built_in.code, "Use `--gptbots-base-url`" in built_in.out) == (2, True), built_in.out
    plain = checkout.run("plan", "--base-urls", "toy=http://toy.example.com")
    assert (plain.code, "the key could be read on the way" in plain.out) == (2, True), plain.out


def test_sandbox_has_no_such_platform(checkout: Checkout) -> None:
    done = checkout.run("plan", "--sandbox")
    assert (done.code, "The sandbox has no Toy" in done.out) == (2, True), done.out


def test_without_the_package_the_manifest_is_refused_with_what_is_missing(checkout: Checkout, tmp_path: Path) -> None:
    done = checkout.run("lint", PYTHONPATH="")
    assert (done.code, "Or install the package that adds the platform." in done.out) == (1, True), done.out


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ('        self._write("PUT"', ("deploy", "--release", "always")),
        ("        return KeyCheck(", ("doctor",)),
    ],
)
def test_bug_of_the_package_is_said_to_be_its_own(line: str, arguments: tuple[str, ...], checkout: Checkout, toy: ToyServer, tmp_path: Path) -> None:
    toy.write("flow1", {"name": "Greeting", "steps": []})
    checkout.write("flowship.yml", MANIFEST + "  greet: {id: flow1}\n")
    source = added_packages.TOY.replace(line, f'        raise KeyError("toy-key")\n{line}')
    packages = added_packages.install(tmp_path / "bug", "flowship-toy", "toy = toy_platform:PLATFORM", "toy_platform", source)
    done = checkout.run(*arguments, PYTHONPATH=str(packages))
    assert (done.code, "bug in flowship-toy 0.3.0: KeyError at toy_platform.py:" in done.out) == (3, True), done.out
    assert "bug in Flowship" not in done.out


def toy_with(before: str, after: str) -> str:
    assert before in added_packages.TOY
    return added_packages.TOY.replace(before, after)


# What the entry point is called, the module's source, and what is said of the package.
BROKEN = {
    "taken name": ("meingpt", toy_with('"toy', '"meingpt'), "flowship-other 0.3.0 adds meingpt, which is taken by meinGPT"),
    "import error": ("other", "import nothing_of_that_name", "adds the platform other, and cannot be loaded: ModuleNotFoundError"),
    "no object of that name": ("toy", "", "adds the platform toy, and cannot be loaded: AttributeError"),
    "another version of the API": ("toy", toy_with("api = 1", "api = 2"), "for version 2 of the platform API, and this Flowship has version 1"),
    "lacking": ("toy", toy_with("    def target(", "    def targets("), "flowship-other 0.3.0 adds the platform toy without target"),
    "two names": ("tool", added_packages.TOY, "adds the platform 'toy' as 'tool'"),
    "general suffix": ("toy", toy_with('suffixes={".toy"', 'suffixes={".json"'), "takes the suffix .json for Toy, which other files have too"),
    "rules of another": ("toy", toy_with('rule_sets={"workflow": "toy"}', 'rule_sets={"workflow": "flow"}'), "names the set of rules flow for Toy"),
    "rule of another's name": ("toy", toy_with('"toy-step-says"', '"step-says"'), "has the lint rule step-says, whose name does not begin with toy-"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_package_that_cannot_be_used_is_named(case: str, checkout: Checkout, tmp_path: Path) -> None:
    name, source, message = BROKEN[case]
    packages = added_packages.install(tmp_path / "broken", "flowship-other", f"{name} = other:PLATFORM", "other", source)
    for arguments in (("plan",), ("--version", "--verbose")):
        assert_refused(checkout.run(*arguments, PYTHONPATH=str(packages)), message)


def test_second_package_of_one_name_is_named(checkout: Checkout, tmp_path: Path) -> None:
    fork = added_packages.install(tmp_path / "fork", "flowship-toy-fork", "toy = fork:PLATFORM", "fork", added_packages.TOY)
    done = checkout.run("plan", PYTHONPATH=f"{tmp_path / 'packages'}:{fork}")
    assert_refused(done, "flowship-toy-fork 0.3.0 adds toy, which is taken by flowship-toy 0.3.0")


def assert_refused(done: Done, message: str) -> None:
    """Nothing was done, and the message has a fix."""
    assert (done.code, message in done.out, "ninstall" in done.out) == (2, True, True), done.out
    assert "Traceback" not in done.out
