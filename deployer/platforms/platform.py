"""The seam: what the rest of Flowship knows of a platform, and what a platform of another package is made from (docs/platforms.md)."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from deployer.config.settings import Settings
from deployer.http.address import base_url
from deployer.http.service import Service
from deployer.lint.rule import Rule
from deployer.model.choices import Kind
from deployer.model.difference import Difference
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.source_format import SourceFormat
from deployer.model.workflow import Workflow
from deployer.platforms.base import Capabilities, Target
from deployer.platforms.error_codes import ErrorInfo
from deployer.platforms.precheck import Precheck
from deployer.platforms.previews import PreviewStrategy

if TYPE_CHECKING:
    from deployer.http.client import Http

PLATFORM_API = 1
"""The version of the seam. It rises when a platform that was written for an earlier one may not work any more."""


class Platform(Protocol):
    """One per platform, found by `registry.platform_named`."""

    @property
    def name(self) -> str:
        """As in files, state and reports."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def service(self) -> Service:
        """Its API: error codes, limits."""

    @property
    def errors(self) -> Mapping[str, ErrorInfo]:
        """Its error codes, with their meaning and our fix."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def previews(self) -> PreviewStrategy:
        """How it keeps previews."""

    @property
    def precheck(self) -> Precheck | None:
        """Its own check of a file; None where it has none."""

    def base_url(self, settings: Settings, workflow: Workflow | None) -> str:
        """The address that a workflow is deployed to. Raises UsageError for one that keys must not be sent to."""

    def target(
        self, workflow: Workflow, http: "Http | None" = None, key: Secret | None = None, before_send: Callable[[], None] | None = None
    ) -> Target:
        """Without `http` and `key` only the pure methods work. `before_send` is called before each request that writes."""

    def target_key(self, host: str, workflow: Workflow, key: Secret | None) -> tuple[str, str] | None:
        """What two entries that are one target have in common; None while unknown."""

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
        """What differs between two definitions."""

    def file_pattern(self, kind: Kind) -> str:
        """Where an adopted definition is saved, with `{}` for its name."""

    def how_to_export(self, kind: Kind, target: str) -> str:
        """The first step that a person takes where there is no call that exports."""

    def sandbox_key(self, workflow: Workflow, place: str, *, preview: bool) -> Secret:
        """A key that the embedded sandbox takes: a target of its own for each `place`."""


class NoAddressError(UsageError):
    """No address was given for a platform that has none of its own."""


class AddedPlatform:
    """A platform of another package: what its class inherits. A class sets `api` (the `PLATFORM_API` that it was written for), `format`,
    `service`, `capabilities` and `previews`, and has `target`; the rest has a default.

    `rules`: lint rules by the names in `format.rule_sets`, each with a name that begins with the platform's, `NAME-`. `default_url`: its
    address, "" where the input `base-urls` has to give it.
    """

    api: int
    format: SourceFormat
    service: Service
    capabilities: Capabilities
    previews: PreviewStrategy
    errors: Mapping[str, ErrorInfo] = {}
    rules: Mapping[str, Sequence[Rule]] = {}
    precheck: Precheck | None = None
    default_url = ""

    @property
    def name(self) -> str:
        return self.format.platform

    @property
    def title(self) -> str:
        return self.format.title

    def base_url(self, settings: Settings, workflow: Workflow | None) -> str:
        """The address that `base-urls` gives, else `default_url`. Raises NoAddressError where there is neither."""
        given = settings.addresses.base_urls.get(self.name, self.default_url)
        if not given:
            raise NoAddressError(f"The address of {self.title} is not known.", fix=f"Add `{self.name}=URL` to `base-urls`.", code="no-address")
        return base_url(given, "base-urls", without="")

    @abstractmethod
    def target(
        self, workflow: Workflow, http: "Http | None" = None, key: Secret | None = None, before_send: Callable[[], None] | None = None
    ) -> Target:
        """See `Platform.target`."""

    def target_key(self, host: str, workflow: Workflow, key: Secret | None) -> tuple[str, str] | None:
        """The key's value where a key leads to one workflow, else the id."""
        if self.capabilities.key_is_target:
            return (self.name, key.reveal()) if key else None
        return (host, workflow.id) if workflow.id else None

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
        """Field by field, without a picture."""
        from deployer.platforms.definition_diff.parts import Parts

        parts = Parts()
        parts.values("setting", before, after)
        return parts.difference(against)

    def file_pattern(self, kind: Kind) -> str:
        return f"{self.name}/{{}}{next(iter({**self.format.suffixes, **self.format.shared_suffixes}))}"

    def how_to_export(self, kind: Kind, target: str) -> str:
        return f"{self.title} has no call that exports. 1. Export {target} there."

    def sandbox_key(self, workflow: Workflow, place: str, *, preview: bool) -> Secret:
        """Raises UsageError: the sandbox has no such platform."""
        message = f"The sandbox has no {self.title}, which {workflow.path or 'the manifest'} is for."
        raise UsageError(message, fix="Leave `sandbox` out, and name a server for tests in `base-urls`.", code="not-in-sandbox")
