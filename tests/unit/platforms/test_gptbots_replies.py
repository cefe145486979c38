"""GPTBots replies as they may come, beyond what a well-behaved server sends."""

import json
from email.parser import BytesParser
from typing import Any

import pytest

from deployer.model.errors import OutcomeUnknown, PlatformError, UsageError
from deployer.platforms.base import Identity, Imported, NotReadable
from deployer.platforms.gptbots.client import GPTBots, RunWebhook


def client(stage: Any, *steps: Any, kind: Any = "workflow") -> tuple[GPTBots, Any]:
    server = stage.play(*steps)
    return GPTBots(stage.http(server.url), stage.key, kind), server


def parts(seen: Any) -> dict[str, tuple[str | None, bytes]]:
    """A multipart body: each part's file name and content."""
    whole = BytesParser().parsebytes(f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode() + seen.body)
    found = {}
    for part in whole.get_payload():
        assert not isinstance(part, str)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = (part.get_filename(), content)
    return found


def imported(**data: Any) -> dict[str, Any]:
    return {"code": 0, "msg": "OK", "data": {"botId": "b1", "botType": "Workflow", **data}}


class TestImport:
    def test_what_is_sent(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, imported(version="1.0.3")))
        content = bytes(range(256))
        assert platform.import_version("flows/tri age.flow", content, "Über fs:1") == Imported("b1", "1.0.3")
        (seen,) = server.seen
        assert (seen.method, seen.path) == ("POST", "/v1/workflow/version/import")
        assert parts(seen) == {"file": ("tri age.flow", content), "versionDesc": (None, "Über fs:1".encode())}

    @pytest.mark.parametrize("name", ['a"; filename="b.flow', "a\r\nX-Evil: 1.flow", "näme.flow", "bad\udcff.flow"])
    def test_hostile_file_names(self, stage: Any, name: str) -> None:
        platform, server = client(stage, stage.answer(200, imported(version="1")))
        platform.import_version(name, b"{}", "")
        found = parts(server.seen[0])
        assert list(found) == ["file"]
        assert found["file"][1] == b"{}"
        assert b"\r\nX-Evil" not in server.seen[0].body

    @pytest.mark.parametrize(
        "body",
        [
            imported(),
            imported(version=""),
            imported(version=None),
            imported(version={"x": 1}),
            {"code": 0, "msg": "OK"},
            {"code": 0, "data": None},
            {"code": 0, "data": ["1.0.3"]},
            {"data": {"botId": "b"}},
            {"code": True, "data": {"version": "1.0.3"}},
            {},
            [],
            None,
            "1.0.3",
            0,
            "<html>Sign in</html>",
        ],
    )
    def test_success_without_a_version_is_unclear(self, stage: Any, body: Any) -> None:
        step = stage.answer(200, raw=b"null") if body is None else stage.answer(200, body)
        platform, server = client(stage, step)
        with pytest.raises(OutcomeUnknown) as info:
            platform.import_version("a.flow", b"{}", "x")
        assert (info.value.probe_seconds, info.value.absence_is_proof, len(server.seen)) == (60, False, 1)

    @pytest.mark.parametrize("code", [{}, {"code": None}])
    def test_a_version_without_a_code_is_success(self, stage: Any, code: dict[str, Any]) -> None:
        platform, _ = client(stage, stage.answer(200, {**code, "data": {"botId": "b", "version": "1.0.3"}}))
        assert platform.import_version("a.flow", b"{}", "") == Imported("b", "1.0.3")

    def test_a_number_as_version_and_text_as_code(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(200, {"code": "0", "data": {"botId": 7, "version": 9, "warning": ["a", "b"]}}))
        assert platform.import_version("a.flow", b"{}", "") == Imported("7", "9", "a; b")

    def test_a_connection_refused_is_tried_again_and_sent_once(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(429, {"code": 40008}), stage.answer(200, imported(version="1.0.0")))
        assert platform.import_version("a.flow", b"{}", "").version == "1.0.0"
        assert [parts(seen)["file"][1] for seen in server.seen] == [b"{}", b"{}"]

    def test_agents_have_their_own_calls(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, imported(version="v2")), kind="agent")
        platform.import_version("a.bot", b"{}", "")
        assert server.seen[0].path == "/v1/agent/version/import"


