"""The `timezone` of a schedule is a name of the IANA list, such as `Europe/Berlin`, with its capitals. `CEST` and `UTC+2` are not in it.

Bad:
```yaml
name: Digest
trigger: {type: schedule, config: {cron: "0 9 * * MON-FRI", timezone: Europe/Munich}}
steps: []
```
Good:
```yaml
name: Digest
trigger: {type: schedule, config: {cron: "0 9 * * MON-FRI", timezone: Europe/Berlin}}
steps: []
```
"""

import os
from functools import cache
from importlib import import_module

from deployer.formats.quoting import find_nearest, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.rules.schedule_cron import schedule_setting


def check(document: Document) -> Diagnostics:
    name = schedule_setting(document, "timezone")
    if name is not None and name not in load_time_zones():
        near = find_nearest(name, load_time_zones())
        fix = f"Did you mean {shown(near)}?" if near else "Write a name such as `Europe/Berlin` or `UTC`."
        yield Diagnostic(("trigger", "config", "timezone"), f"There is no time zone {shown(name)}.", fix)


@cache
def load_time_zones() -> dict[str, None]:
    """The names of the IANA list, from the package tzdata: the same on every machine."""
    folder = os.path.dirname(import_module("tzdata").__file__ or "")
    with open(os.path.join(folder, "zones"), encoding="utf-8") as file:
        return dict.fromkeys(file.read().split())


RULE = Rule("schedule-timezone", "error", "A schedule in an unknown time zone does not start, or starts at the wrong hour.", check)
