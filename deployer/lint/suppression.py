"""What is said of what was found: comments and the manifest leave findings out or change their severity.

An error that stops a deploy anyway (the platform would refuse the file, or it cannot be read) cannot be turned off. In
`flowship lint` it may be lowered; plan and deploy take it as it is (`strict`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from deployer.formats.discover import glob
from deployer.formats.problem import Diagnostic, as_findings
from deployer.formats.quoting import did_you_mean, shown
from deployer.formats.rule_names import RULES, finding
from deployer.lint.engine import MOST, OTHERS
from deployer.lint.ignore_comments import SIGN, IgnoreComment, IgnoreComments, comments
from deployer.manifest.model import LintConfig, Manifest
from deployer.model.finding import Finding, RuleInfo, Severity, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path

_STAYS = "It stops a deploy: `flowship lint` may say it more quietly, and nothing turns it off."
_FORM = "Write `# flowship: ignore rule-name -- reason`."


class LintDirectives(NamedTuple):
    """What people say about findings: YAML texts by path (their comments count), and the configuration.

    `manifest` is given when it was linted itself: then what is wrong with its `lint:` is told too. `there` are all definition files of
    the repository, and `read` those that were linted, given when those are all that the manifest names: only then can be told what is
    ignored in vain.
    """

    texts: Mapping[str, str] = {}
    config: LintConfig = LintConfig()
    manifest: Manifest | None = None
    read: Collection[str] = ()
    there: Collection[str] | None = None


def decide(found: Iterable[Finding], told: LintDirectives, *, strict: bool = False) -> tuple[Finding, ...]:
    """The findings to report, sorted. Unless `strict`, those about comments and configuration are among them."""
    said = {path: IgnoreComments(listed) for path, text in told.texts.items() if SIGN in text and (listed := comments(text))}
    if not any(told.config) and not said:
        return in_order(tuple(found))
    verdict = _Verdict(said, told.config, strict=strict)
    kept = [each for one in in_order(tuple(found)) for each in verdict.on(one)]
    if not strict:
        about = [*verdict.about_comments(), *(verdict.about_config(told.manifest, told) if told.manifest else ())]
        kept += [each for one in about for each in verdict.on(one)]
    return in_order(kept)


class _Verdict:
    """Remembers what was of use."""

    def __init__(self, said: Mapping[str, IgnoreComments], config: LintConfig, *, strict: bool) -> None:
        from deployer.lint.rule_index import catalogue

        self.known: Mapping[str, RuleInfo] = catalogue()
        self.said = said
        self.config = config
        self.strict = strict
        self.globs = [(each, glob(each.path)) for each in config.ignore]
        self.used: set[tuple[str, IgnoreComment, str]] = set()
        self.used_entries: set[int] = set()
        self.nearest: dict[str, str] = {}

    def on(self, found: Finding) -> Iterator[Finding]:
        """The finding as it is to be reported, if it is."""
        ignored = self._ignored(found)
        wanted = "off" if ignored else self.config.severity.get(found.rule, found.severity)
        if wanted == found.severity:
            yield found
        elif self._stops(found):
            severity: Severity = found.severity if self.strict else _quieter(wanted)
            yield found._replace(severity=severity, fix=f"{found.fix} {_STAYS}".strip())
        elif wanted != "off":
            yield found._replace(severity=_quieter(wanted))

    def _stops(self, found: Finding) -> bool:
        about = self.known.get(found.rule)
        return found.severity == "error" and about is not None and about.stops

    def _ignored(self, found: Finding) -> bool:
        """Everything that is about it counts as used, not the first alone."""
        listening = self.said.get(found.path)
        by_comment = {(found.path, each, found.rule) for each in (listening.about(found) if listening else ())}
        by_path = {each.place for each, regex in self.globs if found.rule in (each.rules or (found.rule,)) and regex.fullmatch(found.path)}
        self.used |= by_comment
        self.used_entries |= by_path
        return bool(by_comment or by_path)

    def about_comments(self) -> Iterator[Finding]:
        for path, said in self.said.items():
            every = [each for comment in said.listed for each in self._about_comment(path, comment)]
            if len(every) > MOST:
                every[MOST:] = [finding("ignore-form", path, f"There is more to say than {MOST:,} times about comments in this file.", OTHERS)]
            yield from every

    def _about_comment(self, path: str, comment: IgnoreComment) -> Iterator[Finding]:
        if not comment.rules:
            yield finding("ignore-form", path, "This comment to Flowship cannot be read.", _FORM, comment.span)
        elif not comment.reason:
            yield finding("ignore-reason", path, "Nothing says why this is ignored.", "Add ` -- ` and the reason.", comment.span)
        for name in comment.rules:
            if name not in self.known:
                yield finding("rule-unknown", path, f"There is no rule {shown(name)}.", self._nearest(name), comment.span)
            elif (path, comment, name) not in self.used:
                message = f"{shown(name)} finds nothing here that this comment could ignore."
                yield finding("ignore-unused", path, message, "Remove it, or move it to the line that the finding names.", comment.span)

    def _nearest(self, name: str) -> str:
        """Looking for it takes milliseconds: not once more for the thousandth unknown name."""
        if name not in self.nearest:
            self.nearest[name] = did_you_mean(name, self.known) if len(self.nearest) < MOST else "Names of rules are in the documentation."
        return self.nearest[name]

    def about_config(self, manifest: Manifest, told: LintDirectives) -> list[Finding]:
        rows = [*self._unknown(), *(self._unused(told) if told.there is not None else ())]
        return as_findings(manifest.path, manifest.text, "yaml", [(rule, RULES[rule][0], problem) for rule, problem in rows])

    def _unused(self, told: LintDirectives) -> Iterator[tuple[str, Diagnostic]]:
        """Entries that left nothing out, but for those about files that were not linted."""
        for entry, regex in self.globs:
            read, there = (any(map(regex.fullmatch, paths)) for paths in (told.read, told.there or ()))
            if entry.place not in self.used_entries and all(name in self.known for name in entry.rules) and (read or not there):
                what = "Nothing is found" if read else "No file is there"
                path: Path = ("lint", "ignore", entry.place)
                yield "ignore-unused", Diagnostic(path, f"{what} that this could ignore.", "Remove it, or correct `path` and `rules`.")

    def _unknown(self) -> Iterator[tuple[str, Diagnostic]]:
        named: list[tuple[Path, str]] = [(("lint", "severity", name), name) for name in self.config.severity]
        named += [(("lint", "ignore", entry.place, "rules", place), name) for entry in self.config.ignore for place, name in enumerate(entry.rules)]
        for path, name in named:
            if name not in self.known:
                yield (
                    "rule-unknown",
                    Diagnostic(path, f"There is no rule {shown(name)}.", did_you_mean(name, self.known), at_key=path[1] == "severity"),
                )


def _quieter(wanted: str) -> Severity:
    """As severe as wanted; what cannot be off is a note."""
    return "error" if wanted == "error" else "warning" if wanted == "warning" else "info"
