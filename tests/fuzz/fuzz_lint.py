"""What the linter makes of bytes that a fuzzer finds: findings, and nothing else. `make fuzz` runs it for a minute.

The first byte chooses what the rest is: a `.flow`, a `.bot`, a workflow's YAML, a manifest, an eval suite, or an expression in a workflow.
Every input is linted and rendered; an exception, five seconds, or a gigabyte ends the run with a code other than 0 and leaves the input
in a file.

Usage: fuzz_lint.py FOLDER [SECONDS]: the corpus grows in FOLDER/corpus, what fails is put into FOLDER. fuzz_lint.py FOLDER FILE runs one input again.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["deployer"]):
    from deployer.formats import eval_suite, files
    from deployer.lint import engine
    from deployer.lint.output import render_findings
    from deployer.lint.rule_index import describe_rules
    from deployer.lint.suppression import LintDirectives, apply_directives
    from deployer.manifest import load
    from deployer.model.finding import Finding
    from deployer.model.text import one_line
    from deployer.platforms import source_formats
    from deployer.render import findings as renderings

    source_formats.register()
    describe_rules()  # every rule is imported here, where it is instrumented

Lint = Callable[[str, bytes], tuple[Finding, ...]]
EXPRESSION = """{"name": "Fuzz", "trigger": {"type": "webhook"}, "variables": {"team": "north"}, "steps": [
{"id": "ask", "type": "condition", "config": {"condition": %s, "true_branch": "call", "false_branch": "call"}},
{"id": "call", "type": "http", "config": {"method": "POST", "url": "https://example.com", "body": {"text": %s}}}]}
"""


def definition(folder: str, content: bytes, name: str) -> tuple[Finding, ...]:
    """A file that a platform takes, or an opaque one."""
    source, findings = files.parse(name, content)
    assert (source is None) == any(finding.severity == "error" for finding in findings), "refused without a reason, or the other way round"
    if source is None:
        return findings
    assert len(source.fingerprint) == 64
    texts = {name: content.decode("utf-8-sig")} if source.platform == "meingpt" else {}
    return apply_directives((*findings, *engine.lint_source(source)), LintDirectives(texts))


def expression(folder: str, content: bytes) -> tuple[Finding, ...]:
    text = json.dumps(content.decode("utf-8", "replace"))
    return definition(folder, (EXPRESSION % (text, json.dumps("{{" + json.loads(text) + "}}"))).encode(), "a.yaml")


def a_manifest(folder: str, content: bytes) -> tuple[Finding, ...]:
    Path(folder, "flowship.yml").write_bytes(content)
    loaded, findings = load.load_manifest(folder, "flowship.yml")
    assert loaded is not None or findings
    return apply_directives(findings, LintDirectives({"flowship.yml": loaded.text}, loaded.lint, loaded, (), ())) if loaded else findings


def a_suite(folder: str, content: bytes) -> tuple[Finding, ...]:
    Path(folder, "a.yml").write_bytes(content)
    return eval_suite.load(folder, "a.yml")[1]


KINDS: tuple[Lint, ...] = (
    lambda folder, content: definition(folder, content, "a.flow"),
    lambda folder, content: definition(folder, content, "a.bot"),
    lambda folder, content: definition(folder, content, "a.yaml"),
    a_manifest,
    a_suite,
    expression,
)


def try_one(folder: str, data: bytes) -> None:
    if not data:
        return
    content = data[1:]
    lint = KINDS[data[0] % len(KINDS)]
    findings = lint(folder, content)
    lines = content.count(b"\n") + 1
    for finding in findings:
        assert finding.message, finding
        assert finding.fix, finding
        assert finding.message == one_line(finding.message), finding
        assert lint is expression or finding.span is None or 1 <= finding.span.line <= lines, finding
    renderings.as_text(findings).encode()
    renderings.as_json(findings).encode()
    renderings.with_source(findings, lambda path: (Path(folder) / path).read_bytes(), color=True).encode()
    if data[0] >= 128:  # these cost more
        for name in ("sarif", "junit", "github"):
            render_findings(name, findings, failed=True)


def seeds() -> Iterator[bytes]:
    """Every example there is, as each kind of input that it could be."""
    kinds = {".flow": (0,), ".bot": (1, 0), ".yaml": (2, 131), ".yml": (3, 4)}
    for folder in ("examples", "tests/data/lint"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.stat().st_size < 100_000:
                yield from (bytes([kind]) + path.read_bytes() for kind in kinds.get(path.suffix, ()))
    page = (ROOT / "tests/data/published/meingpt-published.txt").read_text("utf-8")
    for text in ("input.seats > 50 && !(a.output == 'x')", "item.email", "{{a.output.length}} >= 3 ? 'yes' : \"no\"", "steps[0].b['c']", page[:4000]):
        yield b"\x05" + text.encode()


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    last = sys.argv[2] if len(sys.argv) > 2 else "60"
    options = ["-timeout=5", "-rss_limit_mb=1024", "-max_len=20000", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
    options += [f"-max_total_time={last}", str(corpus)] if last.isdigit() else [last]
    with tempfile.TemporaryDirectory() as work:
        os.environ.pop("NO_COLOR", None)
        atheris.Setup([sys.argv[0], *options], lambda data: try_one(work, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
