"""The effect of comments and of the manifest on findings: they ignore findings or change their severity.

An error that stops a deploy anyway (the platform refuses the file, or it cannot be read) cannot be turned off. `flowship lint` may
lower it; plan and deploy keep its severity (`strict`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from deployer.formats.diagnostic import RULES, Diagnostic, as_findings, finding
from deployer.formats.discover import compile_glob
from deployer.formats.marks import COMMENT_SIGN
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.engine import MAX_FINDINGS_PER_RULE, REST_HIDDEN
from deployer.lint.ignore_comments import IgnoreComment, IgnoreComments, parse_comments
from deployer.model.finding import Finding, in_order
from deployer.model.named_tuple import NamedTuple
from deployer.model.text import nfc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path
    from deployer.manifest.model import LintConfig, Manifest
    from deployer.model.choices import Severity
    from deployer.model.finding import RuleInfo

_STAYS = "It stops a deploy: `flowship lint` can lower its severity, and nothing turns it off."
_FORM = "Write `# flowship: ignore rule-name -- reason`."


class LintDirectives(NamedTuple):
    """What people configure: YAML texts by path (for their comments), comments that are read already, and the manifest's `lint:`.

    `manifest` is given when it was linted itself: then mistakes in its `lint:` are findings too. `definition_files` are all of the
    repository, given when `linted` holds all that the manifest names: only then an entry without effect can be reported.
    """

    texts: Mapping[str, str] = {}
    config: LintConfig | None = None
    manifest: Manifest | None = None
    linted: Collection[str] = ()
    definition_files: Collection[str] | None = None
    comments: Mapping[str, tuple[IgnoreComment, ...]] = {}


def apply_directives(findings: Iterable[Finding], directives: LintDirectives, *, strict: bool = False) -> tuple[Finding, ...]:
    """The findings to report, sorted. Unless `strict`, findings about comments and configuration are among them."""
    listed = {**directives.comments, **{path: parse_comments(text) for path, text in directives.texts.items() if COMMENT_SIGN in text}}
    comments = {path: IgnoreComments(parsed) for path, parsed in listed.items() if parsed}
    if not any(directives.config or ()) and not comments:
        return in_order(tuple(findings))
    suppression = _Suppression(comments, directives.config, strict=strict)
    kept = suppression.apply(in_order(tuple(findings)))
    if not strict:
        kept += suppression.apply([*suppression.comment_findings(), *suppression.config_findings(directives)])
    return in_order(kept)


class _Suppression:
    """Applies comments and configuration, and records which of them had an effect."""

    def __init__(self, comments: Mapping[str, IgnoreComments], config: LintConfig | None, *, strict: bool) -> None:
        self.comments = comments
        self.severity: Mapping[str, str] = config.severity if config else {}
        self.strict = strict
        self.globs = [(entry, compile_glob(nfc(entry.path))) for entry in (config.ignore if config else ())]
        self.used: set[tuple[str, IgnoreComment, str]] = set()
        self.used_entries: set[int] = set()
        self.suggestions: dict[str, str] = {}

    @cached_property
    def known(self) -> Mapping[str, RuleInfo]:
        """Every rule. To describe all takes longer than to lint a file, and comments that ignore something need it not."""
        from deployer.lint.rule_index import describe_rules

        return describe_rules()

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings with their final severity; ignored ones are left out."""
        kept = []
        for original in findings:
            severity = "off" if self._is_ignored(original) else self.severity.get(original.rule, original.severity)
            if severity == original.severity:
                kept.append(original)
            elif original.severity == "error" and original.rule in self.known and self.known[original.rule].stops:
                kept.append(original._replace(severity="error" if self.strict else _lowered(severity), fix=f"{original.fix} {_STAYS}".strip()))
            elif severity != "off":
                kept.append(original._replace(severity=_lowered(severity)))
        return kept

    def _is_ignored(self, original: Finding) -> bool:
        """Every comment and entry that matches counts as used, not the first alone."""
        comments = self.comments.get(original.path)
        by_comment = {(original.path, comment, original.rule) for comment in (comments.matching(original) if comments else ())}
        matching = (entry for entry, regex in self.globs if regex.fullmatch(nfc(original.path)))
        by_path = {entry.place for entry in matching if not entry.rules or original.rule in entry.rules}
        self.used |= by_comment
        self.used_entries |= by_path
        return bool(by_comment or by_path)

    def comment_findings(self) -> Iterator[Finding]:
        for path, comments in self.comments.items():
            findings = [row for comment in comments.listed for row in self._findings_of_comment(path, comment)]
            if len(findings) > MAX_FINDINGS_PER_RULE:
                message = f"There are more than {MAX_FINDINGS_PER_RULE:,} findings about comments in this file."
                findings[MAX_FINDINGS_PER_RULE:] = [finding("ignore-form", path, message, REST_HIDDEN)]
            yield from findings

    def _findings_of_comment(self, path: str, comment: IgnoreComment) -> Iterator[Finding]:
        if not comment.rules:
            yield finding("ignore-form", path, "This comment to Flowship cannot be read.", _FORM, comment.span)
        elif not comment.reason:
            yield finding("ignore-reason", path, "This comment gives no reason.", "Add ` -- ` and the reason.", comment.span)
        for name in comment.rules:
            if (path, comment, name) in self.used:
                continue
            if name not in self.known:
                yield finding("rule-unknown", path, f"There is no rule {shown(name)}.", self._suggestion(name), comment.span)
            else:
                message = f"{shown(name)} has no finding here that this comment could ignore."
                yield finding("ignore-unused", path, message, "Remove it, or move it to the line that the finding names.", comment.span)

    def _suggestion(self, name: str) -> str:
        """A fix for an unknown name. Each search takes milliseconds, so their number is limited."""
        if name not in self.suggestions:
            limited = len(self.suggestions) >= MAX_FINDINGS_PER_RULE
            self.suggestions[name] = "Names of rules are in the documentation." if limited else did_you_mean(name, self.known)
        return self.suggestions[name]

    def config_findings(self, directives: LintDirectives) -> list[Finding]:
        manifest = directives.manifest
        if manifest is None:
            return []
        rows = [*self._unknown_rules(), *self._unused_entries(directives.linted, directives.definition_files)]
        return as_findings(manifest.path, manifest.text, "yaml", [(rule, RULES[rule][0], diagnostic) for rule, diagnostic in rows])

    def _unused_entries(self, linted: Collection[str], definition_files: Collection[str] | None) -> Iterator[tuple[str, Diagnostic]]:
        """Entries that ignored nothing, but for those about files that were not linted. None when the files of the repository are not known."""
        for entry, regex in self.globs if definition_files is not None else ():
            matches, exists = (any(map(regex.fullmatch, map(nfc, paths))) for paths in (linted, definition_files or ()))
            if entry.place not in self.used_entries and all(name in self.known for name in entry.rules) and (matches or not exists):
                message = "There is no finding that this could ignore." if matches else "This matches no files."
                yield "ignore-unused", Diagnostic(("lint", "ignore", entry.place), message, "Remove it, or correct `path` and `rules`.")

    def _unknown_rules(self) -> Iterator[tuple[str, Diagnostic]]:
        named: list[tuple[Path, str]] = [(("lint", "severity", name), name) for name in self.severity]
        named += [(("lint", "ignore", entry.place, "rules", place), name) for entry, _ in self.globs for place, name in enumerate(entry.rules)]
        for path, name in named:
            if name not in self.known:
                fix = did_you_mean(name, self.known)
                yield "rule-unknown", Diagnostic(path, f"There is no rule {shown(name)}.", fix, at_key=path[1] == "severity")


def _lowered(severity: str) -> Severity:
    """The configured severity; `info` in place of `off`."""
    return "error" if severity == "error" else "warning" if severity == "warning" else "info"
