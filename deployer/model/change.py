"""A change: what a deploy would do to one workflow, decided before any write. One class per action.

A class without fields of its own has no decorator: it inherits the methods of its base, and decorating it would add a millisecond to every start.
Once it gets a field it needs `@dataclass` in place of `__slots__`, or the field is ignored.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from deployer.model.difference import Difference
from deployer.model.observation import Observed
from deployer.model.preview import Preview
from deployer.model.workflow import Workflow

ActionName = Literal["import", "create", "update", "release", "delete", "hold", "unchanged", "superseded", "drift", "fail", "adopt"]
HoldStatus = Literal["held_for_release", "held_edited", "held_rolled_back"]
SyncStatus = Literal["in_sync", "never_deployed", "undetermined"]
DriftStatus = Literal["modified", "missing"]


class RollbackOf(NamedTuple):
    """What a rollback restores: its fingerprint and commit, and the fingerprint that is rolled back. `dirty`: it differs from the commit's file."""

    fingerprint: str
    commit: str
    reverted_fingerprint: str
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Base of all changes. `target` is the platform's id, "" while unknown. `why` is one line for people; `warning` goes into every report.

    `restored`: set by a rollback only, where another content than the file's goes live. `preview`: set where a pull request's preview is
    written, not production. `difference`: what changes inside the workflow, None when it was not compared. `dirty`: the file differs from the
    commit that is recorded with it, as far as that could be read.
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
    dirty: bool = False

    @property
    def fingerprint(self) -> str:
        """The fingerprint of what this change makes live or writes."""
        return self.restored.fingerprint if self.restored else self.workflow.fingerprint


class WriteDraft(Change):
    """Where the platform keeps versions: send the file as a new draft version. `release`: also make that version live."""

    __slots__ = ()
    action: ClassVar[ActionName] = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquireSlot(WriteDraft):
    """Lease a preview slot and write to it, or write to the slot that the pull request has. `pool`: the slots to try, in this order."""

    pool: tuple[Workflow, ...] = ()


class FreeSlot(WriteDraft):
    """Write the base branch's file to a preview slot, which ends the pull request's lease."""

    __slots__ = ()


class Publish(Change):
    """Where the platform keeps versions: make the existing `version` live."""

    __slots__ = ()
    action: ClassVar[ActionName] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLive(Change):
    """Where the platform keeps one definition: create the workflow under the name `as_name`. It is live at once."""

    action: ClassVar[ActionName] = "create"
    as_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Change):
    """Replace the one definition, live at once. `save_first`: save the present one to a file, since no record says that Flowship wrote it."""

    action: ClassVar[ActionName] = "update"
    save_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Change):
    """Delete a workflow that Flowship created and the manifest no longer names. `save_first`: as in `Replace`."""

    action: ClassVar[ActionName] = "delete"
    save_first: bool = False


class AdoptExisting(Change):
    """Write a workflow of the platform into the repository: a file and a manifest entry. Nothing is sent to the platform."""

    __slots__ = ()
    action: ClassVar[ActionName] = "adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Change):
    """Not written: it would be live at once and no release was requested, it was edited on the platform, or it was rolled back before."""

    action: ClassVar[ActionName] = "hold"
    writes: ClassVar[bool] = False
    status: HoldStatus = "held_for_release"


class Unchanged(Change):
    """The platform holds the desired definition; nothing to write."""

    __slots__ = ()
    action: ClassVar[ActionName] = "unchanged"
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InSync(Unchanged):
    """Drift check: no difference to the last deploy was found. `undetermined`: it could not be compared."""

    status: SyncStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Change):
    """Drift check: the platform holds something else than the last deploy, or nothing."""

    action: ClassVar[ActionName] = "drift"
    writes: ClassVar[bool] = False
    status: DriftStatus


class Superseded(Change):
    """Not written: the platform already holds a newer commit."""

    __slots__ = ()
    action: ClassVar[ActionName] = "superseded"
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Change):
    """Failed to plan: the target could not be read, or does not belong to this workflow."""

    action: ClassVar[ActionName] = "fail"
    writes: ClassVar[bool] = False
    code: str
    message: str
    fix: str
