"""The import validator: each documented reason why the platform refuses a file, and what it takes."""

import json
from typing import Any

import pytest
from flow_documents import BAD, GOOD, PRIVATE, PUBLIC, Flow, chain, changed, end_param, flow, llm, loop, node, plain, with_node

from deployer.model import fingerprint
from deployer.sandbox.import_validator import ImportVerdict, validate_import


def verdict_on(document: Any, kind: str = "workflow", name: str = "a.flow") -> ImportVerdict:
    return validate_import(json.dumps(document).encode(), name, kind)


@pytest.mark.parametrize("name", GOOD)
def test_takes_what_the_platform_takes(name: str) -> None:
    verdict = verdict_on(GOOD[name])
    assert verdict.refusal == ""
    assert verdict.fingerprint == fingerprint.of_definition(GOOD[name])


@pytest.mark.parametrize(("document", "reason"), [(document, reason) for _, document, reason in BAD], ids=[name for name, _, _ in BAD])
def test_refuses_what_the_platform_refuses(document: Flow, reason: str) -> None:
    assert reason in verdict_on(document).refusal


@pytest.mark.parametrize("host", PRIVATE.split())
def test_takes_private_addresses(host: str) -> None:
    """There are installations on premises."""
    assert verdict_on(with_node("HTTP", httpParam={"request": {"url": f"http://{host}:8080/x", "method": "GET"}})).refusal == ""


@pytest.mark.parametrize("url", PUBLIC)
def test_takes_public_and_templated_addresses(url: str) -> None:
    assert verdict_on(with_node("HTTP", httpParam={"request": {"url": url, "method": "GET"}})).refusal == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"exportType": "WORKFLOW",}', "not JSON"),
        (b' \r\n{"a": ', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b"{" + b'"a":{' * 100_000, "deep"),
        (b'{"exportType":"WORKFLOW","workflow":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "deep"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "LFS"),
    ],
)
def test_refuses_files_that_are_no_export(content: bytes, reason: str) -> None:
    assert reason in validate_import(content, "a.flow", "workflow").refusal


def test_a_deep_nest_of_graphs_does_not_crash() -> None:
    graph = chain(llm())
    for _ in range(150):
        graph = chain(loop(graph))
    assert verdict_on(flow(graph)).refusal == ""


def test_long_chain_is_taken() -> None:
    nodes = [node(f"n{i}", "LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": "start#a#b"}]) for i in range(2000)]
    assert verdict_on(flow(chain(*nodes))).refusal == ""


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"U2FsdGVkX18=", b"[1, 2]", b"\xff\xfe{\x00"])
def test_takes_opaque_bytes(content: bytes) -> None:
    assert validate_import(content, "a.flow", "workflow") == ImportVerdict(fingerprint=fingerprint.of_bytes(content))


def test_a_byte_order_mark_is_tolerated() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(plain()).encode()
    assert validate_import(content, "a.flow", "workflow").fingerprint == fingerprint.of_definition(plain())


@pytest.mark.parametrize(
    ("kind", "name", "export_type", "wrong"),
    [
        ("workflow", "a.bot", "WORKFLOW", True),
        ("agent", "a.flow", "BOT", True),
        ("workflow", "a.flow", "BOT", True),
        ("agent", "a.bot", "WORKFLOW", True),
        ("agent", "a.bot", "BOT", False),
        ("workflow", "upload", "WORKFLOW", False),
    ],
)
def test_the_type_of_a_file(kind: str, name: str, export_type: str, wrong: bool) -> None:
    document = {**plain(), "exportType": export_type, "botType": "LoopAgent" if export_type == "BOT" else "Workflow"}
    verdict = verdict_on(document, kind, name)
    assert (verdict.wrong_type, verdict.refusal) == (wrong, "")


@pytest.mark.parametrize("bot_type", ["Workflow", None, "Robot"])
def test_an_agent_file_of_unknown_type_is_refused(bot_type: str | None) -> None:
    assert "botType" in verdict_on({"exportType": "BOT", "name": "A", "botType": bot_type}, "agent", "a.bot").refusal


def test_only_the_top_level_of_an_agent_file_is_validated() -> None:
    assert verdict_on({"exportType": "BOT", "name": "A", "botType": "Audio", "workflow": "anything"}, "agent", "a.bot").bot_type == "Audio"


def test_an_end_with_text_is_taken() -> None:
    document = changed(lambda d, n, e: end_param(d, {"outputType": "TEXT", "outputText": "{{answer}}"}))
    assert verdict_on(document).refusal == ""
