"""GPTBots' error codes, each with its meaning and our fix (docs/contracts/gptbots.md, "Error codes")."""

from collections.abc import Mapping

from deployer.platforms.error_codes import AGAIN, ErrorInfo, unreachable

_LIMITED = ErrorInfo(
    "too many requests", "The platform's rate limit was reached.", "Wait, lower `concurrency`, or raise `timeout` so that the wait fits into the run."
)
_BROKEN = ErrorInfo("server error", "Something failed inside the platform.", AGAIN)

ERRORS: Mapping[str, ErrorInfo] = {
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
        "Run `flowship lint` on it, and export it again from the console. A Git LFS pointer in its place does this too: check out with `lfs: true`.",
    ),
    "403203": ErrorInfo(
        "version does not exist",
        "The Workflow has no version of that number.",
        "Deploy first, then release the version that was imported: `flowship plan` names it.",
    ),
    "403204": ErrorInfo(
        "key of another kind",
        "The key is real, but not for this API.",
        "Use the key that the Workflow itself shows under Integration / API: not an Agent's, and not an account's.",
    ),
    "40353": ErrorInfo(
        "plan limit of published workflows",
        "As many Workflows are live as the GPTBots plan allows.",
        "Unpublish one in the console, or upgrade the plan, and release again.",
    ),
    "40127": ErrorInfo(
        "authentication failed",
        "The key is not known.",
        "Check the secret's name and value, and that it belongs to this data centre (`endpoint`): a key of one data centre is unknown at another.",
    ),
    "40000": ErrorInfo(
        "bad parameter",
        "The platform refused what was sent.",
        "Read its message; run `flowship lint` on the file. If both say nothing more, report it with the version of Flowship.",
    ),
    "40008": _LIMITED,
    "50000": _BROKEN,
    "UNREACHABLE": unreachable("`endpoint`, `gptbots-base-url`"),
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
    "HTTP 429": _LIMITED,
    "HTTP 500": _BROKEN,
}
