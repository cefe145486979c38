"""The suite as an author of a platform has it, from outside: Toy passes it, and an adapter that breaks a promise does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import added_packages
import pytest

ROOT = Path(__file__).resolve().parents[3]
SUITE = ROOT / "tests/data/promises"


class Mutation(NamedTuple):
    """`edits` of the adapter, old text to new. The cases in `chosen` (pytest's `-k`) find it, with that `message`."""

    edits: dict[str, str]
    chosen: str
    message: str


UPDATE = '        self._write("PUT", f"/flows/{id}", definition)\n'
READ = '        return {"id": id, **self._read(f"/flows/{id}", STEPS)}\n'
SWALLOWS = f"""\
        try:
    {UPDATE.rstrip()}
        except PlatformError:
            MEMORY[id] = dict(definition)
"""
REMEMBERS = READ.replace("STEPS)", "STEPS), **MEMORY.pop(id, {})")
KEEPS = '        return {"id": id, **MEMORY.setdefault(id, self._read(f"/flows/{id}", STEPS))}\n'
MEMORY = {"class ToyClient:": "from deployer.platforms.api import PlatformError\n\nMEMORY = {}\n\n\nclass ToyClient:"}
PLAN = """\
    def plan(self, observed, record, policy):
        from dataclasses import replace

        return super().plan(observed, record, replace(policy, release=True))

    def check_key(self)"""
DELETE = '        self._write("DELETE", f"/flows/{id}")\n'
DELETES_ALL = '        for row in self.workflows():\n            self._write("DELETE", f"/flows/{row.id}")\n'
MUTATIONS = {
    "sends a create again after a lost reply": Mutation(
        {'"/flows", definition, repeatable=False': '"/flows", definition, repeatable=True'}, "first and release and 502 and not blind", "there twice"
    ),
    "takes an error for success, and what it sent for what is there": Mutation(
        {**MEMORY, UPDATE: SWALLOWS, READ: REMEMBERS}, "next and release and each and 500", "it says that all is done"
    ),
    "reads the platform once and never again": Mutation({**MEMORY, READ: KEEPS}, "next and release and undisturbed", "did not succeed"),
    "makes a change live without a release": Mutation(
        {"    def check_key(self)": PLAN}, "deploy and without and undisturbed and not later", "live, and was not asked for"
    ),
    "lists the first page alone": Mutation({'LISTED)["flows"]:': 'LISTED)["flows"][:1]:'}, "three and 500 and with and not without", "there twice"),
    "deletes what is not its own": Mutation({DELETE: DELETES_ALL}, "prune and undisturbed", "instead of"),
    "calls what is off live": Mutation(
        {UPDATE: UPDATE.replace("definition", '{**definition, "active": False}'), READ: READ.replace("STEPS)", 'STEPS), "active": True')},
        "first and release and undisturbed",
        "it says that all is done",
    ),
    "marks no preview as its own": Mutation({" {holder}": ""}, "cleanup and undisturbed", "instead of"),
    "sends a part of the definition": Mutation(
        {UPDATE: UPDATE.replace("definition", '{**definition, "steps": [{"say": "alpha-1"}]}')}, "next and release and undisturbed", "exit code"
    ),
    "sees no edit": Mutation(
        {'if value != ""}': "if not value}", '"changedAt"\n': '"madeAt"\n'}, "drift and undisturbed", "exit code 0 instead of 1"
    ),
    "believes any reply": Mutation({"LISTED = Expected(lambda body: ": "LISTED = Expected(lambda body: True or "}, "plan and empty", "bug in"),
    "answers for a run that failed": Mutation(
        {'output=body.get("answer")': 'output="alpha-1"'}, "evals and fail and undisturbed", "exit code 0 instead of 1"
    ),
}


def suite(folder: Path, source: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """pytest, as its author runs it, with that adapter installed."""
    packages = added_packages.install(folder / "packages", "flowship-toy", "toy = toy_platform:PLATFORM", "toy_platform", source)
    shutil.copy(ROOT / "tests/support/toy_server.py", packages)
    tests = shutil.copytree(SUITE, folder / "tests")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(packages)}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", f"--rootdir={tests}", f"--basetemp={folder / 'tmp'}"]
    return subprocess.run([*command, *arguments, str(tests)], cwd=tests, env=environment, capture_output=True, text=True, check=False)


def test_toy_keeps_every_promise_that_a_platform_without_drafts_can_keep(tmp_path: Path) -> None:
    done = suite(tmp_path, added_packages.TOY, "-o", "flowship_promises_every=15")
    assert done.returncode == 0, done.stdout
    assert "Toy, release of a draft: it keeps no drafts" in done.stdout
    assert "one of 15 was tried" in done.stdout


@pytest.mark.parametrize("name", MUTATIONS)
def test_adapter_that_breaks_a_promise_is_found(name: str, tmp_path: Path) -> None:
    mutation, source = MUTATIONS[name], added_packages.TOY
    for old, new in mutation.edits.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    done = suite(tmp_path, source, "-x", "-k", mutation.chosen)
    assert (done.returncode, mutation.message in done.stdout) == (1, True), done.stdout
