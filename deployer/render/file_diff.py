"""The difference between a file and what would be written in its place, as a unified diff."""

import difflib
from collections.abc import Iterator

from deployer.model.text import one_line

_COLORS = {"+": "32", "-": "31", "@": "36"}


def file_diff(path: str, existing: str, wanted: str, *, color: bool) -> Iterator[str]:
    """Its lines, without line breaks; control characters are shown, not printed. `color`: added lines green, removed ones red."""
    rows = difflib.unified_diff(existing.splitlines(), wanted.splitlines(), f"{path} (as it is)", f"{path} (as init writes it)", lineterm="")
    for row in rows:
        code = _COLORS.get(row[:1]) if color else None
        yield f"\x1b[{code}m{one_line(row)}\x1b[0m" if code else one_line(row)
