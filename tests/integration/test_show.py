"""`flowship show` through the program: graphs of files, compared with a commit and with what is live; and the page of a run."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
NO_KEYS = {"FLOWSHIP_KEY_TRIAGE": "", "FLOWSHIP_KEY_MEINGPT": ""}
TRIAGE = "triage (gptbots, flows/a.flow): 2 nodes, 1 edge"
ONBOARDING = "onboarding (meingpt, workflows/onboarding.yaml): 2 nodes, 1 edge"


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    """Both platforms, in a git repository with one commit, tagged `first`."""
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.workflow()
    repository.use(sandbox.url, **KEYS)
    git(repository.root, "init", "-q", "-b", "main")
    repository.write(".gitignore", ".flowship/\n*.json\n*.html\n")
    git(repository.root, "add", ".")
    git(repository.root, "commit", "-q", "-m", "A commit")
    git(repository.root, "tag", "first")
    return repository


def test_manifest_is_a_line_for_each_workflow_without_key_or_network(project: Any) -> None:
    project.use("http://127.0.0.1:9", **KEYS)
    shown = project.run("show", **NO_KEYS)
    assert (shown.code, shown.err) == (0, "")
    assert f"\n{ONBOARDING}\n{TRIAGE}\n2 workflows\n" in shown.out


def test_named_workflow_is_a_graph(project: Any) -> None:
    shown = project.run("show", "triage")
    assert "\ntriage (gptbots, flows/a.flow)\n  Start\n  End\ntriage: 2 nodes, 1 edge\n" in shown.out


def test_against_a_tag_shows_the_edit(project: Any) -> None:
    project.flow(text="good day")
    shown = project.run("show", "triage", "--against", "first")
    commit = git(project.root, "rev-parse", "--short=7", "first")
    assert shown.code == 0
    assert f"  Start\n~ End\n\ncompared with first (commit {commit}):\n~ node End (END)\n" in shown.out
    assert '    endParam.outputText: "hi" → "good day"\n' in shown.out
    assert "\ntriage: 2 nodes, 1 edge; 1 changed" in shown.out


def test_against_a_commit_that_lacks_the_file_all_is_new_and_what_is_gone_is_named(project: Any) -> None:
    project.write("flowship.yml", MANIFEST.replace("triage: {source: flows/a", "refund: {source: flows/b"))
    project.flow("flows/b.flow")
    shown = project.run("show", "--against", "first")
    assert "refund (gptbots, flows/b.flow): 2 nodes, 1 edge; new" in shown.out
    assert re.search(r"notice: In the manifest at first \(commit \w{7}\), and not any more: triage\.", shown.out)


def test_unknown_workflow_is_refused_in_words_that_fit_an_argument_and_an_option(project: Any) -> None:
    for arguments in (["nope"], ["--only", "nope"]):
        shown = project.run("show", *arguments)
        assert shown.code == 2
        assert "There is no workflow `nope` in `flowship.yml`.\n    Fix: Use one of: `triage`, `onboarding`." in shown.out
    assert "Fix: Did you mean `triage`?" in project.run("show", "traige").out


def test_unknown_reference_is_refused(project: Any) -> None:
    shown = project.run("show", "--against", "nothing-of-that-name")
    assert shown.code == 2
    assert "no-commit: `--against` is 'nothing-of-that-name': no commit, branch or tag of that name was found." in shown.out


def test_against_live_exports_where_there_is_a_call_and_else_reads_the_recorded_commit(project: Any) -> None:
    assert project.run("deploy", "--release", "always").code == 0
    project.flow(text="good day")
    project.workflow(more="description: Says hello\n")
    shown = project.run("show", "--against", "live")
    commit = git(project.root, "rev-parse", "--short=7", "HEAD")
    assert shown.code == 0
    assert f"{ONBOARDING}; 1 added, compared with what is there now\n" in shown.out
    assert f"{TRIAGE}; 1 changed, compared with commit {commit}, recorded as live (1.0.0)\n" in shown.out
    assert "notice: GPTBots has no call that exports a workflow: the file that the state records as live stands for what is live." in shown.out
    keyless = project.run("show", "onboarding", "--against", "live", **NO_KEYS)
    assert f"compared with commit {commit}, recorded as live" in keyless.out
    assert "notice: No key is given for onboarding:" in keyless.out


def test_against_live_before_any_deploy_nothing_is_claimed(project: Any) -> None:
    shown = project.run("show", "triage", "--against", "live")
    assert shown.code == 1
    assert "warning: The state records nothing as live, so it is not compared." in shown.out


def test_file_with_an_error_is_reported_and_the_others_are_shown(project: Any) -> None:
    project.write("workflows/onboarding.yaml", "name: [\n")
    shown = project.run("show")
    assert shown.code == 1
    assert "triage: 2 nodes, 1 edge" in shown.out
    assert "workflows/onboarding.yaml" in shown.out


def test_page_is_one_file_without_script_or_address(project: Any) -> None:
    project.flow(text="good day")
    shown = project.run("show", "--against", "first", "--html", "out/show.html")
    assert "written  out/show.html" in shown.out
    page = (project.root / "out/show.html").read_text()
    assert shown.code == 0
    assert page.startswith("<!doctype html>\n<html")
    assert page.count('<svg class="graph"') == 2
    assert '<del>"hi"</del> → <ins>"good day"</ins>' in page
    assert not re.search(r"<script|<img|<link|https?://", page)


def test_page_of_a_run_stands_beside_its_json_report_and_shows_no_key(project: Any) -> None:
    project.flow(text=f"good {KEYS['TRIAGE']} day")
    done = project.run("deploy", "--release", "always", "--report", "report.json\nrun.html")
    page = (project.root / "run.html").read_text()
    assert done.code == 0
    assert done.report["mode"] == "deploy"
    assert "<h1>" in page
    assert "2 released" in page
    assert KEYS["TRIAGE"] not in page + shown_page(project)


def shown_page(project: Any) -> str:
    project.run("show", "--against", "first", "--html", "show.html")
    return str((project.root / "show.html").read_text())


def test_page_is_not_written_through_a_link(project: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text("mine")
    os.symlink(outside, project.root / "show.html")
    project.run("show", "--html", "show.html")
    assert outside.read_text() == "mine"
    assert (project.root / "show.html").read_text().startswith("<!doctype html>")


def test_two_reports_of_one_format_are_refused(project: Any) -> None:
    refused = project.run("plan", "--report", "a.html\nb.html")
    assert refused.code == 2
    assert "`--report` names two HTML files: a.html, b.html." in refused.out + refused.err


def test_action_has_no_such_mode(project: Any) -> None:
    refused = project.run(GITHUB_ACTIONS="true", INPUT_MODE="show")
    assert refused.code == 2
    assert "It is a command of the command line, not a mode of the action." in refused.out