class TestErrors:
    @pytest.mark.parametrize("status", [200, 400, 403, 500])
    @pytest.mark.parametrize("field", ["msg", "message"])
    def test_both_names_of_the_text_under_any_status(self, stage: Any, status: int, field: str) -> None:
        platform, _ = client(stage, stage.answer(status, {"code": 403202, field: "cannot parse"}))
        with pytest.raises(PlatformError) as info:
            platform.import_version("a.flow", b"{}", "")
        error = info.value
        assert not isinstance(error, OutcomeUnknown)
        assert (error.platform, error.code, error.status) == ("gptbots", "403202", status)
        assert "cannot parse" in error.message
        assert "flowship lint" in error.fix

    def test_an_unknown_code_keeps_the_servers_words(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(200, {"code": 49999, "msg": "the moon is full"}))
        with pytest.raises(PlatformError, match="the moon is full") as info:
            platform.release("1")
        assert info.value.code == "49999"
        assert "not documented" in info.value.fix

    def test_a_code_without_words_gets_its_meaning(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(403, {"code": 40353}))
        with pytest.raises(PlatformError, match="GPTBots plan allows"):
            platform.release("1")

    def test_both_forms_of_the_gate_are_explained(self, stage: Any) -> None:
        old, _ = client(stage, stage.answer(403, {"code": 403200, "msg": "not in test mode"}))
        new, _ = client(stage, stage.answer(403, {"code": 403, "message": "no permission"}))
        with pytest.raises(PlatformError) as first:
            old.import_version("a.flow", b"{}", "")
        with pytest.raises(PlatformError) as second:
            new.import_version("a.flow", b"{}", "")
        assert (first.value.code, second.value.code) == ("403200", "HTTP 403")
        for error in (first.value, second.value):
            assert "test mode" in error.fix
            assert "version management" in error.fix

    def test_a_release_without_a_code_and_a_version_is_asked_for_again_and_then_unknown(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"msg": "OK"}))
        with pytest.raises(OutcomeUnknown) as info:
            platform.release("1.0.3")
        assert (info.value.code, len(server.seen)) == ("ODD_REPLY", 5)

    def test_a_release_without_a_code_that_names_its_version_is_one(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(200, {"data": {"version": "1.0.3", "previous_version": "1.0.2"}}))
        assert platform.release("1.0.3") == "1.0.2"


class TestList:
    def test_reads_opaque_versions(self, stage: Any) -> None:
        rows = [
            {"bot_id": "b1", "version": 9, "version_desc": None, "version_status": "DRAFT", "create_time": 1758765323024},
            {"bot_id": "b1", "version": "v2", "version_desc": "two", "version_status": "PUBLISHED", "create_time": None},
            "odd",
        ]
        platform, _ = client(stage, stage.answer(200, {"code": 0, "data": rows}))
        newest, oldest = platform.versions()
        assert (newest.version, newest.description, newest.published, newest.created_ms) == ("9", "", False, 1758765323024)
        assert (oldest.version, oldest.description, oldest.published, oldest.target_id) == ("v2", "two", True, "b1")

    @pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "data": None}, {"msg": "OK"}])
    def test_a_reply_without_the_list_is_an_empty_one_only_where_there_may_be_none(self, stage: Any, body: dict[str, Any]) -> None:
        platform, _ = client(stage, stage.answer(200, body))
        assert platform.versions(may_be_none=True) == ()
        with pytest.raises(NotReadable, match="without a list"):
            platform.versions()

    @pytest.mark.parametrize("data", [{}, "none", [{"version": "1"}], [{"version_status": "DRAFT"}]])
    def test_a_list_that_does_not_tell_what_is_live_is_none(self, stage: Any, data: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"code": 0, "data": data}))
        with pytest.raises(PlatformError, match="without what this call gives back"):
            platform.versions(may_be_none=True)
        assert len(server.seen) == 5

    @pytest.mark.parametrize("status", [403, 404, 405])
    @pytest.mark.parametrize("body", ["<h1>No</h1>", {"code": 49999, "msg": "no"}, {"timestamp": 1, "error": "Not Found"}])
    def test_a_key_without_the_list_call(self, stage: Any, status: int, body: Any) -> None:
        platform, _ = client(stage, stage.answer(status, body))
        with pytest.raises(NotReadable) as info:
            platform.versions()
        assert info.value.status == status

    @pytest.mark.parametrize(("status", "code"), [(404, 40348), (403, 403200), (403, 403204), (401, 40127), (400, 40000)])
    def test_what_is_wrong_with_the_target_is_not_about_the_list(self, stage: Any, status: int, code: int) -> None:
        platform, _ = client(stage, stage.answer(status, {"code": code, "msg": "no"}))
        with pytest.raises(PlatformError) as info:
            platform.versions()
        assert (info.value.code, isinstance(info.value, NotReadable)) == (str(code), False)


