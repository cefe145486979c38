"""Every error code a platform documents, and our own, each with its meaning and our fix: one visible table.

`docs/troubleshooting.md` is generated from it. Sources: docs/contracts/gptbots.md, "Error codes", and
docs/contracts/meingpt.md, "Errors".
"""

from typing import NamedTuple


class ErrorInfo(NamedTuple):
    """`name` for a heading, `meaning` what the platform says by it, `fix` what the person should do next."""

    name: str
    meaning: str
    fix: str


_AGAIN = "Run it again: what the platform did take is recognised and not sent twice."

CATALOGUE: dict[str, dict[str, ErrorInfo]] = {
    "gptbots": {
        "40348": ErrorInfo(
            "workflow does not exist",
            "The key belongs to a Workflow (or Agent) that was deleted.",
            "Open the target in the console, make a new key under Integration / API, and put it in place of the old one.",
        ),
        "403200": ErrorInfo(
            "not in test mode",
            "Versions of this Workflow cannot be managed over the API: it was made in production mode.",
            "The mode is chosen when a Workflow is made and never changes: make a new Workflow in test mode and use its key; "
            "or, where the console offers it, make a key with version management for this one.",
        ),
        "403201": ErrorInfo(
            "wrong file type",
            "The file is not for this kind of target.",
            "Send a .flow file with a Workflow's key and a .bot file with an Agent's key; check which key this entry names.",
        ),
        "403202": ErrorInfo(
            "file cannot be parsed",
            "The platform could not read the .flow file.",
            "Run `flowship lint` on it, and export it again from the console. A Git LFS pointer in its place does this too: "
            "check out with `lfs: true`.",
        ),
        "403203": ErrorInfo(
            "version does not exist",
            "No version of that number is there.",
            "Run `flowship plan` to see which versions there are; deploy first, then release what came back.",
        ),
        "403204": ErrorInfo(
            "key of another kind",
            "The key is real, but not for this API.",
            "Use the key that the Workflow itself shows under Integration / API: not an Agent's, and not an account's.",
        ),
        "40353": ErrorInfo(
            "plan limit of published workflows",
            "As many Workflows are live as the GPTBots plan allows.",
            "Unpublish one in the console, or upgrade the plan, and release again. The imported version stays as a draft.",
        ),
        "40127": ErrorInfo(
            "authentication failed",
            "The key is not known.",
            "Check the secret's name and value, and that it belongs to this data centre (`endpoint`): keys of one are unknown at another.",
        ),
        "40000": ErrorInfo(
            "bad parameter",
            "The platform refused what was sent.",
            "Read its message; run `flowship lint` on the file. If both say nothing more, report it with the version of Flowship.",
        ),
        "40008": ErrorInfo(
            "too many requests",
            "The platform's rate limit was reached.",
            "Wait, lower `concurrency`, or raise `timeout` so that the wait fits into the run.",
        ),
        "50000": ErrorInfo("server error", "Something failed inside the platform.", _AGAIN),
        "HTTP 401": ErrorInfo(
            "authentication failed",
            "The key is missing or not known.",
            "Check the secret's name and value, and that it belongs to this data centre (`endpoint`).",
        ),
        "HTTP 403": ErrorInfo(
            "no version management",
            "The key may not manage versions.",
            "Only the console can grant it: open the target, Integration / API, make a key with version management enabled, and use that. "
            "Where the console has no such switch, the Workflow must be in test mode, which is chosen when it is made.",
        ),
        "HTTP 404": ErrorInfo("no such call", "The address has no such call.", "Check `endpoint` and `gptbots-base-url`."),
        "HTTP 429": ErrorInfo(
            "too many requests",
            "The platform's rate limit was reached.",
            "Wait, lower `concurrency`, or raise `timeout` so that the wait fits into the run.",
        ),
        "HTTP 500": ErrorInfo("server error", "Something failed inside the platform.", _AGAIN),
    },
    "meingpt": {
        "UNAUTHORIZED": ErrorInfo(
            "token missing or invalid",
            "The API token is not known.",
            "Check the secret's name and value; make a new token in meinGPT if it was revoked.",
        ),
        "WORKFLOW_NOT_FOUND": ErrorInfo(
            "no such workflow",
            "The id names no workflow of this organisation.",
            "Check `id` in the manifest, and that the token belongs to the organisation that has it.",
        ),
        "INVALID_INPUT": ErrorInfo(
            "request refused",
            "The definition or the input does not pass the platform's validation.",
            "Run `flowship lint` on the file and read the details in the message: they name the field.",
        ),
        "EXECUTION_FAILED": ErrorInfo(
            "run failed",
            "The workflow was started and failed.",
            "Open this run in meinGPT: the step that failed is shown there. Correct the definition or the input.",
        ),
        "RATE_LIMIT_EXCEEDED": ErrorInfo(
            "too many requests",
            "A rate limit was reached: 1,000 calls an hour, 100 runs a minute, 500 webhook calls a minute.",
            "Wait for the reset, deploy fewer workflows at once (`only`), or raise `timeout` so that the wait fits into the run.",
        ),
        "INSUFFICIENT_CREDITS": ErrorInfo(
            "no credits left",
            "The organisation has too few credits.",
            "Add credits in meinGPT, then run again.",
        ),
        "HTTP 401": ErrorInfo(
            "token missing or invalid",
            "The API token is not known.",
            "Check the secret's name and value; make a new token in meinGPT if it was revoked.",
        ),
        "HTTP 403": ErrorInfo(
            "workflow API not enabled",
            "The organisation may not use the workflow API.",
            "Ask meinGPT to enable it for the organisation, and check that the token is an organisation's.",
        ),
        "HTTP 404": ErrorInfo(
            "no such workflow, or no such call",
            "Nothing is at that address.",
            "Check `id` in the manifest and `meingpt-base-url`.",
        ),
        "HTTP 429": ErrorInfo(
            "too many requests",
            "A rate limit was reached.",
            "Wait for the reset, deploy fewer workflows at once (`only`), or raise `timeout` so that the wait fits into the run.",
        ),
        "HTTP 500": ErrorInfo("server error", "Something failed inside the platform.", _AGAIN),
    },
}

