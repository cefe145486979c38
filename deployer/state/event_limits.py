"""What no run of Flowship writes into the state, whatever it deploys: others may have written anything. Pure.

Times are compared with the reader's own clock: a run ends within six hours, and clocks differ by less than a day.
"""

import re
from typing import Any, Final

from deployer.state.events import CONTENT_FIELDS, EVENT_FIELDS, Event

MAX_TEXT_CHARS: Final = 4_000
MAX_NUMBER: Final = 2**53  # JSON readers disagree beyond it
MAX_AHEAD_MS: Final = 24 * 60 * 60 * 1000
MAX_NAMES: Final = 100  # environments that one event announces
_TIMES: Final = ("time", "gives_up_at")
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of characters
_SHAPES: Final = {
    "commit": re.compile(r"[0-9A-Za-z]{0,64}"),
    "run": re.compile(r"[0-9A-Za-z._-]{0,100}"),
    "target": re.compile(r"(?!.*\.\.)[^\s\x00-\x1f?#\\]{0,500}"),  # it becomes part of an address
}


def known_fields(event: Event) -> Event | None:
    """A valid event with the fields that replay reads; None for a later Flowship's kind, which replay ignores."""
    names = EVENT_FIELDS.get(event["kind"])
    return None if names is None else {name: _known(name, content) for name, content in event.items() if name in names}


def is_plausible(event: Event, now: int) -> bool:
    """Whether a run of Flowship may have written this. `now`: epoch milliseconds. Takes what `known_fields` returns."""
    return len(event.get("names", ())) <= MAX_NAMES and _is_plausible("", event, now + MAX_AHEAD_MS)


def is_ahead(event: Event, now: int) -> bool:
    """Whether an event has a time that no clock can show yet: it would be newer than all others for ever, or an intent that never gives up."""
    return any(time > now + MAX_AHEAD_MS for time in _times("", event))


def _known(name: str, content: Any) -> Any:
    if name == "workflows":
        return {workflow: _known("", intent) for workflow, intent in content.items()}
    if isinstance(content, list):
        return [_known("", item) for item in content]
    if isinstance(content, dict):
        return {field: value for field, value in content.items() if field in CONTENT_FIELDS and not isinstance(value, dict | list)}
    return content


def _is_plausible(name: str, value: Any, latest: int) -> bool:
    match value:
        case str():
            return len(value) <= MAX_TEXT_CHARS and not _NO_TEXT.search(value) and (name not in _SHAPES or bool(_SHAPES[name].fullmatch(value)))
        case int() | float():
            return 0 <= value <= latest if name in _TIMES else abs(value) <= MAX_NUMBER
        case dict():
            return all(_is_plausible("", key, latest) and _is_plausible(key, item, latest) for key, item in value.items())
        case list():
            return all(_is_plausible("", item, latest) for item in value)
        case _:
            return value is None


def _times(name: str, value: Any) -> list[float]:
    if isinstance(value, dict):
        return [time for key, item in value.items() for time in _times(key, item)]
    if isinstance(value, list):
        return [time for item in value for time in _times("", item)]
    return [value] if name in _TIMES and isinstance(value, int | float) else []
