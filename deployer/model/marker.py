"""The marker: the end of the description of every version that Flowship imports, by which it is recognised later.

` fs:<32 hex of the fingerprint>.<8 hex, new for each attempt>`, after message and short commit, 200 characters in all.
It proves what was sent under that version, not that the draft was left unedited since.
"""

import re
import secrets
from typing import NamedTuple

MAX_DESCRIPTION_CHARS = 200
_MARKER = re.compile(r"(?:(?:^|\s)(?P<commit>[0-9a-f]{7}))?(?:^|\s)fs:(?P<fingerprint>[0-9a-f]{32})\.(?P<attempt>[0-9a-f]{8})\s*$")


class Marker(NamedTuple):
    """`fingerprint`: the first 32 hex digits; `attempt`: 8 hex digits that name one try of one import.

    `commit` is the short commit written before a marker that was read, "" when there is none.
    """

    fingerprint: str
    attempt: str
    commit: str = ""

    def __str__(self) -> str:
        return f"fs:{self.fingerprint}.{self.attempt}"

    def marks(self, fingerprint: str) -> bool:
        """True for the marker of a definition with that (64-digit) fingerprint."""
        return fingerprint.startswith(self.fingerprint)


def new(fingerprint: str) -> Marker:
    """A marker for a new attempt to import the definition with that (64-digit) fingerprint."""
    return Marker(fingerprint[:32], secrets.token_hex(4))


def read(description: str) -> Marker | None:
    """The marker at the end of a version's description, None without one."""
    match = _MARKER.search(description)
    return Marker(match["fingerprint"], match["attempt"], match["commit"] or "") if match else None


def describe(message: str, commit: str, marker: Marker, note: str = "") -> str:
    """The description to send: message, note, short commit, marker; at most 200 characters, the message is shortened.

    Runs of white space become one space, and `fs:` inside the message is defused, so that only the end reads as a marker.
    `note` is a preview's lease tag, or "".
    """
    tail = "".join(f" {part}" for part in (note, commit[:7], str(marker)) if part)
    words = " ".join(message.replace("fs:", "fs ").split())
    room = MAX_DESCRIPTION_CHARS - len(tail)
    if len(words) > room:
        words = words[: room - 1].rstrip() + "…"
    return (words + tail).strip()
