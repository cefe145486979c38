"""The targets file: which keys the sandbox takes (free-form ones and declared ones), and how the target behind each behaves."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeVar

from deployer.sandbox.config_files import ConfigFields, ConfigSource, SandboxConfigError, load
from deployer.sandbox.rate_limits import RateLimit
from deployer.sandbox.run_scripts import ECHO, RunScript, read_script

_Caller = TypeVar("_Caller")
KINDS = ("workflow", "agent", "account")
_NAME = r"[A-Za-z0-9._-]{1,100}"
_FREE_KEY = re.compile(rf"sandbox-(?:(workflow|agent)-({_NAME})|(account)-({_NAME}):{_NAME})")
_FREE_TOKEN = re.compile(rf"sandbox-({_NAME})")
PUBLISHED_RATES = {
    "calls": RateLimit(1000, 3600),
    "executions": RateLimit(100, 60),
    "webhooks": RateLimit(500, 60),
}  # docs/contracts/meingpt.md, "Rate limits"
TARGET_KEYS = (
    "key", "kind", "id", "mode", "version_management", "plan_limit", "list", "empty_list_data", "release_data", "deleted", "rate_limit",
    "owns", "tools", "credentials", "error_status", "error_text", "runs", "versions",
)  # fmt: skip
ORGANISATION_KEYS = (
    "token", "default_status", "rate_limits", "credits", "webhook_secret", "adds", "runs", "workflows", "executions",
)  # fmt: skip


class DeclaredVersion(NamedTuple):
    """A GPTBots version that exists from the start."""

    version: str
    description: str
    published: bool


@dataclass(frozen=True, slots=True)
class DeclaredTarget:
    """A GPTBots target, as the holder of one key sees it. `list_status` 200: the list call works.

    An import keeps the knowledge bases and tables that it `owns`, the `tools` of its organisation (None: everything that a file names), and
    the credentials of the nodes and plug-ins with these ids, which were entered in its console.
    """

    name: str
    kind: str
    id: str
    mode: str = "test"
    version_management: bool | None = None
    plan_limit: int | None = None
    list_status: int = 200
    deleted: bool = False
    rate_limit: RateLimit | None = None
    owns: frozenset[str] | None = frozenset()
    tools: frozenset[str] | None = None
    credentials: frozenset[str] = frozenset()
    empty_list_data: bool = True
    release_data: bool = False
    error_status: int | None = None
    error_text: str = "msg"
    script: RunScript = ECHO
    versions: tuple[DeclaredVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """A meinGPT organisation. `rates` are by kind of call; `adds` holds fields that the server puts into what it gives back, by place."""

    name: str
    default_status: str = "active"
    rates: Mapping[str, RateLimit] = field(default_factory=lambda: PUBLISHED_RATES)
    credits: int | None = None
    webhook_secret: str = ""
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scripts: tuple[tuple[str, RunScript], ...] = ()
    workflows: tuple[Mapping[str, Any], ...] = ()
    run_records: tuple[Mapping[str, Any], ...] = ()

    def script(self, workflow: str) -> RunScript:
        return next((script for pattern, script in self.scripts if fnmatchcase(workflow, pattern)), ECHO)


@dataclass(frozen=True, slots=True)
class Callers:
    """Targets by key (GPTBots) and organisations by token (meinGPT): declared ones, and a new one for each free-form key. None is a 401."""

    by_key: Mapping[str, DeclaredTarget] = field(default_factory=dict)
    by_token: Mapping[str, Organisation] = field(default_factory=dict)
    gptbots_defaults: Any = None
    meingpt_defaults: Any = None
    _free_targets: dict[str, DeclaredTarget] = field(default_factory=dict)
    _free_organisations: dict[str, Organisation] = field(default_factory=dict)

    def target(self, key: str) -> DeclaredTarget | None:
        if key in self.by_key:
            return self.by_key[key]
        match = _FREE_KEY.fullmatch(key)
        if match and key not in self._free_targets:
            self._free_targets[key] = _read_target(match[2] or match[4], {"kind": match[1] or match[3]}, self.gptbots_defaults, "defaults")
        return self._free_targets.get(key)

    def organisation(self, token: str) -> Organisation | None:
        if token in self.by_token:
            return self.by_token[token]
        match = _FREE_TOKEN.fullmatch(token)
        if match and token not in self._free_organisations:
            self._free_organisations[token] = _read_organisation(match[1], {}, self.meingpt_defaults, "defaults")
        return self._free_organisations.get(token)

    def organisation_named(self, name: str) -> Organisation:
        """The organisation of that name, for a call without a token (a webhook)."""
        declared = next((organisation for organisation in self.by_token.values() if organisation.name == name), None)
        return declared or self.organisation(f"sandbox-{name}") or Organisation(name)


def free_key(platform: str, kind: str, name: str) -> str:
    """A key that every sandbox takes without a targets file: of a GPTBots target, or of a meinGPT organisation."""
    return f"sandbox-{kind}-{name}" if platform == "gptbots" else f"sandbox-{name}"


def target_id(kind: str, name: str) -> str:
    """24 hex digits, the same for the same key in every sandbox."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:24]


