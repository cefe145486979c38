"""The exceptions of Flowship. Each has an exit code (`deployer.model.exit_codes`), a message (what and where) and a fix (what to do next).

Any exception outside this family is a bug and ends in exit code 3.
"""


class FlowshipError(Exception):
    """An error that a user can act on."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UsageError(FlowshipError):
    """The request itself is wrong (input, manifest, undeclared environment, missing key). Raised before any write."""

    exit_code = 2


class PlatformError(FlowshipError):
    """A platform refused a call, or its reply cannot be used. `code` is the platform's own, else `HTTP <status>` or a word.

    `status` is the HTTP status, None when there was no reply.
    """

    def __init__(self, platform: str, message: str, *, code: str, fix: str = "", status: int | None = None) -> None:
        super().__init__(message, fix=fix, code=code)
        self.platform = platform
        self.status = status


class Unreachable(PlatformError):  # noqa: N818 - what happened, in the field's word
    """No connection was made, so nothing was sent."""


class OutcomeUnknown(PlatformError):  # noqa: N818
    """A request was sent and no usable reply came: it may or may not have taken effect.

    `probe_seconds`: how long to look for the effect, 30 after a 502 or 503, 60 after a 504, a time-out, a reset or a torn reply.
    `absence_is_proof`: no effect after that time proves that nothing happened (502, 503).
    """

    exit_code = 4

    def __init__(
        self, platform: str, message: str, *, code: str, probe_seconds: float, absence_is_proof: bool, fix: str = "", status: int | None = None
    ) -> None:
        super().__init__(platform, message, code=code, fix=fix, status=status)
        self.probe_seconds = probe_seconds
        self.absence_is_proof = absence_is_proof
