"""Lines of two sides: `NAME=value`, of `keys`, `values` and `base-urls`."""

import re

from deployer.model.errors import UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_pairs(text: str, name: str) -> dict[str, str]:
    """The values by name; empty lines and those that begin with `#` are passed over. Raises UsageError for any other line, which it does not show:
    it may hold a key. `name`: the input's."""
    lines = enumerate(text.splitlines(), 1)
    return dict(_pair(line, name, number) for number, line in lines if line.strip() and not line.lstrip().startswith("#"))


def _pair(line: str, name: str, number: int) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not equals or not _NAME.fullmatch(key.strip()):
        raise UsageError(f"Line {number} of `{name}` is not NAME=value.", fix="Write one pair a line; a name is letters, digits and `_`.")
    return key.strip(), value.strip()
