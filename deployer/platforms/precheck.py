"""A platform's own check of a definition, which an import would pass or not. It writes nothing, and an account's key may ask for it."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from deployer.model.secret import Secret
from deployer.model.workflow import Workflow

if TYPE_CHECKING:
    from deployer.http.client import Http


class PrecheckAccount(NamedTuple):
    """Who asks: the name and value of the account's key, and the organisation that an import would be made in."""

    key_name: str
    key: Secret
    organisation: str


class Verdict(NamedTuple):
    """`reason`: the platform's text, on one line, "" for a valid file."""

    valid: bool
    reason: str = ""


class Precheck(Protocol):
    """One per platform that has such a check."""

    @property
    def sandbox_key(self) -> Secret:
        """An account's key that the embedded sandbox takes."""

    def require_account_key(self, account: PrecheckAccount) -> None:
        """Raises UsageError for a value that cannot be an account's key."""

    def ask(self, http: "Http", account: PrecheckAccount, workflow: Workflow) -> Verdict:
        """The verdict on what a deploy would send. Raises PlatformError where there is none."""
