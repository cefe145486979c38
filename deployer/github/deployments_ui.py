"""Deployments that people see on GitHub's pages: what is where. Not to be confused with the state's, which are notes in `flowship/…`."""

from typing import Any, Final, Literal, NamedTuple

from deployer.github.api import Api
from deployer.model.errors import PlatformError

TASK: Final = "deploy:flowship"
DESCRIPTION: Final = 140  # characters
LOOKED: Final = 30  # of the newest, when all of an environment are to be deleted

State = Literal["in_progress", "success", "failure", "error", "inactive"]


class UiDeployment(NamedTuple):
    """One Deployment. `before`: the id of the one in the same environment that it takes the place of, 0 when there is none."""

    id: int
    before: int = 0


def begin(api: Api, environment: str, commit: str, description: str, *, transient: bool, log_url: str = "") -> UiDeployment:
    """Make one, and say that it is in progress. `transient`: the environment ends, as a preview's does. Raises PlatformError."""
    before = next(iter(_ids(api, environment, 1)), 0) if transient else 0
    body = {
        "ref": commit,
        "task": TASK,
        "environment": environment,
        "description": description[:DESCRIPTION],
        "auto_merge": False,
        "required_contexts": [],
        "transient_environment": transient,
        "production_environment": not transient,
    }
    made = api.post("/deployments", body, repeatable=False)
    if not isinstance(made, dict) or not isinstance(made.get("id"), int):
        raise PlatformError("github", "GitHub made a deployment and did not say its id.", code="ODD_REPLY")
    tell(api, made["id"], "in_progress", log_url=log_url)
    return UiDeployment(made["id"], before)


def tell(api: Api, id_: int, state: State, description: str = "", *, environment_url: str = "", log_url: str = "") -> None:
    """How it goes. Raises PlatformError."""
    body: dict[str, Any] = {"state": state, "description": description[:DESCRIPTION]}
    body |= {"environment_url": environment_url} if environment_url.startswith(("http://", "https://")) else {}
    body |= {"log_url": log_url} if log_url else {}
    api.post(f"/deployments/{id_}/statuses", body, repeatable=True)


def retire(api: Api, environment: str) -> int:
    """The environment is no more: say so of each of its Deployments that is ours. Returns of how many. Raises PlatformError."""
    ids = _ids(api, environment, LOOKED)
    for each in ids:
        tell(api, each, "inactive")
    return len(ids)


def _ids(api: Api, environment: str, most: int) -> tuple[int, ...]:
    """Newest first."""
    rows = api.get("/deployments", environment=environment, task=TASK, per_page=most)
    if not isinstance(rows, list):
        raise PlatformError("github", "GitHub's list of deployments is none.", code="ODD_REPLY")
    # A redirect forgets what was asked, so the filters are looked after here too.
    return tuple(
        row["id"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), int) and (row.get("environment"), row.get("task")) == (environment, TASK)
    )
