"""A failure: why something could not be read, decided or done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is the platform's, or ours. Redacted before it is shown."""

    code: str
    message: str
    fix: str
