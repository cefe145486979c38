"""Names with letters that Unicode can write in two ways (NFC, NFD): manifest, files, `only`, other commits."""

import json
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, Events

NAME = "größe"
FORMS: list[Any] = [("NFC", "NFD"), ("NFD", "NFC")]
CASES = 'cases: [{name: one, input: {a: 1}, expect: {contains: "a"}}]\n'


def files(repository: Any, written: Any, stored: Any) -> None:
    """A manifest in one form, and the files that it names in the other."""
    as_written, as_stored = normalize(written, NAME), normalize(stored, NAME)
    entry = f"{{source: {as_written}/{as_written}.flow, key: A, evals: {as_written}/{as_written}.yml}}"
    repository.write("flowship.yml", f"version: 1\nworkflows:\n  {as_written}: {entry}\n")
    repository.flow(f"{as_stored}/{as_stored}.flow")
    repository.write(f"{as_stored}/{as_stored}.yml", CASES)


@pytest.mark.parametrize(("written", "stored"), FORMS)
def test_a_source_in_the_other_form_is_found(repository: Any, sandbox: Any, written: Any, stored: Any) -> None:
    files(repository, written, stored)
    repository.use(sandbox.url, A="sandbox-workflow-a")
    linted = repository.run("lint")
    assert (linted.code, "source-unnamed" in linted.out) == (0, False), linted.out
    ran = repository.run("deploy", "--release", "always", "--only", normalize(stored, NAME))
    assert ran.code == 0, ran.out
    assert ran.change["workflow"] == NAME
    assert ran.change["path"] == normalize(stored, f"{NAME}/{NAME}.flow"), "as git has it"
    assert ran.report["evals"][0]["path"] == normalize(stored, f"{NAME}/{NAME}.yml")
    files(repository, stored, stored)
    assert repository.run("plan", "--release", "always").change["action"] == "unchanged", "the state knows it in either form"


@pytest.mark.parametrize(("written", "stored"), FORMS)
def test_files_globs_and_the_manifest_are_found_in_the_other_form(repository: Any, sandbox: Any, written: Any, stored: Any) -> None:
    typed, there = normalize(written, NAME), normalize(stored, NAME)
    repository.flow(f"{there}/{there}.flow")
    for pattern in (f"{typed}/{typed}.flow", f"{typed}/*.flow"):
        ran = repository.run("plan", "--files", pattern, "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-workflow-a")
        assert (ran.code, ran.change["path"]) == (0, f"{there}/{there}.flow"), ran.out
    repository.write(f"{there}/{there}.yml", f"version: 1\nworkflows:\n  a: {{source: {typed}.flow, key: A}}\n")
    repository.use(sandbox.url, A="sandbox-workflow-a")
    for arguments in (("--manifest", f"{typed}/{typed}.yml"), ("--root", typed, "--manifest", f"{typed}.yml")):
        report = str(repository.root / "report.json")
        ran = repository.run("plan", *arguments, FLOWSHIP_REPORT=report)
        assert (ran.code, ran.change["path"]) == (0, f"{there}/{there}.flow"), ran.out


def test_two_names_that_are_one_in_nfc_are_refused(repository: Any) -> None:
    repository.flow()
    rows = "".join(f"  {normalize(form, NAME)}: {{source: flows/a.flow, key: {form}}}\n" for form in FORMS[0])
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{rows}")
    ran = repository.run("lint")
    assert ran.code == 1
    assert "flowship.yml:4:3: error: The name `größe` occurs twice" in ran.out


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.mark.parametrize(("before", "after"), FORMS)
def test_a_pull_request_is_compared_with_a_base_branch_that_has_the_other_form(
    repository: Any, sandbox: Any, hub: GitHub, before: Any, after: Any
) -> None:
    manifest = f"version: 1\nworkflows:\n  triage: {{source: {normalize(after, NAME)}.flow, key: TRIAGE, preview: {{keys: [POOL_1]}}}}\n"
    events = Events(repository, sandbox, hub, manifest)
    flow = hub.files[BASE]["flows/a.flow"]
    hub.files[BASE] = {"flowship.yml": manifest.encode(), f"{normalize(before, NAME)}.flow": flow}
    sha = events.push(12)
    hub.files[sha] = {"flowship.yml": manifest.encode(), f"{normalize(after, NAME)}.flow": hub.files[sha]["flows/a.flow"]}
    ran = events.run(12, "opened", report=str(repository.root / "report.json"))
    assert ran.code == 0, ran.out
    assert (ran.change["status"], "answer 12.1" in json.dumps(ran.change["diff"])) == ("previewed", True)
    assert '"hi"' in json.dumps(ran.change["diff"]), "compared with the base branch's file"
