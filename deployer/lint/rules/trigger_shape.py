"""A trigger is a mapping with a `type`, and a `config` where the type needs one.

Bad:
```yaml
name: Welcome
trigger: webhook
steps: []
```
Good:
```yaml
name: Welcome
trigger: {type: webhook, config: {method: POST}}
steps: []
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.workflow.step_types import TRIGGER_KEYS, missing_key


def check(document: Document) -> Diagnostics:
    if "trigger" not in document.data:
        return
    trigger = document.data["trigger"]
    if not isinstance(trigger, dict):
        fix = f"Write `trigger: {{type: {trigger}}}`." if trigger in ("webhook", "schedule", "email") else "Write `type:` below `trigger:`."
        yield Diagnostic(("trigger",), mismatch("`trigger`", "a mapping", trigger), fix)
        return
    if "type" not in trigger:
        fix = "Add `type:` webhook, schedule or email."
        yield missing_key(("trigger",), trigger, TRIGGER_KEYS, ("type",), "type", "The trigger has no `type`.", fix)
    elif not isinstance(trigger["type"], str) or not trigger["type"].strip():
        yield Diagnostic(("trigger", "type"), f"The trigger's `type` cannot be {shown(trigger['type'])}.", "Write webhook, schedule or email.")
    if "config" in trigger and not isinstance(trigger["config"], dict):
        message = mismatch("The trigger's `config`", "a mapping", trigger["config"])
        yield Diagnostic(("trigger", "config"), message, "Write `name: value` lines below it, or remove it.")


RULE = Rule("trigger-shape", "error", "A workflow whose trigger cannot be read never starts.", check, refused_by_platform=True)
