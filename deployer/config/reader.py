"""Inputs, options and environment variables, read once into `Settings`.

Order: option, the action's `INPUT_<NAME>`, `FLOWSHIP_<NAME>`, default. An empty value counts as none: GitHub passes "" for a secret that
does not exist.
"""

from collections.abc import Iterable, Mapping

from deployer.config import settings
from deployer.config.inputs import BY_NAME, INPUTS, KEY_PREFIX, LOCAL_COMMANDS, LOCAL_MODE, MODES, VALUE_PREFIX, Input
from deployer.config.pairs import read_pairs
from deployer.config.spelling import Spelling
from deployer.model import shard as shards
from deployer.model.errors import UsageError
from deployer.model.fingerprint import checked_plan_hash
from deployer.model.near_names import did_you_mean, near_names, suggestion
from deployer.model.secret import MIN_CHARS, Secret
from deployer.model.text import nfc

MAX_NUMBER = 2**31 - 1  # of a pull request
MAX_SHARDS = 256  # jobs of a matrix (docs/contracts/github-actions.md, "Matrix")
HTML_SUFFIX = ".html"  # of a report that is a page


class _InputReader:
    """Looks up inputs by name in options and environment, and keeps the names of those that differ from their defaults (`given`), and of those
    that FLOWSHIP_ variables set (`variables`)."""

    def __init__(self, options: Mapping[str, str], environ: Mapping[str, str], rows: Mapping[str, Input] = BY_NAME) -> None:
        self._options = options
        self._environ = environ
        self._rows = rows
        self.given: set[str] = set()
        self.variables: set[str] = set()
        self.notices: list[str] = []

    def text(self, name: str) -> str:
        row = self._rows[name]
        if self._options.get(name) == "":
            # From a script's empty variable: taking it for "not given" would, with --only, deploy everything.
            raise UsageError(f"`{name}` is empty.", fix="Give it a value, or leave it out.")
        given = self._options.get(name) or self._environ.get(row.action_variable, "").strip()
        if not given and (given := self._environ.get(row.variable, "").strip()):
            self.variables.add(name)
        if given and given != row.default:  # the runner sets every default of action.yml
            self.given.add(name)
        value = given or ("" if row.default.startswith("${{") else row.default)
        value = row.aliases.get(value, value)
        if row.choices and not row.takes_others and value not in (*row.choices, row.default):
            raise UsageError(f"`{name}` is {value!r}.{did_you_mean(value, row.choices)}", fix=f"Use one of: {', '.join(row.choices)}.")
        return value

    def lines(self, name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.text(name).splitlines() if line.strip())

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.text(name).replace(",", "\n").splitlines() if word.strip())

    def flag(self, name: str) -> bool:
        return self.text(name) == "true"

    def number(self, name: str, lowest: float, highest: float, *, whole: bool = False) -> float:
        value = self.text(name)
        try:
            number = float(int(value)) if whole else float(value)
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            kind = "a whole number" if whole else "a number"
            default = self._rows[name].default
            raise UsageError(
                f"`{name}` is {value!r}: expected {kind} from {lowest:g} to {highest:g}.", fix=f"Leave it out{f' for {default}' * bool(default)}."
            )
        return number

    def secret(self, name: str, least: int = 1) -> Secret | None:
        """`least`: characters that it must have."""
        value = self._without_quotes(self.text(name), f"`{name}`")
        return _secret(value, f"`{name}`", least) if value else None

    def pairs(self, name: str, prefix: str, noun: str) -> dict[str, str]:
        """`NAME=value` lines, then variables that start with the prefix. `noun`: what a value is, in messages."""
        pairs = read_pairs(self.text(name), name)
        for variable, value in self._environ.items():
            if variable.startswith(prefix) and value.strip():
                pairs.setdefault(variable.removeprefix(prefix), value.strip())
        unquoted = {key: self._without_quotes(value, f"the {noun} {key}") for key, value in pairs.items()}
        return {key: value for key, value in unquoted.items() if value}

    def _without_quotes(self, value: str, name: str) -> str:
        """The value without quotes around it, which a shell would take off and an input does not, with a notice."""
        unquoted = _unquoted(value)
        if unquoted != value:
            self.notices.append(f"The quotes around {name} do not belong to it and were taken off. Fix: write it without quotes.")
        return unquoted


def read(options: Mapping[str, str], environ: Mapping[str, str]) -> settings.Settings:
    """The settings of this run. `options` are by input name, as given on the command line.

    Raises UsageError for a value that an input does not take; its message names the option, input or variable that was given, and never shows a
    key.
    """
    reader = _InputReader(options, environ)
    try:
        _refuse_unknown_variables(environ)
        return _settings(reader, environ)
    except UsageError as error:
        raise Spelling(in_action(environ), frozenset(reader.variables)).error(error) from None