def read_targets(source: ConfigSource) -> Callers:
    """The callers that a targets file (or its data) declares. Raises SandboxConfigError."""
    data, label = load(source, "targets")
    top = ConfigFields(data, label, ("gptbots", "meingpt"))
    gptbots = ConfigFields(top.data.get("gptbots"), f"{label}: gptbots", ("defaults", "targets"))
    meingpt = ConfigFields(top.data.get("meingpt"), f"{label}: meingpt", ("defaults", "organisations"))
    target_defaults, organisation_defaults = gptbots.mapping("defaults"), meingpt.mapping("defaults")
    _read_target("x", {}, target_defaults, f"{gptbots.where}.defaults")  # mistakes in the defaults are reported at the start
    _read_organisation("x", {}, organisation_defaults, f"{meingpt.where}.defaults")
    by_key: dict[str, DeclaredTarget] = {}
    for name, entry in gptbots.mapping("targets").items():
        where = f"{gptbots.where}.targets.{name}"
        target = _read_target(name, entry, target_defaults, where)
        _add_caller(by_key, (entry or {}).get("key") or f"sandbox-{target.kind}-{name}", target, where)
    by_token: dict[str, Organisation] = {}
    for name, entry in meingpt.mapping("organisations").items():
        where = f"{meingpt.where}.organisations.{name}"
        organisation = _read_organisation(name, entry, organisation_defaults, where)
        _add_caller(by_token, (entry or {}).get("token") or f"sandbox-{name}", organisation, where)
    return Callers(by_key, by_token, target_defaults, organisation_defaults)


def _add_caller(callers: dict[str, _Caller], key: str, caller: _Caller, where: str) -> None:
    if key in callers:
        raise SandboxConfigError(f"{where}: another entry has the same key. Give each entry a key of its own.")
    callers[key] = caller


def _read_target(name: str, entry: Any, defaults: Any, where: str) -> DeclaredTarget:
    ConfigFields(entry, where, TARGET_KEYS)
    fields = ConfigFields({**(defaults or {}), **(entry or {})}, where, TARGET_KEYS)
    kind = fields.choice("kind", KINDS, "workflow")
    fields.text("key")
    return DeclaredTarget(
        name=name,
        kind=kind,
        id=fields.text("id") or target_id(kind, name),
        mode=fields.choice("mode", ("test", "production"), "test"),
        version_management=fields.flag("version_management"),
        plan_limit=fields.whole("plan_limit"),
        list_status=_list_status(fields),
        deleted=bool(fields.flag("deleted")),
        rate_limit=_read_rate(fields.data.get("rate_limit"), f"{where}.rate_limit", 60.0),
        owns=_read_ids(fields, "owns", frozenset()),
        tools=_read_ids(fields, "tools", None),
        credentials=frozenset(str(name) for name, _ in fields.items("credentials")),
        empty_list_data=fields.flag("empty_list_data") is not False,
        release_data=bool(fields.flag("release_data")),
        error_status=fields.whole("error_status", minimum=200),
        error_text=fields.choice("error_text", ("msg", "message"), "msg"),
        script=read_script(fields.data.get("runs"), f"{where}.runs"),
        versions=tuple(_read_version(*item) for item in fields.items("versions")),
    )


