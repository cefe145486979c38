"""Questions that the values of the state answer themselves."""

from dataclasses import replace

from deployer.state.base import EnvironmentState, Intent, WorkflowRecord

IMPORT = Intent("import", "f" * 64, "01234567", run="r1")


def test_intent_resumes_another_with_the_same_fingerprint_and_release() -> None:
    assert replace(IMPORT, action="release", attempt="", run="r2").resumes(IMPORT)
    assert not replace(IMPORT, fingerprint="e" * 64).resumes(IMPORT)
    assert not replace(IMPORT, release=True).resumes(IMPORT)


def test_rolled_back_fingerprint_is_recognised_by_its_first_half() -> None:
    record = WorkflowRecord(rolled_back_fingerprints=frozenset({"ab" * 16}))
    assert (record.was_rolled_back("ab" * 32), record.was_rolled_back("cd" * 32)) == (True, False)


def test_workflow_without_a_record_has_an_empty_one() -> None:
    assert EnvironmentState({"a": WorkflowRecord(open_intents=(IMPORT,))}).of("b") == WorkflowRecord()


def test_state_without_a_run_lacks_its_intents_and_plans() -> None:
    other = replace(IMPORT, run="r2")
    record = WorkflowRecord(open_intents=(IMPORT, other), unfinished_intents=(other, IMPORT))
    state = EnvironmentState({"a": record}, ("a notice",), {"one": {"a": IMPORT}, "two": {"a": other, "b": IMPORT}})
    assert state.without("r1") == EnvironmentState(
        {"a": WorkflowRecord(open_intents=(other,), unfinished_intents=(other,))}, ("a notice",), {"two": {"a": other}}
    )
    assert [intent.run for intent in state.without("r1").of("a").open_intents] == ["r2"]
