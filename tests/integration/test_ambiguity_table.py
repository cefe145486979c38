"""Whether a write took effect is not known: for every kind of write, with what tells afterwards and without it, the outcomes of the table in
docs/troubleshooting.md, "What is tried again". Then the next run, with everything well again, ends where it should, and nothing is there twice.

A reset after the effect, and an effect that lands 5 seconds after the reset. Waits, and those 5 seconds, are a hundred times shorter.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest
from quick_clock import QuickClock, quick

Match = dict[str, Any]
IMPORT: Match = {"method": "POST", "path": "/v1/workflow/version/import"}
RELEASE: Match = {"method": "POST", "path": "/v1/workflow/version/release"}
CREATE: Match = {"method": "POST", "path": "/v1/workflows"}
UPDATE: Match = {"method": "PUT", "path": "/v1/workflows/*"}
DELETE: Match = {"method": "DELETE", "path": "/v1/workflows/*"}
VERSIONS: Match = {"method": "GET", "path": "/v1/workflow/version/list"}
WORKFLOWS: Match = {"method": "GET", "path": "/v1/workflows"}
WORKFLOW: Match = {"method": "GET", "path": "/v1/workflows/*"}
HOW = {"reset after the effect": {"reset": "after"}, "lands 5 s late": {"late": quick(5)}}
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
  other: {source: workflows/other.yaml, key: MEINGPT}
"""


class Write(NamedTuple):
    """`tells`: the call that tells afterwards, and from which one on it does not where nobody can tell. `again`: is the write itself tried
    again (GET, PUT, release, delete)?"""

    match: Match
    workflow: str
    tells: Match
    silent_from: int
    again: bool


WRITES = {
    "import": Write(IMPORT, "triage", VERSIONS, 1, again=False),
    "release": Write(RELEASE, "triage", VERSIONS, 1, again=True),
    "create": Write(CREATE, "onboarding", WORKFLOWS, 2, again=False),
    "update": Write(UPDATE, "onboarding", WORKFLOW, 2, again=True),
    "delete": Write(DELETE, "onboarding", WORKFLOW, 2, again=True),
}


@pytest.fixture
def project(repository: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.workflow()
    repository.workflow("workflows/other.yaml")
    other = repository.root / "workflows/other.yaml"
    other.write_text(other.read_text().replace("Onboarding", "Other"))
    repository.use(sandbox.url, MEINGPT="sandbox-acme", TRIAGE="sandbox-workflow-triage")
    return repository


@pytest.fixture
def ship(project: Any) -> Callable[[str], Any]:
    """The deploy that does this write, and no other of its kind."""

    def ship(write: str) -> Any:
        only = () if write == "delete" else ("--only", WRITES[write].workflow)
        prune = ("--prune", "force") if write == "delete" else ()
        return project.run("deploy", "--release", "always", *only, *prune)

    return ship


def prepare(project: Any, write: str) -> None:
    """What has to be there before."""
    if write in ("update", "delete"):
        assert project.run("deploy", "--release", "always").code == 0
    if write == "update":
        project.workflow(more="description: new\n")
    if write == "delete":
        project.write("flowship.yml", "".join(line for line in MANIFEST.splitlines(keepends=True) if "onboarding" not in line))


def sent(sandbox: Any, match: Match) -> int:
    return sum(request["method"] == match["method"] and fnmatchcase(request["path"], match["path"]) for request in sandbox.requests())


def id_of(sandbox: Any) -> str:
    return str(next(each["id"] for organisation in sandbox.state()["meingpt"] for each in organisation["workflows"] if each["name"] == "Onboarding"))


def stands(sandbox: Any, write: str) -> None:
    """Everything as it was asked for, and nothing twice."""
    state = sandbox.state()
    versions = [version["status"] for target in state["gptbots"] for version in target["versions"]]
    names = [workflow["name"] for organisation in state["meingpt"] for workflow in organisation["workflows"]]
    described = {workflow.get("description") for organisation in state["meingpt"] for workflow in organisation["workflows"]}
    if write in ("import", "release"):
        assert versions == ["PUBLISHED"]
    elif write == "create":
        assert names == ["Onboarding"]
    elif write == "update":
        assert (sorted(names), "new" in described) == (["Onboarding", "Other"], True)
    else:
        assert names == ["Other"]


@pytest.mark.parametrize("told", [True, False], ids=["readable", "not readable"])
@pytest.mark.parametrize("every", [False, True], ids=["once", "every try"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("write", WRITES)
def test_the_outcome_and_what_the_next_run_makes_of_it(
    project: Any, sandbox: Any, ship: Callable[[str], Any], write: str, how: str, every: bool, told: bool
) -> None:
    kind = WRITES[write]
    prepare(project, write)
    before = sent(sandbox, kind.match)
    tells = kind.tells | ({"path": f"/v1/workflows/{id_of(sandbox)}"} if kind.tells is WORKFLOW else {})
    silent = {"match": tells | {"nth": list(range(kind.silent_from, 2000))}, "do": {"status": 403, "body": {}}}
    sandbox.faults([{"match": kind.match | ({} if every else {"nth": 1}), "do": HOW[how]}, *([] if told else [silent])])
    ran = ship(write)
    change = ran.change_of(kind.workflow)
    repeated = kind.again and not every
    assert (ran.code, change["outcome"]) == ((0, "done") if told or repeated else (4, "unknown")), ran.out
    if not kind.again:
        assert sent(sandbox, kind.match) - before == 1, "never a second one in this run"
    sandbox.faults([])
    again = ship(write)
    assert again.code == 0, again.out
    stands(sandbox, write)
