"""A failure: why something could not be read, planned or done."""

from dataclasses import dataclass

NAME_TAKEN = "NAME_TAKEN"  # of a workflow that would get a name that another one has


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is the platform's or Flowship's. Redacted before it is shown."""

    code: str
    message: str
    fix: str
