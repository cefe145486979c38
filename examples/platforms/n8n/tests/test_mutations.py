"""An adapter that breaks a promise is found by the suite: each of these is one, on the server in memory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from n8n_checkout import DISTRIBUTION


class Mutation(NamedTuple):
    """`edits` of a module of the adapter, old text to new. The cases in `chosen` (pytest's `-k`) find it, with that `message`."""

    module: str
    edits: dict[str, str]
    chosen: str
    message: str


PUBLISHES = """\
    def plan(self, observed, record, policy):
        return super().plan(observed, record, replace(policy, release=True))

    def check_key(self)"""
TAKES = """\
    def _by_name(self, record, policy, listing, read):
        rows = listing.named(self.workflow, self.given_name(policy))
        return read(rows[0].id) if rows else super()._by_name(record, policy, listing, read)

    def check_key(self)"""
KEEPS_WHAT_IS_LIVE = """\
    def restore(self, to, observed, record):
        return replace(super().restore(to, observed, record), workflow=self.workflow)

    def check_key(self)"""
SEES_NONE = """\
    def readback_fingerprint(self, observed):
        return "same"

    def check_key(self)"""
CHECK_KEY = "    def check_key(self)"
PUT = "            self._put(id, definition, existing)\n        except OutcomeUnknown:\n            raise\n        except PlatformError as refused:\n"
BELIEVES = PUT.replace(
    "PlatformError as refused:\n", "PlatformError as refused:\n            SENT[id] = dict(definition)\n            return\n"
).replace("OutcomeUnknown:\n            raise", "OutcomeUnknown:\n            SENT[id] = dict(definition)\n            return")
SHOWN = "        return {**body, STATUS: status_of(body)}\n"
DELETE = '        self._write("DELETE", _path(id))\n'
DELETES_ALL = '        for row in self.workflows():\n            self._write("DELETE", _path(row.id))\n'
MUTATIONS = {
    "publishes where a draft was asked for": Mutation(
        "adapter", {CHECK_KEY: PUBLISHES}, "deploy and without and not later and undisturbed", "live, and was not asked for"
    ),
    "creates again after a lost reply": Mutation(
        "client", {"_sent(definition, {}), repeatable=False": "_sent(definition, {}), repeatable=True"}, "first and release and 502 and not blind",
        "there twice",
    ),
    "takes an error for success, and what it sent for what is there": Mutation(
        "client", {PUT: BELIEVES, SHOWN: SHOWN.replace("(body)}", "(body), **SENT.pop(id, {})}"), "class N8n:": "SENT = {}\n\n\nclass N8n:"},
        "next and release and each and 500", "it says that all is done",
    ),
    "forgets to make live again what a refused write has replaced": Mutation(
        "client", {"            self._restore(id, existing, refused)\n": ""}, "refused and undisturbed", "instead of"
    ),
    "takes the workflow of another repository": Mutation("adapter", {CHECK_KEY: TAKES}, "taken and undisturbed", "exit code 0 instead of 1"),
    "drops a field when it reads back": Mutation(
        "client", {SHOWN: SHOWN.replace("**body", '**body, "connections": {}')}, "first and release and undisturbed", "exit code 1 instead of 0"
    ),
    "drops a field when it writes": Mutation(
        "client", {'"nodes": nodes, "settings"': '"nodes": nodes[:1], "settings"'}, "first and release and undisturbed", "Error"
    ),
    "calls a draft live": Mutation(
        "client", {SHOWN: "        return {**body, STATUS: LIVE}\n", 'text(row.get("name")), status_of(row)': 'text(row.get("name")), LIVE'},
        "first and release and undisturbed", "it says that all is done",
    ),
    "activates nothing": Mutation(
        "client", {"if definition.get(STATUS) == LIVE and": "if False and"}, "first and release and undisturbed", "exit code 1 instead of 0"
    ),
    "finds one workflow alone": Mutation(
        "client", {'page["data"] if': 'page["data"][:1] if'}, "three and 500 and with and not without", "there twice"
    ),
    "deletes what is not its own": Mutation(
        "client", {DELETE: DELETES_ALL}, "prune and undisturbed", "instead of"
    ),
    "marks no preview as its own": Mutation("nodes", {"pull request. {holder}": "pull request."}, "cleanup and undisturbed", "instead of"),
    "rolls back to what is live": Mutation("adapter", {CHECK_KEY: KEEPS_WHAT_IS_LIVE}, "rollback and undisturbed", "it says that all is done"),
    "sees no edit": Mutation("adapter", {CHECK_KEY: SEES_NONE}, "drift and undisturbed", "exit code 0 instead of 1"),
    "believes any reply": Mutation(
        "client", {"LIST = Expected(lambda body: ": "LIST = Expected(lambda body: True or "}, "plan and empty", "bug in"
    ),
    "answers an eval for what failed": Mutation(
        "runs", {"succeeded=True, output=output": 'succeeded=True, output={"says": "alpha-1", "to": "Kim"}'}, "evals and fail and undisturbed",
        "exit code 0 instead of 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_adapter_that_breaks_a_promise_is_found(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    copied = shutil.copytree(DISTRIBUTION, tmp_path / "n8n", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    module = copied / "flowship_n8n" / f"{mutation.module}.py"
    source = module.read_text("utf-8")
    for old, new in mutation.edits.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    module.write_text(source, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-x", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tmp'}"]
    done = subprocess.run(
        [*command, "-k", f"toy and {mutation.chosen}", "tests/test_promises.py"], cwd=copied, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, mutation.message in done.stdout) == (1, True), done.stdout
