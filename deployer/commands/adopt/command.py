"""The mode `adopt`: workflows on the platforms become files of the repository. Writes definitions, then the manifest, then records in the
state; platforms are only read.

It can be run again after a crash: a file that exists with the same definition is kept, and what the manifest names is left out.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from deployer.apply import executor
from deployer.commands.adopt import key_choice
from deployer.commands.adopt.adoptable import Adopted, discover
from deployer.commands.adopt.claims import ClaimedNames
from deployer.formats import file_writer, files
from deployer.formats.quoting import did_you_mean, shown
from deployer.http.executor import Unfinished
from deployer.lint.linter import lint_for_deploy
from deployer.manifest import edit, resolve
from deployer.manifest import load as manifests
from deployer.manifest.edit import NewEntry
from deployer.manifest.model import DEFAULT_ENVIRONMENT, Manifest
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import USAGE
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.pipeline import plan
from deployer.pipeline.context import RunContext
from deployer.pipeline.repository_targets import RepositoryTargets
from deployer.planning.keys import key_of
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named

IN_THE_JOB = "The files are in the job's workspace, and gone with it: a later step has to keep them (upload them, or open a pull request)."


def run(context: RunContext, report: Report) -> Report:
    """What was adopted of all that the keys lead to, or of what `only` names. With `dry-run` nothing is written."""
    manifest, report = _manifest(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        connections = Connections(
            context.settings, lambda workflow: key_of(context.settings, report.environment, workflow), context.clock, context.redactor
        )
        inventory = _inventory(context, manifest, report.environment)
        workflows = _discover_all(inventory, manifest, report.environment, connections)
        _require_addable(manifest, [adopted.entry for adopted in workflows if adopted.entry])
        outcomes = _planned_outcomes(workflows) if context.settings.deploy.dry_run else _write(context, report.environment, manifest, workflows)
        sources = [adopted.source for adopted in workflows if adopted.entry and adopted.source.definition is not None]
        notices = inventory.notices
        if context.settings.in_action and not context.settings.deploy.dry_run and any(adopted.entry for adopted in workflows):
            notices.append(IN_THE_JOB)
        return replace(
            report,
            findings=lint_for_deploy(context.root, sources, report.findings, None),
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.change.workflow.name)),
            notices=(*report.notices, *notices, *context.services.state.flush()),
            requests=connections.requests(),
        )


def _manifest(context: RunContext, report: Report) -> tuple[Manifest | None, Report]:
    """The manifest, None when there is none. The report has an exit code where it cannot be read."""
    settings = context.settings
    if settings.selection.files:
        raise UsageError("`adopt` writes entries of a manifest, and `files` is for use without one.", fix="Leave `files` out.")
    if not os.path.lexists(os.path.join(context.root, settings.selection.manifest)):
        return None, replace(report, environment=settings.selection.environment or DEFAULT_ENVIRONMENT)
    manifest, findings = manifests.load_manifest(context.root, settings.selection.manifest)
    environment = manifest.environments[0] if manifest else settings.selection.environment
    if manifest is None or any(finding.severity == "error" for finding in findings):
        return None, replace(report, environment=environment, findings=findings, exit_code=USAGE)
    if resolve.chosen_environment(manifest, settings.selection.environment) != environment:
        raise UsageError(
            f"`adopt` writes entries for the first environment, {environment}, and `environment` is {settings.selection.environment}.",
            fix=f"Adopt without it, then write `environments: {{{settings.selection.environment}: {{key: …, id: …}}}}` at the workflow's entry.",
        )
    return manifest, replace(report, environment=environment)


def _inventory(context: RunContext, manifest: Manifest | None, environment: str) -> ClaimedNames:
    environments = manifest.environments if manifest else (environment,)
    states = {environment: context.services.state.read(environment) for environment in environments}
    pairs = resolve.list_targets(manifest) if manifest else ()
    return ClaimedNames(context, manifest, states, RepositoryTargets(context, context.services.owner, "", pairs).owners)


def _discover_all(inventory: ClaimedNames, manifest: Manifest | None, environment: str, connections: Connections) -> list[Adopted]:
    """Every workflow that the keys lead to. Raises UsageError for a name in `only` that none of them has."""
    settings = inventory.context.settings
    workflows: list[Adopted] = []
    for pick in key_choice.pick_keys(settings, manifest, environment):
        workflows += discover(inventory, pick.key, platform_named(pick.platform), connections)
    missing = [name for name in settings.selection.only if name not in inventory.wanted]
    if missing:
        message = f"Nothing that these keys lead to has the name or id {shown(missing[0])}."
        raise UsageError(message, fix=did_you_mean(missing[0], inventory.candidates))
    return workflows


def _require_addable(manifest: Manifest | None, entries: Sequence[NewEntry]) -> None:
    """Raises UsageError, before the first file is written, where the manifest cannot take the entries."""
    if manifest and entries:
        edit.add_entries(manifest.path, manifest.text, tuple(entries))


def _planned_outcomes(workflows: Sequence[Adopted]) -> list[Outcome]:
    return [replace(executor.planned(adopted.change), seconds=adopted.seconds) for adopted in workflows]


def _write(context: RunContext, environment: str, manifest: Manifest | None, workflows: Sequence[Adopted]) -> list[Outcome]:
    """Write every file, then the manifest with those that were written, then the state."""
    outcomes = []
    written: list[Adopted] = []
    for adopted in workflows:
        failure = _write_file(context, adopted) if adopted.entry else None
        outcomes.append(_outcome(adopted, failure))
        written += [adopted] if adopted.entry and not failure else []
    if written:
        _add_to_manifest(context, environment, manifest, [adopted.entry for adopted in written if adopted.entry])
    return [_record(context, environment, outcome, adopted) for outcome, adopted in zip(outcomes, workflows)]


def _write_file(context: RunContext, adopted: Adopted) -> Failure | None:
    """Write the definition; returns why it was not written, None when it was or exists already."""
    source = adopted.source
    if context.clock.stopped:
        return executor.NOT_DONE[Unfinished.NOT_STARTED][1]
    if source.definition is None:
        return None
    try:
        if file_writer.create(context.root, source.path, source.content) or _has_same_definition(context, adopted):
            return None
    except FlowshipError as error:
        return Failure(error.code, error.message, error.fix)
    return Failure(
        "FILE_THERE",
        f"{source.path} already exists with other content, and was not overwritten.",
        f"Move it away; or, if that file is to replace what is on the platform, name it in the manifest with `id: {adopted.change.target}`.",
    )


def _has_same_definition(context: RunContext, adopted: Adopted) -> bool:
    """Does the existing file have the same definition?"""
    existing, _ = files.read(context.root, adopted.source.path, platform=adopted.source.platform)
    return existing is not None and existing.definition is not None and existing.fingerprint == adopted.source.fingerprint


def _outcome(adopted: Adopted, failure: Failure | None) -> Outcome:
    plain = executor.untouched(adopted.change)
    if failure:
        skipped = failure.code == executor.NOT_DONE[Unfinished.NOT_STARTED][1].code
        return replace(plain, outcome="skipped" if skipped else "failed", error=failure, seconds=adopted.seconds)
    return replace(plain, seconds=adopted.seconds)


def _add_to_manifest(context: RunContext, environment: str, manifest: Manifest | None, entries: Sequence[NewEntry]) -> None:
    path = context.settings.selection.manifest
    if manifest is None:
        if not file_writer.create(context.root, path, edit.create_manifest(environment, tuple(entries)).encode()):
            raise UsageError(f"{path} was created while this run was working.", fix="Run it again: existing files with the same definition are kept.")
        return
    loaded = files.read_bytes(context.root, path)  # as it is now: an editor may have saved it meanwhile
    text = manifest.text if isinstance(loaded, Finding) else loaded[1].decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    after = edit.add_entries(path, text, _without_inherited_keys(context.root, path, text, entries))
    file_writer.replace(context.root, path, (mark + after).encode())


def _without_inherited_keys(root: str, path: str, text: str, entries: Sequence[NewEntry]) -> tuple[NewEntry, ...]:
    """The entries without a `key` that the manifest's `defaults` give them anyway."""
    short = [entry._replace(fields={name: value for name, value in entry.fields.items() if name != "key"}) for entry in entries]
    manifest, _ = manifests.parse_manifest(root, path, edit.add_entries(path, text, tuple(short)).encode())
    targets = resolve.list_targets(manifest) if manifest else ()
    inherited = {(environment, workflow.name): workflow.key for environment, workflow in targets}
    first = manifest.environments[0] if manifest else ""
    return tuple(brief if inherited.get((first, entry.name)) == entry.fields["key"] else entry for entry, brief in zip(entries, short))


def _record(context: RunContext, environment: str, outcome: Outcome, adopted: Adopted) -> Outcome:
    """Record what was adopted; the outcome, with a warning where that failed, since the files are written."""
    if adopted.record is None or outcome.error:
        return outcome
    try:
        context.services.state.record(environment, context.run, outcome.change.workflow.name, live=adopted.record)
    except FlowshipError as error:
        warning = f"It could not be recorded, so that edits on the platform will not be noticed before its first release: {error.message}"
        return replace(outcome, warning=" ".join(filter(None, [outcome.warning, warning])))
    return outcome
