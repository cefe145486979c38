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

# For what no platform can say.
OURS: dict[str, ErrorInfo] = {
    "UNREACHABLE": ErrorInfo(
        "no connection",
        "No connection to the host was made, so nothing was sent.",
        "Check the base URL (`endpoint`, `gptbots-base-url`, `meingpt-base-url`), the network, and the proxy in HTTPS_PROXY.",
    ),
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
        "Whoever was asked whether to apply the plan did not answer 'yes'. Nothing was written.",
        "Run it again and answer 'yes', or give `yes: true`.",
    ),
    "NOT_SENT": ErrorInfo("not sent", "The request could not be made.", "Check the base URL and the proxy settings of this machine."),
    "TIMEOUT": ErrorInfo("no answer in time", "The request was sent and no answer came in time: its effect is not known.", AGAIN),
    "RESET": ErrorInfo("connection lost", "The connection broke after the request was sent: its effect is not known.", AGAIN),
    "TORN_REPLY": ErrorInfo(
        "reply cannot be used",
        "A reply came that is cut short or not JSON: the effect of the request is not known.",
        "Check the base URL: a login page or a proxy answers like this. " + AGAIN,
    ),
    "ODD_REPLY": ErrorInfo(
        "reply lacks what it must give",
        "The reply lacks what the published page says this call gives back, holds JSON that only some readers take (such as NaN, a number without "
        "end, a key twice), or is no HTTP reply.",
        "Check the base URL. If it is right, the platform's API has changed: look for a newer Flowship, or report it.",
    ),
    "NO_LIST": ErrorInfo(
        "no list in the reply",
        "The platform answered without the list of versions, where there should be some: what is there could not be read.",
        "Run it again: Flowship looks first. If it stays so, look at the versions in the console.",
    ),
    "REPLY_TOO_LARGE": ErrorInfo("reply too large", "The reply is larger than this call can need; the message says how much.", "Check the base URL."),
    "HTTP 413": ErrorInfo(
        "request too large",
        "The platform, or a proxy before it, takes no request of this size.",
        "Make the definition smaller, or raise the proxy's limit for the size of a request.",
    ),
    "REDIRECT": ErrorInfo(
        "redirected",
        "The host pointed elsewhere. Redirects are not followed: the key would go along.",
        "Give the address it points to as base URL, if you trust it.",
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
