"""What a change is compared with, to show what changes inside its workflow. Pure.

Where a platform shows its definition, that. Where it has no call that exports, the file at the commit that the version came from, by the state or
by the version's description: that commit's file counts only with the fingerprint that was recorded, which proves it.
"""

from deployer.model.change import Change
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.registry import target_of
from deployer.state.base import WorkflowRecord

COMPARED = ("import", "create", "update", "release", "hold")
NOW = "what is there now"


def find_baseline(change: Change, record: WorkflowRecord, base: CandidateCommit) -> Baseline:
    """`record`: what the state has, of this host. `base`: a commit to fall back upon ("" for none), when it is not known what was deployed."""
    if not change.observed.exists:
        return Baseline(absent=True)
    baseline = target_of(change.workflow).baseline(change, record)
    if baseline.definition is not None:
        return baseline
    return Baseline(commits=tuple(dict.fromkeys(commit for commit in (*baseline.commits, base) if commit.commit)))
