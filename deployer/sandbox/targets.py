"""Who may call the sandbox, and how each target behaves: free-form keys, and those that a targets file declares."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeVar

from deployer.sandbox import scripts
from deployer.sandbox.config import ConfigError, Fields, Source, load
from deployer.sandbox.scripts import ECHO, Script

_Made = TypeVar("_Made")
KINDS = ("workflow", "agent", "account")
_NAME = r"[A-Za-z0-9._-]{1,100}"
_FREE_KEY = re.compile(rf"sandbox-(workflow|agent)-({_NAME})")
_FREE_TOKEN = re.compile(rf"sandbox-({_NAME})")


class Rate(NamedTuple):
    """At most `calls` in any fixed window of `seconds`."""

    calls: int
    seconds: float


PUBLISHED_RATES = {"calls": Rate(1000, 3600), "executions": Rate(100, 60), "webhooks": Rate(500, 60)}  # published page, Rate Limits


class SeedVersion(NamedTuple):
    """A GPTBots version that is there from the start."""

    version: str
    description: str
    published: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A GPTBots target as one key sees it. `list_status` 200: the list call works. `owns` None: everything in a file is its own."""

    name: str
    kind: str
    id: str
    mode: str = "test"
    version_management: bool | None = None
    plan_limit: int | None = None
    list_status: int = 200
    deleted: bool = False
    rate: Rate | None = None
    owns: frozenset[str] | None = frozenset()
    error_status: int | None = None
    error_text: str = "msg"
    script: Script = ECHO
    versions: tuple[SeedVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """A meinGPT organisation. `adds` holds fields that the server puts into what it gives back, by place."""

    name: str
    default_status: str = "active"
    calls: Rate = PUBLISHED_RATES["calls"]
    executions: Rate = PUBLISHED_RATES["executions"]
    webhooks: Rate = PUBLISHED_RATES["webhooks"]
    credits: int | None = None
    webhook_secret: str = ""
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scripts: tuple[tuple[str, Script], ...] = ()
    workflows: tuple[Mapping[str, Any], ...] = ()
    run_records: tuple[Mapping[str, Any], ...] = ()

    def script(self, workflow: str) -> Script:
        return next((script for pattern, script in self.scripts if fnmatchcase(workflow, pattern)), ECHO)


@dataclass(frozen=True, slots=True)
class Targets:
    """Everyone who may call. Look a caller up by key (GPTBots) or token (meinGPT); None is a 401."""

    by_key: Mapping[str, Target] = field(default_factory=dict)
    by_token: Mapping[str, Organisation] = field(default_factory=dict)
    gptbots_defaults: Any = None
    meingpt_defaults: Any = None
    _made: dict[str, Target | Organisation] = field(default_factory=dict)

    def target(self, key: str) -> Target | None:
        if key in self.by_key:
            return self.by_key[key]
        found = _FREE_KEY.fullmatch(key)
        if not found:
            return None
        made = self._made.setdefault("g" + key, _target(found[2], {"kind": found[1]}, self.gptbots_defaults, "defaults"))
        return made if isinstance(made, Target) else None

    def organisation(self, token: str) -> Organisation | None:
        if token in self.by_token:
            return self.by_token[token]
        found = _FREE_TOKEN.fullmatch(token)
        if not found:
            return None
        made = self._made.setdefault("m" + token, _organisation(found[1], {}, self.meingpt_defaults, "defaults"))
        return made if isinstance(made, Organisation) else None

    def named(self, organisation: str) -> Organisation:
        """The organisation of that name, for a call without a token (a webhook)."""
        declared = next((each for each in self.by_token.values() if each.name == organisation), None)
        return declared or self.organisation(f"sandbox-{organisation}") or Organisation(organisation)


def target_id(kind: str, name: str) -> str:
    """24 hex digits, the same for the same key in every sandbox."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:24]


def read(source: Source) -> Targets:
    """A targets file (or its data) to Targets. Raises ConfigError."""
    data, label = load(source, "targets")
    top = Fields(data, label, ("gptbots", "meingpt"))
    gptbots = Fields(top.data.get("gptbots"), f"{label}: gptbots", ("defaults", "targets"))
    meingpt = Fields(top.data.get("meingpt"), f"{label}: meingpt", ("defaults", "organisations"))
    defaults = {"gptbots": gptbots.mapping("defaults"), "meingpt": meingpt.mapping("defaults")}
    _target("x", {}, defaults["gptbots"], f"{gptbots.where}.defaults")  # wrong defaults are said at the start
    _organisation("x", {}, defaults["meingpt"], f"{meingpt.where}.defaults")
    by_key: dict[str, Target] = {}
    for name, entry in gptbots.mapping("targets").items():
        made = _target(name, entry, defaults["gptbots"], f"{gptbots.where}.targets.{name}")
        _declare(by_key, (entry or {}).get("key") or f"sandbox-{made.kind}-{name}", made, f"{gptbots.where}.targets.{name}")
    by_token: dict[str, Organisation] = {}
    for name, entry in meingpt.mapping("organisations").items():
        where = f"{meingpt.where}.organisations.{name}"
        organisation = _organisation(name, entry, defaults["meingpt"], where)
        _declare(by_token, (entry or {}).get("token") or f"sandbox-{name}", organisation, where)
    return Targets(by_key, by_token, defaults["gptbots"], defaults["meingpt"])


def _declare(there: dict[str, _Made], key: str, made: _Made, where: str) -> None:
    if key in there:
        raise ConfigError(f"{where}: its key is another entry's key already. Give each entry a key of its own.")
    there[key] = made


_TARGET_KEYS = (
    "key", "kind", "id", "mode", "version_management", "plan_limit", "list", "deleted", "rate_limit", "owns",
    "error_status", "error_text", "runs", "versions",
)  # fmt: skip
_ORGANISATION_KEYS = (
    "token", "default_status", "rate_limits", "credits", "webhook_secret", "adds", "runs", "workflows", "executions",
)  # fmt: skip


def _target(name: str, entry: Any, defaults: Any, where: str) -> Target:
    Fields(entry, where, _TARGET_KEYS)
    fields = Fields({**(defaults or {}), **(entry or {})}, where, _TARGET_KEYS)
    kind = fields.choice("kind", KINDS, "workflow")
    fields.text("key")
    return Target(
        name=name,
        kind=kind,
        id=fields.text("id") or target_id(kind, name),
        mode=fields.choice("mode", ("test", "production"), "test"),
        version_management=fields.flag("version_management"),
        plan_limit=fields.whole("plan_limit"),
        list_status=_list_status(fields),
        deleted=bool(fields.flag("deleted", False)),
        rate=_rate(fields.data.get("rate_limit"), f"{where}.rate_limit", 60.0),
        owns=None if fields.data.get("owns") == "all" else frozenset(map(str, fields.items("owns"))),
        error_status=fields.whole("error_status", least=200),
        error_text=fields.choice("error_text", ("msg", "message"), "msg"),
        script=scripts.read(fields.data.get("runs"), f"{where}.runs"),
        versions=tuple(_seed_version(each, f"{where}.versions[{i}]") for i, each in enumerate(fields.items("versions"))),
    )


def _list_status(fields: Fields) -> int:
    value = fields.data.get("list", True)
    if value is True or value is False:
        return 200 if value else 404
    if value in (403, 404, 405):
        return int(value)
    raise fields.wrong("list", "true, false, 403, 404 or 405")


def _rate(data: Any, where: str, seconds: float) -> Rate | None:
    if data is None:
        return None
    fields = Fields(data, where, ("calls", "seconds"))
    if "calls" not in fields:
        raise ConfigError(f"{where}.calls: is missing. Say how many calls are allowed.")
    return Rate(fields.whole("calls") or 0, fields.number("seconds", seconds) or seconds)


def _seed_version(data: Any, where: str) -> SeedVersion:
    fields = Fields(data, where, ("version", "version_desc", "published"))
    if "version" not in fields:
        raise ConfigError(f"{where}.version: is missing. Give the version as text.")
    return SeedVersion(fields.text("version"), fields.text("version_desc"), bool(fields.flag("published", False)))


def _organisation(name: str, entry: Any, defaults: Any, where: str) -> Organisation:
    Fields(entry, where, _ORGANISATION_KEYS)
    fields = Fields({**(defaults or {}), **(entry or {})}, where, _ORGANISATION_KEYS)
    fields.text("token")
    rates = Fields(fields.data.get("rate_limits"), f"{where}.rate_limits", ("calls", "executions", "webhooks"))
    adds = Fields(fields.data.get("adds"), f"{where}.adds", ("workflow", "trigger", "step"))
    return Organisation(
        name=name,
        default_status=fields.text("default_status", "active"),
        calls=_whole_rate(rates, "calls"),
        executions=_whole_rate(rates, "executions"),
        webhooks=_whole_rate(rates, "webhooks"),
        credits=fields.whole("credits"),
        webhook_secret=fields.text("webhook_secret"),
        adds={place: adds.mapping(place) for place in adds.data},
        scripts=tuple((pattern, scripts.read(each, f"{where}.runs.{pattern}")) for pattern, each in fields.mapping("runs").items()),
        workflows=tuple(_seed(each, f"{where}.workflows[{i}]", ("id", "name")) for i, each in enumerate(fields.items("workflows"))),
        run_records=tuple(
            _seed(each, f"{where}.executions[{i}]", ("execution_id", "workflow_id")) for i, each in enumerate(fields.items("executions"))
        ),
    )


def _whole_rate(rates: Fields, name: str) -> Rate:
    """`calls: 5` keeps the published window; `calls: {calls: 5, seconds: 1}` changes both."""
    published = PUBLISHED_RATES[name]
    value = rates.data.get(name)
    if isinstance(value, Mapping):
        return _rate(value, f"{rates.where}.{name}", published.seconds) or published
    return Rate(rates.whole(name, published.calls) or 0, published.seconds)


def _seed(data: Any, where: str, needed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where}: must be a mapping with {' and '.join(needed)}.")
    for name in needed:
        if not isinstance(data.get(name), str) or not data[name]:
            raise ConfigError(f"{where}.{name}: must be text.")
    for name in ("created_at", "updated_at", "started_at"):
        try:
            datetime.fromisoformat(data.get(name, "2024-01-15T10:00:00Z"))
        except (TypeError, ValueError):
            raise ConfigError(f"{where}.{name}: must be a time such as 2024-01-15T10:00:00Z.") from None
    return dict(data)
