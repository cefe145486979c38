"""Entries are added to a manifest: everything else stays byte for byte, and the result reads as intended."""

import pytest

from deployer.formats.yaml import text as yaml_text
from deployer.manifest import edit
from deployer.manifest.edit import NewEntry
from deployer.model.errors import UsageError

NEW = NewEntry("onboarding", {"source": "workflows/onboarding.yaml", "key": "MEINGPT", "id": "wf_1"})
LINES = "  onboarding:\n    source: workflows/onboarding.yaml\n    key: MEINGPT\n    id: wf_1\n"
BRACES = "onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, id: wf_1}"
TRIAGE = "version: 1\nworkflows:\n  triage:\n    source: a.flow\n    key: TRIAGE\n"


def added(text: str, *entries: NewEntry) -> str:
    extended = edit.add_entries("flowship.yml", text, entries or (NEW,))
    data, diagnostics = yaml_text.parse(extended)
    assert diagnostics == ()
    assert data["workflows"]["onboarding"] == dict(NEW.fields)
    return extended


def test_create_manifest_writes_block_style() -> None:
    assert edit.create_manifest("production", (NEW,)) == (edit.HEAD + "environments: [production]  # the first is the default\nworkflows:\n" + LINES)


@pytest.mark.parametrize(
    ("entry_end", "rest"),
    [
        ("", ""),
        ("", "lint:\n  severity: {http-timeout: off}\n"),
        ("", "\n# What the linter says\nlint: {}\n"),
        ("    # its own comment\n\n  # triage-old:\n  #   source: b.flow\n", "\n\n# the end\n"),
        ('    set: {a: "x: # y"}  # why\n', "...\n"),
        ("    environments:\n      staging:\n        key: STAGING # theirs\n", "environments: [production, staging]\n"),
    ],
)
def test_add_entries_after_the_last_entry_and_its_comments(entry_end: str, rest: str) -> None:
    assert added(TRIAGE + entry_end + rest) == TRIAGE + entry_end + LINES + rest


def test_add_entries_keeps_line_ends_and_indentation() -> None:
    assert added(TRIAGE.replace("\n", "\r\n")) == (TRIAGE + LINES).replace("\n", "\r\n")
    assert added(TRIAGE.rstrip("\n")) == TRIAGE + LINES
    wide = "version: 1\nworkflows:\n      triage: {source: a.flow, key: TRIAGE}\n"
    assert added(wide) == wide + LINES.replace("  onboarding", "      onboarding").replace("    source", "        source").replace(
        "    key", "        key"
    ).replace("    id", "        id")


def test_entries_stand_in_lines_in_place_of_empty_braces() -> None:
    assert added("version: 1\nworkflows: {}\n") == f"version: 1\nworkflows:\n{LINES}"
    assert added("version: 1\nworkflows: {}  # none\nlint: {}\n") == f"version: 1\nworkflows:  # none\n{LINES}lint: {{}}\n"
    assert added("version: 1\r\nworkflows: {}\r\n") == f"version: 1\r\nworkflows:\r\n{LINES}".replace("\r", "").replace("\n", "\r\n")
    assert added("version: 1\nworkflows: {}") == f"version: 1\nworkflows:\n{LINES}"


def test_add_entries_in_braces() -> None:
    assert added("version: 1\nworkflows: { }\n") == f"version: 1\nworkflows: {{ {BRACES}}}\n"
    assert added("version: 1\nworkflows: {a: {source: a.flow, key: A}} # all\n") == (
        f"version: 1\nworkflows: {{a: {{source: a.flow, key: A}}, {BRACES}}} # all\n"
    )
    assert '"onboarding": {"source"' not in added('{"version": 1, "workflows": {"a": {"source": "a.flow", "key": "A"}}}')
    assert added("version: 1\nworkflows: {\n  a: {source: a.flow, key: A}\n  # last\n}\n").endswith(f"  # last\n, {BRACES}}}\n")


def test_add_entries_quotes_ambiguous_words() -> None:
    odd = NewEntry("yes", {"source": "workflows/yes.yaml", "key": "ON", "id": "123"})
    for text in (TRIAGE, "version: 1\nworkflows: {}\n"):
        data, _ = yaml_text.parse(added(text, odd, NEW))
        assert data["workflows"]["yes"] == dict(odd.fields)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nlint: &x {}\nworkflows: *x\n",
        "version: 1\nworkflows: {a: {source: a.flow, key: A},}\n",
        "version: 1\nworkflows:\n  a:\n    source: a.flow\n    evals: |+\n      a\n\n\nenvironments: [x]\n",
    ],
)
def test_add_entries_gives_the_text_to_write_where_it_cannot_add(text: str) -> None:
    with pytest.raises(UsageError, match="without changing what it holds") as refused:
        added(text)
    assert BRACES in refused.value.fix
