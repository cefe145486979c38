"""A change: what a deploy would do to one workflow, decided before anything is done. One class per action."""

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from deployer.model.difference import Difference
from deployer.model.observation import Observed
from deployer.model.preview import Preview
from deployer.model.workflow import Workflow

ActionName = Literal["import", "create", "update", "release", "delete", "hold", "unchanged", "superseded", "drift", "fail", "adopt"]
Same = Literal["in_sync", "never_deployed", "undetermined"]
Drifted = Literal["modified", "missing"]


class RollbackOf(NamedTuple):
    """What a rollback puts back: its fingerprint and the commit it came from, and the fingerprint that it rolls back."""

    fingerprint: str
    commit: str
    reverted_fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`target` is the platform's id, "" while unknown. `why` is one line for people; `warning` goes into every report.

    `restored` is set by a rollback only: what goes live is not what the file says. `preview` is set where a pull request's preview is
    written, which is nobody's production. `difference`: what changes inside the workflow, where that was looked into.
    """

    action: ClassVar[ActionName]
    writes: ClassVar[bool] = True

    workflow: Workflow
    observed: Observed
    target: str = ""
    release: bool = False
    version: str | None = None
    previous_version: str | None = None
    live: bool = False
    why: str = ""
    warning: str | None = None
    restored: RollbackOf | None = None
    difference: Difference | None = None
    preview: Preview | None = None

    @property
    def fingerprint(self) -> str:
        """Of what this change makes live, or would write."""
        return self.restored.fingerprint if self.restored else self.workflow.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDraft(Change):
    """GPTBots: send the file, which makes a new draft version; `release` makes that version live."""

    action: ClassVar[ActionName] = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquireSlot(WriteDraft):
    """GPTBots: take a preview Workflow, or import into the one that the pull request has. `pool`: keys to try, in this order, as
    workflows whose targets they name."""

    pool: tuple[Workflow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot(WriteDraft):
    """GPTBots: import the base branch's file into a preview Workflow, which ends the pull request's lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish(Change):
    """GPTBots: make an existing version (`version`) live."""

    action: ClassVar[ActionName] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLive(Change):
    """meinGPT: make the workflow, live at once; `as_name` is the name it gets."""

    action: ClassVar[ActionName] = "create"
    as_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Change):
    """meinGPT: replace the definition, live at once; `save_first`: keep what is there, since nothing says that we wrote it."""

    action: ClassVar[ActionName] = "update"
    save_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Change):
    """meinGPT: take a workflow away that we made and that the manifest no longer names; `save_first` as in an update."""

    action: ClassVar[ActionName] = "delete"
    save_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptExisting(Change):
    """Bring what is on the platform into the repository: files and a manifest entry; nothing is sent."""

    action: ClassVar[ActionName] = "adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Change):
    """Not written: it would be live at once and no release was asked for, or somebody else edited it."""

    action: ClassVar[ActionName] = "hold"
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged(Change):
    """Everything is as wanted."""

    action: ClassVar[ActionName] = "unchanged"
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync(Unchanged):
    """Compared with what was last deployed, and no difference was found. `undetermined`: it could not be compared."""

    what: Same


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Change):
    """Compared with what was last deployed, and something else is on the platform, or nothing."""

    action: ClassVar[ActionName] = "drift"
    writes: ClassVar[bool] = False
    what: Drifted


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(Change):
    """A newer commit is there already: going on would put an older one over it."""

    action: ClassVar[ActionName] = "superseded"
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Change):
    """Nothing can be decided or done: the target could not be read, or is somebody else's."""

    action: ClassVar[ActionName] = "fail"
    writes: ClassVar[bool] = False
    code: str
    message: str
    fix: str
