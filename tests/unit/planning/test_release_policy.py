"""Whether a run releases: the input applies everywhere, a manifest's `always` to the default branch and release tags alone."""

import pytest

from deployer.github.event import GithubEvent
from deployer.model.errors import UsageError
from deployer.planning.release_policy import decide_release

TAGS = "v*, !v*-*"
MAIN = {"ref": "refs/heads/main", "branch": "main", "default_branch": "main"}
OTHER = {"ref": "refs/heads/try", "branch": "try", "default_branch": "main"}
V1 = {"ref": "refs/tags/v1", "tag": "v1", "default_branch": "main"}
PRE = {"ref": "refs/tags/v1-rc", "tag": "v1-rc", "default_branch": "main"}


def event(name: str, fields: dict[str, str]) -> GithubEvent:
    return GithubEvent(name=name, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "fields", "released"),
    [
        ("push", MAIN, True),
        ("push", V1, True),
        ("workflow_dispatch", MAIN, True),
        ("workflow_dispatch", V1, True),
        ("release", {**V1, "action": "published"}, True),
        ("push", OTHER, False),
        ("push", PRE, False),
        ("push", {**MAIN, "default_branch": ""}, False),
        ("workflow_dispatch", OTHER, False),
        ("workflow_dispatch", PRE, False),
        ("pull_request", {"ref": "refs/pull/1/merge", "default_branch": "main"}, False),
        ("schedule", MAIN, False),
        ("workflow_run", MAIN, False),
        ("", {}, False),
    ],
)
def test_always_of_the_manifest_is_for_the_default_branch_and_release_tags(name: str, fields: dict[str, str], released: bool) -> None:
    decision = decide_release("", "always", "staging", event(name, fields), TAGS)
    assert decision.release is released
    assert bool(decision.notice) is not released
    assert "Fix: Merge into" in decision.notice or released


@pytest.mark.parametrize(("given", "released"), [("always", True), ("force", True), ("never", False), ("on-tag", False)])
@pytest.mark.parametrize("declared", ["on-tag", "always", "never"])
def test_input_overrides_the_manifest_everywhere(given: str, released: bool, declared: str) -> None:
    decision = decide_release(given, declared, "staging", GithubEvent(), TAGS)
    assert (decision.policy, decision.release, decision.force, decision.notice) == (given, released, given == "force", "")


@pytest.mark.parametrize(("fields", "released"), [(V1, True), (PRE, False), (MAIN, False)])
def test_on_tag_takes_a_release_tag(fields: dict[str, str], released: bool) -> None:
    decision = decide_release("", "on-tag", "production", event("push", fields), TAGS)
    assert (decision.release, decision.notice) == (released, "")
    assert decision.why == ("the tag v1 releases" if released else "`release: on-tag`, and this run is not for a release tag")


def test_never_holds_a_release_tag_too() -> None:
    decision = decide_release("", "never", "production", event("push", V1), TAGS)
    assert (decision.release, decision.why) == (False, "`release: never` in the manifest")


@pytest.mark.parametrize("policy", ["never", "on-tag", "always"])
def test_mistake_in_tags_is_found_under_every_policy(policy: str) -> None:
    with pytest.raises(UsageError):
        decide_release("", policy, "staging", event("push", MAIN), "v[")


def test_plan_of_a_pull_request_says_what_makes_it_live() -> None:
    decision = decide_release("", "always", "staging", GithubEvent(name="pull_request", pull_request=12, default_branch="main"), TAGS)
    assert (decision.release, decision.why) == (False, "the manifest's `release: always` makes a push to main live, and not a pull request")
    assert decision.notice == f"Nothing goes live in staging: {decision.why}."