def _read_ids(fields: ConfigFields, name: str, default: frozenset[str] | None) -> frozenset[str] | None:
    """Ids; None for `all`."""
    if fields.data.get(name) == "all":
        return None
    return frozenset(str(item) for item, _ in fields.items(name)) if name in fields else default


def _list_status(fields: ConfigFields) -> int:
    value = fields.data.get("list", True)
    if value is True or value is False:
        return 200 if value else 404
    if value in (403, 404, 405):
        return int(value)
    raise fields.error("list", "true, false, 403, 404 or 405")


def _read_rate(data: Any, where: str, seconds: float) -> RateLimit | None:
    if data is None:
        return None
    fields = ConfigFields(data, where, ("calls", "seconds"))
    if "calls" not in fields:
        raise SandboxConfigError(f"{where}.calls: missing. Add how many calls are allowed.")
    return RateLimit(fields.whole("calls") or 0, fields.number("seconds") or seconds)


def _read_version(data: Any, where: str) -> DeclaredVersion:
    fields = ConfigFields(data, where, ("version", "version_desc", "published"))
    if "version" not in fields:
        raise SandboxConfigError(f"{where}.version: missing. Add the version as text.")
    return DeclaredVersion(fields.text("version"), fields.text("version_desc"), bool(fields.flag("published")))


def _read_organisation(name: str, entry: Any, defaults: Any, where: str) -> Organisation:
    ConfigFields(entry, where, ORGANISATION_KEYS)
    fields = ConfigFields({**(defaults or {}), **(entry or {})}, where, ORGANISATION_KEYS)
    fields.text("token")
    rates = ConfigFields(fields.data.get("rate_limits"), f"{where}.rate_limits", tuple(PUBLISHED_RATES))
    adds = ConfigFields(fields.data.get("adds"), f"{where}.adds", ("workflow", "trigger", "step"))
    return Organisation(
        name=name,
        default_status=fields.text("default_status", "active"),
        rates={kind: _read_window_rate(rates, kind) for kind in PUBLISHED_RATES},
        credits=fields.whole("credits"),
        webhook_secret=fields.text("webhook_secret"),
        adds={place: adds.mapping(place) for place in adds.data},
        scripts=tuple((pattern, read_script(script, f"{where}.runs.{pattern}")) for pattern, script in fields.mapping("runs").items()),
        workflows=tuple(_read_document(*item, ("id", "name")) for item in fields.items("workflows")),
        run_records=tuple(_read_document(*item, ("execution_id", "workflow_id")) for item in fields.items("executions")),
    )


def _read_window_rate(rates: ConfigFields, kind: str) -> RateLimit:
    """`calls: 5` keeps the published window; `calls: {calls: 5, seconds: 1}` changes both."""
    published = PUBLISHED_RATES[kind]
    value = rates.data.get(kind)
    if isinstance(value, Mapping):
        return _read_rate(value, f"{rates.where}.{kind}", published.seconds) or published
    return RateLimit(rates.whole(kind, published.calls) or 0, published.seconds)


def _read_document(data: Any, where: str, required: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise SandboxConfigError(f"{where}: expected a mapping with {' and '.join(required)}.")
    for name in required:
        if not isinstance(data.get(name), str) or not data[name]:
            raise SandboxConfigError(f"{where}.{name}: expected text.")
    for name in ("created_at", "updated_at", "started_at"):
        try:
            datetime.fromisoformat(data.get(name, "2024-01-15T10:00:00Z"))
        except (TypeError, ValueError):
            raise SandboxConfigError(f"{where}.{name}: expected a time such as 2024-01-15T10:00:00Z.") from None
    return dict(data)
