"""Releases that are killed, or whose replies are lost, at any write: the same on the server in memory and on a real one."""

import pytest
from n8n_calls import WORKFLOWS, answer, rows
from n8n_checkout import Checkout
from n8n_files import workflow
from n8n_gate import Gate
from n8n_server import Server

LOST = [None, (500, b'{"message": "Internal server error"}'), (200, b'{"id": "half a re')]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", [1, 2, 3])
def test_create_killed_at_any_write_is_finished_by_the_next_run_and_made_once(
    write: int, when: str, checkout: Checkout, n8n: Server, gate: Gate
) -> None:
    kill_at(gate, checkout, (write, when))
    done = checkout.release()
    assert (done.code, len(rows(n8n)), answer(n8n)) == (0, 1, {"says": "hello", "to": "Kim"}), done.out
    again = checkout.release()
    assert again.change["action"] == "unchanged", again.out


@pytest.mark.parametrize("when", ["before", "after"])
def test_update_killed_at_its_write_is_finished_by_the_next_run(when: str, released: Checkout, n8n: Server, gate: Gate) -> None:
    released.commit(workflow("second"))
    kill_at(gate, released, (len(gate.writes) + 1, when))
    done = released.release()
    assert (done.code, answer(n8n)) == (0, {"says": "second", "to": "Kim"}), done.out
    clean = released.run("drift", "--on-drift", "fail")
    assert clean.code == 0, clean.out


@pytest.mark.parametrize("reply", LOST, ids=["no reply", "500", "torn"])
@pytest.mark.parametrize("write", [1, 2, 3])
def test_lost_reply_to_any_write_of_a_create_makes_no_second_workflow(
    write: int, reply: tuple[int, bytes] | None, checkout: Checkout, n8n: Server, gate: Gate
) -> None:
    gate.at, gate.disturb = (write, "after"), lambda: reply or False
    done = checkout.release()
    assert (done.code, len(rows(n8n)), answer(n8n)) == (0, 1, {"says": "hello", "to": "Kim"}), done.out
    again = checkout.release()
    assert again.change["action"] == "unchanged", again.out


@pytest.mark.parametrize("reply", LOST, ids=["no reply", "500", "torn"])
def test_lost_reply_to_an_update_is_looked_for(reply: tuple[int, bytes] | None, released: Checkout, n8n: Server, gate: Gate) -> None:
    released.commit(workflow("second"))
    gate.at, gate.disturb = (len(gate.writes) + 1, "after"), lambda: reply or False
    done = released.release()
    assert (done.code, answer(n8n)) == (0, {"says": "second", "to": "Kim"}), done.out
    assert released.run("drift", "--on-drift", "fail").code == 0


def test_release_killed_after_a_refusal_is_mended_by_the_next_one(released: Checkout, n8n: Server, gate: Gate) -> None:
    """n8n has replaced what was live, refused that, and nothing was written again: see the README, "What it cannot do"."""
    other = n8n.call("POST", WORKFLOWS, workflow("other", path="taken", name="Other"))[1]
    n8n.call("POST", f"{WORKFLOWS}/{other['id']}/activate", {})
    released.commit(workflow("second", path="taken"))
    kill_at(gate, released, (len(gate.writes) + 1, "after"))
    refused = released.release()
    assert (refused.code, refused.change["status"], refused.change["live"], answer(n8n)) == (1, "failed", False, 500), refused.out
    released.commit(workflow("third"))
    done = released.release()
    assert (done.code, answer(n8n), answer(n8n, "taken")) == (0, {"says": "third", "to": "Kim"}, {"says": "other", "to": "Kim"}), done.out


def kill_at(gate: Gate, checkout: Checkout, at: tuple[int, str]) -> None:
    """Kills a release at that write."""
    killed: list[int] = []

    def kill() -> bool:
        process.kill()
        killed.append(process.wait())
        return False

    gate.at, gate.disturb = at, kill
    process = checkout.start("deploy", "--release", "always")
    out, _ = process.communicate()
    assert killed, out
