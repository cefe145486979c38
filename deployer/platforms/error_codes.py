"""Error codes with their meaning and our fix: our own; each platform's stand in its `errors` module. `docs/troubleshooting.md` is made of them."""

from collections.abc import Mapping
from typing import NamedTuple

from deployer.http import certificates


class ErrorInfo(NamedTuple):
    """`name` for a heading, `meaning` what the platform says by it, `fix` what the person should do next."""

    name: str
    meaning: str
    fix: str


AGAIN = "Run it again: Flowship looks first, and sends only what is missing."


def unreachable(inputs: str = "") -> ErrorInfo:
    """`inputs`: those that say where the platform is, each in backquotes."""
    where = f"the base URL ({inputs})" if inputs else "the base URL"
    fix = f"Check {where}, the network, and the proxy in HTTPS_PROXY."
    return ErrorInfo("no connection", "The host could not be reached, so nothing was sent.", fix)


# For what no platform can say.
OURS: dict[str, ErrorInfo] = {
    "UNREACHABLE": unreachable(),
    "TLS": ErrorInfo(
        "TLS failed",
        "The host's certificate could not be verified, so nothing was sent.",
        certificates.FIXES["TLS"],
    ),
    "CA_FILE": ErrorInfo(
        "no CA file",
        "A variable names a file or folder of certificates that cannot be read, so nothing was sent.",
        certificates.FIXES["CA_FILE"],
    ),
    "CANCELLED": ErrorInfo(
        "not approved",
        "The question before the write was not answered with 'yes'. Nothing was written.",
        "Run it again and answer 'yes', or give `yes: true`.",
    ),
    "NOT_SENT": ErrorInfo("not sent", "The request could not be made.", "Check the base URL and the proxy settings of this machine."),
    "TIMEOUT": ErrorInfo("no answer in time", "The request was sent, but no answer came in time: its effect is unknown.", AGAIN),
    "RESET": ErrorInfo("connection lost", "The connection broke after the request was sent: its effect is unknown.", AGAIN),
    "TORN_REPLY": ErrorInfo(
        "unusable reply",
        "The reply is cut short or is not JSON: the effect of the request is unknown.",
        "Check the base URL: a login page or a proxy answers like this. " + AGAIN,
    ),
    "ODD_REPLY": ErrorInfo(
        "unexpected reply",
        "The reply is not what the platform's page describes: it lacks a field, or holds JSON that some parsers refuse (NaN, an endless number, a "
        "duplicate key), or is no HTTP reply.",
        "Check the base URL. If it is right, the platform's API has changed: look for a newer Flowship, or report it.",
    ),
    "NO_LIST": ErrorInfo(
        "no list in the reply",
        "The platform answered without a list of versions, although there should be some: which versions exist is unknown.",
        "Run it again: Flowship looks first. If the error stays, look at the versions in the console.",
    ),
    "NO_VERSION": ErrorInfo(
        "version does not exist",
        "The platform lists no version of that number.",
        "Give `to` a version that the platform's console shows.",
    ),
    "REPLY_TOO_LARGE": ErrorInfo(
        "reply too large", "The reply is larger than this call can need; the message names the limit.", "Check the base URL."
    ),
    "HTTP 413": ErrorInfo(
        "request too large",
        "The platform, or a proxy before it, refuses a request of this size.",
        "Make the definition smaller, or raise the proxy's limit for the size of a request.",
    ),
    "REDIRECT": ErrorInfo(
        "redirected",
        "The host redirected the request to another address. Flowship does not follow, since it would send the key there.",
        "If you trust that address, set it as the base URL.",
    ),
    "TIME_LIMIT": ErrorInfo("out of time", "The run's time limit was reached.", "Raise `timeout`. " + AGAIN),
    "STOPPED": ErrorInfo("stopped", "The run was told to stop.", AGAIN),
}

_GENERIC = ErrorInfo("unknown code", "", "Read the platform's message; this code is not documented on its pages.")
_BY_STATUS = ErrorInfo("refused", "", "Read the platform's message, and check the base URL.")


def look_up(known: Mapping[str, ErrorInfo], code: str, status: int | None = None) -> ErrorInfo:
    """The entry for a code, a platform's own or ours; for an unknown one that of its HTTP status, else a generic one. 5xx all read as 500."""
    server = "HTTP 500" if (status or 0) >= 500 else f"HTTP {status}"
    generic = _BY_STATUS if code.startswith("HTTP ") else _GENERIC
    return known.get(code) or OURS.get(code) or known.get(server) or OURS.get(server) or generic
