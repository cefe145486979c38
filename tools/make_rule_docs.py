"""Writes docs/rules: a page for each rule, and their list. `make docs` runs it; a test does the same and compares.

Everything comes from the rules themselves and their examples (rule_examples.py), which are linted on the way.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployer.lint import rules  # noqa: E402
from deployer.lint.rule_index import describe_rules  # noqa: E402
from deployer.model.finding import RuleInfo  # noqa: E402 - after the path to it
from deployer.model.text import count, one_line  # noqa: E402
from tools.rule_examples import Example, File, Pair, pairs  # noqa: E402

PAGES = ROOT / "docs" / "rules"
SIGN = "<!-- Made by tools/make_rule_docs.py; do not edit. -->\n"
MAX_CHARS, MAX_LINES = 180, 40  # of a line, and of a file, that are shown of an example
GROUPS = {
    "flow": "GPTBots workflows: `.flow`",
    "bot": "GPTBots agents: `.bot`",
    "meingpt": "meinGPT workflows: `.yaml`",
    "manifest": "The manifest, and what is between files",
    "evals": "Eval suites",
    "file": "Every file: whether it can be read",
    "yaml": "Every YAML file: whether it can be read",
    "json": "`.flow` and `.bot`: whether they can be read",
    "directives": "Ignore comments and `lint:`",
}
_PREFIXES = {"file": "file", "yaml": "yaml", "flow": "json", "manifest": "manifest", "source": "manifest", "evals": "evals"}
_ESCAPED = r"Invisible characters, and bytes that are no text, are written as `\x00`, `\t` and the like."
_STAYS = """## When it does not fit
It cannot be turned off. While a file is not ready, `flowship lint` may [report it as a warning](../linting.md#what-cannot-be-turned-off).
"""
_YIELDS = """## When it does not fit
[In the manifest](../linting.md#in-the-manifest) a rule gets another severity, or is ignored in some files; in YAML
[a comment](../linting.md#in-a-yaml-file) ignores it on a line.
"""


def made() -> dict[str, str]:
    """Every page's text by its file's name. Raises LookupError for a rule without examples, or a bad one that is not bad."""
    known = describe_rules()
    shown = pairs(known)
    return {"README.md": index(known), **{f"{name}.md": page(about, shown[name]) for name, about in known.items()}}


def index(known: Mapping[str, RuleInfo]) -> str:
    head = "# Rules\nEverything that `flowship lint` looks for, by kind of file. The severities are those before any\n"
    head += "[configuration](../linting.md#in-the-manifest); an error stops a plan and a deploy, and one that is *always*\n"
    head += "an error [cannot be turned off](../linting.md#what-cannot-be-turned-off).\n"
    head += "A page's examples hold only what its rule is about: other rules may report more in them.\n"
    sections = []
    for group, title in GROUPS.items():
        rows = [f"| [{rule.name}]({rule.name}.md) | {_severity(rule)} | {rule.why.replace('|', chr(92) + '|')} |\n" for rule in _of(group, known)]
        sections.append(f"\n## {title}\n| rule | severity | |\n|---|---|---|\n{''.join(rows)}" if rows else "")
    return SIGN + head + "".join(sections)


def _of(group: str, known: Mapping[str, RuleInfo]) -> Iterator[RuleInfo]:
    return (about for name, about in known.items() if group in groups(name))


def groups(name: str) -> tuple[str, ...]:
    """The groups of a rule: those of its formats, else the one of its prefix."""
    formats = tuple(form for form, names in rules.RULES.items() if name.replace("-", "_") in names)
    return formats or (_PREFIXES.get(name.partition("-")[0], "directives"),)


def _severity(about: RuleInfo) -> str:
    return f"{about.severity}, always" if about.stops else about.severity


def page(about: RuleInfo, pair: Pair) -> str:
    findings, text = pair.bad.findings(about.name)
    if not findings:
        raise LookupError(f"{about.name}: the rule finds nothing in its bad example")
    fixes = [one_line(fix) for fix in dict.fromkeys(finding.fix for finding in findings) if fix]
    fixes += [] if any(fix.endswith(".") for fix in fixes) else ["Correct it as in the good example."]
    parts = [
        f"# {about.name}\n{_status(about)}\n\n{_why(about)}\n",
        f"## Bad\n{_shown(pair.bad)}\nOutput of `flowship lint`:\n\n{_fenced('text', text + chr(10))}",
        f"## Good\n{_shown(pair.good)}",
        "## Fix\n" + "".join(f"- {fix}\n" for fix in fixes),
        _STAYS if about.stops else _YIELDS,
    ]
    return SIGN + "\n".join(parts)


def _status(about: RuleInfo) -> str:
    listed = groups(about.name)
    where = "; ".join(GROUPS[group] for group in listed)
    reason = {"flow": "GPTBots refuses", "bot": "GPTBots refuses", "meingpt": "meinGPT refuses"}.get(listed[0], "Flowship cannot go on from")
    note = f" {reason} such a file, so this rule cannot be turned off." if about.stops else ""
    return f"**{about.severity}** ({where}).{note}"


def _why(about: RuleInfo) -> str:
    """The reason in one line, then the text above the examples in the rule's file."""
    more = re.split(r"^(?:Bad|Good):$", about.help, maxsplit=1, flags=re.MULTILINE)[0].strip()
    return f"{about.why}\n\n{more}" if more else about.why


def _shown(example: Example) -> str:
    return "\n".join(map(_file, example.files))


def _file(file: File) -> str:
    """The file under its name, safe to show, with a note of what is escaped or shortened."""
    text = file.content.decode("utf-8", "backslashreplace")
    if not text.strip():
        return f"`{file.name}`, an empty file.\n"
    if file.language == "sh":
        return _fenced("sh", text)
    visible = "\n".join(map(one_line, text.split("\n")))
    rows = visible.removesuffix("\n").split("\n")
    cut = "\n".join(row if len(row) <= MAX_CHARS else f"{row[:MAX_CHARS]}…" for row in rows[:MAX_LINES]) + "\n"
    notes = [_ESCAPED] if visible.encode() != file.content else []
    notes += (
        [f"Shortened: the file has {count(len(text), 'character')}."] if len(rows) > MAX_LINES or any(len(row) > MAX_CHARS for row in rows) else []
    )
    return f"`{file.name}`:\n\n{_fenced(file.language if not notes else 'text', cut)}" + "".join(f"\n{note}\n" for note in notes)


def _fenced(language: str, text: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 0)
    return f"{fence}{language}\n{text}{fence}\n"


def main() -> None:
    try:
        pages = made()
    except LookupError as error:
        sys.exit(f"docs/rules is left as it was: {error}")
    PAGES.mkdir(exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path.name not in pages:
            path.unlink()
            print(f"removed  docs/rules/{path.name}")
    for name, text in pages.items():
        path = PAGES / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"written  docs/rules/{name}")


if __name__ == "__main__":
    main()
