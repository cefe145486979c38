"""The `cron` of a schedule has five fields (minute, hour, day of month, month, day of week), each in its range, and matches some day: the 30th
of February does not exist.

Bad:
```yaml
name: Digest
trigger: {type: schedule, config: {cron: "0 9 30 2 *", timezone: Europe/Berlin}}
steps: []
```
Good:
```yaml
name: Digest
trigger: {type: schedule, config: {cron: "0 9 * * MON-FRI", timezone: Europe/Berlin}}
steps: []
```
"""

import re
from functools import lru_cache

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cronsim import CronSim

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
MAX_CHARS = 200
_EXAMPLE = "Write five fields: minute, hour, day of month, month, day of week. `0 9 * * MON-FRI` is nine o'clock on workdays."

_DAYS = "(?:{0})-(?:{0})".format("MON|TUE|WED|THU|FRI|SAT|SUN")
_UPWARDS = "Name the days one by one, such as `FRI,SAT,SUN,MON`: a range goes upwards, and SUN is day 0."


def check(document: Document) -> Diagnostics:
    cron = schedule_setting(document, "cron")
    if cron is not None and cron.strip():
        error = find_cron_error(cron)
        if error:
            yield Diagnostic(("trigger", "config", "cron"), *error)


def schedule_setting(document: Document, key: str) -> str | None:
    """The text under that key in the `config` of a schedule; None when there is none, or when it holds `{{`."""
    trigger = document.data.get("trigger")
    if not isinstance(trigger, dict) or trigger.get("type") != "schedule" or not isinstance(trigger.get("config"), dict):
        return None
    value = trigger["config"].get(key)
    return value if isinstance(value, str) and "{{" not in value else None


@lru_cache(maxsize=1024)
def find_cron_error(cron: str) -> tuple[str, str] | None:
    """The message and the fix for an invalid cron; None when it is valid and matches some minute."""
    fields = cron.split()
    if len(fields) != len(FIELDS):
        return f"A cron has five fields, and {shown(cron)} has {len(fields)}.", _EXAMPLE
    if len(cron) > MAX_CHARS:
        return f"The cron has more than {MAX_CHARS} characters.", _EXAMPLE
    for place, field in enumerate(fields):
        if _parse(" ".join("*" if other != place else field for other in range(len(FIELDS)))) is None:
            fix = _UPWARDS if re.fullmatch(_DAYS, field.upper()) else _EXAMPLE
            return f"The cron {shown(cron)} cannot be read: {shown(field)} is no {FIELDS[place]}.", fix
    times = _parse(" ".join(fields))
    if times is None or next(times, None) is None:
        return f"The cron {shown(cron)} matches no day: it never starts anything.", "Choose a day that exists."
    return None


def _parse(cron: str) -> "CronSim | None":
    """The times of a cron; None when it cannot be read."""
    from datetime import datetime

    from cronsim import CronSim, CronSimError

    try:
        return CronSim(cron, datetime(2024, 1, 1))  # noqa: DTZ001 - any day will do
    except (CronSimError, ValueError, AssertionError):  # the library raises all three for an invalid cron
        return None


RULE = Rule("schedule-cron", "error", "A schedule that cannot be read, or never matches, starts nothing.", check)
