"""`set`: values laid over a definition for one environment. Pure; what comes out is linted, fingerprinted, shown and sent.

A path names a value that is there: keys with dots between (`variables.support_email`), a list item by `[id=notify]` (any
key of the item may stand for `id`) or by its index (`steps[0]`). A key with a dot in it stands in quotes: `headers."X.Y"`.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.formats.diagnostic import Diagnostic
from deployer.model.errors import UsageError
from deployer.model.workflow import Source

_PIECE = re.compile(r"""\.?(?:"(?P<quoted>[^"]+)"|(?P<key>[^.\[\]"]+))|\[(?P<index>\d+)\]|\[(?P<by>[^=\[\]]+)=(?P<is>[^\[\]]*)\]""")
_VALUE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ItemPick(NamedTuple):
    """The item of a list whose `key` has that value."""

    key: str
    value: str


def lay_over(source: Source, sets: Mapping[str, Any], values: Mapping[str, str] | None) -> tuple[Source, tuple[Diagnostic, ...]]:
    """The source with every value laid over it, and diagnostics of the lines that do not fit, at their keys in `sets`.

    `values` are for `${NAME}` in texts; None leaves those as they are.

    Raises UsageError for a `${NAME}` without its value.
    """
    if source.definition is None:
        message = f"{source.path} is opaque: nothing can be set in it."
        return source, tuple(Diagnostic((path,), message, "Export it as JSON.", at_key=True) for path in sets)
    definition: Any = dict(source.definition)
    misfits = []
    for path, value in sets.items():
        try:
            definition = _laid(definition, _steps(path), value if values is None else _filled(value, values))
        except _NoFitError as misfit:
            misfits.append(Diagnostic((path,), f"{misfit} ({source.path}).", misfit.fix, at_key=True))
    return source.overlaid(definition), tuple(misfits)


class _NoFitError(Exception):
    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def _steps(path: str) -> list[str | int | ItemPick]:
    steps: list[str | int | ItemPick] = []
    at = 0
    while not steps or at < len(path):
        piece = _PIECE.match(path, at)
        if not piece or (piece.group().startswith(".") and not at):
            raise _NoFitError(
                f"`{path}` is no path: it cannot be read from `{path[at:]}` on", "Write keys with dots between, list items as `[0]` or `[id=name]`."
            )
        if piece["index"] is not None:
            steps.append(int(piece["index"]))
        elif piece["by"] is not None:
            steps.append(ItemPick(piece["by"], piece["is"]))
        else:
            steps.append(piece["quoted"] or piece["key"])
        at = piece.end()
    return steps


def _laid(there: Any, steps: list[str | int | ItemPick], value: Any) -> Any:
    """A copy of `there` with `value` at the path; everything beside the path is shared, nothing is changed."""
    if not steps:
        return value
    step, *rest = steps
    place = _place(there, step)
    copy = there.copy()
    copy[place] = _laid(there[place], rest, value)
    return copy


def _place(there: Any, step: str | int | ItemPick) -> Any:
    """The key or index that a step means in this value. Raises where it meets nothing."""
    fix = "`set` replaces values that are there: write it into the file first, or correct the path."
    match step:
        case str():
            if not isinstance(there, dict) or step not in there:
                raise _NoFitError(f"The path meets nothing: there is no `{step}`", fix)
            return step
        case int():
            if not isinstance(there, list) or step >= len(there):
                raise _NoFitError(f"The path meets nothing: there is no item {step}", fix)
            return step
        case ItemPick(key=key, value=wanted):
            found = [
                place
                for place, item in enumerate(there if isinstance(there, list) else ())
                if isinstance(item, dict) and str(item.get(key)) == wanted
            ]
            if len(found) != 1:
                raise _NoFitError(f"The path meets {'nothing' if not found else 'several'}: {len(found)} items have {key} `{wanted}`", fix)
            return found[0]


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """`${NAME}` in texts, at any depth, replaced by the value of that name."""
    match value:
        case str():
            return _VALUE.sub(lambda found: _value(found[1], values), value)
        case dict():
            return {key: _filled(each, values) for key, each in value.items()}
        case list():
            return [_filled(each, values) for each in value]
        case _:
            return value


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise UsageError(
            f"No value {name}: `set` asks for `${{{name}}}`, and none was given.",
            fix=f"Add `{name}=…` to `values`, or set FLOWSHIP_VALUE_{name}.",
            code="missing-value",
        )
    return values[name]
