"""What a change is compared with, to show what changes inside its workflow. Pure.

The definition on the platform, where the platform exports it. Else the file at the commit that the version came from, by the state or by the
version's description; it counts only with the recorded fingerprint, which proves it.
"""

from deployer.model.change import Change
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.registry import target_of
from deployer.state.base import WorkflowRecord

COMPARED = ("import", "create", "update", "release", "hold")
NOW = "what is there now"


def find_baseline(change: Change, record: WorkflowRecord, base: CandidateCommit) -> Baseline:
    """What to compare the change with. `record`: the workflow's on this host. `base`: the commit to use where none is recorded ("" for none)."""
    if not change.observed.exists:
        return Baseline(absent=True)
    baseline = target_of(change.workflow).baseline(change, record)
    if baseline.definition is not None:
        return baseline
    return Baseline(commits=tuple(dict.fromkeys(commit for commit in (*baseline.commits, base) if commit.commit)))
