"""A change: what a deploy would do to one workflow, decided before anything is done. One class per action."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from deployer.domain.observation import Observation
from deployer.domain.workflow import Workflow

ActionName = Literal["import", "create", "update", "release", "delete", "hold", "unchanged", "superseded", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`target` is the platform's id, "" while unknown. `why` is one line for people; `warning` goes into every report."""

    action: ClassVar[ActionName]
    writes: ClassVar[bool] = True

    workflow: Workflow
    observed: Observation
    target: str = ""
    release: bool = False
    version: str | None = None
    previous_version: str | None = None
    live: bool = False
    why: str = ""
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Change):
    """GPTBots: send the file, which makes a new draft version; `release` makes that version live."""

    action: ClassVar[ActionName] = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Change):
    """GPTBots: make an existing version (`version`) live."""

    action: ClassVar[ActionName] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Change):
    """meinGPT: make the workflow, live at once; `as_name` is the name it gets."""

    action: ClassVar[ActionName] = "create"
    as_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Change):
    """meinGPT: replace the definition, live at once; `save_first`: keep what is there, since nothing says that we wrote it."""

    action: ClassVar[ActionName] = "update"
    save_first: bool = False


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
    cure: str
