"""What a platform's source format decides about the manifest. The findings themselves: golden examples under tests/data/lint."""

import pytest

from deployer.manifest.load import parse_manifest


def messages(*lines: str) -> list[tuple[str, str]]:
    text = "version: 1\nenvironments: [production, staging]\nworkflows:\n" + "".join(f"  {line}\n" for line in lines)
    return [(finding.rule, finding.message) for finding in parse_manifest(".", "flowship.yml", text.encode())[1]]


@pytest.mark.parametrize(("source", "unused"), [("a.flow", "id"), ("a.yaml", "endpoint")])
def test_key_that_does_nothing_on_the_platform_is_refused(source: str, unused: str) -> None:
    settings = {"id": "id: wf_1", "endpoint": "endpoint: th"}
    used = next(text for key, text in settings.items() if key != unused)
    assert messages(f"a: {{source: {source}, key: A, {used}}}") == []
    ((rule, message),) = messages(f"a: {{source: {source}, key: A, {settings[unused]}}}")
    assert (rule, message.startswith(f"`{unused}` does nothing on ")) == ("manifest-value", True)


def test_target_is_the_key_where_the_key_names_it() -> None:
    rows = ["a: {source: a.flow, key: SAME}", "b: {source: b.flow, key: SAME}"]
    assert [rule for rule, _ in messages(*rows)] == ["manifest-target-shared"]
    assert messages(*(row.replace(".flow", ".yaml") for row in rows)) == []


def test_target_is_the_id_where_the_id_names_it() -> None:
    assert messages("a: {source: a.yaml, key: A, id: wf_1}", "b: {source: b.yaml, key: B, id: wf_2}") == []
    ((rule, message),) = messages("a: {source: a.yaml, key: A, id: wf_1}", "b: {source: b.yaml, key: B, id: wf_1}")
    assert (rule, message.endswith("both name the id `wf_1`.")) == ("manifest-target-shared", True)


def test_pool_of_preview_keys_only_where_the_platform_has_slots() -> None:
    pool = "preview: {keys: [P1, P2]}"
    assert messages(f"a: {{source: a.flow, key: A, {pool}}}") == []
    assert messages(f"a: {{source: a.yaml, key: A, {pool}}}") == [("manifest-value", "The preview of `a` has `keys`, and meingpt takes one.")]


@pytest.mark.parametrize(("source", "example"), [("a.flow", "keys: […]"), ("a.yaml", "key: …")])
def test_preview_without_key_proposes_the_platforms_form(source: str, example: str) -> None:
    text = f"version: 1\nworkflows:\n  a: {{source: {source}, key: A, preview: {{set: {{name: x}}}}}}\n"
    (finding,) = parse_manifest(".", "flowship.yml", text.encode())[1]
    assert (finding.rule, f"`{example}`" in finding.fix) == ("manifest-missing-key", True)


def test_preview_key_that_deploys_is_refused() -> None:
    assert [rule for rule, _ in messages("a: {source: a.flow, key: A, preview: {keys: [A]}}")] == ["manifest-preview-key"]


def test_platform_of_the_manifest_must_agree_with_the_suffix() -> None:
    assert messages("a: {source: a.txt, platform: gptbots, key: A}") == []
    assert messages("a: {source: a.yaml, platform: gptbots, key: A}") == [
        ("manifest-source-platform", "`a.yaml` is a meingpt file, and the workflow is on gptbots.")
    ]
    assert [rule for rule, _ in messages("a: {source: a.txt, key: A}")] == ["file-suffix"]


def test_every_environment_names_its_own_key() -> None:
    assert [rule for rule, _ in messages("a: {source: a.flow, key: A, environments: {staging: {endpoint: th}}}")] == ["manifest-key-missing"]
    assert messages("a: {source: a.flow, environments: {production: {key: A}}}") == []
