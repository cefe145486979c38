"""Saying what came of a run, everywhere it should be said. What cannot be said somewhere is a notice, never a failed deploy."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from deployer.config.settings import Settings
from deployer.github.runner import Runner
from deployer.lint.output import about_rules
from deployer.model.annotation import Annotation
from deployer.model.console import Console, Level
from deployer.model.report import Report
from deployer.pipeline.context import RunContext
from deployer.publish.github_report import publish_to_github
from deployer.publish.terminal import console
from deployer.render import markdown, sarif, text
from deployer.render.annotations import annotations
from deployer.render.outputs import outputs
from deployer.render.redact import redacted
from deployer.render.registry import FORMATS

FILES = {"report": "json", "sarif": "sarif", "junit": "junit"}


def console_for(settings: Settings, environ: Mapping[str, str]) -> Console:
    """The runner's log in the action (keys masked first), else a terminal or a pipe."""
    if not settings.in_action:
        return console(sys.stdout, environ)
    runner = Runner(environ)
    runner.mask(settings.secrets)
    return runner


def guarded(to: Console) -> AbstractContextManager[None]:
    """In the action, whatever anybody prints meanwhile comes out as lines that cannot be commands."""
    return to.guard() if isinstance(to, Runner) else nullcontext()


def publish(report: Report, context: RunContext) -> None:
    """Log, files, and in the action annotations, summary and outputs."""
    settings, to, redactor = context.settings, context.console, context.redactor
    report = redacted(report, redactor)
    *parts, end = text.sections(report)
    for title, lines in parts:
        with to.group(title):
            _lines(lines, to)
    # The outcome stands outside of any group: GitHub folds those.
    to.line(end.title)
    _lines(end.lines, to)
    written = set()
    for name, format_ in FILES.items():
        path = getattr(settings.outputs, name)
        if path:
            rendered = sarif.render(report, about_rules(report.findings)) if format_ == "sarif" else FORMATS[format_](report)
            written |= {name} if _write(os.path.join(context.root, path), redactor(rendered), to) else set()
    if isinstance(to, Runner):
        _tell_runner(report, context, to, settings.outputs.report if "report" in written else "")


def _lines(lines: tuple[text.Line, ...], to: Console) -> None:
    for level, line in lines:
        to.line(line, level)


def _tell_runner(report: Report, context: RunContext, runner: Runner, report_path: str) -> None:
    """What a later step or a person may need comes first: GitHub's API, asked for the rest, may be slow, and a runner that stops us is not."""
    if context.settings.outputs.annotations:
        runner.annotate(*annotations(report).items)
    if context.settings.outputs.summary:
        runner.append_summary(context.redactor(markdown.render(report)))
    for name, value in outputs(report, text.plan_text(report), report_path).items():
        runner.set_output(name, context.redactor(value))
    _announce(report, context, runner)


def _announce(report: Report, context: RunContext, runner: Runner) -> None:
    said = publish_to_github(report, context)
    for line in said.lines:
        runner.line(line)
    for notice in said.notices:
        runner.line(notice, "notice")
        if context.settings.outputs.annotations:
            runner.annotate(Annotation("notice", "Flowship", notice))
        if context.settings.outputs.summary:
            runner.append_summary(markdown.notice(notice))
    if said.comment_url:
        runner.set_output("comment-url", said.comment_url)


def _write(path: str, content: str, to: Console) -> bool:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(content)
    except OSError as error:
        level: Level = "warning"
        to.line(f"{path} could not be written: {error.strerror or error}.", level)
        return False
    return True
