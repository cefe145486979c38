"""Deployments, check runs, workflow runs and release pages, as the stand-in keeps them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from deployer.testing.github_stand_in.exchange import BOT, Asked, JobToken, Refused, route
from deployer.testing.github_stand_in.stand_in import StandInBase


class KeptDeployments(StandInBase):
    """What runs leave on GitHub."""

    @route("GET", "/deployments", "deployments:read")
    def list_deployments(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        wanted = {name: asked.query[name] for name in ("sha", "ref", "task", "environment") if asked.query.get(name, "none") != "none"}
        rows = [each for each in reversed(self.deployments) if all(each[name] == value for name, value in wanted.items())]
        return self._page(asked, rows)

    @route("POST", "/deployments", "deployments:write")
    def create_deployment(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        body = asked.body if isinstance(asked.body, dict) else {}
        if not isinstance(body.get("ref"), str):
            raise Refused(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
        sha = self._resolve(body["ref"])
        if sha is None:
            raise Refused(422, f"No ref found for: {body['ref']}")
        if body.get("required_contexts") != []:
            raise Refused(409, "Conflict: Commit status checks failed for " + body["ref"])
        made = self.deployment(sha, body, token.login)
        return 201, made, {"Location": made["url"]}

    def deployment(self, sha: str, body: Mapping[str, Any], login: str = BOT) -> dict[str, Any]:
        """A deployment, made by `login`."""
        id_, now = self.next_id(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        here = f"{self.url}/repos/{self.repository}"
        made = {
            "url": f"{here}/deployments/{id_}",
            "id": id_,
            "node_id": f"DE_{id_}",
            "task": body.get("task", "deploy"),
            "original_environment": body.get("environment", "production"),
            "environment": body.get("environment", "production"),
            "description": body.get("description"),
            "created_at": now,
            "updated_at": now,
            "statuses_url": f"{here}/deployments/{id_}/statuses",
            "repository_url": here,
            "creator": {"login": login, "id": 41898282, "type": "Bot" if login.endswith("[bot]") else "User", "site_admin": False},
            "sha": sha,
            "ref": body.get("ref", sha),
            "payload": body.get("payload", {}),
            "transient_environment": body.get("transient_environment", False),
            "production_environment": body.get("production_environment", body.get("environment", "production") == "production"),
        }
        self.deployments.append(made)
        return made

    @route("POST", "/deployments/{id}/statuses", "deployments:write")
    def create_status(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002 - the route's name for it
        deployment = self._deployment(id)
        if asked.body.get("state") not in ("error", "failure", "inactive", "in_progress", "queued", "pending", "success"):
            raise Refused(422, "Validation Failed")
        if len(asked.body.get("description") or "") > 140:
            raise Refused(422, "description is too long (maximum is 140 characters)")
        status = {
            "id": self.next_id(),
            "state": asked.body["state"],
            "description": asked.body.get("description", ""),
            "creator": deployment["creator"],
            "environment_url": asked.body.get("environment_url", ""),
            "log_url": asked.body.get("log_url", ""),
        }
        self.statuses.setdefault(deployment["id"], []).append(status)
        return 201, status

    @route("GET", "/deployments/{id}/statuses", "deployments:read")
    def list_statuses(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002
        return self._page(asked, list(reversed(self.statuses.get(self._deployment(id)["id"], []))))

    def _deployment(self, id_: str) -> dict[str, Any]:
        found = next((each for each in self.deployments if str(each["id"]) == id_), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    @route("GET", "/actions/runs/{run}/attempts/{attempt}", "actions:read")
    def get_attempt(self, asked: Asked, token: JobToken, run: str, attempt: str) -> tuple[Any, ...]:
        status = self.runs.get(f"{run}.{attempt}")
        if status is None:
            raise Refused(404, "Not Found")
        return 200, {"id": int(run), "run_attempt": int(attempt), "status": status, "conclusion": "failure" if status == "completed" else None}

    @route("POST", "/check-runs", "checks:write")
    def create_check_run(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        if not asked.body.get("name") or self._resolve(asked.body.get("head_sha", "")) is None:
            raise Refused(422, "Validation Failed")
        made = {"id": self.next_id(), "annotations": [], "html_url": f"https://github.example/{self.repository}/runs/{self._next}"}
        self.check_runs.append(made)
        return 201, self._into(made, asked.body)

    @route("PATCH", "/check-runs/{id}", "checks:write")
    def update_check_run(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002
        found = next((each for each in self.check_runs if str(each["id"]) == id), None)
        if found is None:
            raise Refused(404, "Not Found")
        return 200, self._into(found, asked.body)

    @staticmethod
    def _into(run: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """Annotations of a check run add up; the rest is replaced."""
        output = body.get("output", {})
        annotations = output.get("annotations", [])
        if len(annotations) > 50:
            raise Refused(422, "Invalid request. No more than 50 annotations are allowed.")
        run |= {name: value for name, value in body.items() if name != "output"}
        run |= {"output": {name: value for name, value in output.items() if name != "annotations"}}
        run["annotations"] += annotations
        return run

    def release(self, tag: str, body: str | None = None) -> dict[str, Any]:
        """A published release of that tag."""
        self.releases[tag] = {"id": self.next_id(), "tag_name": tag, "name": tag, "body": body, "draft": False, "prerelease": False}
        return self.releases[tag]

    @route("GET", "/releases/tags/{tag*}")
    def get_release(self, asked: Asked, token: JobToken, tag: str) -> tuple[Any, ...]:
        if unquote(tag) not in self.releases:
            raise Refused(404, "Not Found")
        return 200, self.releases[unquote(tag)]

    @route("PATCH", "/releases/{id}", "contents:write")
    def update_release(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002
        found = next((each for each in self.releases.values() if str(each["id"]) == id), None)
        if found is None:
            raise Refused(404, "Not Found")
        if len(asked.body.get("body") or "") > 125_000:
            raise Refused(422, "Validation Failed")
        found |= asked.body
        return 200, found
