"""The report of a run, published everywhere it should be: log, files, GitHub. What cannot be published is a notice, never a failed deploy."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from deployer.config.settings import Settings
from deployer.github.runner import Runner
from deployer.lint.output import rule_infos
from deployer.model.annotation import Annotation
from deployer.model.console import Console
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.pipeline.context import RunContext
from deployer.publish.github_report import publish_to_github
from deployer.publish.terminal import open_console
from deployer.render import markdown, plain_text, sarif
from deployer.render.annotations import annotations
from deployer.render.outputs import outputs
from deployer.render.redact import redacted
from deployer.render.registry import FORMATS

FILES = {"report": "json", "sarif": "sarif", "junit": "junit"}


def console_for(settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> Console:
    """The runner's log in the action (keys masked first), else a terminal or a pipe."""
    if not settings.in_action:
        return open_console(sys.stdout, environ, redactor)
    runner = Runner(environ)
    runner.mask(redactor)
    return runner


def guarded(console: Console) -> AbstractContextManager[None]:
    """In the action, whatever is printed meanwhile comes out as lines that cannot be commands."""
    return console.guard() if isinstance(console, Runner) else nullcontext()


def publish(report: Report, context: RunContext) -> None:
    """Log, files, and in the action annotations, summary, outputs and GitHub's pages."""
    console, report = context.console, redacted(report, context.redactor)
    *sections, end = plain_text.sections(report)
    for title, lines in sections:
        with console.group(title):
            _print(lines, console)
    # The outcome stands outside of any group: GitHub folds those.
    console.line(end.title)
    _print(end.lines, console)
    written = [name for name, format_ in FILES.items() if _write_file(report, context, getattr(context.settings.outputs, name), format_)]
    if isinstance(console, Runner):
        _publish_to_runner(report, context, console, context.settings.outputs.report if "report" in written else "")


def _print(lines: tuple[plain_text.Line, ...], console: Console) -> None:
    for level, line in lines:
        console.line(line, level)


def _write_file(report: Report, context: RunContext, path: str, format_: str) -> bool:
    """Whether that file was asked for and written."""
    if not path:
        return False
    rendered = sarif.render(report, rule_infos(report.findings)) if format_ == "sarif" else FORMATS[format_](report)
    return _write(os.path.join(context.root, path), context.redactor(rendered), context.console)


def _publish_to_runner(report: Report, context: RunContext, runner: Runner, report_path: str) -> None:
    """What a later step or a person may need comes first: GitHub's API may be slow, and the runner may stop us meanwhile."""
    settings = context.settings.outputs
    if settings.annotations:
        runner.annotate(*annotations(report).shown)
    if settings.summary:
        runner.append_summary(markdown.render(report))
    for name, value in outputs(report, plain_text.plan_text(report), report_path).items():
        runner.set_output(name, value)
    publication = publish_to_github(report, context)
    for line in publication.lines:
        runner.line(line)
    for notice in publication.notices:
        runner.line(notice, "notice")
        if settings.annotations:
            runner.annotate(Annotation("notice", "Flowship", notice))
        if settings.summary:
            runner.append_summary(markdown.notice_line(notice))
    if publication.comment_url:
        runner.set_output("comment-url", publication.comment_url)


def _write(path: str, content: str, console: Console) -> bool:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(content)
    except OSError as error:
        console.line(f"{path} could not be written: {error.strerror or error}.", "warning")
        return False
    return True
