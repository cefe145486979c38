"""Two definitions of a meinGPT workflow compared: steps (also in loops), trigger, variables, and what else stands at the top. Pure.

The picture's edges are a reading of the page, which shows a list of steps and conditions that name the step to go on with: a step goes on with
the next one, a condition with its two branches, and the last step of one branch does not go on with the first of the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deployer.model.difference import Difference, DrawnEdge, FieldDifference, PartDifference
from deployer.platforms.definition_diff.matching import MatchedRows, Row, mapping, pairs, rows
from deployer.platforms.definition_diff.parts import Inside, Parts, called, changed, text, without

OWN = ("trigger", "steps", "variables")
BRANCHES = (("true_branch", "true"), ("false_branch", "false"))
ORDER = "order of steps"
TRIGGER = "trigger"
Link = tuple[str, str, str]


def compare(before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    """What differs; an empty `before` makes all of it new."""
    parts = Parts()
    parts.values("setting", without(before, OWN), without(after, OWN))
    first = _trigger(parts, before.get("trigger"), after.get("trigger"))
    parts.values("variable", mapping(before.get("variables")), mapping(after.get("variables")))
    _steps(parts, rows(before.get("steps")), rows(after.get("steps")), (), "", first)
    return parts.difference(against)


def _trigger(parts: Parts, before: object, after: object) -> str:
    """The trigger, which the picture begins with; "" where there is none."""
    pair = MatchedRows(before if isinstance(before, dict) else None, after if isinstance(after, dict) else None)
    if not (pair.before or pair.after):
        return ""
    change = parts.part("trigger", pair, changed(pair.before, pair.after), ())
    return parts.node(TRIGGER, text(pair.row.get("type")) or TRIGGER, TRIGGER, change, "")


def _steps(parts: Parts, before: list[Row], after: list[Row], inside: Inside, holder: str, first: str = "") -> None:
    """One list of steps: those at the top, or in a loop (`holder` is its key). `first`: the key of what leads to it."""
    _order(parts, before, after, inside)
    keys = []
    for pair in pairs(before, after):
        step = pair.row
        change = parts.part("step", pair, changed(_without_steps(pair.before), _without_steps(pair.after)), inside)
        key = parts.node(f"{holder}/{text(step.get('id'))}".removeprefix("/"), called(step), text(step.get("type")), change, holder)
        keys.append((pair, key))
        if _inner(pair.before) or _inner(pair.after):
            _steps(parts, _inner(pair.before), _inner(pair.after), (*inside, called(step)), key)
    were = [(pair.before, key) for pair, key in sorted(keys, key=lambda each: each[0].place) if pair.before is not None]
    are = [(pair.after, key) for pair, key in keys if pair.after is not None]
    parts.edges += _edges(_from(first, were), _from(first, are))


def _order(found: Parts, before: list[Row], after: list[Row], inside: Inside) -> None:
    """Steps run one after the other: their order counts."""
    one, other = ([text(step.get("id")) for step in steps] for steps in (before, after))
    kept, now = [name for name in one if name in set(other)], [name for name in other if name in set(one)]
    if kept != now:
        found.parts.append(PartDifference("setting", ORDER, ORDER, "", "changed", (FieldDifference("", kept, now),), inside))


def _edges(before: list[Link], after: list[Link]) -> Iterator[DrawnEdge]:
    was, still = dict.fromkeys(before), dict.fromkeys(after)
    yield from (DrawnEdge(*link, "same" if link in was else "added") for link in still)
    yield from (DrawnEdge(*link, "removed") for link in was if link not in still)


def _from(first: str, steps: Sequence[tuple[Row, str]]) -> list[Link]:
    return [*([(first, steps[0][1], "")] if first and steps else []), *_links(steps)]


def _links(steps: Sequence[tuple[Row, str]]) -> Iterator[Link]:
    """What leads where in one list of steps, by the keys of the picture."""
    places = {text(step.get("id")): place for place, (step, _) in reversed(list(enumerate(steps)))}
    branches = {place: _branches(step, places) for place, (step, _) in enumerate(steps) if step.get("type") == "condition"}
    apart = _apart(branches)
    for place, (_, key) in enumerate(steps):
        leads = branches.get(place, {})
        yield from ((key, steps[target][1], label) for label, target in leads.items())
        if len(leads) < len(BRANCHES) and place + 1 < len(steps) and (place, place + 1) not in apart:
            yield key, steps[place + 1][1], next((label for _, label in BRANCHES if label not in leads), "") if leads else ""


def _branches(step: Row, places: Mapping[str, int]) -> dict[str, int]:
    config = mapping(step.get("config"))
    return {label: places[name] for key, label in BRANCHES if (name := text(config.get(key))) in places}


def _apart(branches: Mapping[int, Mapping[str, int]]) -> set[tuple[int, int]]:
    """Neighbours in the list of which the first does not go on with the second: the end of one branch, and the head of the other."""
    heads = (sorted(set(leads.values())) for leads in branches.values())
    return {(both[1] - 1, both[1]) for both in heads if len(both) == len(BRANCHES)}


def _inner(step: Row | None) -> list[Row]:
    return rows(mapping((step or {}).get("config")).get("steps"))


def _without_steps(step: Row | None) -> Row | None:
    """A loop's steps are parts of their own."""
    if step is None or not _inner(step):
        return step
    return {**step, "config": without(step["config"], ("steps",))}
