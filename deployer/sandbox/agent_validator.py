"""What the top level of a `.bot` may hold (docs/contracts/flow-format.md, "File")."""

from collections.abc import Iterator, Mapping
from typing import Any

AGENT_TYPES = ("QuestionAnswer", "Flow", "LoopAgent", "Claw", "Audio", "MultiAgent", "Clawsearch")
_HUMAN_CHOICES = {
    "manufacturer": frozenset(["Intercom", "Webhook", "LiveChat", "SoBot", "ZohoSalesIQ", "LiveDesk", "Omnichat"]),
    "status": frozenset(("enable", "disable")),
}
_PLAIN_TYPES = ("STRING", "INTEGER", "NUMBER", "BOOLEAN", "OBJECT", "FILE")
_DEFINITION_TYPES = {
    "customVariables": frozenset((*_PLAIN_TYPES, *(f"ARRAY_{name}" for name in _PLAIN_TYPES), "DATETIME")),
    "userProperties": frozenset(("string", "number", "datetime", "bool", "list")),
}


def agent_refusals(document: Mapping[str, Any]) -> Iterator[str]:
    """Every reason why these settings are refused."""
    yield from _human_refusals(document.get("humanConfig"))
    names: set[str] = set()
    for field, types in _DEFINITION_TYPES.items():
        definitions = document.get(field)
        if not isinstance(definitions, list | None):
            yield f"{field} must be a list"
            return
        for definition in definitions or ():
            if not isinstance(definition, Mapping):
                yield f"{field} must hold objects"
                return
            yield from _definition_refusals(field, definition, types, names)


def _human_refusals(config: Any) -> Iterator[str]:
    if config is None:
        return
    if not isinstance(config, Mapping):
        yield "humanConfig must be an object"
        return
    for field, choices in _HUMAN_CHOICES.items():
        value = config.get(field)
        if value not in (None, "") and str(value) not in choices:
            yield f"value {value!r} is not allowed for field {field}"
    if not isinstance(config.get("sendHumanTipSwitch"), bool | None):
        yield "sendHumanTipSwitch must be true or false"


def _definition_refusals(field: str, definition: Mapping[str, Any], types: frozenset[str], names: set[str]) -> Iterator[str]:
    name = definition.get("name")
    if not isinstance(name, str | int | float) or isinstance(name, bool) or not str(name).strip():
        yield f"a definition in {field} has no name"
    if str(name) in names:
        yield f"two definitions have the name {name}"
    names.add(str(name))
    if str(definition.get("type")) not in types:
        yield f"a definition in {field} has an unknown type"
