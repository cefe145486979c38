"""From a failed try to the exception that a caller sees: platform, code, message, cure, and what is known of the effect."""

from typing import Any, NamedTuple

from deployer.http import error_codes
from deployer.http.classify import Expected, Failure
from deployer.http.quota import Account
from deployer.http.retry import Rule
from deployer.model.errors import PlatformError, Unanswered, Unreachable
from deployer.model.secret import Secret


class Call(NamedTuple):
    """One call as asked for. `body` are the arguments of `requests` that make it up; `bucket` the rate limit that counts it."""

    method: str
    path: str
    key: Secret
    repeatable: bool
    body: dict[str, Any]
    expected: Expected
    bucket: str

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def account(self) -> Account:
        return Account(self.key, self.bucket)


def error(platform: str, call: Call, failure: Failure, rule: Rule) -> PlatformError:
    """The exception for a failure. Without a cause: its text is in the message, redacted, and nowhere else."""
    message = f"{failure.message} ({call.what})"
    cure = error_codes.look_up(platform, failure.code, failure.status).cure
    if rule.patience is not None:
        return Unanswered(platform, message, code=failure.code, cure=cure, status=failure.status, patience=rule.patience, settled=rule.settled)
    kind = Unreachable if failure.kind == "unconnected" else PlatformError
    return kind(platform, message, code=failure.code, cure=cure, status=failure.status)


def over_budget(platform: str, call: Call, seconds: float, remaining: float) -> PlatformError:
    """Not sent: the budget is spent for longer than the run lasts."""
    code = "RATE_LIMIT_EXCEEDED"
    message = f"No requests are left for {seconds:.0f} s, and the run ends in {remaining:.0f} s: {call.what} was not sent."
    return PlatformError(platform, message, code=code, cure=error_codes.look_up(platform, code, 429).cure)


def out_of_time(platform: str, call: Call, *, stopped: bool) -> PlatformError:
    """Not sent: the run is over."""
    code = "STOPPED" if stopped else "TIME_LIMIT"
    entry = error_codes.OURS[code]
    return PlatformError(platform, f"{entry.meaning} {call.what} was not sent.", code=code, cure=entry.cure)
