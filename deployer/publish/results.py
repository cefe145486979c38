"""The report of a run, published everywhere it should be: log, files, GitHub. What cannot be published is a notice, never a failed deploy."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

from deployer.config.settings import Settings
from deployer.config.spelling import Spelling
from deployer.formats import file_writer
from deployer.formats.guarded_paths import fix_of
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
from deployer.render.outputs import outputs, results_notice
from deployer.render.redact import redacted, respelled
from deployer.render.registry import FORMATS

PART_CHARS = 1024 * 1024
FILES = {"report": "json", "html": "html", "sarif": "sarif", "junit": "junit"}


def console_for(settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> Console:
    """The runner's log in the action (keys masked first), else a terminal or a pipe."""
    if not settings.in_action:
        return open_console(sys.stdout, environ, redactor, sys.stderr)
    runner = Runner(environ)
    runner.mask(redactor)
    return runner


def guarded(console: Console) -> AbstractContextManager[None]:
    """In the action, whatever is printed meanwhile comes out as lines that cannot be commands."""
    return console.guard() if isinstance(console, Runner) else nullcontext()


def publish(report: Report, context: RunContext) -> None:
    """Log, files, and in the action annotations, summary, outputs and GitHub's pages."""
    console, spell = context.console, Spelling(context.settings.in_action, context.settings.variables).text
    report = respelled(redacted(report, context.redactor), spell)
    *sections, end = plain_text.sections(report, spell)
    for title, lines in sections:
        with console.group(title) if title else nullcontext():
            _print(lines, console)
    # The outcome stands outside of any group: GitHub folds those.
    console.line(end.title)
    _print(end.lines, console)
    written = [name for name, format_ in FILES.items() if _write_file(report, context, getattr(context.settings.outputs, name), format_)]
    if "html" in written and not isinstance(console, Runner):
        console.line(f"written  {context.settings.outputs.html}")
    if isinstance(console, Runner):
        opened = {name: _as_opened_later(context, getattr(context.settings.outputs, name)) for name in written}
        _publish_to_runner(report, context, console, opened.get("report") or opened.get("html", ""))
        for name in (name for name, path in opened.items() if not path):
            _warn_outside(context, console, name)


def _print(lines: tuple[plain_text.Line, ...], console: Console) -> None:
    for level, line in lines:
        console.line(line, level)


def _write_file(report: Report, context: RunContext, path: str, format_: str) -> bool:
    """Whether that file was asked for and written."""
    if not path:
        return False
    if format_ == "json":
        from deployer.render import json_report

        return _write(context, path, json_report.parts(report))
    rendered = sarif.render(report, rule_infos(report.findings)) if format_ == "sarif" else FORMATS[format_](report)
    return _write(context, path, _parts(rendered))


def _parts(text: str) -> Iterator[str]:
    """The text in parts of whole lines: the redactor makes copies of what it searches, and a report may have tens of megabytes. A key of several
    lines is redacted line by line too."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + PART_CHARS) + 1 or len(text)
        yield text[start:end]
        start = end


def _as_opened_later(context: RunContext, path: str) -> str:
    """The path of a file as a later step opens it: relative to the workspace; "" for one outside of it."""
    return context.places.from_workspace(path) if context.places else path


def _warn_outside(context: RunContext, runner: Runner, name: str) -> None:
    """The action runs in a container, and shares the workspace with later steps: most other folders end with it."""
    path = getattr(context.settings.outputs, name)
    input_name = "report" if name == "html" else name
    empty = ", and the output `report` is empty" if input_name == "report" else ""
    message = f"{path} lies outside of the workspace: a later step may not find it{empty}. Fix: set `{input_name}` to a path in the workspace."
    runner.line(message, "warning")
    if context.settings.outputs.annotations:
        runner.annotate(Annotation("warning", "Flowship", message))


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
    for notice in filter(None, (results_notice(report), *publication.notices)):
        runner.line(notice, "notice")
        if settings.annotations:
            runner.annotate(Annotation("notice", "Flowship", notice))
        if settings.summary:
            runner.append_summary(markdown.notice_line(notice))
    if publication.comment_url:
        runner.set_output("comment-url", publication.comment_url)


def _write(context: RunContext, path: str, parts: Iterable[str]) -> bool:
    content = (context.redactor(part).encode("utf-8", "backslashreplace") for part in parts)
    try:
        file_writer.put(context.folder, path, content, context.guarded)
    except OSError as error:
        fix = fix_of(error, "Check the folder's permissions.")
        context.console.line(f"{path} could not be written: {error.strerror or error}. Fix: {fix}", "warning")
        return False
    return True
