"""Whether to print in colour, decided once for every command. On the start-up path of `lint`: imports nothing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def wants_color(environ: "Mapping[str, str]", *, is_terminal: bool) -> bool:
    """`NO_COLOR` (any value) turns colour off, then `FORCE_COLOR` (any value but 0 and false) turns it on, also in a pipe; else only a terminal that
    is not `TERM=dumb` gets it. An empty variable counts as none (https://no-color.org, https://force-color.org)."""
    if environ.get("NO_COLOR"):
        return False
    if forced := environ.get("FORCE_COLOR"):
        return forced not in ("0", "false")
    return is_terminal and environ.get("TERM") != "dumb"
