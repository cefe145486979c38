"""The names of runs in the state. A run is one process: two jobs of one workflow run of GitHub's are two runs.

`123.2-4f1c9a02-7be2c410`: workflow run 123, its second attempt, what the job was told to do, and the process. Any other text is the name of a
run elsewhere (`local-...`), which has no attempts.
"""

import hashlib
import json
import re
from typing import NamedTuple

_NAME = re.compile(r"(?P<workflow_run>[^.]+)\.(?P<attempt>[0-9]{1,9})(?:-(?P<job>[0-9a-f]{8})-(?P<process>[0-9a-f]{8}))?")


class RunName(NamedTuple):
    """`job` is the same for every attempt of one job, and for the shards of a matrix; `process` is new for each. Both "" where unknown."""

    workflow_run: str
    attempt: int = 0
    job: str = ""
    process: str = ""

    def __str__(self) -> str:
        attempt = f".{self.attempt}" if self.attempt else ""
        return f"{self.workflow_run}{attempt}" + (f"-{self.job}-{self.process}" if self.job else "")


def parse(run: str) -> RunName:
    """The parts of a run's name."""
    parts = _NAME.fullmatch(run)
    return RunName(parts["workflow_run"], int(parts["attempt"]), parts["job"] or "", parts["process"] or "") if parts else RunName(run)


def hash_of_job(*inputs: object) -> str:
    """What tells one job of a workflow run from another, and is the same when it runs again."""
    return hashlib.sha256(json.dumps(inputs).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def run_id(run: str) -> str:
    """The workflow run of a run: what its jobs release (the shards of a sharded deploy) is one release, whichever attempt did it."""
    return parse(run).workflow_run


def is_earlier_attempt(other: str, own: str) -> bool:
    """Whether that was an earlier attempt of this run's workflow run. GitHub starts an attempt when all jobs of the one before have ended."""
    theirs, ours = parse(other), parse(own)
    return theirs.workflow_run == ours.workflow_run and theirs.attempt < ours.attempt


def is_same_job(other: str, own: str) -> bool:
    """Whether that was this job, in this attempt or an earlier one, or another shard of it."""
    theirs, ours = parse(other), parse(own)
    return (theirs.workflow_run, theirs.job) == (ours.workflow_run, ours.job) and theirs.attempt <= ours.attempt


def shown(other: str, own: str = "") -> str:
    """A run as people know it: `run 123.2`, which is in its address on GitHub. `own`: the run whose log that is for."""
    theirs, ours = parse(other), parse(own)
    is_sibling = bool(ours.job) and (theirs.workflow_run, theirs.attempt) == (ours.workflow_run, ours.attempt)
    return "another job of this run" if is_sibling else f"run {theirs._replace(job='', process='')}"