# Our own words for what no platform can say. Good for both.
OURS: dict[str, ErrorInfo] = {
    "UNREACHABLE": ErrorInfo(
        "no connection",
        "No connection to the host was made, so nothing was sent.",
        "Check the base URL (`endpoint`, `gptbots-base-url`, `meingpt-base-url`), the network, and the proxy in HTTPS_PROXY.",
    ),
    "TLS": ErrorInfo(
        "TLS failed",
        "The host's certificate could not be verified, so nothing was sent.",
        "Check the base URL. Behind a proxy with a certificate of its own, name its CA file in REQUESTS_CA_BUNDLE. "
        "Verification cannot be switched off.",
    ),
    "NOT_SENT": ErrorInfo("not sent", "The request could not be made.", "Check the base URL and the proxy settings of this machine."),
    "TIMEOUT": ErrorInfo("no answer in time", "The request was sent and no answer came in time: its effect is not known.", _AGAIN),
    "RESET": ErrorInfo("connection lost", "The connection broke after the request was sent: its effect is not known.", _AGAIN),
    "TORN_REPLY": ErrorInfo(
        "reply cannot be used",
        "A reply came that is cut short or not JSON: the effect of the request is not known.",
        "Check the base URL: a login page or a proxy answers like this. " + _AGAIN,
    ),
    "ODD_REPLY": ErrorInfo(
        "reply lacks what it must give",
        "The reply is JSON, but without what the published page says this call gives back.",
        "Check the base URL. If it is right, the platform's API has changed: look for a newer Flowship, or report it.",
    ),
    "REPLY_TOO_LARGE": ErrorInfo("reply too large", "The reply is larger than any reply of this API.", "Check the base URL."),
    "REDIRECT": ErrorInfo(
        "redirected",
        "The host pointed elsewhere. Redirects are not followed: the key would go along.",
        "Give the address it points to as base URL, if you trust it.",
    ),
    "TIME_LIMIT": ErrorInfo("out of time", "The run's time limit was reached.", "Raise `timeout`. " + _AGAIN),
    "STOPPED": ErrorInfo("stopped", "The run was told to stop.", _AGAIN),
}

LIMITED = ("RATE_LIMIT_EXCEEDED", "40008", "HTTP 429")  # on either platform; the first is also ours
_GENERIC = ErrorInfo("unknown code", "", "Read the platform's message; this code is not documented on its pages.")
_BY_STATUS = ErrorInfo("refused", "", "Read the platform's message, and check the base URL.")


def look_up(platform: str, code: str, status: int | None = None) -> ErrorInfo:
    """The entry for a code; for an unknown one that of its HTTP status, else a generic one. 5xx all read as 500."""
    known = CATALOGUE.get(platform, {})
    server = "HTTP 500" if (status or 0) >= 500 else f"HTTP {status}"
    generic = _BY_STATUS if code.startswith("HTTP ") else _GENERIC
    return known.get(code) or OURS.get(code) or known.get(server) or generic
