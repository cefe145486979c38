"""n8n shipped to with the real command line, over HTTP: the same on the server in memory and on a real one."""

import json

from n8n_calls import WORKFLOWS, answer, edit, only, rows
from n8n_checkout import DISTRIBUTION, MANIFEST, Checkout
from n8n_files import workflow
from n8n_gate import Gate
from n8n_server import Server


def test_without_a_release_it_is_held_and_nothing_is_written(checkout: Checkout, n8n: Server) -> None:
    done = checkout.run("deploy")
    assert (done.code, done.change["action"], rows(n8n)) == (0, "hold", []), done.out


def test_release_makes_it_live_and_a_second_one_finds_nothing_to_do(checkout: Checkout, n8n: Server, gate: Gate) -> None:
    planned = checkout.run("plan", "--release", "always")
    assert (planned.code, planned.change["action"], planned.change["platform"], rows(n8n)) == (0, "create", "n8n", []), planned.out
    done = checkout.run("deploy", "--release", "always", "--plan-hash", planned.report["plan_hash"])
    assert (done.code, answer(n8n)) == (0, {"says": "hello", "to": "Kim"}), done.out
    before, writes = only(n8n), list(gate.writes)
    again = checkout.release()
    assert (again.change["action"], only(n8n), gate.writes) == ("unchanged", before, writes), again.out


def test_new_commit_replaces_what_is_live_when_it_is_released(released: Checkout, n8n: Server) -> None:
    released.commit(workflow("good day"))
    held = released.run("deploy")
    assert (held.change["action"], answer(n8n)) == ("hold", {"says": "hello", "to": "Kim"}), held.out
    done = released.release()
    assert (done.code, answer(n8n)) == (0, {"says": "good day", "to": "Kim"}), done.out
    assert len(rows(n8n)) == 1


def test_name_that_is_taken_is_refused(checkout: Checkout, n8n: Server) -> None:
    n8n.call("POST", WORKFLOWS, workflow("theirs"))
    done = checkout.release()
    assert (done.code, "already has a workflow named 'Greeting'" in done.out, len(rows(n8n))) == (1, True, 1), done.out


def test_edit_elsewhere_is_drift_and_saved_when_it_is_overwritten(released: Checkout, n8n: Server) -> None:
    clean = released.run("drift", "--on-drift", "fail")
    assert clean.code == 0, clean.out
    edit(n8n, "edited")
    drifted = released.run("drift", "--on-drift", "fail")
    assert (drifted.code, '"hello" → "edited"' in drifted.out) == (1, True), drifted.out
    released.commit(workflow("new"))
    stopped = released.release()
    assert (stopped.code, answer(n8n)) == (1, {"says": "edited", "to": "Kim"}), stopped.out
    done = released.run("deploy", "--release", "always", "--on-drift", "overwrite")
    assert (done.code, answer(n8n)) == (0, {"says": "new", "to": "Kim"}), done.out
    (saved,) = (released.root / ".flowship").rglob("*.found.json")
    assert '"edited"' in saved.read_text()


def test_unpublished_edit_in_the_editor_is_drift_and_saved_when_it_is_overwritten(released: Checkout, n8n: Server) -> None:
    n8n.save_in_editor(only(n8n)["id"], workflow("unpublished"))
    assert answer(n8n) == {"says": "hello", "to": "Kim"}
    drifted = released.run("drift", "--on-drift", "fail")
    assert (drifted.code, '"hello" → "unpublished"' in drifted.out, '"live" → "an earlier version is live"' in drifted.out) == (1, True, True)
    released.commit(workflow("new"))
    done = released.run("deploy", "--release", "always", "--on-drift", "overwrite")
    assert (done.code, answer(n8n)) == (0, {"says": "new", "to": "Kim"}), done.out
    (saved,) = (released.root / ".flowship").rglob("*.found.json")
    assert '"unpublished"' in saved.read_text()


def test_setting_that_is_taken_out_of_the_file_is_as_by_default_again(released: Checkout, n8n: Server) -> None:
    released.commit({**workflow(), "settings": {"executionOrder": "v1", "timezone": "Europe/Berlin", "saveDataErrorExecution": "none"}})
    assert released.release().code == 0
    assert only(n8n)["settings"]["timezone"] == "Europe/Berlin"
    released.commit(workflow())
    done = released.release()
    assert (done.code, only(n8n)["settings"]) == (0, {"executionOrder": "v1", "saveDataErrorExecution": "all"}), done.out
    assert released.run("drift", "--on-drift", "fail").code == 0


