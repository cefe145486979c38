"""Whatever is thrown at the linter: findings that name it, in seconds, and never a traceback. Rendered too, since a message may quote anything."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.lint.linter import lint_paths
from deployer.lint.output import render_findings
from deployer.model.finding import Finding
from deployer.render import findings as renderings

MIB = 1024 * 1024
YAML = "name: a\ntrigger: {type: webhook}\nsteps:\n"
STEP = "  - {id: %s, type: ai_completion, config: {model: gpt-4, prompt: hello}}\n"


def last_findings(folder: Path, name: str, content: str | bytes) -> dict[str, Finding]:
    """The last finding of each rule, after every format could show all of them."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    findings = lint_paths(str(folder), (name,), "flowship.yml")
    renderings.as_text(findings).encode()
    renderings.as_json(findings).encode()
    renderings.with_source(findings[:100], lambda path: (folder / path).read_bytes(), color=True).encode()
    for style in ("sarif", "junit", "github"):
        render_findings(style, findings[:100], failed=True).encode()
    return {finding.rule: finding for finding in findings}


def flow(nodes: str = "[]", /, **more: object) -> str:
    head = {"formatVersion": "1.0", "exportType": "WORKFLOW", "exportTime": 1758765323024, "name": "a", "botType": "Workflow", **more}
    return json.dumps(head)[:-1] + f', "workflow": {{"workflowNodes": {nodes}, "workflowEdges": []}}}}'


HUGE: dict[str, tuple[str, Callable[[], str | bytes], str]] = {
    "a list of a million, in JSON": ("a.flow", lambda: flow("[" + "0," * 999_999 + "0]"), "flow-graph"),
    "a list of a million, in YAML": ("a.yaml", lambda: YAML + "  [" + "0," * 1_000_000 + "0]\n", "file-too-large"),
    "a million levels, in JSON": ("a.flow", lambda: '{"a":' * 1_000_000, "file-too-deep"),
    "a million levels, in YAML": ("a.yaml", lambda: YAML + "  " + "[" * 1_000_000, "file-too-deep"),
    "block lists a thousand deep": ("a.yaml", lambda: YAML + "".join(" " * level + "-\n" for level in range(2, 1000)), "file-too-deep"),
    "a text of 49 MiB, in JSON": ("a.flow", lambda: flow(description="a" * 49 * MIB), "flow-start-count"),
    "49 MiB of braces": ("a.flow", lambda: b"{" * (49 * MIB), "flow-nearly-json"),
    "49 MiB of nothing": ("a.bot", lambda: b"\0" * (49 * MIB), "flow-opaque"),
    "more than 50 MiB": ("a.flow", lambda: b"{" + b" " * (50 * MIB), "file-too-large"),
    "a text of 8 MiB, in YAML": ("a.yaml", lambda: YAML + "  []\nowner: " + "a " * (4 * MIB), "workflow-unknown-key"),
    "a number of a million digits": ("a.yaml", lambda: f"{YAML}  []\nvariables: {{a: {'1' * 1_000_000}}}\n", "file-number"),
    "ten thousand anchors": (
        "a.yaml",
        lambda: YAML + "  []\nvariables:\n" + "".join(f"  k{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" if n else "  k0: &a0 x\n" for n in range(10_000)),
        "yaml-alias-bomb",
    ),
    "an expression of many brackets": (
        "a.yaml",
        lambda: YAML + STEP.replace("hello", "'{{" + "(" * 200_000 + "}}'") % "a",
        "expression-unproven",
    ),
    "a hundred thousand expressions": (
        "a.yaml",
        lambda: YAML + STEP.replace("hello", "'" + "{{inptu.a}}" * 100_000 + "'") % "a",
        "reference-unknown",
    ),
    "a hundred thousand nodes": ("a.flow", lambda: flow("[" + "{}," * 99_999 + "{}]"), "flow-node-id"),
    "ten thousand steps of one name": ("a.yaml", lambda: YAML + STEP % "a" * 10_000, "step-id-unique"),
    "a line of a million comments": ("a.yaml", lambda: YAML + "  []\n" + "# flowship: ignore nothing\n" * 50_000, "rule-unknown"),
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_file_ends_in_time_with_its_finding(name: str, tmp_path: Path) -> None:
    file, content, rule = HUGE[name]
    assert rule in last_findings(tmp_path, file, content())


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.flow", flow().encode("utf-16"), "file-not-utf8"),
        ("a.flow", flow().encode("utf-16-le"), "file-not-utf8"),
        ("a.flow", flow().encode("utf-32"), "flow-opaque"),
        ("a.yaml", (YAML + STEP % "a").encode("utf-16-be"), "file-not-utf8"),
        ("a.yaml", "näme: a\n".encode("latin-1"), "file-not-utf8"),
        ("a.flow", flow().replace('"name": "a"', '"name": "a\0"'), "flow-nearly-json"),
        ("a.yaml", YAML + "  []\nowner: a\0b\n", "yaml-control-character"),
        ("a.yaml", YAML + '  []\nowner: "a\\0b"\n', "workflow-unknown-key"),
        ("a.yaml", YAML + '  []\nowner: "\\ud800"\n', "yaml-syntax"),
        ("a.flow", flow(exportType="\ud800"), "flow-export-type"),
        ("a.flow", flow(**{"\ud800": 1, "botType": "\udfff"}), "flow-bot-type"),
        ("a.yaml", YAML.replace("\n", "\r"), "workflow-value"),
        ("a.yaml", YAML + "\t- a\n", "yaml-tab"),
        ("a.yaml", YAML + "  []\n---\n" + YAML, "yaml-several-documents"),
        ("a.yaml", YAML + "  []\n...\nname: b\n", "yaml-syntax"),
        ("a.yaml", "%YAML 1.1\n---\n" + YAML + "  - <<: {id: a}\n", "yaml-merge-key"),
        ("a.yaml", YAML + "  []\nname: b\n", "file-duplicate-key"),
        ("a.yaml", YAML + "  []\nvariables: {on: 1, 'on': 2}\n", "file-duplicate-key"),
        ("a.flow", flow().replace('"name"', '"botType"'), "file-duplicate-key"),
        ("a.yaml", YAML + STEP % "7", "step-shape"),
        ("a.yaml", YAML + STEP % "7.5", "step-shape"),
        ("a.yaml", YAML + STEP % "true", "step-shape"),
        ("a.yaml", YAML + STEP % "null", "step-shape"),
        ("a.yaml", YAML + STEP % "!!timestamp 2024-01-15", "yaml-tag"),
        ("a.yaml", YAML + STEP % "!!binary aGk=", "yaml-tag"),
        ("a.yaml", YAML + "  []\n7: a\n", "yaml-key"),
        ("a.yaml", YAML + "  []\n? [a]\n: b\n", "yaml-key"),
        ("a.yaml", YAML + "  &a [*a]\n", "yaml-alias"),
        ("a.yaml", "steps: trigger:\n", "yaml-syntax"),
        ("flowship.yml", 'version: 1\nworkflows: {a: {source: "\\ud83d\\ude00.flow", key: A}}\n', "yaml-syntax"),
        ("flowship.yml", "version: 1\nworkflows: {? [a] : b}\n", "yaml-key"),
        ("a.yml", "cases: &a [*a]\n", "yaml-alias"),
        ("a.yml", "cases:\n  - {name: 7, input: on, within: .inf}\n", "file-number"),
    ],
)  # fmt: skip
def test_malformed_file_has_its_finding(name: str, content: str | bytes, rule: str, tmp_path: Path) -> None:
    assert rule in last_findings(tmp_path, name, content)


