"""What the schema finds becomes a diagnostic with a path, a fix, and no value that may be a secret."""

from deployer.formats.schema_check import check_schema

WORKFLOW = {"source": "a.flow", "key": "TRIAGE"}


def manifest(**changes: object) -> dict[str, object]:
    return {"version": 1, "workflows": {"triage": WORKFLOW}, **changes}


def test_valid_manifest_has_no_diagnostics() -> None:
    assert list(check_schema("manifest", manifest())) == []


def test_unknown_key_is_reported_at_the_key_with_the_nearest_name() -> None:
    ((rule, diagnostic),) = check_schema("manifest", manifest(workflow={}))
    assert (rule, diagnostic.path, diagnostic.at_key, diagnostic.fix) == ("manifest-unknown-key", ("workflow",), True, "Did you mean `workflows`?")


def test_missing_key_has_its_description_as_fix() -> None:
    ((rule, diagnostic),) = check_schema("manifest", {"version": 1})
    assert (rule, diagnostic.message) == ("manifest-missing-key", "The manifest has no `workflows`.")
    assert diagnostic.fix


def test_wrong_type_names_both_types() -> None:
    ((rule, diagnostic),) = check_schema("manifest", manifest(workflows=[]))
    assert (rule, diagnostic.message) == ("manifest-value", "`workflows`: expected a mapping, got a list.")


def test_bad_workflow_name_is_reported_at_its_key() -> None:
    ((rule, diagnostic),) = check_schema("manifest", manifest(workflows={"a, b": WORKFLOW}))
    assert (rule, diagnostic.path, diagnostic.at_key) == ("manifest-value", ("workflows", "a, b"), True)


def test_key_name_proposes_capitals_and_never_shows_a_secret() -> None:
    ((rule, diagnostic),) = check_schema("manifest", manifest(workflows={"a": {**WORKFLOW, "key": "triage-key"}}))
    assert (rule, diagnostic.fix.startswith("Write `TRIAGE_KEY`:")) == ("manifest-key-name", True)
    ((_, diagnostic),) = check_schema("manifest", manifest(workflows={"a": {**WORKFLOW, "key": "app-s3cr3t"}}))
    assert "s3cr3t" not in (diagnostic.message + diagnostic.fix).lower()


def test_suite_is_called_by_its_name() -> None:
    assert {diagnostic.message for _, diagnostic in check_schema("evals", {})} == {"The suite has no `cases`."}
