"""Rules across files: what a manifest leaves out, and which files it does not name."""

from collections.abc import Collection, Iterator

from deployer.formats import known_formats, paths
from deployer.formats.diagnostic import RULES, Diagnostic, as_findings, finding
from deployer.formats.quoting import shown
from deployer.manifest.layers import once_a_place
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.finding import Finding
from deployer.model.text import nfc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path


def check_manifest(manifest: Manifest) -> list[Finding]:
    """Findings for workflows without `preview` or `evals`, and for two names of one source."""
    settings = once_a_place((rule, row._replace(path=manifest.written_path(row.path))) for rule, row in _missing_settings(manifest))
    rows = [*settings, *_shared_sources(manifest)]
    return as_findings(manifest.path, manifest.text, "yaml", [(rule, RULES[rule][0], diagnostic) for rule, diagnostic in rows])


def _missing_settings(manifest: Manifest) -> Iterator[tuple[str, Diagnostic]]:
    for entry in manifest.entries:
        path: Path = ("workflows", entry.name)
        if entry.preview is None:
            known = known_formats.format_of(entry.platform)
            preview = f"`preview: {{{known.preview_example}}}`" if known else "`preview`"
            message = f"The workflow {shown(entry.name)} has no `preview`: pull requests only plan it."
            yield "manifest-preview-missing", Diagnostic(path, message, f"Add {preview}, with keys that no deploy uses.", at_key=True)
        if not entry.evals:
            message = f"The workflow {shown(entry.name)} has no `evals`."
            fix = "Add `evals: evals/NAME.yml`, a suite of cases; `flowship schema evals` describes it."
            yield "manifest-evals-missing", Diagnostic(path, message, fix, at_key=True)


def _shared_sources(manifest: Manifest) -> Iterator[tuple[str, Diagnostic]]:
    first_by_path: dict[str, WorkflowEntry] = {}
    for entry in manifest.entries:
        path = nfc(paths.relative(".", entry.source)) if entry.source else ""
        if path and path in first_by_path:
            first = first_by_path[path]
            message = f"{shown(entry.name)} and {shown(first.name)} have one source: {shown(path)}."
            fix = "For one workflow in two environments, use `environments:`. Otherwise give each its own file, so that each changes alone."
            related = (("workflows", first.name, "source"), f"{shown(first.name)} names it here")
            yield "manifest-source-shared", Diagnostic(("workflows", entry.name, "source"), message, fix, related=related)
        elif path:
            first_by_path[path] = entry


def find_unnamed_files(manifest: Manifest, definition_files: Collection[str]) -> list[Finding]:
    """A finding for each definition file that the manifest does not name."""
    named = {nfc(paths.relative(".", source)) for entry in manifest.entries for source in entry.sources}
    message, fix = f"{shown(manifest.path)} does not name this file.", "Add an entry or a pattern for it, or move it out of the repository."
    return [finding("source-unnamed", path, message, fix) for path in definition_files if nfc(path) not in named]
