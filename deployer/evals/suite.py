"""An eval suite as values: its cases, one for each row of a table, with the suite's defaults in them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from deployer.formats import case_table, eval_suite
from deployer.formats.positions import find_places
from deployer.model.errors import UsageError
from deployer.model.evals import FailOn
from deployer.model.finding import Finding

Through = Literal["auto", "async", "webhook"]
TEXTS = ("contains", "not_contains", "matches", "jmespath")  # each is one text, or several
TIMEOUT_S = 120.0  # until a run is given up


class Case(NamedTuple):
    """One input and what must come back. `line` is its line in the suite's file. Limits are None where there are none."""

    name: str
    input: Any
    expect: Mapping[str, Any] = {}
    within: float | None = None
    tokens: float | None = None
    cost: float | None = None
    repeat: int = 1
    pass_rate: float = 1.0
    tags: tuple[str, ...] = ()
    skip: str = ""
    line: int = 0


class Suite(NamedTuple):
    """`secret` is the name of the key that signs a webhook's body; `per_minute` None: as many as the platform allows."""

    path: str
    cases: tuple[Case, ...]
    fail_on: FailOn = "any"
    compare: bool = False
    through: Through = "auto"
    secret: str = ""
    per_minute: int | None = None
    timeout: float = TIMEOUT_S

    @property
    def compares(self) -> bool:
        """Whether it also runs against what is live before a release."""
        return self.compare or self.fail_on == "regression"

    def renamed(self, rename: Callable[[str], str]) -> "Suite":
        """With each name passed through `rename`, and still unique: a row of a table may have brought a secret into a name."""
        return self._replace(cases=tuple(_with_unique_names([case._replace(name=rename(case.name)) for case in self.cases])))

    def tagged(self, tags: tuple[str, ...]) -> "Suite":
        """With the cases that have one of these tags; with all cases when no tag is given."""
        return self._replace(cases=tuple(case for case in self.cases if set(tags) & set(case.tags))) if tags else self


def read(root: str, path: str) -> Suite:
    """The suite at `path` (relative to `root`). Raises UsageError, with the first mistake at its line, where lint finds an error in it."""
    text, findings = eval_suite.load(root, path)
    errors = [finding for finding in findings if finding.severity == "error"]
    if text is None or errors:
        raise _error(errors[0])
    data = text.data
    lines = find_places(text.text, "yaml", [("cases", index) for index in range(len(data["cases"]))])
    cases = [
        case
        for index, written in enumerate(data["cases"])
        for case in _cases(root, text.path, _with_defaults(data.get("defaults") or {}, written), lines[("cases", index)].value.line)
    ]
    options = {name: data[name] for name in ("fail_on", "compare", "through", "secret", "per_minute", "timeout") if name in data}
    return Suite(text.path, tuple(_with_unique_names(cases)), **options)


def _error(finding: Finding) -> UsageError:
    where = f"{finding.path}:{finding.span.line}" if finding.span else finding.path
    return UsageError(f"{where}: {finding.message}", fix=finding.fix, code=finding.rule)


def _with_defaults(defaults: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The case with the defaults of what it leaves out; `expect` is merged key by key."""
    expect = {**defaults.get("expect", {}), **case.get("expect", {})}
    return {**defaults, **case, "expect": expect}


def _cases(root: str, suite: str, written: Mapping[str, Any], line: int) -> Iterator[Case]:
    if "data" not in written:
        yield _case(written, line)
        return
    table = case_table.read(root, eval_suite.table_path(suite, written["data"]))
    if isinstance(table, Finding):
        raise _error(table)
    for row in table.rows:
        filled = {key: case_table.fill_columns(written[key], row.values) for key in ("name", "input", "expect")}
        case = _case({**written, **filled, "expect": _as_texts(filled["expect"])}, line)
        yield case if case.name != written["name"] else case._replace(name=f"{case.name}, line {row.line}")


def _as_texts(expect: Mapping[str, Any]) -> dict[str, Any]:
    """With texts where an expectation takes texts only: a row's value may be a number, or a list of texts."""
    return {key: _texts(value) if key in TEXTS else case_table.as_text(value) if key == "status" else value for key, value in expect.items()}


def _texts(value: Any) -> str | list[str]:
    return [case_table.as_text(text) for text in value] if isinstance(value, list) else case_table.as_text(value)


def _case(written: Mapping[str, Any], line: int) -> Case:
    limits = {name: written[name] for name in ("within", "tokens", "cost", "repeat", "pass_rate", "skip") if name in written}
    name = str(written["name"])
    return Case(name, written["input"], written["expect"], **limits, tags=tuple(written.get("tags", ())), line=line)


def _with_unique_names(cases: list[Case]) -> Iterator[Case]:
    """The cases, numbered where two rows of a table make one name."""
    taken = {case.name for case in cases}
    numbers: dict[str, int] = {}
    for case in cases:
        number = numbers.get(case.name, 0) + 1
        while number > 1 and f"{case.name} ({number})" in taken:
            number += 1
        numbers[case.name] = number
        yield case if number == 1 else case._replace(name=f"{case.name} ({number})")
