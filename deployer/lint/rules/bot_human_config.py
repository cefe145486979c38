"""`humanConfig` connects an Agent with people who take over. Its `manufacturer` and `status` have a few allowed values.

The values are those of the vendor's public validator. The platform may know newer ones than Flowship: then turn this rule off.

Bad:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "humanConfig": {"manufacturer": "livechat", "status": "on"}}
```
Good:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "humanConfig": {"manufacturer": "LiveChat", "status": "enable", "sendHumanTipSwitch": true}}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_OPTIONS = {
    "manufacturer": ("Intercom", "Webhook", "LiveChat", "SoBot", "ZohoSalesIQ", "LiveDesk", "Omnichat"),
    "status": ("enable", "disable"),
}


def check(document: Document) -> Diagnostics:
    config = document.data.get("humanConfig")
    if config is None:
        return
    if not isinstance(config, dict):
        yield Diagnostic(("humanConfig",), mismatch("`humanConfig`", "a mapping", config), "Export the Agent again.")
        return
    for name, options in _OPTIONS.items():
        value = config.get(name)
        if value not in (None, "", *options):
            message = f"`humanConfig.{name}` cannot be {shown(value)}."
            yield Diagnostic(("humanConfig", name), message, did_you_mean(str(value), options))
    switch = config.get("sendHumanTipSwitch")
    if switch is not None and not isinstance(switch, bool):
        message = mismatch("`humanConfig.sendHumanTipSwitch`", "true or false", switch)
        yield Diagnostic(("humanConfig", "sendHumanTipSwitch"), message, "Write true or false, without quotes.")


RULE = Rule("bot-human-config", "error", "GPTBots refuses unknown values in the settings of human service.", check)