def read_local(rows: Iterable[Input], options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The options of a command that is no mode, by name: as typed, else from their variables, else their defaults. Raises UsageError like `read`."""
    named = {row.name: row for row in rows}
    reader = _InputReader(options, environ, named)
    try:
        _refuse_unknown_variables(environ)
        return {name: reader.text(name) for name in named}
    except UsageError as error:
        raise Spelling(variables=frozenset(reader.variables)).error(error) from None


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """Raises UsageError for a variable that is almost one of ours, or begins one (`FLOWSHIP_ENV`). Others may belong to other programs."""
    known = sorted(row.variable.removeprefix("FLOWSHIP_") for row in BY_NAME.values())
    ours = [name for name in environ if name.startswith("FLOWSHIP_") and not name.startswith((KEY_PREFIX, VALUE_PREFIX))]
    for name in (variable.removeprefix("FLOWSHIP_") for variable in ours):
        if name not in known and (meant := suggestion([f"FLOWSHIP_{near}" for near in near_names(name, known)])):
            raise UsageError(f"There is no variable FLOWSHIP_{name}.{meant}", fix="Rename it, or unset it.")


def _settings(reader: _InputReader, environ: Mapping[str, str]) -> settings.Settings:
    keys = {name: _secret(value, f"the key {name}", MIN_CHARS) for name, value in reader.pairs("keys", KEY_PREFIX, "key").items()}
    values = reader.pairs("values", VALUE_PREFIX, "value")
    api_key, github_token = reader.secret("api-key", MIN_CHARS), reader.secret("github-token")
    _refuse_keys_as_values((*keys.values(), api_key, github_token), values)
    return settings.Settings(
        mode=_mode(reader.text("mode"), in_action=in_action(environ)),
        state=_state(reader, environ),
        sandbox=reader.flag("sandbox"),
        precheck=reader.flag("precheck"),
        in_action=in_action(environ),
        selection=settings.Selection(
            manifest=reader.text("manifest"),
            files=reader.lines("files"),
            environment=reader.text("environment"),
            only=tuple(map(nfc, reader.words("only"))),
            shard=_shard(reader.text("shard")),
            values=values,
            root=reader.text("root"),
        ),
        credentials=settings.Credentials(keys, api_key),
        addresses=settings.Addresses(
            reader.text("endpoint"),
            reader.text("gptbots-base-url"),
            reader.text("meingpt-base-url"),
            read_pairs(reader.text("base-urls"), "base-urls"),
        ),
        deploy=settings.DeployOptions(
            release=reader.text("release"),
            tags=reader.text("tags"),
            message=reader.text("message"),
            on_drift=reader.text("on-drift"),
            plan_hash=checked_plan_hash(reader.text("plan-hash").lower()),
            dry_run=reader.flag("dry-run"),
            prune=_prune(reader),
            to=reader.text("to"),
            yes=reader.flag("yes"),
        ),
        adopt=settings.AdoptOptions(reader.text("key-name"), reader.text("platform")),
        evals=settings.EvalOptions(reader.text("evals"), _record(reader), tuple(reader.text("tag").split())),
        limits=settings.Limits(
            concurrency=int(reader.number("concurrency", 1, 64, whole=True)),
            timeout=reader.number("timeout", 1, 21600),
            fail_fast=reader.flag("fail-fast"),
            shards=int(reader.number("shards", 1, MAX_SHARDS, whole=True)) if reader.text("shards") else 0,
        ),
        github=settings.GithubAccess(
            token=github_token,
            api_url=reader.text("github-api-url") or environ.get("GITHUB_API_URL", "").strip(),
            repository=environ.get("GITHUB_REPOSITORY", "").strip(),
            pull_request=int(reader.number("pull-request", 1, MAX_NUMBER, whole=True)) if reader.text("pull-request") else 0,
        ),
        outputs=_outputs(reader),
        given=frozenset(reader.given),
        notices=tuple(reader.notices),
        variables=frozenset(reader.variables),
        show=settings.ShowOptions(reader.text("against")),
    )


def _record(reader: _InputReader) -> str:
    """What to write a new suite from: "answers", "logs" or ""."""
    return "logs" if reader.flag("from-logs") else "answers" if reader.flag("record") else ""


def _outputs(reader: _InputReader) -> settings.Outputs:
    """Raises UsageError for two reports of one format."""
    paths = reader.lines("report")
    pages = [*(path for path in paths if path.endswith(HTML_SUFFIX)), *filter(None, [reader.text("html")])]
    others = [path for path in paths if not path.endswith(HTML_SUFFIX)]
    for format_, named in (("JSON", others), ("HTML", pages)):
        if len(named) > 1:
            raise UsageError(f"`report` names two {format_} files: {', '.join(named)}.", fix=f"Name one, and one that ends in {HTML_SUFFIX}.")
    return settings.Outputs(
        annotations=reader.flag("annotations"),
        summary=reader.flag("summary"),
        comment=reader.flag("comment"),
        deployments=reader.text("deployments"),
        report="".join(others),
        sarif=reader.text("sarif"),
        junit=reader.text("junit"),
        notes=reader.flag("notes"),
        exit_code=reader.flag("exit-code"),
        html="".join(pages),
    )


def secrets_in(environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Every text that may be a key, unchecked: to hide keys when the settings themselves cannot be read."""
    texts = [environ.get(variable, "") for row in INPUTS if row.secret for variable in (row.action_variable, row.variable)]
    texts += [value for name, value in environ.items() if name.startswith(KEY_PREFIX)]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    parts = [part for line in lines for part in (line, line.partition("=")[2].strip())]
    return tuple(dict.fromkeys(Secret(part) for quoted in parts for part in (quoted, _unquoted(quoted)) if part))


def in_action(environ: Mapping[str, str]) -> bool:
    """Whether this is the action's container, by `GITHUB_ACTIONS` and `INPUT_` variables (docs/contracts/github-actions.md, "Inputs")."""
    return environ.get("GITHUB_ACTIONS") == "true" and any(row.action_variable in environ for row in INPUTS)


def _mode(mode: str, *, in_action: bool) -> str:
    if mode in MODES or (mode == LOCAL_MODE and not in_action):
        return mode
    local = " It is a command of the command line, not a mode of the action." if mode in LOCAL_COMMANDS else did_you_mean(mode, MODES)
    raise UsageError(f"Unknown mode {mode!r}.{local}", fix=f"Available: {', '.join(MODES)}.")


def _shard(text: str) -> tuple[int, int]:
    """`2/5` → (2, 5); "" is the one and only shard."""
    shard = shards.read(text or "1/1")
    if not shard or shard.of > MAX_SHARDS:
        raise UsageError(f"`shard` is {text!r}.", fix=f"Write it as `2/5`: which one, of how many; at most {MAX_SHARDS}, the jobs of a matrix.")
    return shard.number, shard.of


def _prune(reader: _InputReader) -> str:
    """Raises UsageError for a narrowed run: only a whole manifest shows what it no longer names."""
    prune = reader.text("prune")
    narrowing = next((name for name in ("files", "only", "shard") if reader.text(name) not in ("", "1/1")), "")
    if prune != "false" and narrowing:
        raise UsageError(
            f"`prune` and `{narrowing}` do not go together: `prune` needs the whole manifest.", fix=f"Leave `{narrowing}` out, or `prune`."
        )
    return prune


def _state(reader: _InputReader, environ: Mapping[str, str]) -> str:
    """Where the state is: `auto` is GitHub in the action when there is a token, else the file."""
    address = reader.text("github-api-url") or environ.get("GITHUB_API_URL")
    needed = {"GITHUB_REPOSITORY": environ.get("GITHUB_REPOSITORY"), "github-token": reader.text("github-token"), "github-api-url": address}
    missing = [name for name, value in needed.items() if not value]
    kind = reader.text("state")
    if kind == "github" and missing:
        raise UsageError(f"`state: github` needs {', '.join(f'`{name}`' for name in missing)}.", fix="Set it, or use auto, file or none.")
    if kind == "auto":
        return "github" if in_action(environ) and not missing else "file"
    return kind


def _unquoted(value: str) -> str:
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _secret(value: str, name: str, least: int) -> Secret:
    if any(ord(char) < 33 or ord(char) > 126 for char in value):
        raise UsageError(
            f"{name[0].upper()}{name[1:]} holds a space, a line break or a character that no HTTP header can carry.",
            fix="Copy it again.",
        )
    if len(value) < least:
        raise UsageError(
            f"{name[0].upper()}{name[1:]} has fewer than {least} characters: too short to be hidden in logs.",
            fix="Copy the whole key.",
        )
    return Secret(value)


def _refuse_keys_as_values(keys: Iterable[Secret | None], values: Mapping[str, str]) -> None:
    secrets = {key.reveal() for key in keys if key}
    for name, value in values.items():
        if value in secrets:
            raise UsageError(
                f"The value {name} is the same text as a key, and values are shown in plans.", fix="Keep keys in `keys`; take this value out."
            )
