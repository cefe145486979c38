"""Fault rules: which requests go wrong, and how. Reading and choosing; `middleware.py` carries them out."""

import hashlib
import json
import random
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from deployer.sandbox.config_files import ConfigFields, ConfigSource, SandboxConfigError, load
from deployer.sandbox.json_bodies import GPTBOTS, MEINGPT
from deployer.sandbox.store import SandboxStore, dump_json

MATCH_KEYS = ("method", "path", "path_regex", "key", "nth", "probability", "seed", "times")
ACTION_KEYS = (
    "delay", "status", "error", "429", "body", "headers", "not_json", "truncate", "reset", "hang", "late", "exit", "signal", "effect", "barrier",
)  # fmt: skip
_SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "INT": signal.SIGINT}
_MOMENTS = ("before", "after")
_ENDINGS = ("reset", "hang", "exit", "truncate")


class RequestFacts(NamedTuple):
    """What rules match on. `key` is the NAME of the key or organisation, "" when there is none."""

    method: str
    path: str
    key: str


class ProcessSignal(NamedTuple):
    """A signal for another process, whose id stands in a request header or in a file; sent `when`: before or after the effect."""

    signal: signal.Signals
    header: str
    file: str
    when: str


class BarrierStop(NamedTuple):
    """Requests wait here, `when`: before or after their effect, until a test opens the barrier, or until `together` requests wait."""

    when: str
    together: int | None


@dataclass(frozen=True, slots=True)
class FaultAction:
    """What happens. `effect`: does the request take effect at once? With `late`, it does after so many seconds.

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
    signal: ProcessSignal | None = None
    barrier: BarrierStop | None = None


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A match and an action. `id` is its name in the store, where its counts outlive a restart."""

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
    action: FaultAction

    def matches(self, request: RequestFacts) -> bool:
        """Do method, path and key match? Such requests are the ones that `nth` counts."""
        if self.methods and request.method not in self.methods:
            return False
        if self.path and not fnmatchcase(request.path, self.path):
            return False
        if self.path_regex and not self.path_regex.fullmatch(request.path):
            return False
        return not self.key or fnmatchcase(request.key, self.key)

    def fires(self, match_number: int, fired: int) -> bool:
        """Does the rule act on that one (from 1) of the matching requests, having acted on `fired` earlier ones?"""
        if self.times is not None and fired >= self.times:
            return False
        if self.nth and match_number not in self.nth:
            return False
        # Seeded by the count, so that the same requests fail in every run, and after a restart.
        return self.probability is None or random.Random(f"{self.seed}:{match_number}").random() < self.probability  # noqa: S311 - no secret


class FaultRules(NamedTuple):
    """The rules in force."""

    rules: tuple[FaultRule, ...] = ()

    def choose(self, request: RequestFacts, store: SandboxStore) -> FaultRule | None:
        """The first rule that fires. Every rule counts every request that it matches."""
        chosen: FaultRule | None = None
        for rule in self.rules:
            if rule.matches(request):
                match_number, fired = store.count_match(rule.id)
                if chosen is None and rule.fires(match_number, fired):
                    chosen = rule
                    store.count_firing(rule.id)
        return chosen


def read_fault_rules(source: ConfigSource, *, may_exit: bool = True) -> FaultRules:
    """The rules of a faults file (or of its data). Without `may_exit`, rules that end the process are refused. Raises SandboxConfigError."""
    data, label = load(source, "faults")
    if data is None:
        return FaultRules()
    if not isinstance(data, list):
        raise SandboxConfigError(f"{label}: expected a list of rules, each with `match` and `do`.")
    rules = tuple(_read_rule(number, item, f"{label}: rule {number}") for number, item in enumerate(data, start=1))
    for rule in rules:
        if rule.action.exit and not may_exit:
            where = f"{label}: rule {rule.number}.do.exit"
            raise SandboxConfigError(f"{where}: this sandbox runs inside another process. Start `flowship sandbox` instead.")
    return FaultRules(rules)


def _read_rule(number: int, data: Any, where: str) -> FaultRule:
    top = ConfigFields(data, where, ("match", "do"))
    if "do" not in top:
        raise SandboxConfigError(f"{where}.do: missing. Add what happens: {', '.join(ACTION_KEYS)}.")
    match = ConfigFields(top.data.get("match"), f"{where}.match", MATCH_KEYS)
    digest = hashlib.sha256(dump_json([number, repr(top.data)]).encode()).hexdigest()[:16]
    return FaultRule(
        number=number,
        id=digest,
        methods=_methods(match),
        path=match.text("path"),
        path_regex=_regex(match),
        key=match.text("key"),
        nth=_nth(match),
        probability=_probability(match),
        seed=match.whole("seed") or 0,
        times=match.whole("times", minimum=1),
        action=_read_action(top.data["do"], f"{where}.do"),
    )


