"""A manifest to which entries are added: everything else stays, byte for byte, and what was meant is what is read."""

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
    after = edit.add_entries("flowship.yml", text, entries or (NEW,))
    data, troubles = yaml_text.parse(after)
    assert troubles == ()
    assert data["workflows"]["onboarding"] == dict(NEW.fields)
    return after


def test_a_new_one_is_what_a_person_would_write() -> None:
    assert edit.create_manifest("production", (NEW,)) == (edit.HEAD + "environments: [production]  # the first is the default\nworkflows:\n" + LINES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "lint:\n  severity: {http-timeout: off}\n"),
        ("", "\n# What the linter says\nlint: {}\n"),
        ("    # its own comment\n\n  # triage-old:\n  #   source: b.flow\n", "\n\n# the end\n"),
        ('    set: {a: "x: # y"}  # why\n', "...\n"),
        ("    environments:\n      staging:\n        key: STAGING # theirs\n", "environments: [production, staging]\n"),
    ],
)
def test_after_the_last_entry_and_what_belongs_to_it(before: str, after: str) -> None:
    assert added(TRIAGE + before + after) == TRIAGE + before + LINES + after


def test_line_ends_indentation_and_a_missing_last_line_end_are_kept() -> None:
    assert added(TRIAGE.replace("\n", "\r\n")) == (TRIAGE + LINES).replace("\n", "\r\n")
    assert added(TRIAGE.rstrip("\n")) == TRIAGE + LINES
    wide = "version: 1\nworkflows:\n      triage: {source: a.flow, key: TRIAGE}\n"
    assert added(wide) == wide + LINES.replace("  onboarding", "      onboarding").replace("    source", "        source").replace(
        "    key", "        key"
    ).replace("    id", "        id")


def test_entries_in_braces_get_another_one_in_braces() -> None:
    assert added("version: 1\nworkflows: {}\n") == f"version: 1\nworkflows: {{{BRACES}}}\n"
    assert added("version: 1\nworkflows: {a: {source: a.flow, key: A}} # all\n") == (
        f"version: 1\nworkflows: {{a: {{source: a.flow, key: A}}, {BRACES}}} # all\n"
    )
    assert '"onboarding": {"source"' not in added('{"version": 1, "workflows": {"a": {"source": "a.flow", "key": "A"}}}')
    assert added("version: 1\nworkflows: {\n  a: {source: a.flow, key: A}\n  # last\n}\n").endswith(f"  # last\n, {BRACES}}}\n")


def test_names_and_values_that_yaml_would_misread_are_quoted() -> None:
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
def test_where_nothing_can_be_added_it_says_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="without touching what is there") as refused:
        added(text)
    assert BRACES in refused.value.fix
