"""The reports of shards, merged into the one that a single run would have made, with the shards that left none. Pure.

Shards are parts of one environment at one commit, in one mode. The report of the plan that they came from may be among them: it holds how
many there must be, and what each was to do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from deployer.model import shard
from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.finding import in_order
from deployer.model.report import Report, add_requests
from deployer.model.shard import Shard
from deployer.model.text import count

WORST_FIRST = (3, 4, 2, 1)  # docs/inputs.md, "Exit codes"
MAX_SHOWN = 5  # names in a message
RERUN = "Look at its job, and run it again. Finished workflows are skipped."
ONE_RUN = "Give the reports of one run: each shard's once, and at most the one plan that they came from."


class NamedReport(NamedTuple):
    """A report and the file it was read from."""

    path: str
    report: Report


class ShardGroup(NamedTuple):
    """The reports of one run: the plan's, where it was given, and the shards' by number. `of`: how many shards there must be."""

    plan: Report | None
    parts: Mapping[int, Report]
    of: int

    @property
    def all(self) -> tuple[Report, ...]:
        return (*([self.plan] if self.plan else []), *self.parts.values())

    @property
    def missing(self) -> tuple[int, ...]:
        return tuple(number for number in range(1, self.of + 1) if number not in self.parts)


def merge(named: Sequence[NamedReport], problems: Sequence[Failure] = (), exit_code: int = 0) -> Report:
    """One report of at least one. `problems`: more failures to report, such as a file that could not be read, and their `exit_code`.

    Raises UsageError for reports that do not belong together.
    """
    group = _group(named)
    if not group.parts and not group.missing and not problems:
        return group.all[0]
    failures = [*_shard_problems(group), *_missing(group), *problems]
    return replace(_merged(group), problem=_joined(failures), exit_code=_worst_code(group, {exit_code, int(bool(group.missing))}))


def _group(named: Sequence[NamedReport]) -> ShardGroup:
    wholes = [one for one in named if not one.report.shard]
    parts = [one for one in named if one.report.shard]
    if len(wholes) > 1:
        raise _mismatch(f"{wholes[0].path} and {wholes[1].path} are both about all of an environment")
    plan = wholes[0] if wholes else None
    if plan and parts and plan.report.mode != "plan":
        raise _mismatch(f"{plan.path} is the report of a whole `{plan.report.mode}`, and {parts[0].path} is a shard's")
    _refuse_different("project", named, lambda report: report.project)
    _refuse_different("environment", named, lambda report: report.environment)
    _refuse_different("commit", named, lambda report: report.commit)
    _refuse_different("mode", parts, lambda report: report.mode)
    _refuse_different("number of shards", parts, lambda report: str(_shard_of(report).of))
    numbered = _numbered(parts)
    of = max((_shard_of(report).of for report in numbered.values()), default=0)
    if plan:
        of = _number_of_shards(plan, parts, of)
    return ShardGroup(plan.report if plan else None, numbered, of)


def _shard_of(report: Report) -> Shard:
    return shard.read(report.shard) or Shard(1, 1)


def _refuse_different(what: str, named: Sequence[NamedReport], value: Callable[[Report], str]) -> None:
    """Raises UsageError where two reports differ in that. A run that stopped early may not know its environment: that is no difference."""
    known = [(one.path, value(one.report)) for one in named if value(one.report)]
    for path, other in known[1:]:
        if other != known[0][1]:
            raise _mismatch(f"{what} {known[0][1]} in {known[0][0]}, and {other} in {path}")


def _numbered(parts: Sequence[NamedReport]) -> dict[int, Report]:
    """By number. Raises UsageError where two are of the same shard, or hold the same workflow."""
    by_number: dict[int, NamedReport] = {}
    owners: dict[str, NamedReport] = {}
    for part in sorted(parts, key=lambda part: _shard_of(part.report).number):
        same = by_number.setdefault(_shard_of(part.report).number, part)
        if same is not part:
            raise _mismatch(f"{same.path} and {part.path} are both of the shard {part.report.shard}")
        for outcome in part.report.outcomes:
            other = owners.setdefault(outcome.change.workflow.name, part)
            if other is not part:
                raise _mismatch(f"{outcome.change.workflow.name} is in {other.path} and in {part.path}")
    return {number: part.report for number, part in by_number.items()}


def _number_of_shards(plan: NamedReport, parts: Sequence[NamedReport], of: int) -> int:
    """The number of shards in the plan. Raises UsageError for shards of another plan."""
    planned = plan.report.shards
    if planned and of and len(planned) != of:
        raise _mismatch(f"the plan in {plan.path} is for {count(len(planned), 'shard')}, and {parts[0].path} is the shard {parts[0].report.shard}")
    hashes = {planned_shard.number: planned_shard.plan_hash for planned_shard in planned}
    for part in parts:
        if part.report.approved not in ("", hashes.get(_shard_of(part.report).number, part.report.approved)):
            raise _mismatch(f"the shard in {part.path} was given another plan hash than {plan.path} has for it")
    return len(planned) or of


def _mismatch(why: str) -> UsageError:
    return UsageError(f"These reports do not belong together: {why}.", fix=ONE_RUN, code="reports-differ")


def _merged(group: ShardGroup) -> Report:
    """All but the problem and the exit code."""
    parts = tuple(group.parts.values())
    shown = parts or group.all
    return Report(
        mode=shown[0].mode,
        project=next((report.project for report in group.all if report.project), ""),
        environment=next((report.environment for report in group.all if report.environment), ""),
        commit=next((report.commit for report in group.all if report.commit), ""),
        plan_hash=group.plan.plan_hash if group.plan else parts[0].plan_hash if group.of == 1 else "",
        release=any(report.release for report in shown),
        release_policy=shown[0].release_policy,
        release_why=shown[0].release_why,
        findings=in_order([finding for report in group.all for finding in report.findings]),
        outcomes=tuple(sorted((outcome for report in shown for outcome in report.outcomes), key=lambda outcome: outcome.change.workflow.name)),
        doctor=tuple(dict.fromkeys(row for report in shown for row in report.doctor)),
        notices=tuple(dict.fromkeys([*(notice for report in group.all for notice in report.notices), *_other_plans(group)])),
        requests=reduce(add_requests, (report.requests for report in group.all), {}),
        requests_needed=_summed(report.requests_needed for report in shown),
        evals=tuple(sorted((suite for report in shown for suite in report.evals), key=lambda suite: suite.workflow)),
        seconds=round((group.plan.seconds if group.plan else 0) + max((report.seconds for report in parts), default=0), 3),
        extra=_extra(shown),
    )


def _other_plans(group: ShardGroup) -> Iterator[str]:
    """A notice for each shard without an approved hash whose own plan differs from its part of the plan."""
    for planned in group.plan.shards if group.plan else ():
        report = group.parts.get(planned.number)
        if report and not report.approved and report.plan_hash not in ("", planned.plan_hash):
            yield f"The shard {planned} made another plan than the one for all: something changed in between, and it was given no `plan-hash`."


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for numbers in counts:
        total.update(numbers)
    return dict(total)


def _extra(reports: Sequence[Report]) -> dict[str, object]:
    """The fields that this version does not know: lists are joined, of other values the first counts."""
    extra: dict[str, object] = {}
    for name, value in (row for report in reports for row in report.extra.items()):
        joined = extra.get(name)
        extra[name] = [*joined, *value] if isinstance(joined, list) and isinstance(value, list) else extra.get(name, value)
    return extra


def _shard_problems(group: ShardGroup) -> list[Failure]:
    """What stopped shards; the same failure once for all of them."""
    stopped: dict[Failure, list[str]] = {}
    for report in group.all:
        if report.problem:
            stopped.setdefault(report.problem, []).append(report.shard)
    return [replace(problem, message=_shard_prefix(shards) + problem.message) for problem, shards in stopped.items()]


def _shard_prefix(shards: Sequence[str]) -> str:
    named = list(filter(None, shards))
    return f"{'Shard' if len(named) == 1 else 'Shards'} {', '.join(named)}: " if named else ""


def _missing(group: ShardGroup) -> list[Failure]:
    if not group.missing:
        return []
    shards = [f"{number}/{group.of}" for number in group.missing]
    planned = [outcome for number in group.missing for outcome in (group.plan.outcomes[number - 1 :: group.of] if group.plan else ())]
    writing = sorted(outcome.change.workflow.name for outcome in planned if outcome.change.writes)
    affected = f" What became of {_listed(writing, 'workflow')} is not known here." if writing else ""
    which = f"shard {shards[0]}" if len(shards) == 1 else f"shards {_listed(shards, 'shard')}"
    return [Failure("missing-report", f"The {which} left no report.{affected}", RERUN)]


def _listed(names: Sequence[str], noun: str) -> str:
    rest = len(names) - MAX_SHOWN
    return ", ".join(names[:MAX_SHOWN]) + (f" and {count(rest, f'more {noun}')}" if rest > 0 else "")


def _joined(problems: Sequence[Failure]) -> Failure | None:
    """One failure for all: the first one's code, each message and fix once. None without failures."""
    if not problems:
        return None
    messages, fixes = (dict.fromkeys(getattr(problem, name) for problem in problems) for name in ("message", "fix"))
    return Failure(problems[0].code, " ".join(messages), " ".join(filter(None, fixes)))


def _worst_code(group: ShardGroup, codes: set[int]) -> int:
    """The most severe exit code. The plan's counts only without shards: a shard may have read what the plan could not."""
    codes = codes | {report.exit_code for report in (group.parts.values() or group.all)}
    return next((code for code in WORST_FIRST if code in codes), 0)
