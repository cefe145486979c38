"""Rules across files: what a manifest leaves out, and what leaves the manifest out."""

from collections.abc import Collection, Iterator

from deployer.formats import paths
from deployer.formats.problem import Diagnostic, as_findings
from deployer.formats.quoting import shown
from deployer.formats.rule_names import RULES, finding
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path


def notes(manifest: Manifest) -> list[Finding]:
    """What every workflow of it could have, and two names for one file."""
    problems = [*_missing(manifest), *_shared(manifest)]
    return as_findings(manifest.path, manifest.text, "yaml", [(rule, RULES[rule][0], problem) for rule, problem in problems])


def _missing(manifest: Manifest) -> Iterator[tuple[str, Diagnostic]]:
    for entry in manifest.entries:
        path: Path = ("workflows", entry.name)
        if entry.preview is None:
            pool = "`preview: {key: …}`" if entry.platform == "meingpt" else "`preview: {keys: […]}`"
            message = f"The workflow {shown(entry.name)} has no `preview`: pull requests only plan it."
            yield "manifest-preview-missing", Diagnostic(path, message, f"Add {pool}, with keys that no deploy uses.", at_key=True)
        if not entry.evals:
            message = f"The workflow {shown(entry.name)} has no `evals`."
            fix = "Add `evals: evals/NAME.yml`, a suite of cases; `flowship schema evals` describes it."
            yield "manifest-evals-missing", Diagnostic(path, message, fix, at_key=True)


def _shared(manifest: Manifest) -> Iterator[tuple[str, Diagnostic]]:
    seen: dict[str, WorkflowEntry] = {}
    for entry in manifest.entries:
        path = paths.relative(".", entry.source) if entry.source else ""
        if path and path in seen:
            first = seen[path]
            message = f"{shown(entry.name)} and {shown(first.name)} have one source: {shown(path)}."
            fix = "If one workflow in two environments is meant, use `environments:`. Else each file of its own changes alone."
            related = (("workflows", first.name, "source"), f"{shown(first.name)} names it here")
            yield "manifest-source-shared", Diagnostic(("workflows", entry.name, "source"), message, fix, related=related)
        elif path:
            seen[path] = entry


def unnamed(manifest: Manifest, there: Collection[str]) -> list[Finding]:
    """Definition files that are `there` and that the manifest does not name."""
    sources = [source for entry in manifest.entries for source in (entry.source, *(each.source for each in entry.environments.values()))]
    named = {paths.relative(".", source) for source in sources if source}
    fix = "Add an entry for it, or move it out of the repository."
    return [finding("source-unnamed", path, f"{shown(manifest.path)} does not name this file.", fix) for path in there if path not in named]
