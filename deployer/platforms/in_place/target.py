"""One workflow on a platform that keeps one definition: it is replaced, live at once, and read back."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from deployer.model import fingerprint
from deployer.model.change import Change, CreateLive, Remove, Replace
from deployer.model.difference import Difference
from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.lease import LeaseHolder
from deployer.model.marker import Marker
from deployer.model.observation import MISSING, Observed, failed
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.base import Summary, Target
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.in_place import compare, plan, recognition, restore, write
from deployer.platforms.listing import Listing
from deployer.platforms.restore import RollbackTarget, SourceAt
from deployer.platforms.write_context import WriteContext, WriteProgress
from deployer.state.base import ADOPTED, DeployRecord, WorkflowRecord

MIN_WORKFLOWS_FOR_LIST = 2  # of one organisation: fewer are read one by one
NO_SUCH_ID = "Correct `id` in the manifest, or take it out to create a new workflow."


class DefinitionClient(Protocol):
    """The calls of a platform's client. Every method raises PlatformError; `OutcomeUnknown` after a lost reply to a call that writes."""

    def workflows(self) -> Iterator[Summary]:
        """All that the key leads to, of every page. `status`: the value of `status_field`, as text."""

    def workflow(self, id: str) -> dict[str, Any]:  # noqa: A002 - the platform's word
        """The definition, with `status_field` and `revision_field`. Where there is none, the error's code is one of `gone_codes`."""

    def create(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Makes it, not live. `id` of what it returns is the new workflow's. It is sent once: `repeatable=False`."""

    def update(self, id: str, definition: Mapping[str, Any]) -> None:  # noqa: A002
        """Replaces all of it, and makes it live: `status_field` of the definition says so. Where that takes two calls, the one that makes it live is
        the last, and is left out where it is live already, which is read before both: a run may end between the two."""

    def delete(self, id: str) -> bool:  # noqa: A002
        """False where there was none; an error with one of `gone_codes` says so too."""


class InPlace(Target):
    """The shared half of such a target: an adapter adds `connect`, `fields` and what the platform adds to a definition by itself. A definition
    has a `name`; whether it is live stands in `status_field`, there and in each `Summary.status` (as text)."""

    title: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]  # what a definition is made of
    active_status: ClassVar[object] = "active"  # the value of `status_field` while it is live
    revision_field: ClassVar[str] = "updated_at"  # when it was last written

    def __init__(self, workflow: Workflow, connect: Callable[[], DefinitionClient]) -> None:
        self.workflow = workflow
        self.connect = connect

    @abstractmethod
    def copy_for(self, name: str, holder: LeaseHolder) -> Workflow:
        """The workflow as its preview copy gets it: it never starts by itself, and its description ends in the holder."""

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
        """What changes between two definitions, by the platform's own comparison. `against`: what the first one is, in words."""
        from deployer.platforms.registry import platform_named  # which imports the adapters, and those this

        return platform_named(self.workflow.platform).compare_definitions(before, after, against)

    def given_name(self, policy: Policy) -> str:
        """The definition's name; `NAME (staging)` for one that we create in another environment than the first."""
        name = super().given_name(policy)
        return name if policy.is_default_environment or self.workflow.id else f"{name} ({policy.environment})"

    def body(self, policy: Policy) -> dict[str, Any]:
        """The definition to send, with its name in this environment; without `status`, which `activated` adds."""
        return {**(self.workflow.source.definition or {}), "name": self.given_name(policy)}

    def activated(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {**body, self.status_field: self.active_status}

    def definition_of(self, body: Mapping[str, Any], *, status: bool = False) -> dict[str, Any]:
        """Of what the platform gives, what a definition is made of, and its status where that is asked for."""
        return {name: body[name] for name in (*self.fields, *([self.status_field] if status else [])) if name in body}

    def observed(self, id_: str, body: Mapping[str, Any]) -> Observed:
        """What a reply shows of the workflow of that id."""
        active, revision = body.get(self.status_field) == self.active_status, str(body.get(self.revision_field, ""))
        return Observed(id=id_, definition=body, active=active, revision=revision)

    def covers(self, existing: object, wanted: object) -> bool:
        """Is everything wanted there? Fields that the server added to objects do not count; lists must have the same length."""
        match wanted:
            case dict():
                return isinstance(existing, Mapping) and all(
                    name in existing and self.covers(existing[name], value) for name, value in wanted.items()
                )
            case list():
                return isinstance(existing, list) and len(existing) == len(wanted) and all(map(self.covers, existing, wanted))
            case bool():
                return existing is wanted
            case _:
                return existing == wanted and not isinstance(existing, bool)

    def readback_fingerprint(self, observed: Observed) -> str:
        """Of what came back: the definition and its status, not counters and times."""
        return fingerprint.of_definition(self.definition_of(observed.definition or {}, status=True))

    def found_definition(self, observed: Observed) -> dict[str, Any] | None:
        body = self.definition_of(observed.definition or {})
        return body if body.keys() - {"name"} else None

    def is_as_left(self, observed: Observed, last: DeployRecord) -> bool:
        """Is it what came back after our last write? Where it was not written since (`revision`), another form is the platform's own."""
        return last.readback_fingerprint == self.readback_fingerprint(observed) or bool(last.updated_at and last.updated_at == observed.revision)

    def read(self, id_: str) -> Observed:
        """The workflow of that id as it is now."""
        return self.observed(id_, self.connect().workflow(id_))

    def observe(self, record: WorkflowRecord, policy: Policy, listing: Listing, source_at: SourceAt) -> Observed:
        """By id; by name where there is none."""
        workflow, last = self.workflow, record.last

        def read(id_: str) -> Observed:
            observed = self.read(id_)
            known = record.of_host(listing.host(workflow))
            return replace(observed, own_write=recognition.find_own_write(self, observed, known, policy, source_at))

        # What was adopted is this one's by the manifest's word alone: an adoption that was dropped again claims nothing.
        recorded = last.target if last and last.host == listing.host(workflow) and last.run != ADOPTED else ""
        id_ = workflow.id or recorded
        if not id_:
            return self._by_name(record, policy, listing, read)
        if last and last.target == id_ and self._untouched(last, listing):
            return Observed(id=id_, active=True, revision=last.updated_at)
        try:
            return read(id_)
        except PlatformError as error:
            if not self.is_gone(error.code):
                raise
            if workflow.id:
                return failed(error.code, f"{self.title} has no workflow {id_}.", NO_SUCH_ID)
        return self._by_name(record, policy, listing, read)

    def _untouched(self, last: DeployRecord, listing: Listing) -> bool:
        """Whether the list shows no write since ours. Then what we recorded is what is there, and one list saves many reads."""
        if not last.updated_at or listing.sharing(self.workflow) < MIN_WORKFLOWS_FOR_LIST:
            return False
        try:
            row = listing.with_id(self.workflow, last.target)
        except FlowshipError:
            return False
        return row is not None and row.status == str(self.active_status) and row.updated_at == last.updated_at

    def _by_name(self, record: WorkflowRecord, policy: Policy, listing: Listing, read: Callable[[str], Observed]) -> Observed:
        name = self.given_name(policy)
        rows = listing.named(self.workflow, name)
        if not rows:
            return MISSING
        if len(rows) == 1 and any(intent.action == "create" and intent.attempt == name for intent in record.open_intents):
            # An earlier run said it would create this name, found none there, and never learned what became of it.
            observed = read(rows[0].id)
            if observed.own_write:
                return observed
        ids = ", ".join(row.id for row in rows)
        message = f"{self.title} already has a workflow named {name!r} ({ids}), and nothing says that it is ours."
        taken = failed("NAME_TAKEN", message, self._fix_of_taken_name(rows[0].id, policy, alone=len(rows) == 1))
        return replace(taken, id=rows[0].id) if len(rows) == 1 else taken

    def _fix_of_taken_name(self, existing: str, policy: Policy, *, alone: bool) -> str:
        """`adopt` writes entries of the default environment only."""
        entry, that = self.workflow.name, "it" if alone else "one of them"
        if not policy.is_default_environment:
            line = f"environments: {{{policy.environment}: {{key: …, id: {existing}}}}}"
            return f"To replace {that} by your file, write `{line}` in the entry {entry} of the manifest. Otherwise give yours another name."
        return (
            f"To replace {that} by your file, add `id: {existing}` to the entry {entry} of the manifest. To keep what is there, take the "
            f"entry out of the manifest and run `flowship adopt {existing}`. Otherwise give yours another name."
        )

    def plan(self, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
        return plan.plan(self, observed, record, policy)

    def restore(self, to: RollbackTarget, observed: Observed, record: WorkflowRecord) -> Change:
        return restore.restore(self, to, observed, record)

    def compare(self, observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
        return compare.compare(self, observed, record, policy, source_at)

    def apply(self, change: Change, attempt: Marker | None, context: WriteContext, progress: WriteProgress) -> None:
        match change:
            case CreateLive() if change.preview:
                write.create_copy(self, change, context, progress)
            case CreateLive():
                write.create(self, change, context, progress)
            case Replace():
                write.replace_definition(self, change, context, progress)
            case Remove():
                write.remove(self, change, context, progress)
            case other:
                raise AssertionError(f"{other.action} is no change of a definition")

    def baseline(self, change: Change, record: WorkflowRecord) -> Baseline:
        """The definition as the platform showed it; where it was not read, the commit of what we wrote last."""
        body = change.observed.definition or {}
        if any(name in body for name in self.fields):
            return Baseline(definition=self.definition_of(body, status=True))
        live = record.live
        if live and live.target == (change.target or live.target):
            return Baseline(commits=(CandidateCommit(live.commit, "what was deployed last", live.fingerprint),))
        return Baseline()

    def shown_definition(self, policy: Policy, *, status: bool = False) -> dict[str, Any]:
        body = self.body(policy)
        return self.without_added(self.activated(body) if status else body)

    def shown_live(self, id_: str) -> dict[str, Any] | None:
        return self.definition_of(self.connect().workflow(id_), status=True)

    def list(self) -> Iterator[Summary]:
        return self.connect().workflows()

    def revision(self, id_: str) -> str:
        return self.read(id_).revision

    def file_definition(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.definition_of(body)

    def export(self, id_: str) -> dict[str, Any] | None:
        return self.connect().workflow(id_)
