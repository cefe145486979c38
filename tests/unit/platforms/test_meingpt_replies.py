"""meinGPT replies as they may come: the page leaves several of them open."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deployer.model.errors import OutcomeUnknown, PlatformError, UsageError
from deployer.platforms.meingpt import webhooks
from deployer.platforms.meingpt.client import MeinGPT


def client(stage: Any, *steps: Any) -> tuple[MeinGPT, Any]:
    server = stage.play(*steps)
    return MeinGPT(stage.http(server.url, "meingpt"), stage.key), server


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"wf_{number}", "name": f"n{number}", "status": "active", "updated_at": "t"} for number in numbers]


def page(stage: Any, *numbers: int, total: Any = None) -> Any:
    return stage.answer(200, {"workflows": rows(*numbers), "page": 1, "per_page": 20} | ({} if total is None else {"total": total}))


class TestPaging:
    def test_stops_at_total(self, stage: Any) -> None:
        platform, server = client(stage, page(stage, 1, 2, total=3), page(stage, 3, total=3))
        assert [row.id for row in platform.workflows()] == ["wf_1", "wf_2", "wf_3"]
        asked = [parse_qs(urlsplit(seen.path).query) for seen in server.seen]
        assert asked == [{"page": ["1"], "per_page": ["100"]}, {"page": ["2"], "per_page": ["100"]}]

    def test_stops_at_an_empty_page(self, stage: Any) -> None:
        platform, server = client(stage, page(stage, 1, 2), page(stage, 3), page(stage))
        assert len(list(platform.workflows())) == 3
        assert len(server.seen) == 3

    @pytest.mark.parametrize("total", [None, 50, "50"])
    def test_the_same_page_again_and_again_ends(self, stage: Any, total: Any) -> None:
        platform, server = client(stage, page(stage, 1, 2, total=total))
        assert [row.id for row in platform.workflows()] == ["wf_1", "wf_2"]
        assert len(server.seen) == 2

    def test_overlapping_pages_give_each_once(self, stage: Any) -> None:
        platform, _ = client(stage, page(stage, 1, 2, total=3), page(stage, 2, 3, total=3))
        assert [row.id for row in platform.workflows()] == ["wf_1", "wf_2", "wf_3"]

    def test_ends_after_a_thousand_pages(self, stage: Any) -> None:
        count = iter(range(10_000))

        def endless(connection: Any) -> bool:
            return bool(page(stage, next(count))(connection))

        platform, server = client(stage, endless)
        assert len(list(platform.workflows())) == 1000
        assert len(server.seen) == 1000

    def test_rows_that_are_none(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(200, {"workflows": [None, {"name": "no id"}, {"id": 7}], "total": 1}))
        assert [row.id for row in platform.workflows()] == ["7"]

    def test_an_odd_list(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(200, {"data": []}))
        with pytest.raises(PlatformError) as info:
            list(platform.workflows())
        assert info.value.code == "ODD_REPLY"


DEFINITION = {"name": "n2", "trigger": {"type": "webhook"}, "steps": []}


class TestCreate:
    @pytest.mark.parametrize("body", [{"id": "wf_9", "name": "x"}, {"workflow": {"id": "wf_9", "name": "x"}}])
    def test_both_shapes(self, stage: Any, body: Any) -> None:
        platform, server = client(stage, stage.answer(201, body))
        assert platform.create(DEFINITION) == {"id": "wf_9", "name": "x"}
        assert json.loads(server.seen[0].body) == DEFINITION

    @pytest.mark.parametrize("body", [None, {"status": "created"}, {"ok": True}, {"id": 7}, {"id": "../x"}, {"id": ["wf_2"]}, {"id": ""}])
    def test_without_an_id_it_is_found_by_name(self, stage: Any, body: Any) -> None:
        platform, _ = client(stage, stage.answer(201, body), page(stage, 1, 2, 3, total=3))
        assert platform.create(DEFINITION)["id"] == "wf_2"

    def test_not_found_or_twice_is_unclear(self, stage: Any) -> None:
        for listed in (
            page(stage, 1, total=1),
            stage.answer(200, {"workflows": [*rows(2), {"id": "wf_5", "name": "n2"}], "total": 2}),
            stage.answer(403),
        ):
            platform, server = client(stage, stage.answer(201), listed)
            with pytest.raises(OutcomeUnknown, match="did not tell an id") as info:
                platform.create(DEFINITION)
            assert "id:" in info.value.fix
            assert [seen.method for seen in server.seen] == ["POST", "GET"]

    def test_lost(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(500), stage.answer(201, {"id": "wf_9"}))
        with pytest.raises(OutcomeUnknown) as info:
            platform.create(DEFINITION)
        assert (info.value.absence_is_proof, len(server.seen)) == (True, 1)

    def test_a_workflow_without_its_status_or_steps_was_not_read(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"id": "wf_1", "name": "n", "trigger": {}, "steps": []}))
        with pytest.raises(PlatformError, match="without what this call gives back"):
            platform.workflow("wf_1")
        assert len(server.seen) == 5


class TestUpdateAndDelete:
    @pytest.mark.parametrize("body", [{}, [], False])
    def test_a_reply_that_holds_nothing_says_nothing(self, stage: Any, body: Any) -> None:
        platform, server = client(stage, stage.answer(200, body))
        for write in (lambda: platform.update("wf_1", {"name": "x"}), lambda: platform.delete("wf_1")):
            with pytest.raises(OutcomeUnknown):
                write()
        assert len(server.seen) == 5 + 5

    @pytest.mark.parametrize("reply", [(200, {"id": "wf_1"}), (204, None), (200, None)])
    def test_replies_that_the_page_does_not_show(self, stage: Any, reply: Any) -> None:
        platform, server = client(stage, stage.answer(*reply))
        platform.update("wf_1", {"name": "x"})
        assert platform.delete("wf_1") is True
        assert [(seen.method, seen.path) for seen in server.seen] == [("PUT", "/v1/workflows/wf_1"), ("DELETE", "/v1/workflows/wf_1")]

    def test_a_lost_update_is_sent_again(self, stage: Any) -> None:
        platform, server = client(stage, stage.reset, stage.answer(200, {"id": "wf_1"}))
        platform.update("wf_1", {"name": "x"})
        assert len(server.seen) == 2

    @pytest.mark.parametrize("body", ["gone", {"error": {"code": "WORKFLOW_NOT_FOUND", "message": "no"}}])
    def test_deleting_what_is_not_there(self, stage: Any, body: Any) -> None:
        platform, _ = client(stage, stage.answer(404, body))
        assert platform.delete("wf_1") is False

    def test_delete_refused(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(401, {"error": {"code": "UNAUTHORIZED", "message": "no"}}))
        with pytest.raises(PlatformError):
            platform.delete("wf_1")

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("a/b", "a%2Fb"),
            ("../x", "..%2Fx"),
            ("a?b#c", "a%3Fb%23c"),
            ("a b", "a%20b"),
            ("%2e%2e", "%252e%252e"),
            ("ü", "%C3%BC"),
            ("a\r\nb", "a%0D%0Ab"),
        ],
    )
    def test_ids_are_quoted(self, stage: Any, name: str, path: str) -> None:
        platform, server = client(stage, stage.answer(204))
        platform.delete(name)
        assert server.seen[0].path == f"/v1/workflows/{path}"

    @pytest.mark.parametrize("name", ["", ".", "..", " "])
    def test_ids_that_are_none(self, stage: Any, name: str) -> None:
        platform, server = client(stage, stage.answer(204))
        with pytest.raises(UsageError, match="not an id"):
            platform.delete(name)
        assert not server.seen


class TestErrors:
    def test_the_published_shape_with_details(self, stage: Any) -> None:
        body = {"error": {"code": "INVALID_INPUT", "message": "Bad step", "details": {"field": "steps[0].type"}}}
        platform, _ = client(stage, stage.answer(400, body))
        with pytest.raises(PlatformError, match=r"Bad step .*steps\[0\]\.type") as info:
            platform.create({"name": "x"})
        assert (info.value.code, info.value.platform) == ("INVALID_INPUT", "meingpt")

    def test_the_other_shape(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(403, {"status": "error", "message": "workflow API not enabled for organization"}))
        with pytest.raises(PlatformError, match="not enabled for organization") as info:
            list(platform.workflows())
        assert info.value.code == "HTTP 403"
        assert "enable it" in info.value.fix

    def test_an_error_inside_a_200(self, stage: Any) -> None:
        platform, server = client(
            stage, stage.answer(200, {"error": {"code": "INSUFFICIENT_CREDITS"}}), stage.answer(200, {"status": "error", "message": "no"})
        )
        with pytest.raises(PlatformError, match="too few credits") as info:
            platform.execute("wf_1", {})
        assert not isinstance(info.value, OutcomeUnknown)
        with pytest.raises(PlatformError) as other:
            platform.workflow("wf_1")
        assert (other.value.code, len(server.seen)) == ("HTTP 200", 2)

    def test_an_unknown_code(self, stage: Any) -> None:
        platform, _ = client(stage, stage.answer(418, {"error": {"code": "TEAPOT", "message": "short and stout"}}))
        with pytest.raises(PlatformError, match="short and stout") as info:
            platform.workflow("wf_1")
        assert info.value.code == "TEAPOT"
        assert info.value.fix


class TestRuns:
    @pytest.mark.parametrize(
        ("status", "finished", "succeeded"),
        [
            ("running", False, False),
            ("queued", False, False),
            ("", False, False),
            ("completed", True, True),
            ("failed", True, False),
            ("error", True, False),
            ("cancelled", True, False),
        ],
    )
    def test_statuses(self, stage: Any, status: str, finished: bool, succeeded: bool) -> None:
        body = {"execution_id": "exec_1", "status": status, "error": {"code": "X"}, "duration_ms": 45000, "output": {"a": 1}}
        platform, server = client(stage, stage.answer(200, body))
        run = platform.execution("wf/1", "exec 1")
        assert (run.status, run.finished, run.succeeded, run.seconds, run.output) == (status, finished, succeeded, 45.0, {"a": 1})
        assert server.seen[0].path == "/v1/workflows/wf%2F1/executions/exec%201"

    def test_a_run_without_an_id_is_unclear(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"status": "running"}))
        with pytest.raises(OutcomeUnknown):
            platform.execute("wf_1", {"x": 1})
        assert len(server.seen) == 1


class TestWebhooks:
    @pytest.mark.parametrize("payload", [{"a": "ü"}, b"\x00raw", "text"])
    def test_the_very_bytes_are_signed(self, stage: Any, payload: Any) -> None:
        platform, server = client(stage, stage.answer(200, {"execution_id": "e"}))
        reply = platform.call_webhook("wh_1", payload, "s3cret")
        (seen,) = server.seen
        assert (reply.body, seen.path) == ({"execution_id": "e"}, "/v1/webhooks/wh_1")
        assert webhooks.verify(seen.body, seen.headers["x-webhook-signature"], "s3cret")

    def test_by_url_on_this_host_only(self, stage: Any) -> None:
        platform, server = client(stage, stage.answer(204))
        platform.call_webhook(f"{server.url}/v1/webhooks/wh_1", {}, "s")
        assert server.seen[0].path == "/v1/webhooks/wh_1"
        for elsewhere in ("https://evil.example/v1/webhooks/wh_1", f"{server.url}.evil.example/v1/webhooks/wh_1", f"{server.url}/v1/workflows/wf_1"):
            with pytest.raises(UsageError, match="not on this platform's host"):
                platform.call_webhook(elsewhere, {}, "s")
        assert len(server.seen) == 1
