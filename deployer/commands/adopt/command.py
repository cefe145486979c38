"""The mode `adopt`: what exists on the platforms comes into the repository. Writes files (definitions, then the manifest), and tells the
state what was found; on the platforms it only reads.

Run again after a crash it goes on: a file that is there already with this very definition is taken as it is, and what the manifest names is
left out.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from deployer.apply import executor as applying
from deployer.commands.adopt import keys
from deployer.commands.adopt.claims import ClaimedNames
from deployer.commands.adopt.discover import Adopted, discover
from deployer.formats import atomic, files
from deployer.http.executor import Unfinished
from deployer.lint.linter import lint_for_deploy
from deployer.manifest import edit
from deployer.manifest import load as manifests
from deployer.manifest.edit import NewEntry
from deployer.manifest.model import DEFAULT_ENVIRONMENT, Manifest
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import USAGE
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import did_you_mean
from deployer.pipeline import plan
from deployer.pipeline.context import RunContext
from deployer.planning.keys import key_of
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named

IN_THE_JOB = "The files are in the job's workspace, and gone with it: a later step has to keep them (upload them, or open a pull request)."


def run(context: RunContext, report: Report) -> Report:
    """Bring in what the keys lead to, or what `only` names of it. With `dry-run` nothing is written."""
    manifest, report = _manifest(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        clients = Connections(
            context.settings, lambda workflow: key_of(context.settings, report.environment, workflow), context.clock, context.redactor
        )
        inventory = _inventory(context, manifest, report.environment)
        found = _found(inventory, manifest, report.environment, clients)
        _can_be_added(manifest, [each.entry for each in found if each.entry])
        outcomes = _planned(found) if context.settings.deploy.dry_run else _written(context, report.environment, manifest, found)
        sources = [each.source for each in found if each.entry and each.source.definition is not None]
        notices = inventory.notices
        if context.settings.in_action and not context.settings.deploy.dry_run and any(each.entry for each in found):
            notices.append(IN_THE_JOB)
        return replace(
            report,
            findings=lint_for_deploy(context.root, sources, report.findings, None),
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.change.workflow.name)),
            notices=(*report.notices, *notices, *context.services.state.flush()),
            requests=clients.requests(),
        )


def _manifest(context: RunContext, report: Report) -> tuple[Manifest | None, Report]:
    """The manifest, where there is one. The report's exit code is set where it cannot be read."""
    settings = context.settings
    if settings.selection.files:
        raise UsageError("`adopt` writes entries of a manifest, and `files` is for use without one.", fix="Leave `files` out.")
    if not os.path.lexists(os.path.join(context.root, settings.selection.manifest)):
        return None, replace(report, environment=settings.selection.environment or DEFAULT_ENVIRONMENT)
    manifest, findings = manifests.load_manifest(context.root, settings.selection.manifest)
    environment = manifest.environments[0] if manifest else settings.selection.environment
    if manifest is None or any(finding.severity == "error" for finding in findings):
        return None, replace(report, environment=environment, findings=findings, exit_code=USAGE)
    if settings.selection.environment not in ("", environment):
        raise UsageError(
            f"`adopt` writes entries for the first environment, {environment}, and `environment` is {settings.selection.environment}.",
            fix=f"Adopt without it, then write `environments: {{{settings.selection.environment}: {{key: …, id: …}}}}` at the workflow's entry.",
        )
    return manifest, replace(report, environment=environment)


def _inventory(context: RunContext, manifest: Manifest | None, environment: str) -> ClaimedNames:
    environments = manifest.environments if manifest else (environment,)
    return ClaimedNames(context, manifest, {each: context.services.state.read(each) for each in environments})


