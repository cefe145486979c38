"""GPTBots' own check: what is sent, and what a reply comes to."""

import base64
from email.parser import BytesParser
from typing import Any

import pytest

from deployer.model.choices import Kind
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms.gptbots.account_precheck import AccountPrecheck
from deployer.platforms.precheck import PrecheckAccount, Verdict

ACCOUNT = PrecheckAccount("DEV", Secret("dev-key-1:dev:secret"), "org-1")


def workflow(kind: Kind = "workflow") -> Workflow:
    source = Source("flows/a.flow", "gptbots", kind, b'{"name": "A"}', {"name": "A"})
    return Workflow("a", source.overlaid({"name": "B"}), "A")


def ask(stage: Any, *steps: Any, kind: Kind = "workflow") -> tuple[Verdict, Any]:
    server = stage.play(*steps)
    return AccountPrecheck().ask(stage.http(server.url), ACCOUNT, workflow(kind)), server.seen


@pytest.mark.parametrize("kind", ["workflow", "agent"])
def test_file_as_an_import_sends_it_with_the_accounts_key_as_basic(stage: Any, kind: Kind) -> None:
    verdict, (seen,) = ask(stage, stage.answer(200, {"code": 0, "data": {"valid": True, "error_message": "ignored"}}), kind=kind)
    assert (verdict, seen.method, seen.path) == (Verdict(valid=True), "POST", f"/v1/org/{kind}/import/precheck")
    assert seen.headers["authorization"] == "Basic " + base64.b64encode(b"dev-key-1:dev:secret").decode()
    form = BytesParser().parsebytes(f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode() + seen.body)
    parts = [(part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload()) for part in form.walk()][1:]
    assert sorted(parts) == [("file", "a.flow", '{"name":"B"}'), ("org_id", None, "org-1")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no start", "no start"),
        ("\x1b[31mred\nlines <b>bold</b>", "[31mred lines bold"),
        (["one", "two"], '["one", "two"]'),
        (None, "it gives no reason"),
        ("secret dev-key-1 dev:secret", "secret *** ***"),
        ("x" * 9000, "x" * 499 + "…"),
    ],
)
def test_reason_is_one_line_without_the_key(stage: Any, text: Any, reason: str) -> None:
    assert ask(stage, stage.answer(200, {"code": 0, "data": {"valid": False, "error_message": text}}))[0] == Verdict(valid=False, reason=reason)


@pytest.mark.parametrize("data", [None, {}, [], {"valid": "true"}, {"valid": 1}, {"valid": None}])
def test_reply_without_a_verdict_is_odd_and_asked_for_once(stage: Any, data: Any) -> None:
    with pytest.raises(PlatformError) as odd:
        ask(stage, stage.answer(200, {"code": 0, "data": data}))
    assert odd.value.code == "ODD_REPLY"


@pytest.mark.parametrize("status", [403, 404])
def test_refused_call_names_the_account_and_no_version_management(stage: Any, status: int) -> None:
    with pytest.raises(PlatformError) as refused:
        ask(stage, stage.answer(status, {"message": "no"}))
    assert "the account of DEV may import" in refused.value.fix


def test_redirect_is_not_followed(stage: Any) -> None:
    other = stage.play(stage.answer(200, {"code": 0, "data": {"valid": True}}))
    with pytest.raises(PlatformError) as refused:
        ask(stage, stage.answer(307, {}, {"Location": f"{other.url}/v1/org/workflow/import/precheck"}))
    assert (refused.value.code, other.seen) == ("REDIRECT", [])
