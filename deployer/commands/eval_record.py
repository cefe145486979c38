"""`flowship eval --record` and `--from-logs`: eval suites written from real answers, for a person to read."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from deployer.evals import recorder
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Suite
from deployer.formats import file_writer
from deployer.formats.places import below
from deployer.model.errors import UsageError
from deployer.model.report import Report
from deployer.model.text import count
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named

MAX_LOGS = 100  # one page of the log
LOG_PERIOD_MS = 30 * 24 * 3600 * 1000


def record_answers(context: RunContext, report: Report, suites: Mapping[str, Suite], results: Mapping[str, SuiteResult]) -> Report:
    """The report with a notice for each suite written: one beside each suite that ran, with the answers as expectations."""
    redactor = OutputRedactor(context.redactor)
    texts = {_beside(suites[name].path, "recorded"): recorder.recorded(suites[name], result, redactor) for name, result in sorted(results.items())}
    return replace(report, notices=(*report.notices, *(_write(context, path, text) for path, text in texts.items())))


def record_logs(context: RunContext, report: Report, connections: Connections, workflows: Iterable[Workflow], paths: Mapping[str, str]) -> Report:
    """The report with a notice for each workflow: the suite written from its last runs, or why none was. `paths`: existing suites, by workflow."""
    notices, folder = [], os.path.dirname(context.settings.selection.manifest)
    for workflow in workflows:
        platform = platform_named(workflow.platform)
        if not platform.capabilities.run_logs:
            notices.append(f"{workflow.name}: {platform.title} has no call that lists runs, so there are no logs to record.")
            continue
        now = time.time_ns() // 1_000_000
        rows = connections.target(workflow).run_logs(start_ms=now - LOG_PERIOD_MS, end_ms=now, page_size=MAX_LOGS)
        runs = [run for row in rows if (run := recorder.logged(row))]
        text, cases = recorder.from_logs(workflow.name, runs, OutputRedactor(context.redactor))
        if not cases:
            notices.append(f"{workflow.name}: its logs of the last 30 days hold no run that could be a case.")
            continue
        path = _beside(paths.get(workflow.name) or below(folder, f"evals/{workflow.name}.yml"), "logs")
        notices.append(f"{_write(context, path, text)} {count(cases, 'case')}.")
    return replace(report, notices=(*report.notices, *notices))


def _beside(path: str, kind: str) -> str:
    stem, suffix = os.path.splitext(path)
    return f"{stem}.{kind}{suffix or '.yml'}"


def _write(context: RunContext, path: str, text: str) -> str:
    """The notice. Raises UsageError for a file that exists, FlowshipError for one that cannot be written."""
    if not file_writer.create(context.root, path, text.encode()):
        raise UsageError(f"{path} already exists, and may have been edited.", fix="Move it away, or delete it.")
    return f"{path} was written. Read it before you use it."