@pytest.mark.parametrize(
    ("body", "identity"),
    [
        ({"code": 0, "data": {"entityType": "Workflow", "entityId": "w1"}}, Identity("workflow", "w1")),
        ({"code": 0, "data": {"type": "BOT", "botId": "b1"}}, Identity("agent", "b1")),
        ({"entity_type": "agent", "id": 7}, Identity("agent", "7")),
    ],
)
def test_identity_reads_the_likely_fields(stage: Any, body: Any, identity: Identity) -> None:
    platform, _ = client(stage, stage.answer(200, body))
    assert platform.identity() == identity


def test_identity_without_any(stage: Any) -> None:
    platform, _ = client(stage, stage.answer(200, {"code": 0, "data": {"ok": True}}))
    with pytest.raises(PlatformError) as info:
        platform.identity()
    assert info.value.code == "ODD_REPLY"


class TestRollBackAndRun:
    def test_a_lost_rollback_is_unclear(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"code": 0, "data": {"source_version": "1"}}))
        with pytest.raises(OutcomeUnknown):
            platform.roll_back("1", release=True)
        assert len(server.seen) == 1

    def test_runs_in_an_envelope_and_without(self, stage: Any) -> None:
        body = {
            "workflowRunId": "r1",
            "workflowVersion": "1.0.3",
            "status": "SUCCEED",
            "output": "hi",
            "workflowExecutionTime": 1500,
            "totalTokens": 12,
        }
        platform, _ = client(stage, stage.answer(200, body), stage.answer(200, {"code": 0, "data": {**body, "status": "RUNNING"}}))
        done, going = platform.run("x"), platform.run_result("r1")
        assert (done.finished, done.succeeded, done.version, done.seconds, done.tokens, done.cost) == (True, True, "1.0.3", 1.5, 12, None)
        assert (going.finished, going.succeeded, going.id) == (False, False, "r1")

    def test_a_lost_run_is_not_run_again(self, stage: Any) -> None:
        platform, server = client(stage, stage.reset)
        with pytest.raises(OutcomeUnknown):
            platform.run({"q": 1}, user_id="u", is_async=True, webhook=[RunWebhook("POST", "https://example.com/hook")])
        assert len(server.seen) == 1

    def test_what_cannot_be_asked_for(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {}))
        with pytest.raises(UsageError, match="6 webhooks"):
            platform.run("x", webhook=[RunWebhook("POST", "u")] * 6)
        with pytest.raises(UsageError, match="Agent"):
            GPTBots(stage.http(server.url), stage.key, "agent").run("x")
        assert not server.seen


class TestRunLogs:
    def test_conversation_type_is_sent(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"code": 0, "data": {"list": [{"log_id": "l1"}]}}))
        assert platform.run_logs(start_ms=1, end_ms=2) == ({"log_id": "l1"},)
        assert "conversation_type=ALL" in server.seen[0].path

    @pytest.mark.parametrize(
        ("status", "body"), [(400, {"code": 40000, "msg": "no"}), (403, {}), (200, {"code": 403200}), (404, {}), (200, {"code": 77})]
    )
    def test_a_refusal_names_a_way_without_logs(self, stage: Any, status: int, body: dict[str, Any]) -> None:
        platform, _ = client(stage, stage.answer(status, body))
        with pytest.raises(PlatformError) as caught:
            platform.run_logs(start_ms=1, end_ms=2)
        assert "--record" in caught.value.fix
        assert "/v1/workflow/run/logs" in caught.value.message

    def test_a_wrong_key_keeps_the_fix_of_every_call(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(401, {"code": 40127, "msg": "no"}))
        with pytest.raises(PlatformError) as caught:
            platform.run_logs(start_ms=1, end_ms=2)
        assert "secret's name and value" in caught.value.fix

    def test_webhooks_are_sent_as_objects(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"workflowRunId": "r1", "status": "PENDING"}))
        platform.run(
            "x", is_async=True, webhook=[RunWebhook("POST", "https://example.com/hook", {"X-Run": "1"}), RunWebhook("GET", "https://example.com")]
        )
        assert json.loads(server.seen[0].body)["webhook"] == [
            {"method": "POST", "url": "https://example.com/hook", "headers": {"X-Run": "1"}},
            {"method": "GET", "url": "https://example.com", "headers": {}},
        ]
