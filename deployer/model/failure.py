"""A failure: why something could not be read, planned or done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is the platform's or Flowship's. Redacted before it is shown."""

    code: str
    message: str
    fix: str
