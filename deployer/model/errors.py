"""One family of exceptions. Each kind owns its exit code; the message says what and where, the fix what to do next.

Exit codes: 1 something failed, 2 the request itself is wrong, 4 an outcome is unknown and a person must look. 3 is a
bug: any exception outside this family. When several apply: 3, 4, 2, 1.
"""


class FlowshipError(Exception):
    """Something a user can understand and act on."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UsageError(FlowshipError):
    """The request itself is wrong (input, manifest, undeclared environment, missing key): found before any write."""

    exit_code = 2


class PlatformError(FlowshipError):
    """A platform said no, or said nothing we can use. `code` is the platform's own, else `HTTP <status>` or a word.

    `status` is the HTTP status, None where there was no reply.
    """

    def __init__(self, platform: str, message: str, *, code: str, fix: str = "", status: int | None = None) -> None:
        super().__init__(message, fix=fix, code=code)
        self.platform = platform
        self.status = status


class Unreachable(PlatformError):  # noqa: N818 - what happened, in the field's word
    """No connection was made: nothing was sent, so nothing can have happened."""


class OutcomeUnknown(PlatformError):  # noqa: N818
    """A request went out and no usable reply came back: it may or may not have taken effect.

    `patience` is how long (seconds) to look for the effect: 30 after a 502 or 503, 60 after a 504, a time-out, a reset or a
    torn reply. `settled` is True when absence after that time proves that nothing happened (502, 503).
    """

    exit_code = 4

    def __init__(self, platform: str, message: str, *, code: str, patience: float, settled: bool, fix: str = "", status: int | None = None) -> None:
        super().__init__(platform, message, code=code, fix=fix, status=status)
        self.probe_seconds = patience
        self.absence_is_proof = settled
