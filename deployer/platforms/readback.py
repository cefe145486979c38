"""After a lost reply: was it done? Used by both ways of deploying."""

from collections.abc import Callable
from typing import TypeVar

from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.platforms.write_context import WriteContext

T = TypeVar("T")
REPEAT = "Run it again: it looks first, and repeating this call is safe."


def wait_for_effect(context: WriteContext, seconds: float, look: Callable[[], T | None]) -> tuple[T | None, bool]:
    """What `look` returns within `seconds`, None when it returns nothing; and whether the last look could be read: `look` raises PlatformError
    where it cannot (docs/troubleshooting.md, "What is tried again")."""
    readable = False
    for _ in context.poll_schedule(seconds):
        try:
            effect = look()
        except PlatformError:
            readable = False
            continue
        readable = True
        if effect is not None:
            return effect, True
    return None, readable


def confirm(context: WriteContext, lost: OutcomeUnknown, look: Callable[[], T | None], *, unknown: OutcomeUnknown, absent: Callable[[], str]) -> T:
    """What `look` returns: one of the tries may take effect late. Raises `unknown` where it cannot be read, PlatformError where it was read and
    is not there: `absent` makes its message, of what was read."""
    effect, readable = wait_for_effect(context, lost.probe_seconds, look)
    if effect is not None:
        return effect
    if not readable:
        raise unknown from lost
    late = "" if lost.absence_is_proof else " It may still take effect."
    raise PlatformError(lost.platform, f"{absent()}.{late} {lost.message}", code=lost.code, fix=REPEAT, status=lost.status) from lost


def send_once_more(
    context: WriteContext, send: Callable[[], T], look: Callable[[], T | None], unknown: Callable[[OutcomeUnknown, str], OutcomeUnknown], what: str
) -> T:
    """The result of a call that must not be made twice: sent again only when the first is known to have had no effect.

    `send` makes a new attempt each time, `look` finds what the last attempt made. `unknown(lost, why)` is raised where that stays unknown;
    `what` is the list that shows it.
    """
    for last in (False, True):
        try:
            return send()
        except OutcomeUnknown as lost:
            made, readable = wait_for_effect(context, lost.probe_seconds, look)
            if made is not None:
                return made
            if not readable:
                raise unknown(lost, f"{what} cannot be listed") from lost
            if last or not lost.absence_is_proof:
                raise unknown(lost, f"{what} do not show it") from lost
    raise AssertionError("the second try returns or raises")


def outcome_unknown(lost: OutcomeUnknown, question: str, fix: str, why: str = "") -> OutcomeUnknown:
    """`question`: what is unknown ("the import took effect"); `why`: what a look showed."""
    message = f"Whether {question} is unknown: {lost.message.rstrip('.')}.{f' And {why}.' if why else ''}"
    return OutcomeUnknown(lost.platform, message, code=lost.code, probe_seconds=0, absence_is_proof=False, fix=fix, status=lost.status)