@pytest.mark.parametrize("word", ["on", "no", "yes", "off", "y", "n", "On", "NO", "null_", "nan", "inf", "'true'", '"null"'])
def test_yaml_1_1_words_are_ids(word: str, tmp_path: Path) -> None:
    assert [finding for finding in last_findings(tmp_path, "a.yaml", YAML + STEP % word).values() if finding.severity == "error"] == []


@pytest.mark.parametrize("word", ["12:30", "2024-01-15", "2024-01-15T10:00:00Z", "1_000", "~a", "'7'", "1e", "0x", "0o8", "+", "=", ".", "<<"])
def test_yaml_1_1_dates_and_numbers_are_text(word: str, tmp_path: Path) -> None:
    content = YAML.replace("name: a", f"name: {word}") + STEP % "a"
    assert [finding for finding in last_findings(tmp_path, "a.yaml", content).values() if finding.severity == "error"] == []


@pytest.mark.parametrize(
    "content",
    [
        (YAML + STEP % "a").replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + (YAML + STEP % "a").encode(),
        (YAML + STEP % "a" + "---\n").encode().removesuffix(b"---\n") + b"...\n",
        b"--- # the only one\n" + (YAML + STEP % "a").encode(),
        json.dumps({"name": "a", "trigger": {"type": "webhook"}, "steps": []}, indent="\t").encode(),
    ],
)
def test_unusual_but_valid_file_has_no_error(content: bytes, tmp_path: Path) -> None:
    assert [finding.rule for finding in last_findings(tmp_path, "a.yaml", content).values() if finding.severity == "error"] == []