def _found(inventory: ClaimedNames, manifest: Manifest | None, environment: str, clients: Connections) -> list[Adopted]:
    """What there is to say of each workflow. Raises UsageError for a name in `only` that nothing has."""
    settings = inventory.context.settings
    found: list[Adopted] = []
    for pick in keys.picked(settings, manifest, environment):
        found += discover(inventory, pick.key, platform_named(pick.platform), clients)
    missing = [name for name in settings.selection.only if name not in inventory.wanted]
    if missing:
        hint = did_you_mean(missing[0], inventory.seen)
        raise UsageError(f"`only` names {missing[0]!r}, and nothing that these keys lead to has that name or id.{hint}", fix="Correct the name.")
    return found


def _can_be_added(manifest: Manifest | None, entries: Sequence[NewEntry]) -> None:
    """Found out before the first file is written."""
    if manifest and entries:
        edit.add_entries(manifest.path, manifest.text, tuple(entries))


def _planned(found: Sequence[Adopted]) -> list[Outcome]:
    return [replace(applying.planned(each.change), seconds=each.seconds) for each in found]


def _written(context: RunContext, environment: str, manifest: Manifest | None, found: Sequence[Adopted]) -> list[Outcome]:
    """Every file, then the manifest with what got there, then the state."""
    outcomes = []
    there: list[Adopted] = []
    for each in found:
        problem = _file(context, each) if each.entry else None
        outcomes.append(_outcome(each, problem))
        there += [each] if each.entry and not problem else []
    if there:
        _into_manifest(context, environment, manifest, [each.entry for each in there if each.entry])
    return [_recorded(context, environment, outcome, each) for outcome, each in zip(outcomes, found)]


def _file(context: RunContext, adopted: Adopted) -> Failure | None:
    """Write the definition; None when it is there."""
    source = adopted.source
    if context.clock.stopped:
        return applying.NOT_DONE[Unfinished.NOT_STARTED][1]
    if source.definition is None:
        return None
    try:
        if atomic.create(context.root, source.path, source.content) or _holds(context, adopted):
            return None
    except FlowshipError as error:
        return Failure(error.code, error.message, error.fix)
    return Failure(
        "FILE_THERE",
        f"{source.path} is there already, with another content: it is not overwritten.",
        f"Move it away; or, if that file is to replace what is on the platform, name it in the manifest with `id: {adopted.change.target}`.",
    )


def _holds(context: RunContext, adopted: Adopted) -> bool:
    """Does the file that is there hold this very definition?"""
    there, _ = files.read(context.root, adopted.source.path)
    return there is not None and there.definition is not None and there.fingerprint == adopted.source.fingerprint


def _outcome(adopted: Adopted, problem: Failure | None) -> Outcome:
    plain = applying.untouched(adopted.change)
    if problem:
        skipped = problem.code == applying.NOT_DONE[Unfinished.NOT_STARTED][1].code
        return replace(plain, outcome="skipped" if skipped else "failed", error=problem, seconds=adopted.seconds)
    return replace(plain, seconds=adopted.seconds)


def _into_manifest(context: RunContext, environment: str, manifest: Manifest | None, entries: Sequence[NewEntry]) -> None:
    path = context.settings.selection.manifest
    if manifest is None:
        if not atomic.create(context.root, path, edit.create_manifest(environment, tuple(entries)).encode()):
            raise UsageError(f"{path} has just been made by somebody else.", fix="Run it again: the files that are there are not written anew.")
        return
    loaded = files.read_bytes(context.root, path)  # as it is now: it may have been saved in an editor meanwhile
    text = manifest.text if isinstance(loaded, Finding) else loaded[1].decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    after = edit.add_entries(path, text.removeprefix(mark), tuple(entries))
    atomic.replace(context.root, path, (mark + after).encode())


def _recorded(context: RunContext, environment: str, outcome: Outcome, adopted: Adopted) -> Outcome:
    """Tell the state what was found. What it cannot take is a warning: the files are there."""
    if adopted.record is None or outcome.error:
        return outcome
    try:
        context.services.state.record(environment, context.run, outcome.change.workflow.name, live=adopted.record)
    except FlowshipError as error:
        said = f"It could not be recorded, so that edits on the platform will not be noticed before its first release: {error.message}"
        return replace(outcome, warning=" ".join(filter(None, [outcome.warning, said])))
    return outcome
