"""From a failed try to the exception that a caller sees: platform, code, message, cure, and what is known of the effect."""

from deployer.http.classify import Failure
from deployer.http.request import Request
from deployer.http.retry import Rule
from deployer.http.service import Service
from deployer.model.errors import PlatformError, Unanswered, Unreachable


def error(service: Service, request: Request, failure: Failure, rule: Rule) -> PlatformError:
    """The exception for a failure. Without a cause: its text is in the message, redacted, and nowhere else."""
    message = f"{failure.message} ({request.name})"
    _, cure = service.explain(failure.code, failure.status)
    if rule.patience is not None:
        return Unanswered(service.name, message, code=failure.code, cure=cure, status=failure.status, patience=rule.patience, settled=rule.settled)
    kind = Unreachable if failure.kind == "unconnected" else PlatformError
    return kind(service.name, message, code=failure.code, cure=cure, status=failure.status)


def over_budget(service: Service, request: Request, seconds: float, remaining: float) -> PlatformError:
    """Not sent: the budget is spent for longer than can be waited."""
    code = service.limited[0]
    message = f"No requests are left for {seconds:.0f} s, too long to wait where the run ends in {remaining:.0f} s: {request.name} was not sent."
    return PlatformError(service.name, message, code=code, cure=service.explain(code, 429)[1])


def out_of_time(service: Service, request: Request, *, stopped: bool) -> PlatformError:
    """Not sent: the run is over."""
    code = "STOPPED" if stopped else "TIME_LIMIT"
    meaning, cure = service.explain(code, None)
    return PlatformError(service.name, f"{meaning} {request.name} was not sent.", code=code, cure=cure)
