"""The mode `report`: the reports of shards merged into one, which is then posted once."""

import os
from collections.abc import Sequence
from dataclasses import replace

from deployer.apply.executor import not_applied
from deployer.formats import file_reader
from deployer.formats.discover import is_glob, match_files
from deployer.formats.guarded_paths import fix_of
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import FAILED, USAGE
from deployer.model.failure import Failure
from deployer.model.report import Report
from deployer.model.text import count, one_line
from deployer.pipeline.context import RunContext
from deployer.render.merge import NamedReport, merge

MAX_BYTES = 64 * 1024 * 1024  # of one report: ten thousand workflows take about five million


def run(context: RunContext, report: Report) -> Report:  # noqa: ARG001 - nothing of this run's own report is in the merged one
    """The report of all shards. Raises FlowshipError where no report can be read."""
    paths, problems = _paths(context, context.settings.selection.files)
    code = FAILED if problems else 0
    reports: list[NamedReport] = []
    for path in paths:
        try:
            reports.append(NamedReport(path, _with_skipped(_read(context, path))))
        except UsageError as error:
            code = USAGE
            problems.append(Failure(error.code, f"{one_line(path)} cannot be merged: {error.message}.", error.fix))
    if not reports:
        raise _no_report(problems, code)
    return merge(reports, problems, code)


def _paths(context: RunContext, patterns: Sequence[str]) -> tuple[list[str], list[Failure]]:
    """The files that paths and globs match, each once, and a failure for each path without a file."""
    if not patterns:
        example = "in `files`, paths or globs, one a line" if context.settings.in_action else "for example `flowship report shard-*.json`"
        fix = f"Name the shards' reports, {example}."
        raise UsageError("There are no reports to merge.", fix=fix, code="no-reports")
    paths: dict[str, str] = {}
    failures = []
    for pattern in patterns:
        try:
            is_path = os.path.lexists(os.path.join(context.folder, pattern))
            matches = (pattern,) if is_path else match_files(context.folder, pattern, context.guarded)
        except OSError as error:
            failures.append(Failure("bad-report", f"{one_line(pattern)} is not searched: {error.strerror}.", fix_of(error, "Correct it.")))
            continue
        paths |= {os.path.realpath(os.path.join(context.folder, path)): path for path in matches}
        if not matches and not is_glob(pattern):
            failures.append(Failure("missing-report", f"There is no report {one_line(pattern)}.", "Look at the log of the job that should write it."))
    return list(paths.values()), failures


def _read(context: RunContext, path: str) -> Report:
    """Raises UsageError for a file that is no report; its message is a clause about the file."""
    from deployer.render import json_report

    try:
        return json_report.parse(file_reader.read_inside(context.folder, path, MAX_BYTES, context.guarded).decode())
    except UnicodeDecodeError:
        raise UsageError("it is not UTF-8", fix=json_report.FIX, code="bad-report") from None
    except file_reader.TooLargeError as error:
        raise UsageError(f"it is larger than any report, {count(error.size, 'byte')}", fix=json_report.FIX, code="bad-report") from error
    except OSError as error:
        fix = fix_of(error, "Make it readable, and name files, not folders.")
        raise UsageError(f"{error.strerror or error}", fix=fix, code="bad-report") from error


def _with_skipped(report: Report) -> Report:
    """The report with changes that were only planned as skipped, when its shard was stopped before it wrote anything."""
    problem = report.problem
    if report.mode == "plan" or problem is None:
        return report
    skipped = [row if row.outcome else replace(not_applied(row.change, problem), extra=row.extra) for row in report.outcomes]
    return replace(report, outcomes=tuple(skipped))


def _no_report(problems: Sequence[Failure], code: int) -> FlowshipError:
    if not problems:
        return FlowshipError(
            "There is no report to merge.", fix="Look at the shards' jobs, and at where they put their reports.", code="missing-report"
        )
    message, fix = (" ".join(dict.fromkeys(getattr(problem, name) for problem in problems)) for name in ("message", "fix"))
    return (UsageError if code == USAGE else FlowshipError)(message, fix=fix, code=problems[0].code)
