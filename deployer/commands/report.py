"""The mode `report`: finds the reports of shards, reads them, and makes one of them, which is then posted once."""

import glob
import os
from collections.abc import Sequence
from dataclasses import replace

from deployer.apply.executor import not_applied
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import FAILED, USAGE
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import count, one_line
from deployer.pipeline.context import RunContext
from deployer.render.merge import NamedReport, merge

LARGEST = 64 * 1024 * 1024  # bytes of one report: ten thousand workflows take some five


def merged(context: RunContext, _report: Report) -> Report:
    """The report of all shards. Raises FlowshipError where there is none to show."""
    paths, problems = _found(context.root, context.settings.selection.files)
    code = FAILED if problems else 0
    read: list[NamedReport] = []
    for path in paths:
        try:
            read.append(NamedReport(path, _settled(_read(context.root, path))))
        except UsageError as error:
            code = USAGE
            problems.append(Failure(error.code, f"{one_line(path)} cannot be merged: {error.message}.", error.fix))
    if not read:
        raise _nothing(problems, code)
    return merge(read, problems, code)


def _found(root: str, patterns: Sequence[str]) -> tuple[list[str], list[Failure]]:
    """The files that paths and globs name, each once, and problems for paths that name none."""
    if not patterns:
        raise UsageError(
            "`report` needs the reports to merge.", fix="Name them, paths or globs: in the action with `files`, one a line.", code="no-reports"
        )
    paths: dict[str, str] = {}
    problems = []
    for pattern in patterns:
        here = os.path.lexists(os.path.join(root, pattern))
        found = [pattern] if here else sorted(glob.glob(pattern, root_dir=root, recursive=True))
        paths |= {os.path.realpath(os.path.join(root, path)): path for path in found if here or os.path.isfile(os.path.join(root, path))}
        if not found and not glob.has_magic(pattern):
            problems.append(Failure("missing-report", f"There is no report {one_line(pattern)}.", "Look at the job that was to leave it."))
    return list(paths.values()), problems


def _read(root: str, path: str) -> Report:
    from deployer.render import json_report

    whole = os.path.join(root, path)
    try:
        if os.path.getsize(whole) > LARGEST:
            raise UsageError(f"it is larger than any report, {count(os.path.getsize(whole), 'byte')}", fix=json_report.FIX, code="bad-report")
        with open(whole, encoding="utf-8") as file:
            return json_report.parse(file.read())
    except UnicodeDecodeError:
        raise UsageError("it is not UTF-8", fix=json_report.FIX, code="bad-report") from None
    except OSError as error:
        raise UsageError(f"{error.strerror or error}", fix="Make it readable, and name files, not folders.", code="bad-report") from error


def _settled(report: Report) -> Report:
    """A shard that was stopped before it tried anything says in its report what it had planned: that has become nothing."""
    problem = report.problem
    if report.mode == "plan" or problem is None:
        return report
    return replace(report, outcomes=tuple(_skipped(outcome, problem) if outcome.outcome is None else outcome for outcome in report.outcomes))


def _skipped(outcome: Outcome, problem: Failure) -> Outcome:
    return replace(not_applied(outcome.change, problem), extra=outcome.extra)


def _nothing(problems: Sequence[Failure], code: int) -> FlowshipError:
    if not problems:
        return FlowshipError(
            "There is no report to merge: no shard has left one.",
            fix="Look at the shards' jobs, and at where they put their reports.",
            code="missing-report",
        )
    message, fix = (" ".join(dict.fromkeys(getattr(each, name) for each in problems)) for name in ("message", "fix"))
    return (UsageError if code == USAGE else FlowshipError)(message, fix=fix, code=problems[0].code)
