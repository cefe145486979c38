"""Base URLs from inputs, checked and in the form that the clients use."""

import re
from functools import cache
from urllib.parse import SplitResult, urlsplit

from deployer.model.errors import UsageError

# A service container's name: one label, and not a number in disguise (`134744072` and `0x8080808` are addresses).
_LABEL = re.compile(r"(?!\d+\Z)(?!0[xX][0-9a-fA-F]*\Z)[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.IGNORECASE)
_FIX = "Give an https:// address; plain http only goes to this machine (127.0.0.1, localhost) or to a service container by its name."


@cache
def base_url(given: str, name: str, *, without: str = "/v1") -> str:
    """The address without a trailing `/` and `/v1`. Raises UsageError: https, or loopback, or a single-label host; no user, query or fragment.

    `name` is the input it came from, `without` the part of every call's path to take off. Errors show the host alone: the rest may hold a secret.
    """
    parts = _split(given.strip(), name)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or given.rstrip().endswith(("?", "#")):
        raise UsageError(f"`{name}` holds a user, a query or a fragment, for {parts.hostname}.", fix="Give the bare address; keys go into `keys`.")
    if parts.scheme == "http" and not (is_loopback(parts.hostname or "") or _LABEL.fullmatch(parts.hostname or "")):
        raise UsageError(f"`{name}` is plain http to {parts.hostname}: the key could be read on the way.", fix=_FIX)
    path = re.sub(r"/+\Z", "", parts.path)
    path = re.sub(r"/+\Z", "", path.removesuffix(without))
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def is_loopback(host: str) -> bool:
    return _LOOPBACK.fullmatch(host) is not None


def _split(given: str, name: str) -> SplitResult:
    """Raises UsageError. Control characters, spaces and backslashes are refused: URL readers disagree about them."""
    try:
        if any(not "!" <= char <= "~" or char == "\\" for char in given):
            raise ValueError
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"`{name}` is not an address.", fix=_FIX)
    return parts
