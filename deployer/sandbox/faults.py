"""Fault rules: which requests go wrong, and how. Reading and choosing; `front.py` carries them out."""

import hashlib
import json
import random
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from deployer.sandbox.config import ConfigError, Fields, Source, load
from deployer.sandbox.replies import GPTBOTS, MEINGPT
from deployer.sandbox.store import Store, dump

_MATCH_KEYS = ("method", "path", "path_regex", "key", "nth", "probability", "seed", "times")
_ACTION_KEYS = (
    "delay", "status", "error", "429", "body", "headers", "not_json", "truncate", "reset", "hang", "late", "exit", "signal", "effect", "barrier",
)  # fmt: skip
_SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "INT": signal.SIGINT}
_WHEN = ("before", "after")
_ENDINGS = ("reset", "hang", "exit", "truncate")


class Request(NamedTuple):
    """What a rule sees of a request; `key` is the NAME of the key or organisation, "" when there is none."""

    method: str
    path: str
    key: str


class Kill(NamedTuple):
    """A signal for another process, whose id stands in a request header or in a file."""

    signal: signal.Signals
    header: str
    file: str
    when: str


class Barrier(NamedTuple):
    """Requests wait here, `when` before or after their effect, until a test opens it; `together`: or until so many wait."""

    when: str
    together: int | None


@dataclass(frozen=True, slots=True)
class Action:
    """What happens. `effect`: does the request take effect (None: later, after `late` seconds)?

    `body` None: the real reply's. `truncate`: how many bytes of the body are sent; -1 is half of them.
    """

    effect: bool = True
    delay: float = 0.0
    status: int | None = None
    error: int | str = ""
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    not_json: bool = False
    truncate: int | None = None
    reset: bool = False
    hang: bool = False
    exit: bool = False
    late: float | None = None
    kill: Kill | None = None
    barrier: Barrier | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A match and an action. `id` is its name in the store, where its count outlives a restart."""

    number: int
    id: str
    methods: frozenset[str]
    path: str
    path_regex: re.Pattern[str] | None
    key: str
    nth: frozenset[int]
    probability: float | None
    seed: int
    times: int | None
    action: Action

    def meets(self, request: Request) -> bool:
        """Method, path and key only: these requests are the ones that `nth` counts."""
        if self.methods and request.method not in self.methods:
            return False
        if self.path and not fnmatchcase(request.path, self.path):
            return False
        if self.path_regex and not self.path_regex.fullmatch(request.path):
            return False
        return not self.key or fnmatchcase(request.key, self.key)

    def fires(self, seen: int, fired: int) -> bool:
        """Is request number `seen` (from 1) the one, when the rule has fired so often before?"""
        if self.times is not None and fired >= self.times:
            return False
        if self.nth and seen not in self.nth:
            return False
        # Seeded by the count, so that the same requests fail in every run, and after a restart.
        return self.probability is None or random.Random(f"{self.seed}:{seen}").random() < self.probability  # noqa: S311 - no secret


class Faults:
    """The rules in force."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    def choose(self, request: Request, store: Store) -> Rule | None:
        """The first rule that fires. Every rule counts every request that it meets."""
        chosen: Rule | None = None
        for rule in self.rules:
            if rule.meets(request):
                seen, fired = store.seen(rule.id)
                if chosen is None and rule.fires(seen, fired):
                    chosen = rule
                    store.fired(rule.id)
        return chosen


def read(source: Source, *, may_exit: bool = True) -> Faults:
    """A faults file (or its data) to Faults. Raises ConfigError. Without `may_exit`, rules that end the process are refused."""
    data, label = load(source, "faults")
    if data is None:
        return Faults(())
    if not isinstance(data, list):
        raise ConfigError(f"{label}: must be a list of rules, each with `match` and `do`.")
    rules = tuple(_rule(number, each, f"{label}: rule {number}") for number, each in enumerate(data, start=1))
    for rule in rules:
        if rule.action.exit and not may_exit:
            raise ConfigError(f"{label}: rule {rule.number}.do.exit: this sandbox runs inside another process. Start `flowship sandbox` instead.")
    return Faults(rules)


def _rule(number: int, data: Any, where: str) -> Rule:
    top = Fields(data, where, ("match", "do"))
    if "do" not in top:
        raise ConfigError(f"{where}.do: is missing. Say what happens: {', '.join(_ACTION_KEYS)}.")
    match = Fields(top.data.get("match"), f"{where}.match", _MATCH_KEYS)
    digest = hashlib.sha256(dump([number, repr(top.data)]).encode()).hexdigest()[:16]
    return Rule(
        number=number,
        id=digest,
        methods=frozenset(each.upper() for each in _texts(match, "method")),
        path=match.text("path"),
        path_regex=_regex(match),
        key=match.text("key"),
        nth=_nth(match),
        probability=_probability(match),
        seed=match.whole("seed", 0) or 0,
        times=match.whole("times", least=1),
        action=_action(top.data["do"], f"{where}.do"),
    )


