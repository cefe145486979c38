"""The exception for a failed try: platform, code, message, fix, and what is known of the effect."""

from deployer.http.classify import FailedReply
from deployer.http.request import Request
from deployer.http.retry import RetryRule
from deployer.http.service import Service
from deployer.model.errors import OutcomeUnknown, PlatformError, Unreachable


def error(service: Service, request: Request, failure: FailedReply, rule: RetryRule) -> PlatformError:
    """The exception for a failure. Without a cause: its text is in the message, redacted, and nowhere else."""
    message = f"{failure.message} ({request.name})"
    _, fix = service.explain(failure.code, failure.status)
    if rule.probe_seconds is not None:
        return OutcomeUnknown(
            service.name,
            message,
            code=failure.code,
            fix=fix,
            status=failure.status,
            probe_seconds=rule.probe_seconds,
            absence_is_proof=rule.absence_is_proof,
        )
    kind = Unreachable if failure.kind == "unconnected" else PlatformError
    return kind(service.name, message, code=failure.code, fix=fix, status=failure.status)


def over_budget(service: Service, request: Request, seconds: float, remaining: float) -> PlatformError:
    """Not sent: the budget is spent, and renewed too late to wait for it."""
    code = service.limited[0]
    message = f"No requests are left for {seconds:.0f} s, too long to wait where the run ends in {remaining:.0f} s: {request.name} was not sent."
    return PlatformError(service.name, message, code=code, fix=service.explain(code, 429)[1])


def out_of_time(service: Service, request: Request, *, stopped: bool) -> PlatformError:
    """Not sent: the run is over."""
    code = "STOPPED" if stopped else "TIME_LIMIT"
    meaning, fix = service.explain(code, None)
    return PlatformError(service.name, f"{meaning} {request.name} was not sent.", code=code, fix=fix)
