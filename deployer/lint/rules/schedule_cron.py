"""The `cron` of a schedule has five fields (minute, hour, day of month, month, day of week), each in its range, and some day must match them:
the 30th of February never comes.

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
from collections.abc import Iterator
from functools import lru_cache

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Document, Rule

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
LONGEST = 200
_EXAMPLE = "Five fields: minute, hour, day of month, month, day of week. `0 9 * * MON-FRI` is nine o'clock on workdays."

_DAYS = "(?:{0})-(?:{0})".format("MON|TUE|WED|THU|FRI|SAT|SUN")
_UPWARDS = "A range goes upwards, and SUN is day 0: name the days one by one, such as `FRI,SAT,SUN,MON`."


def check(document: Document) -> Iterator[Diagnostic]:
    trigger = document.data.get("trigger")
    if not isinstance(trigger, dict) or trigger.get("type") != "schedule" or not isinstance(trigger.get("config"), dict):
        return
    cron = trigger["config"].get("cron")
    if isinstance(cron, str) and cron.strip() and "{{" not in cron:
        wrong = mistake(cron)
        if wrong:
            yield Diagnostic(("trigger", "config", "cron"), *wrong)


@lru_cache(maxsize=1024)
def mistake(cron: str) -> tuple[str, str] | None:
    """What is wrong with a cron, and the fix; None when it will start something."""
    fields = cron.split()
    if len(fields) != len(FIELDS):
        return f"A cron has five fields, and {shown(cron)} has {len(fields)}.", _EXAMPLE
    if len(cron) > LONGEST:
        return f"A cron of more than {LONGEST} characters.", _EXAMPLE
    for place, field in enumerate(fields):
        if not _is_readable(" ".join("*" if each != place else field for each in range(len(FIELDS)))):
            fix = _UPWARDS if re.fullmatch(_DAYS, field.upper()) else _EXAMPLE
            return f"The cron {shown(cron)} cannot be read: {shown(field)} is no {FIELDS[place]}.", fix
    if not _comes(" ".join(fields)):
        return f"The cron {shown(cron)} matches no day: it never starts anything.", "Choose a day that comes."
    return None


def _is_readable(cron: str) -> bool:
    from datetime import datetime

    from cronsim import CronSim, CronSimError

    try:
        CronSim(cron, datetime(2024, 1, 1))  # noqa: DTZ001 - any day will do
    except (CronSimError, ValueError, AssertionError):  # the library has all three for what it cannot read
        return False
    return True


def _comes(cron: str) -> bool:
    """Whether a cron with readable fields matches any minute of fifty years."""
    from datetime import datetime

    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(cron, datetime(2024, 1, 1)))  # noqa: DTZ001
    except (CronSimError, StopIteration):
        return False
    return True


RULE = Rule("schedule-cron", "error", "A schedule that cannot be read, or never comes, starts nothing.", check)
