"""Why a rollback writes the earlier definition again, where n8n could make the earlier version live by its id."""

from n8n_calls import WORKFLOWS, answer, only
from n8n_checkout import Checkout
from n8n_files import workflow
from n8n_server import Server

BERLIN = {"executionOrder": "v1", "timezone": "Europe/Berlin"}


def test_version_made_live_by_its_id_brings_back_neither_settings_nor_what_the_editor_shows(n8n: Server) -> None:
    first = n8n.call("POST", WORKFLOWS, workflow("first"))[1]
    address = f"{WORKFLOWS}/{first['id']}"
    n8n.call("POST", f"{address}/activate", {"versionId": first["versionId"]})
    second = n8n.call("PUT", address, {**workflow("second"), "settings": BERLIN})[1]
    status, _ = n8n.call("POST", f"{address}/activate", {"versionId": first["versionId"]})
    assert (status, answer(n8n), only(n8n)["activeVersionId"]) == (200, {"says": "first", "to": "Kim"}, first["versionId"])
    assert {name: only(n8n)[name] for name in ("nodes", "settings", "versionId")} == {
        name: second[name] for name in ("nodes", "settings", "versionId")
    }


def test_version_of_no_workflow_is_refused_and_what_is_live_stays(released: Checkout, n8n: Server) -> None:
    before = only(n8n)
    status, _ = n8n.call("POST", f"{WORKFLOWS}/{before['id']}/activate", {"versionId": "gone"})
    assert (status, only(n8n)["activeVersionId"], answer(n8n)) == (404, before["activeVersionId"], {"says": "hello", "to": "Kim"})


def test_rollback_brings_back_settings_and_what_the_editor_shows(released: Checkout, n8n: Server) -> None:
    first = only(n8n)
    released.commit({**workflow("worse"), "settings": BERLIN})
    assert released.release().code == 0
    assert only(n8n)["settings"]["timezone"] == "Europe/Berlin"
    done = released.run("rollback")
    now = only(n8n)
    assert (done.code, answer(n8n), now["nodes"]) == (0, {"says": "hello", "to": "Kim"}, first["nodes"]), done.out
    assert (now["settings"].get("timezone", "DEFAULT"), now["activeVersionId"]) == ("DEFAULT", now["versionId"])
    assert released.run("drift", "--on-drift", "fail").code == 0