def _one_or_list(fields: ConfigFields, name: str) -> list[Any]:
    value = fields.data.get(name, [])
    return value if isinstance(value, list) else [value]


def _methods(match: ConfigFields) -> frozenset[str]:
    methods = _one_or_list(match, "method")
    if not all(isinstance(method, str) for method in methods):
        raise match.error("method", "text or a list of texts")
    return frozenset(method.upper() for method in methods)


def _regex(match: ConfigFields) -> re.Pattern[str] | None:
    text = match.text("path_regex")
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise SandboxConfigError(f"{match.where}.path_regex: not a regular expression: {error}.") from error


def _nth(match: ConfigFields) -> frozenset[int]:
    counts = _one_or_list(match, "nth")
    if not all(type(count) is int and count > 0 for count in counts):
        raise match.error("nth", "a count from 1, or a list of them")
    return frozenset(counts)


def _probability(match: ConfigFields) -> float | None:
    value = match.number("probability")
    if value is not None and value > 1:
        raise match.error("probability", "a number from 0 to 1")
    return value


def _read_action(data: Any, where: str) -> FaultAction:
    fields = ConfigFields(data, where, ACTION_KEYS)
    endings = [name for name in _ENDINGS if name in fields]
    if len(endings) > 1:
        raise SandboxConfigError(f"{where}: {' and '.join(endings)} cannot happen to one reply. Keep one of them.")
    status, headers = _status(fields), fields.mapping("headers")
    if "429" in fields:
        status = 429
        headers["Retry-After"] = ConfigFields(fields.data["429"], f"{where}.429", ("retry_after",)).data.get("retry_after", 1)
    moments = [fields.choice(name, _MOMENTS, "before") for name in ("reset", "exit") if name in fields]
    late, error, hang = fields.number("late"), _error_code(fields), bool(fields.flag("hang"))
    replaced = status is not None or error != "" or hang
    return FaultAction(
        effect=_effect(fields, not replaced and "before" not in moments and late is None),
        delay=fields.number("delay") or 0.0,
        status=status,
        error=error,
        body=_body(fields),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        not_json=bool(fields.flag("not_json")),
        truncate=_truncate(fields),
        reset="reset" in fields or (late is not None and not replaced),
        hang=hang,
        exit="exit" in fields,
        late=late,
        signal=_signal(fields),
        barrier=_barrier(fields),
    )


def _status(fields: ConfigFields) -> int | None:
    status = fields.whole("status", minimum=200)
    if status is not None and status > 599:
        raise fields.error("status", "an HTTP status, 200 to 599")
    return status


def _effect(fields: ConfigFields, default: bool) -> bool:
    effect = fields.flag("effect")
    if effect is not None and "late" in fields:
        raise SandboxConfigError(f"{fields.where}: `late` already sets when the effect comes. Remove `effect`.")
    return default if effect is None else effect


def _error_code(fields: ConfigFields) -> int | str:
    value: int | str = fields.data.get("error", "")
    if value != "" and value not in GPTBOTS and value not in MEINGPT:
        raise fields.error("error", f"one of {', '.join(map(str, (*GPTBOTS, *MEINGPT)))}")
    return value


def _body(fields: ConfigFields) -> str | None:
    value = fields.data.get("body")
    return json.dumps(value) if isinstance(value, Mapping | list) else None if value is None else str(value)


def _truncate(fields: ConfigFields) -> int | None:
    value = fields.data.get("truncate")
    if value is True:
        return -1
    return fields.whole("truncate") if value is not False else None


def _barrier(fields: ConfigFields) -> BarrierStop | None:
    if "barrier" not in fields:
        return None
    if isinstance(fields.data["barrier"], str):
        return BarrierStop(fields.choice("barrier", _MOMENTS, "before"), None)
    barrier = ConfigFields(fields.data["barrier"], f"{fields.where}.barrier", ("when", "together"))
    return BarrierStop(barrier.choice("when", _MOMENTS, "before"), barrier.whole("together", minimum=1))


def _signal(fields: ConfigFields) -> ProcessSignal | None:
    if "signal" not in fields:
        return None
    target = ConfigFields(fields.data["signal"], f"{fields.where}.signal", ("name", "pid_header", "pid_file", "when"))
    header, file = target.text("pid_header"), target.text("pid_file")
    if bool(header) == bool(file):
        raise SandboxConfigError(f"{target.where}: give pid_header or pid_file, to name the process.")
    name, when = target.choice("name", tuple(_SIGNALS), "KILL"), target.choice("when", _MOMENTS, "before")
    return ProcessSignal(_SIGNALS[name], header.lower(), file, when)
