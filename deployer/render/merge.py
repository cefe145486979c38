"""The reports of shards, merged into one: what a single run would have said, and which shards said nothing. Pure.

Shards are parts of one environment at one commit, in one mode. The report of the plan that they came from may be among them: it knows how
many there must be, and what each was to do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model import shard
from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.finding import in_order
from deployer.model.report import Report, Requests
from deployer.model.shard import Shard
from deployer.model.text import count

WORST_FIRST = (3, 4, 2, 1)  # README.md, "Exit codes"
SHOWN = 5
AGAIN = "Look at its job, and run it again: what is done is not done twice."
TOGETHER = "Hand in the reports of one run: each shard's once, and with them the report of the plan they came from, or of none."


class NamedReport(NamedTuple):
    """A report and the file it was read from."""

    path: str
    report: Report


class ShardGroup(NamedTuple):
    """What belongs together: the plan, where it is there, and the shards by number."""

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
    """One report of at least one. `problems`: what else there is to say, such as a report that could not be read, and its `exit_code`.

    Raises UsageError where they do not belong together.
    """
    group = _grouped(named)
    if not group.parts and not group.missing and not problems:
        return group.all[0]
    said = [*_said(group), *_missing(group), *problems]
    return replace(_merged(group), problem=_one(said), exit_code=_worst(group, {exit_code, int(bool(group.missing))}))


def _grouped(named: Sequence[NamedReport]) -> ShardGroup:
    wholes = [each for each in named if not each.report.shard]
    parts = [each for each in named if each.report.shard]
    if len(wholes) > 1:
        raise _differ(f"{wholes[0].path} and {wholes[1].path} are both about all of an environment")
    plan = wholes[0] if wholes else None
    if plan and parts and plan.report.mode != "plan":
        raise _differ(f"{plan.path} is the report of a whole `{plan.report.mode}`, and {parts[0].path} is a shard's")
    _refuse_different("environment", named, lambda report: report.environment)
    _refuse_different("commit", named, lambda report: report.commit)
    _refuse_different("mode", parts, lambda report: report.mode)
    _refuse_different("number of shards", parts, lambda report: str(_place(report).of))
    numbered = _numbered(parts)
    of = max((_place(report).of for report in numbered.values()), default=0)
    if plan:
        of = _expected(plan, parts, of)
    return ShardGroup(plan.report if plan else None, numbered, of)


def _place(report: Report) -> Shard:
    return shard.read(report.shard) or Shard(1, 1)


def _refuse_different(what: str, named: Sequence[NamedReport], value: Callable[[Report], str]) -> None:
    """A run that stopped early may not know its environment yet: that is no difference."""
    known = [(each.path, value(each.report)) for each in named if value(each.report)]
    for path, other in known[1:]:
        if other != known[0][1]:
            raise _differ(f"{what} {known[0][1]} in {known[0][0]}, and {other} in {path}")


def _numbered(parts: Sequence[NamedReport]) -> dict[int, Report]:
    """By number. Raises UsageError where two say that they are the same shard, or hold the same workflow."""
    by_number: dict[int, NamedReport] = {}
    owners: dict[str, NamedReport] = {}
    for each in sorted(parts, key=lambda each: _place(each.report).number):
        same = by_number.setdefault(_place(each.report).number, each)
        if same is not each:
            raise _differ(f"{same.path} and {each.path} are both of the shard {each.report.shard}")
        for outcome in each.report.outcomes:
            other = owners.setdefault(outcome.change.workflow.name, each)
            if other is not each:
                raise _differ(f"{outcome.change.workflow.name} is in {other.path} and in {each.path}")
    return {number: each.report for number, each in by_number.items()}


def _expected(plan: NamedReport, parts: Sequence[NamedReport], of: int) -> int:
    """How many shards the plan wants. Raises UsageError for shards of another plan."""
    wanted = plan.report.shards
    if wanted and of and len(wanted) != of:
        raise _differ(f"the plan in {plan.path} is for {count(len(wanted), 'shard')}, and {parts[0].path} is the shard {parts[0].report.shard}")
    hashes = {each.number: each.plan_hash for each in wanted}
    for each in parts:
        if each.report.approved not in ("", hashes.get(_place(each.report).number, each.report.approved)):
            raise _differ(f"the shard in {each.path} was given another plan hash than {plan.path} has for it")
    return len(wanted) or of


def _differ(why: str) -> UsageError:
    return UsageError(f"These reports do not belong together: {why}.", fix=TOGETHER, code="reports-differ")


def _merged(group: ShardGroup) -> Report:
    """All but the problem and the exit code."""
    parts = tuple(group.parts.values())
    shown = parts or group.all
    return Report(
        mode=shown[0].mode,
        environment=next((report.environment for report in group.all if report.environment), ""),
        commit=next((report.commit for report in group.all if report.commit), ""),
        plan_hash=group.plan.plan_hash if group.plan else parts[0].plan_hash if group.of == 1 else "",
        release=any(report.release for report in shown),
        findings=in_order([finding for report in group.all for finding in report.findings]),
        outcomes=tuple(sorted((outcome for report in shown for outcome in report.outcomes), key=lambda each: each.change.workflow.name)),
        doctor=tuple(dict.fromkeys(row for report in shown for row in report.doctor)),
        notices=tuple(dict.fromkeys([*(notice for report in group.all for notice in report.notices), *_other_plans(group)])),
        requests=_requests(group.all),
        requests_needed=_summed(report.requests_needed for report in shown),
        evals=tuple(sorted((suite for report in shown for suite in report.evals), key=lambda suite: suite.workflow)),
        seconds=round((group.plan.seconds if group.plan else 0) + max((report.seconds for report in parts), default=0), 3),
        extra=_extra(shown),
    )


def _other_plans(group: ShardGroup) -> Iterator[str]:
    """A shard that was free to plan anew, and did."""
    for each in group.plan.shards if group.plan else ():
        report = group.parts.get(each.number)
        if report and not report.approved and report.plan_hash not in ("", each.plan_hash):
            yield f"The shard {each} made another plan than the one for all: something changed in between, and it was given no `plan-hash`."


def _requests(reports: Iterable[Report]) -> dict[str, Requests]:
    spent: dict[str, Requests] = {}
    for platform, each in (row for report in reports for row in report.requests.items()):
        before = spent.get(platform, Requests())
        left = [number for number in (before.remaining, each.remaining) if number is not None]
        spent[platform] = Requests(before.count + each.count, min(left) if left else None)
    return spent


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, number in (row for each in counts for row in each.items()):
        total[name] = total.get(name, 0) + number
    return total


def _extra(reports: Sequence[Report]) -> dict[str, object]:
    """What this version does not know: lists one after the other, of anything else the first."""
    extra: dict[str, object] = {}
    for name, value in (row for report in reports for row in report.extra.items()):
        before = extra.get(name)
        extra[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else extra.get(name, value)
    return extra


def _said(group: ShardGroup) -> list[Failure]:
    """What stopped shards, once for all that say the same."""
    stopped: dict[Failure, list[str]] = {}
    for report in group.all:
        if report.problem:
            stopped.setdefault(report.problem, []).append(report.shard)
    return [replace(problem, message=_by(shards) + problem.message) for problem, shards in stopped.items()]


def _by(shards: Sequence[str]) -> str:
    named = [each for each in shards if each]
    return f"{'Shard' if len(named) == 1 else 'Shards'} {', '.join(named)}: " if named else ""


def _missing(group: ShardGroup) -> list[Failure]:
    if not group.missing:
        return []
    shards = [f"{number}/{group.of}" for number in group.missing]
    planned = [outcome for number in group.missing for outcome in (group.plan.outcomes[number - 1 :: group.of] if group.plan else ())]
    writing = sorted(outcome.change.workflow.name for outcome in planned if outcome.change.writes)
    told = f" What became of {_listed(writing, 'workflow')} is not known here." if writing else ""
    which = f"shard {shards[0]}" if len(shards) == 1 else f"shards {_listed(shards, 'shard')}"
    return [Failure("missing-report", f"The {which} left no report.{told}", AGAIN)]


def _listed(names: Sequence[str], noun: str) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {count(rest, f'more {noun}')}" if rest > 0 else "")


def _one(problems: Sequence[Failure]) -> Failure | None:
    """One problem for all: the first one's code, everything else once."""
    if not problems:
        return None
    messages, fixes = (dict.fromkeys(getattr(each, name) for each in problems) for name in ("message", "fix"))
    return Failure(problems[0].code, " ".join(messages), " ".join(filter(None, fixes)))


def _worst(group: ShardGroup, codes: set[int]) -> int:
    """A plan's own exit code counts while no shard has gone further: a shard that could read what the plan could not has done it."""
    codes = codes | {report.exit_code for report in (group.parts.values() or group.all)}
    return next((code for code in WORST_FIRST if code in codes), 0)
