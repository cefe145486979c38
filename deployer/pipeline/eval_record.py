"""`flowship eval --record` and `--from-logs`: what came back, written down as a suite for a person to read."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from deployer.evals import recorder
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Suite
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.report import Report
from deployer.model.text import count
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named

MOST_LOGS = 100  # runs to look at: one page
SINCE = 30 * 24 * 3600 * 1000  # milliseconds


def record(context: RunContext, report: Report, suites: Mapping[str, Suite], judged: Mapping[str, SuiteResult]) -> Report:
    """Write a suite beside each that ran."""
    shown = OutputRedactor(context.redactor)
    texts = {_beside(suites[name].path, "recorded"): recorder.recorded(suites[name], each, shown) for name, each in sorted(judged.items())}
    said = tuple(_written(context, path, text) for path, text in texts.items())
    return replace(report, notices=(*report.notices, *said))


def from_logs(context: RunContext, report: Report, clients: Connections, workflows: Iterable[Workflow], paths: Mapping[str, str]) -> Report:
    """Write a suite of what each workflow was asked and answered. `paths`: the suites that are there, by workflow."""
    notices = []
    for workflow in workflows:
        platform = platform_named(workflow.platform)
        if not platform.capabilities.run_logs:
            notices.append(f"{workflow.name}: {platform.title} has no call that lists runs, so there are no logs to begin with.")
            continue
        now = time.time_ns() // 1_000_000
        rows = clients.target(workflow).run_logs(start_ms=now - SINCE, end_ms=now, page_size=MOST_LOGS)
        found = [each for row in rows if (each := recorder.logged(row))]
        text, cases = recorder.from_logs(workflow.name, found, OutputRedactor(context.redactor))
        if not cases:
            notices.append(f"{workflow.name}: its logs of the last 30 days hold no run that could be a case.")
            continue
        path = _beside(paths.get(workflow.name) or f"evals/{workflow.name}.yml", "logs")
        notices.append(f"{_written(context, path, text)} {count(cases, 'case')}.")
    return replace(report, notices=(*report.notices, *notices))


def _beside(path: str, what: str) -> str:
    stem, suffix = os.path.splitext(path)
    return f"{stem}.{what}{suffix or '.yml'}"


def _written(context: RunContext, path: str, text: str) -> str:
    place = os.path.join(context.root, path)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already, and somebody may have worked on it.", fix="Move it away, or delete it.") from None
    except OSError as error:
        raise FlowshipError(f"{path} cannot be written: {error.strerror or error}.", fix="Make its folder writable.") from error
    return f"{path} was written. Read it before you use it."
