"""What a change is compared with: nothing, the platform's own definition, or commits, best first."""

from fake_targets import HOST, flow, yaml
from observations import defined, listed

from deployer.model import marker
from deployer.model.change import Change, Replace, WriteDraft
from deployer.model.observation import MISSING, Observed, Version
from deployer.planning.baseline import find_baseline
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.state.base import DeployRecord, WorkflowRecord

BASE = CandidateCommit("b" * 40, "the base branch")
NO_BASE = CandidateCommit("", "what was there before this push")
EMPTY = WorkflowRecord()


def draft(observed: Observed) -> Change:
    return WriteDraft(workflow=flow("a"), observed=observed, target=observed.id)


def test_target_that_does_not_exist_is_compared_with_nothing() -> None:
    assert find_baseline(draft(MISSING), EMPTY, BASE) == Baseline(absent=True)


def test_definition_that_the_platform_shows_comes_first() -> None:
    shown = defined("wf_1", {"id": "wf_1", "name": "A", "steps": [], "status": "active"})
    baseline = find_baseline(Replace(workflow=yaml("a"), observed=shown, target="wf_1"), EMPTY, BASE)
    assert (baseline.commits, dict(baseline.definition or {}).get("name")) == ((), "A")


def test_recorded_commit_is_proven_and_the_base_branch_is_the_last_resort() -> None:
    live = DeployRecord(fingerprint="f" * 64, version="1", target="bot", host=HOST, commit="c" * 40)
    observed = listed((Version("1", marker.describe("m", "c" * 40, marker.new("f" * 64)), True, "bot"),), "bot")
    baseline = find_baseline(draft(observed), WorkflowRecord(live=live, releases=(live,)), BASE)
    assert (baseline.commits[0].commit, bool(baseline.commits[0].fingerprint)) == ("c" * 40, True)
    assert baseline.commits[-1] == BASE


def test_without_a_known_commit_there_is_nothing_to_look_at() -> None:
    assert find_baseline(draft(listed((), "bot")), EMPTY, BASE).commits == (BASE,)
    assert find_baseline(draft(listed((), "bot")), EMPTY, NO_BASE).commits == ()