def _texts(fields: Fields, name: str) -> list[str]:
    value = fields.data.get(name, [])
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise fields.wrong(name, "text or a list of texts")
    return values


def _regex(match: Fields) -> re.Pattern[str] | None:
    text = match.text("path_regex")
    try:
        return re.compile(text) if text else None
    except re.error as wrong:
        raise ConfigError(f"{match.where}.path_regex: not a regular expression: {wrong}.") from wrong


def _nth(match: Fields) -> frozenset[int]:
    value = match.data.get("nth", [])
    values = value if isinstance(value, list) else [value]
    if not all(type(each) is int and each > 0 for each in values):
        raise match.wrong("nth", "a count from 1, or a list of them")
    return frozenset(values)


def _probability(match: Fields) -> float | None:
    value = match.number("probability")
    if value is not None and value > 1:
        raise match.wrong("probability", "a number from 0 to 1")
    return value


def _action(data: Any, where: str) -> Action:
    fields = Fields(data, where, _ACTION_KEYS)
    endings = [name for name in _ENDINGS if name in fields]
    if len(endings) > 1:
        raise ConfigError(f"{where}: {' and '.join(endings)} cannot happen to one reply. Keep one of them.")
    status, headers = fields.whole("status", least=200), dict(fields.mapping("headers"))
    if status is not None and status > 599:
        raise fields.wrong("status", "an HTTP status, 200 to 599")
    if "429" in fields:
        status = 429
        told = Fields(fields.data["429"], f"{where}.429", ("retry_after",))
        headers["Retry-After"] = told.data.get("retry_after", 1)
    ending = {name: fields.choice(name, _WHEN, "before") if name in fields else "" for name in ("reset", "exit")}
    late, error = fields.number("late"), _error(fields)
    not_json, hang = bool(fields.flag("not_json", False)), bool(fields.flag("hang", False))
    replaced = status is not None or error != ""
    return Action(
        effect=_effect(fields, not replaced and not hang and "before" not in ending.values() and late is None),
        delay=fields.number("delay", 0.0) or 0.0,
        status=status,
        error=error,
        body=_body(fields),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        not_json=not_json,
        truncate=_truncate(fields),
        reset="reset" in fields or (late is not None and not replaced and not hang),
        hang=hang,
        exit="exit" in fields,
        late=late,
        kill=_kill(fields),
        barrier=_barrier(fields),
    )


def _effect(fields: Fields, usual: bool) -> bool:
    chosen = fields.flag("effect")
    if chosen is not None and "late" in fields:
        raise ConfigError(f"{fields.where}: late says already when the effect comes. Leave effect out.")
    return usual if chosen is None else chosen


def _error(fields: Fields) -> int | str:
    value = fields.data.get("error", "")
    if value != "" and value not in GPTBOTS and value not in MEINGPT:
        raise fields.wrong("error", f"one of {', '.join(map(str, (*GPTBOTS, *MEINGPT)))}")
    return value  # type: ignore[no-any-return]


def _body(fields: Fields) -> str | None:
    value = fields.data.get("body")
    return json.dumps(value) if isinstance(value, Mapping | list) else None if value is None else str(value)


def _truncate(fields: Fields) -> int | None:
    value = fields.data.get("truncate")
    if value is True:
        return -1
    return fields.whole("truncate") if value is not False else None


def _barrier(fields: Fields) -> Barrier | None:
    if "barrier" not in fields:
        return None
    if isinstance(fields.data["barrier"], str):
        return Barrier(fields.choice("barrier", _WHEN, "before"), None)
    told = Fields(fields.data["barrier"], f"{fields.where}.barrier", ("when", "together"))
    return Barrier(told.choice("when", _WHEN, "before"), told.whole("together", least=1))


def _kill(fields: Fields) -> Kill | None:
    if "signal" not in fields:
        return None
    told = Fields(fields.data["signal"], f"{fields.where}.signal", ("name", "pid_header", "pid_file", "when"))
    header, file = told.text("pid_header"), told.text("pid_file")
    if bool(header) == bool(file):
        raise ConfigError(f"{told.where}: give pid_header or pid_file, to say whose process it is.")
    return Kill(_SIGNALS[told.choice("name", tuple(_SIGNALS), "KILL")], header.lower(), file, told.choice("when", _WHEN, "before"))