def test_release_keeps_the_ids_of_nodes(released: Checkout, n8n: Server) -> None:
    """The address of a form or a chat is made of one."""
    before = [(node["id"], node.get("webhookId")) for node in only(n8n)["nodes"]]
    released.commit(workflow("second"))
    assert released.release().code == 0
    assert [(node["id"], node.get("webhookId")) for node in only(n8n)["nodes"]] == before


def test_manifest_of_the_page_ships_the_workflow(checkout: Checkout, n8n: Server) -> None:
    page = (DISTRIBUTION.parents[2] / "docs/n8n.md").read_text("utf-8")
    checkout.write("flowship.yml", page.partition("```yaml\n")[2].partition("```")[0])
    done = checkout.release()
    assert (done.code, answer(n8n)) == (0, {"says": "hello", "to": "Kim"}), done.out


def test_file_that_breaks_a_rule_is_not_sent(checkout: Checkout, n8n: Server, gate: Gate) -> None:
    checkout.commit({**workflow(), "connections": {"Call": {"main": [[{"node": "Gone", "type": "main", "index": 0}]]}}})
    done = checkout.release()
    assert (done.code, "[n8n-connection-node]" in done.out, gate.writes) == (1, True, []), done.out


def test_doctor_names_the_package_and_what_the_key_leads_to(released: Checkout) -> None:
    done = released.run("doctor")
    assert (done.code, "flowship-n8n 0.1.0" in done.out, "workflows: 1" in done.out) == (0, True, True), done.out


def test_workflow_that_the_manifest_no_longer_names_is_deleted_by_prune(released: Checkout, n8n: Server) -> None:
    released.write("flowship.yml", MANIFEST.replace("greet:", "other:").replace("greet.json", "other.json"))
    released.write("n8n/other.json", json.dumps(workflow("other", path="other", name="Other")))
    planned = released.run("plan", "--release", "always", "--prune")
    assert {change["action"]: change["workflow"] for change in planned.report["changes"]} == {"delete": "greet", "create": "other"}, planned.out
    done = released.run("deploy", "--release", "always", "--prune", "--plan-hash", planned.report["plan_hash"])
    assert (done.code, [row["name"] for row in rows(n8n)]) == (0, ["Other"]), done.out


def test_earlier_version_made_live_elsewhere_is_drift(released: Checkout, n8n: Server) -> None:
    first = only(n8n)
    released.commit(workflow("second"))
    assert released.release().code == 0
    status, body = n8n.call("POST", f"{WORKFLOWS}/{first['id']}/activate", {"versionId": first["versionId"]})
    assert (status, answer(n8n)) == (200, {"says": "hello", "to": "Kim"}), body
    drifted = released.run("drift", "--on-drift", "fail")
    assert (drifted.code, '"live" → "an earlier version is live"' in drifted.out) == (1, True), drifted.out
    done = released.run("deploy", "--release", "always", "--on-drift", "overwrite")
    assert (done.code, answer(n8n)) == (0, {"says": "second", "to": "Kim"}), done.out


def test_workflow_switched_off_elsewhere_is_drift_and_stays_off_until_it_is_overwritten(released: Checkout, n8n: Server) -> None:
    n8n.call("POST", f"{WORKFLOWS}/{only(n8n)['id']}/deactivate", {})
    drifted = released.run("drift", "--on-drift", "fail")
    assert (drifted.code, '"live" → "not live"' in drifted.out) == (1, True), drifted.out
    held = released.release()
    assert (held.code, held.change["status"], answer(n8n)) == (1, "held_edited", 404), held.out
    done = released.run("deploy", "--release", "always", "--on-drift", "overwrite")
    assert (done.code, answer(n8n)) == (0, {"says": "hello", "to": "Kim"}), done.out


def test_rollback_makes_the_earlier_definition_live(released: Checkout, n8n: Server) -> None:
    released.commit(workflow("worse"))
    assert released.release().code == 0
    done = released.run("rollback")
    assert (done.code, answer(n8n)) == (0, {"says": "hello", "to": "Kim"}), done.out
    again = released.release()
    assert (again.code, answer(n8n)) == (0, {"says": "hello", "to": "Kim"}), again.out


def test_workflow_deleted_elsewhere_is_made_again(released: Checkout, n8n: Server) -> None:
    first = only(n8n)["id"]
    n8n.call("DELETE", f"{WORKFLOWS}/{first}")
    done = released.release()
    assert (done.code, answer(n8n), only(n8n)["id"] != first) == (0, {"says": "hello", "to": "Kim"}, True), done.out


