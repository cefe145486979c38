"""The seam: what the rest of Flowship knows of one workflow on a platform (`Target`), and the values of a platform's calls.

A platform is a package with an adapter that fulfils `deployer.platforms.platform.Platform`. Its targets are made of one of the two shared ways
of deploying (`draft_and_publish`, `in_place`) and of what is the platform's own. A client is apart from its mapping: `http/` sends requests and
turns failures into `deployer.model.errors`, each platform's client maps calls to the values here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from deployer.http.quota import QuotaStatus
from deployer.model.change import Change
from deployer.model.errors import PlatformError
from deployer.model.failure import Failure
from deployer.model.marker import Marker
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms.baseline import Baseline
from deployer.platforms.restore import RollbackTarget, SourceAt
from deployer.state.base import DeployRecord, WorkflowRecord

if TYPE_CHECKING:
    from deployer.platforms.listing import Listing
    from deployer.platforms.write_context import WriteContext, WriteProgress


NOT_OFFERED = "the platform's capabilities say that it has no such call"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform offers, as its published contract says."""

    drafts: bool  # an import makes a draft that is not live
    versions: bool  # earlier versions stay there and can be released again
    list: bool
    delete: bool
    export: bool
    run_logs: bool  # earlier runs can be listed
    key_is_target: bool  # a key leads to one workflow; else to all of an organisation


@dataclass(frozen=True, slots=True)
class Imported:
    """An import's reply: the target's id, the version made, and what the platform dropped ("" when nothing)."""

    target_id: str
    version: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which target a key leads to: `kind` is `workflow` or `agent` (lower case), `id` the target's."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow. `status` as the platform says it; `finished` and `succeeded` are our reading.

    `version` is the version that answered, "" where there are none. Seconds, tokens and cost are None when not told.
    """

    id: str
    status: str
    finished: bool
    succeeded: bool
    output: Any = None
    version: str = ""
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


def reported_number(value: object) -> float | None:
    """A number of a reply; infinite where it is too large for one, None where it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return float("inf")


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of a list of workflows."""

    id: str
    name: str
    status: str = ""
    updated_at: str = ""
    created_at: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What a key leads to: the target's id ("" while unknown), facts for people, and what is wrong, None when nothing is."""

    target: str = ""
    facts: tuple[str, ...] = ()
    failure: Failure | None = None


class Caller(Protocol):
    """Runs one workflow. `per_minute`: how many runs its platform lets start, 0 when nothing is known. Both calls raise FlowshipError."""

    @property
    def per_minute(self) -> int: ...

    def start(self, given: Any) -> Run: ...

    def result(self, run: Run) -> Run: ...


class NotReadable(PlatformError):  # noqa: N818 - named like its family
    """The key works, but not for reading: the list call is not there (404, 405) or not allowed (403) for it.

    The recorded state is used instead (docs/contracts/gptbots.md, "Known silences").
    """


class Connected(Protocol):
    """The targets of a run: see `deployer.platforms.connections.Connections`."""

    @property
    def key_of(self) -> Callable[[Workflow], Secret | None]: ...

    def host(self, workflow: Workflow) -> str: ...

    def target(self, workflow: Workflow, before_send: Callable[[], None] | None = None) -> "Target": ...

    def outlook(self, workflow: Workflow) -> QuotaStatus | None: ...

    def payer(self, workflow: Workflow) -> tuple[str, str]: ...


class Target(Protocol):
    """One workflow on one platform. `plan`, `restore`, `compare` and `baseline` are pure; the others call the platform and raise FlowshipError.
    What not every platform offers has a default here."""

    workflow: Workflow
    gone_codes: ClassVar[Collection[str]] = ()
    status_field: ClassVar[str] = "status"  # of a definition as the platform gives it: whether it is live

    def is_gone(self, code: str) -> bool:
        """Whether that error code means that there is no such workflow."""
        return code in self.gone_codes

    def observe(self, record: WorkflowRecord, policy: Policy, listing: "Listing", source_at: SourceAt) -> Observed:
        """What is there now. `source_at`: the definitions that earlier runs sent."""

    def plan(self, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
        """What a deploy does."""

    def restore(self, to: RollbackTarget, observed: Observed, record: WorkflowRecord) -> Change:
        """What a rollback does. Raises FlowshipError where it cannot be decided."""

    def compare(self, observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
        """Whether it is still what was deployed last."""

    def apply(self, change: Change, attempt: Marker | None, context: "WriteContext", progress: "WriteProgress") -> None:
        """Carry out a change that writes."""

    def baseline(self, change: Change, record: WorkflowRecord) -> Baseline:
        """What a change is to be compared with, to tell what changes inside the workflow."""

    def shown_definition(self, policy: Policy, *, status: bool = False) -> dict[str, Any]:
        """The wanted definition as it is compared: without what the platform adds by itself."""

    def shown_live(self, id_: str) -> dict[str, Any] | None:
        """The definition there now, as it is compared; None where the platform has no call for that."""
        return None

    def without_added(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Without what the platform adds by itself."""
        return dict(definition)

    def is_as_left(self, observed: Observed, last: DeployRecord) -> bool:
        """Is it what came back after our last write?"""

    def is_ours(self, observed: Observed, record: WorkflowRecord) -> bool:
        """Is it what a run of ours left, whether or not it was read back? Else it was edited elsewhere."""
        entries = [entry for entry in (record.live, record.draft) if entry and entry.target in ("", observed.id)]
        return observed.own_write is not None or any(self.is_as_left(observed, entry) for entry in entries)

    def found_definition(self, observed: Observed) -> dict[str, Any] | None:
        """The whole definition that was observed; None where it was not read."""
        return None

    def readback_fingerprint(self, observed: Observed) -> str:
        """The fingerprint of what came back from the platform; "" where it gives no definition."""
        return ""

    def given_name(self, policy: Policy) -> str:
        """What the workflow is called on the platform."""
        return str((self.workflow.source.definition or {}).get("name", self.workflow.name))

    def limitations(self, before: Source) -> str:
        """What the target of a preview drops, in words; "" when nothing. `before`: the definition without what `preview.set` lays over it."""
        return ""

    def list(self) -> Iterator[Summary]:
        """Every workflow that the key leads to, each once."""
        raise AssertionError(NOT_OFFERED)

    def export(self, id_: str) -> dict[str, Any] | None:
        """The definition of that id as the platform has it; None where it has no call for that."""
        return None

    def revision(self, id_: str) -> str:
        """What tells one state of that id's definition from the next, such as when it was last written; "" where nothing does."""
        return ""

    def run_logs(self, start_ms: int, end_ms: int, page_size: int) -> Sequence[Any]:
        """Rows of earlier runs, as the platform shows them. Only where `capabilities.run_logs` says so."""
        raise AssertionError(NOT_OFFERED)

    def identity(self) -> Identity:
        """Which target the key leads to. Only where `capabilities.key_is_target` says so."""
        raise AssertionError(NOT_OFFERED)

    def observed(self, id_: str, body: Mapping[str, Any]) -> Observed:
        """What an exported definition shows."""
        raise AssertionError(NOT_OFFERED)

    def file_definition(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a file holds of an exported definition. Raises ValueError where no file can hold it."""
        raise AssertionError(NOT_OFFERED)

    def check_key(self) -> KeyCheck:
        """What the key leads to: reads only."""

    def caller(self, through: str, version_or_id: str, secret: Secret | None) -> Caller:
        """What runs the workflow for an eval suite. Raises UsageError where it cannot be run that way."""
