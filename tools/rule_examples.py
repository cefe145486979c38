"""A bad and a good example for every rule, and the linter's findings in them.

They come from the docstring of the rule's file, else from tools/rule_examples.md; a bad one that is in neither is the smallest golden
example.
"""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from deployer.lint import rules
from deployer.lint.linter import lint_paths
from deployer.model.finding import Finding, RuleInfo
from deployer.platforms import source_formats
from deployer.render.findings import with_source

source_formats.register()

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tools" / "rule_examples.md"
GOLDEN = ROOT / "tests" / "data" / "lint" / "bad"
MANIFEST = "flowship.yml"

# The name of an example's file that has none of its own, by the form of the rule.
NAMES = {".manifest.yml": MANIFEST, ".evals.yml": "evals.yml", ".flow": "triage.flow", ".bot": "assistant.bot", ".yaml": "welcome.yaml"}
_LANGUAGES = {".flow": "json", ".bot": "json", ".yaml": "yaml", ".yml": "yaml"}
_PART = re.compile(r"^(Bad|Good):\n((?:^```.*?^```\n)+)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


class File(NamedTuple):
    """A file of an example. With the language `sh`, `content` is the command that makes it."""

    name: str
    language: str
    content: bytes


class Example(NamedTuple):
    """The first file is the one that is linted; a manifest with everything it names."""

    files: tuple[File, ...]

    def findings(self, rule: str = "") -> tuple[tuple[Finding, ...], str]:
        """The findings of that rule (or of all), and how a terminal shows them."""
        with TemporaryDirectory() as folder:
            root = Path(folder) / "repository"  # `..` is ours too
            self.lay_out(root)
            first = self.files[0].name
            findings = lint_paths(str(root), () if first == MANIFEST else (first,), MANIFEST)
            findings = tuple(finding for finding in findings if rule in ("", finding.rule))
            shown = with_source(findings, lambda path: (root / path).read_bytes(), color=False)
            return findings, shown.rpartition("\n")[0].rpartition("\n")[0]

    def lay_out(self, root: Path) -> None:
        """Make the folder `root`, with the files in it."""
        given = {file.name for file in self.files}
        beside = [File(name, "", content) for name, content in _examples() if name.encode() in self.files[0].content and name not in given]
        root.mkdir()
        for file in (*self.files, *beside):
            if file.language == "sh":
                subprocess.run(["/bin/sh", "-ec", file.content.decode()], cwd=root, check=True)  # noqa: S603 - tools/rule_examples.md's own
            else:
                path = root / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)


class Pair(NamedTuple):
    bad: Example
    good: Example


def _examples() -> Iterator[tuple[str, bytes]]:
    """The definition files of the example repository."""
    for folder in ("flows", "workflows"):
        for path in sorted((ROOT / "examples" / folder).iterdir()):
            yield f"{folder}/{path.name}", path.read_bytes()


def pairs(known: Mapping[str, RuleInfo]) -> dict[str, Pair]:
    """By rule. Raises LookupError naming all rules without their examples."""
    table = _table()
    examples: dict[str, Pair] = {}
    missing: list[str] = []
    for name, about in known.items():
        parts = _parts(about.help, NAMES[suffix(name)]) or table.get(name, {})
        bad, good = parts.get("Bad") or _smallest(name), parts.get("Good")
        if bad and good:
            examples[name] = Pair(bad, good)
        else:
            missing.append(name)
    unknown = table.keys() - known.keys()
    if missing or unknown:
        where = f"the docstring of its file, or {TABLE.relative_to(ROOT)}"
        raise LookupError(f"no examples in {where}: {missing}; examples of no rule there: {sorted(unknown)}")
    return examples


def suffix(name: str) -> str:
    """The suffix of the file that a docstring's example stands for."""
    module = name.replace("-", "_")
    forms = [form for form, names in rules.RULES.items() if module in names]
    return ".bot" if forms == ["bot"] else ".yaml" if "meingpt" in forms else ".flow"


def _table() -> dict[str, dict[str, Example]]:
    _, *sections = re.split(r"^## ", TABLE.read_text("utf-8"), flags=re.MULTILINE)
    return {head: _parts(body, "") for head, _, body in (section.partition("\n") for section in sections)}


def _parts(text: str, name: str) -> dict[str, Example]:
    """By `Bad` and `Good`. A file that is not named has that name."""
    blocks = {kind: _BLOCK.findall(body) for kind, body in _PART.findall(text + "\n")}
    return {kind: Example(tuple(File(own or name, language, text.encode()) for language, own, text in files)) for kind, files in blocks.items()}


def _smallest(rule: str) -> Example | None:
    """The smallest golden file in which the rule finds something, also when linted alone under another name; None when there is none."""
    files = sorted((path.stat().st_size, path.name) for path in _golden(rule))
    examples = (_named(name) for _, name in files)
    return next((example for example in examples if example.findings(rule)[0]), None)


def _golden(rule: str) -> Iterable[Path]:
    for expected in GOLDEN.glob("*.findings.json"):
        path = expected.with_name(expected.name.removesuffix(".findings.json"))
        if path.is_file() and any(row["rule"] == rule for row in json.loads(expected.read_text("utf-8"))):
            yield path


def _named(name: str) -> Example:
    ending = next(ending for ending in NAMES if name.endswith(ending))
    return Example((File(NAMES[ending], _LANGUAGES[Path(NAMES[ending]).suffix], (GOLDEN / name).read_bytes()),))
