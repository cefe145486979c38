"""meinGPT's error codes, each with its meaning and our fix (docs/contracts/meingpt.md, "Errors")."""

from collections.abc import Mapping

from deployer.platforms.error_codes import AGAIN, ErrorInfo, unreachable

_UNAUTHORIZED = ErrorInfo(
    "token missing or invalid", "The API token is not known.", "Check the secret's name and value; make a new token in meinGPT if it was revoked."
)

ERRORS: Mapping[str, ErrorInfo] = {
    "UNAUTHORIZED": _UNAUTHORIZED,
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
    "INSUFFICIENT_CREDITS": ErrorInfo("no credits left", "The organisation has too few credits.", "Add credits in meinGPT, then run again."),
    "UNREACHABLE": unreachable("`meingpt-base-url`"),
    "HTTP 401": _UNAUTHORIZED,
    "HTTP 403": ErrorInfo(
        "workflow API not enabled",
        "The organisation may not use the workflow API.",
        "Ask meinGPT to enable it for the organisation, and check that the token is an organisation's.",
    ),
    "HTTP 404": ErrorInfo("no such workflow, or no such call", "Nothing is at that address.", "Check `id` in the manifest and `meingpt-base-url`."),
    "HTTP 429": ErrorInfo(
        "too many requests",
        "A rate limit was reached.",
        "Wait for the reset, deploy fewer workflows at once (`only`), or raise `timeout` so that the wait fits into the run.",
    ),
    "HTTP 500": ErrorInfo("server error", "Something failed inside the platform.", AGAIN),
}