def test_id_of_no_workflow_is_named(checkout: Checkout, n8n: Server) -> None:
    checkout.write("flowship.yml", MANIFEST.replace("key: N8N", "key: N8N, id: gone"))
    done = checkout.release()
    assert (done.code, "n8n has no workflow gone" in done.out, rows(n8n)) == (1, True, []), done.out


def test_unknown_key_is_named_with_what_to_do(checkout: Checkout, n8n: Server) -> None:
    done = checkout.release(FLOWSHIP_KEY_N8N="not-the-key-of-this-server")
    assert (done.code, "Settings, n8n API" in done.out, rows(n8n)) == (1, True, []), done.out


def test_workflow_that_n8n_cannot_make_live_fails_with_its_words_and_is_no_edit(released: Checkout, n8n: Server) -> None:
    """n8n refuses a second live webhook at one path."""
    other = n8n.call("POST", WORKFLOWS, workflow("other", path="taken", name="Other"))[1]
    assert n8n.call("POST", f"{WORKFLOWS}/{other['id']}/activate", {})[0] == 200
    released.commit(workflow("second", path="taken"))
    done = released.release()
    assert (done.code, answer(n8n), answer(n8n, "taken")) == (1, {"says": "hello", "to": "Kim"}, {"says": "other", "to": "Kim"}), done.out
    released.commit(workflow("third"))
    mended = released.release()
    assert (mended.code, answer(n8n)) == (0, {"says": "third", "to": "Kim"}), mended.out


def test_eval_calls_the_webhook_of_what_is_live(released: Checkout, n8n: Server) -> None:
    released.write("flowship.yml", MANIFEST.replace("key: N8N", "key: N8N, evals: greet.evals.yml"))
    suite = "version: 1\ncases:\n  - {name: greets, input: {to: Kim}, expect: {equals: {says: hello, to: Kim}}}\n"
    released.write("greet.evals.yml", suite)
    done = released.run("eval")
    assert (done.code, done.report["evals"][0]["passed"]) == (0, True), done.out
    released.write("greet.evals.yml", suite.replace("says: hello", "says: other"))
    assert released.run("eval").code == 1


def test_release_that_answers_worse_is_rolled_back(checkout: Checkout, n8n: Server) -> None:
    checkout.write("flowship.yml", MANIFEST.replace("key: N8N", "key: N8N, evals: greet.evals.yml"))
    checkout.write("greet.evals.yml", "version: 1\ncases:\n  - {name: greets, input: {to: Kim}, expect: {equals: {says: hello, to: Kim}}}\n")
    checkout.commit(workflow())
    assert checkout.release().code == 0
    checkout.commit(workflow("worse"))
    done = checkout.release()
    assert (done.code, answer(n8n), "rolled back" in done.out) == (1, {"says": "hello", "to": "Kim"}, True), done.out
    held = checkout.release()
    assert (held.change["status"], answer(n8n)) == ("held_rolled_back", {"says": "hello", "to": "Kim"}), held.out


def test_log_becomes_a_suite(released: Checkout, n8n: Server) -> None:
    answer(n8n)
    done = released.run("eval", "--from-logs")
    assert done.code == 0, done.out
    written = (released.root / "evals/greet.logs.yml").read_text()
    assert ("to: Kim" in written, "says: hello" in written) == (True, True), written


def test_workflow_of_the_server_is_adopted_as_a_file_and_is_in_sync(checkout: Checkout, n8n: Server) -> None:
    made = n8n.call("POST", WORKFLOWS, workflow("theirs", path="theirs", name="Theirs"))[1]
    n8n.save_in_editor(made["id"], {**workflow("theirs", path="theirs", name="Theirs"), "settings": {"binaryMode": "separate"}})
    n8n.call("POST", f"{WORKFLOWS}/{made['id']}/activate", {})
    done = checkout.run("adopt", made["id"], "--platform", "n8n", "--key-name", "N8N")
    assert done.code == 0, done.out
    adopted = json.loads((checkout.root / "n8n/theirs.json").read_text())
    assert (adopted["name"], sorted(adopted)) == ("Theirs", ["connections", "name", "nodes", "settings"])
    planned = checkout.run("plan", "--release", "always", "--only", "theirs")
    assert (planned.change["action"], planned.change["target"]) == ("unchanged", made["id"]), planned.out
