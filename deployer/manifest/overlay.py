"""Lays the values of `set` over a definition for one environment. Pure; the result is linted, fingerprinted, shown and sent.

A path names an existing value: keys with dots between (`variables.support_email`), a list item by `[id=notify]` (any
key of the item may stand for `id`) or by its index (`steps[0]`). A key with a dot in it stands in quotes: `headers."X.Y"`.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.formats.diagnostic import Diagnostic
from deployer.formats.placeholders import Placeholders
from deployer.model.errors import UsageError
from deployer.model.workflow import Source

_STEP = re.compile(r"""\.?(?:"(?P<quoted>[^"]+)"|(?P<key>[^.\[\]"]+))|\[(?P<index>\d+)\]|\[(?P<by>[^=\[\]]+)=(?P<is>[^\[\]]*)\]""")
_VALUES = Placeholders("[A-Za-z_][A-Za-z0-9_]*")


class ItemPick(NamedTuple):
    """The item of a list whose `key` has that value."""

    key: str
    value: str


class _MisfitError(Exception):
    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def lay_over(source: Source, sets: Mapping[str, Any], values: Mapping[str, str] | None) -> tuple[Source, tuple[Diagnostic, ...]]:
    """The source with every value laid over it, and diagnostics of the lines that do not fit, at their keys in `sets`.

    `values` are for `${NAME}` in texts; None leaves those as they are. Raises UsageError for a `${NAME}` without its value.
    """
    if not sets:
        return source, ()
    if source.definition is None:
        message = f"{source.path} is opaque: nothing can be set in it."
        return source, tuple(Diagnostic((path,), message, "Export it as JSON.", at_key=True) for path in sets)
    definition: Any = dict(source.definition)
    misfits = []
    for path, value in sets.items():
        try:
            definition = _copy_with(definition, _parse_path(path), value if values is None else _substitute(value, values))
        except _MisfitError as misfit:
            misfits.append(Diagnostic((path,), f"{misfit} ({source.path}).", misfit.fix, at_key=True))
    return source.overlaid(definition), tuple(misfits)


def _parse_path(path: str) -> list[str | int | ItemPick]:
    steps: list[str | int | ItemPick] = []
    at = 0
    while not steps or at < len(path):
        step = _STEP.match(path, at)
        if not step or (step.group().startswith(".") and not at):
            message = f"`{path}` is not a valid path from `{path[at:]}` on"
            raise _MisfitError(message, "Write keys with dots between, list items as `[0]` or `[id=name]`.")
        if step["index"] is not None:
            steps.append(int(step["index"]))
        elif step["by"] is not None:
            steps.append(ItemPick(step["by"], step["is"]))
        else:
            steps.append(step["quoted"] or step["key"])
        at = step.end()
    return steps


def _copy_with(container: Any, steps: list[str | int | ItemPick], value: Any) -> Any:
    """A copy with `value` at the path; everything beside the path is shared, nothing is changed."""
    if not steps:
        return value
    step, *rest = steps
    place = _find_place(container, step)
    copy = container.copy()
    copy[place] = _copy_with(container[place], rest, value)
    return copy


def _find_place(container: Any, step: str | int | ItemPick) -> Any:
    """The key or index of a step in this value. Raises _MisfitError where there is none."""
    fix = "`set` replaces existing values: write the value into the file first, or correct the path."
    match step:
        case str():
            if not isinstance(container, dict) or step not in container:
                raise _MisfitError(f"The path leads nowhere: there is no `{step}`", fix)
            return step
        case int():
            if not isinstance(container, list) or step >= len(container):
                raise _MisfitError(f"The path leads nowhere: there is no item {step}", fix)
            return step
        case ItemPick(key=key, value=value):
            items = container if isinstance(container, list) else ()
            matches = [index for index, item in enumerate(items) if isinstance(item, dict) and str(item.get(key)) == value]
            if len(matches) != 1:
                raise _MisfitError(f"The path leads {'nowhere' if not matches else 'to several'}: {len(matches)} items have {key} `{value}`", fix)
            return matches[0]


def _substitute(value: Any, values: Mapping[str, str]) -> Any:
    """`${NAME}` in texts, at any depth, replaced by the value of that name; `$${` is the text `${`."""
    match value:
        case str():
            return _VALUES.fill(value, lambda name: _value_of(name, values))
        case dict():
            return {key: _substitute(item, values) for key, item in value.items()}
        case list():
            return [_substitute(item, values) for item in value]
        case _:
            return value


def _value_of(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        fix = f"Add `{name}=…` to `values`, or set FLOWSHIP_VALUE_{name}. For the text `${{{name}}}` itself, write `$${{{name}}}`."
        raise UsageError(f"No value {name}: `set` needs it for `${{{name}}}`.", fix=fix, code="missing-value")
    return values[name]
