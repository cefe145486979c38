"""A stand-in for GitHub's REST API (and a bit of GraphQL): one repository, in memory, over real HTTP.

    with running(GitHub()) as hub:
        hub.url, hub.token("write-all")

Replies have the shape of GitHub's published OpenAPI description, as far as anybody here reads them. A route is a method with a
`@route`; to grow it, add one. What a test can set: commits and refs, tokens with permissions that can be deleted one by one,
limits, and faults (`Fault`). `requests` tells what was asked.

As a process: `python tests/support/github_stand_in.py --host 0.0.0.0 --port 8788 --repository acme/flows --token T` prints its address.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import fnmatch
import hashlib
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

BOT = "github-actions[bot]"
LIMIT = 1000  # calls an hour, as the default token has
LEVELS = ("none", "read", "write")


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Refused(Exception):  # noqa: N818 - an answer, as an exception
    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more})


@dataclass
class Token:
    """`login` is who it acts as; `permissions` by name ("contents", "deployments", …): none, read or write."""

    login: str = BOT
    permissions: dict[str, str] = field(
        default_factory=lambda: {
            "contents": "read",
            "deployments": "write",
            "issues": "write",
            "checks": "write",
            "actions": "read",
            "pull-requests": "read",
        }
    )


@dataclass
class Fault:
    """What happens to requests that match. `after`: the effect takes place first. `skip` the first ones, then `times` of them.

    `do`: an HTTP status, "reset" (the connection breaks), "secondary" (403 with Retry-After), "primary" (403, nothing left, reset in
    `seconds`), or "torn" (half a body).
    """

    method: str = "*"
    path: str = "*"
    do: int | str = 502
    after: bool = False
    skip: int = 0
    times: int = 1
    seconds: int = 0
    message: str = "Server Error"

    def matches(self, method: str, path: str) -> bool:
        if not (fnmatch.fnmatchcase(method, self.method) and fnmatch.fnmatchcase(path, self.path)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


class Asked(NamedTuple):
    """One request as it came. `body` is its JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str


_ROUTES: list[tuple[str, re.Pattern[str], str, tuple[str, str]]] = []


def route(method: str, path: str, needs: str = "contents:read") -> Callable[[Any], Any]:
    """`needs`: the permission and the level, as `deployments:write`; `a|b:write` where either does."""

    def register(function: Any) -> Any:
        name, _, level = needs.partition(":")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", path))
        _ROUTES.append((method, re.compile(pattern + r"\Z"), function.__name__, (name, level)))
        return function

    return register


def blob_hash(content: bytes) -> str:
    """As git has it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class GitHub:
    """One repository. Its first commit is on `main`. Safe to use from threads."""

    def __init__(self, repository: str = "acme/flows") -> None:
        self.repository = repository
        self.default_branch = "main"
        self.parents: dict[str, list[str]] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.tokens: dict[str, Token] = {"stand-in-token": Token()}
        self.deployments: list[dict[str, Any]] = []  # oldest first
        self.statuses: dict[int, list[dict[str, Any]]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}  # by pull request or issue, oldest first
        self.locked: set[int] = set()  # conversations that are
        self.check_runs: list[dict[str, Any]] = []
        self.releases: dict[str, dict[str, Any]] = {}  # by tag
        self.requests: list[Asked] = []
        self.complaints: list[str] = []  # requests that are not as GitHub describes them; `running` ends with an error for them
        self.faults: list[Fault] = []
        self.files: dict[str, dict[str, bytes]] = {}  # by commit, by path
        self.pulls: dict[int, dict[str, Any]] = {}  # by number: state, head and base commits
        self.remaining = LIMIT
        self.runs: dict[str, str] = {}  # the status of an attempt, as "7.1"
        self.moved = ""  # a name that the repository had before: redirected, as GitHub does
        self.redirect = ""  # everything is redirected to this address
        self.url = ""
        self.lock = threading.RLock()
        self._next = 1
        self.commit("c0ffee" + "0" * 34)

    # What tests set

    def commit(self, sha: str, *parents: str, branch: str | None = "main") -> str:
        """A commit, on top of the branch it goes to where no parents are given."""
        tip = self.branches.get(branch) if branch else None
        self.parents[sha] = list(parents) or ([tip] if tip else [])
        if branch:
            self.branches[branch] = sha
        return sha

    def token(self, name: str, login: str = BOT, **permissions: str) -> str:
        """A token that may only do this; permissions as `deployments="read"`."""
        self.tokens[name] = Token(login, permissions)
        return name

    def delete(self, permission: str, level: str = "none") -> None:
        """From every token."""
        for token in self.tokens.values():
            token.permissions[permission] = level

    def pull(self, number: int, head: str = "", base: str = "", *, state: str = "open", **more: Any) -> dict[str, Any]:
        """A pull request, opened or changed. What is not given stays. `more`: `origin` (the repository of its commits, None when it is gone),
        `labels` (names), `merged`."""
        there = self.pulls.setdefault(number, {"head": self.branches["main"], "base": self.branches["main"]})
        there |= {"state": state, **({"head": head} if head else {}), **({"base": base} if base else {}), **more}
        return there

    def next_id(self) -> int:
        self._next += 1
        return self._next

    def environments(self) -> dict[str, list[dict[str, Any]]]:
        """Deployments by environment, oldest first."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.deployments:
            found.setdefault(each["environment"], []).append(each)
        return found

    # Answers

    def answer(self, asked: Asked) -> Answer:
        """The reply; faults come before and after it, in the server."""
        try:
            if self.redirect or (self.moved and asked.path.startswith(f"/repos/{self.moved}")):
                return Answer(301, {"message": "Moved Permanently"}, {"Location": self.redirect or self._moved(asked.path)})
            token = self._token(asked)
            if asked.path == "/graphql":
                return self._graphql(asked, token)
            self._judge(asked)
            prefix, whole = f"/repos/{self.repository}", asked.path
            if whole != prefix and not whole.startswith(prefix + "/"):
                raise Refused(404, "Not Found")
            for method, pattern, name, (permission, level) in _ROUTES:
                found = pattern.fullmatch(whole.removeprefix(prefix))
                if method == asked.method and found:
                    self._may(token, permission, level)
                    with self.lock:
                        return Answer(*getattr(self, name)(asked, token, **{key: unquote(value) for key, value in found.groupdict().items()}))
            raise Refused(404, "Not Found")
        except Refused as refused:
            return refused.answer

    def _moved(self, path: str) -> str:
        return self.url + path.replace(f"/repos/{self.moved}", f"/repos/{self.repository}", 1)

    def _token(self, asked: Asked) -> Token:
        scheme, _, secret = asked.authorization.partition(" ")
        token = self.tokens.get(secret) if scheme.lower() in ("bearer", "token") else None
        if token is None:
            raise Refused(401, "Bad credentials")
        if self.remaining <= 0:
            raise Refused(403, "API rate limit exceeded for installation ID 1.")
        self.remaining -= 1
        return token

    def _judge(self, asked: Asked) -> None:
        """Hold it to GitHub's own description of its API, where that is there: see `github_description`."""
        description = os.environ.get("FLOWSHIP_OPENAPI")
        if description and asked.path.startswith(f"/repos/{self.repository}"):
            import github_description

            said = github_description.read(description).complaints(asked.method, asked.path, asked.query, asked.body)
            self.complaints += said
            if said:
                raise Refused(422, "; ".join(said))

    @staticmethod
    def _may(token: Token, permission: str, level: str) -> None:
        if max(LEVELS.index(token.permissions.get(name, "none")) for name in permission.split("|")) < LEVELS.index(level):
            raise Refused(403, "Resource not accessible by integration")

    def _graphql(self, asked: Asked, token: Token) -> Answer:
        query = asked.body.get("query", "") if isinstance(asked.body, dict) else ""
        if "viewer" not in query:
            return Answer(200, {"errors": [{"message": "the stand-in knows `viewer` only"}]})
        return Answer(200, {"data": {"viewer": {"login": token.login}}})

    @route("GET", "")
    def get_repository(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        return 200, {"id": 1, "name": self.repository.partition("/")[2], "full_name": self.repository, "default_branch": self.default_branch}

    @route("GET", "/deployments", "deployments:read")
    def list_deployments(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        wanted = {name: asked.query[name] for name in ("sha", "ref", "task", "environment") if asked.query.get(name, "none") != "none"}
        rows = [each for each in reversed(self.deployments) if all(each[name] == value for name, value in wanted.items())]
        return self._page(asked, rows)

    @route("POST", "/deployments", "deployments:write")
    def create_deployment(self, asked: Asked, token: Token) -> tuple[Any, ...]:
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
    def create_status(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002 - the route's name for it
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
    def list_statuses(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002
        return self._page(asked, list(reversed(self.statuses.get(self._deployment(id)["id"], []))))

    def _deployment(self, id_: str) -> dict[str, Any]:
        found = next((each for each in self.deployments if str(each["id"]) == id_), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    @route("GET", "/actions/runs/{run}/attempts/{attempt}", "actions:read")
    def get_attempt(self, asked: Asked, token: Token, run: str, attempt: str) -> tuple[Any, ...]:
        status = self.runs.get(f"{run}.{attempt}")
        if status is None:
            raise Refused(404, "Not Found")
        return 200, {"id": int(run), "run_attempt": int(attempt), "status": status, "conclusion": "failure" if status == "completed" else None}

    @route("GET", "/commits")
    def list_commits(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        tip = self._resolve(asked.query.get("sha", self.default_branch))
        if tip is None:
            raise Refused(404, "Not Found")
        return self._page(asked, [self._commit(sha) for sha in self._below(tip)])

    @route("GET", "/commits/{ref}")
    def get_commit(self, asked: Asked, token: Token, ref: str) -> tuple[Any, ...]:
        sha = self._resolve(ref)
        if sha is None:
            raise Refused(422, f"No commit found for SHA: {ref}")
        return 200, self._commit(sha)

    @route("GET", "/commits/tags/{ref}")
    def get_tagged_commit(self, asked: Asked, token: Token, ref: str) -> tuple[Any, ...]:
        if ref not in self.tags:
            raise Refused(422, f"No commit found for SHA: tags/{ref}")
        return 200, self._commit(self.tags[ref])

    @route("GET", "/contents/")
    def get_top_folder(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        answer: tuple[Any, ...] = self.get_contents(asked, token, "")
        return answer

    @route("GET", "/contents/{path*}")
    def get_contents(self, asked: Asked, token: Token, path: str) -> tuple[Any, ...]:
        sha = self._resolve(asked.query.get("ref", self.default_branch))
        files = self.files.get(sha or "", {})
        folder = f"{path}/" if path else ""
        inside = {each.removeprefix(folder).partition("/")[0]: each for each in sorted(files) if each.startswith(folder)}
        if inside and path not in files:
            return 200, [
                {"type": "file", "name": name, "path": each, "sha": blob_hash(files[each]), "size": len(files[each])}
                if each == folder + name
                else {"type": "dir", "name": name, "path": folder + name, "sha": "0" * 40, "size": 0}
                for name, each in inside.items()
            ]
        if path not in files:
            raise Refused(404, "Not Found")
        small = len(files[path]) <= 1024 * 1024
        content = base64.encodebytes(files[path]).decode() if small else ""
        return 200, {"type": "file", "path": path, "sha": blob_hash(files[path]), "encoding": "base64" if small else "none", "content": content}

    @route("GET", "/git/blobs/{sha}")
    def get_blob(self, asked: Asked, token: Token, sha: str) -> tuple[Any, ...]:
        every = (content for files in self.files.values() for content in files.values())
        content = next((each for each in every if blob_hash(each) == sha), None)
        if content is None:
            raise Refused(404, "Not Found")
        return 200, {"sha": sha, "encoding": "base64", "content": base64.b64encode(content).decode()}

    @route("GET", "/pulls", "pull-requests:read")
    def list_pulls(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        state = asked.query.get("state", "open")
        return self._page(asked, [self._pull(number) for number in sorted(self.pulls, reverse=True) if state in ("all", self.pulls[number]["state"])])

    @route("GET", "/pulls/{number}", "pull-requests:read")
    def get_pull(self, asked: Asked, token: Token, number: str) -> tuple[Any, ...]:
        if not number.isdigit() or int(number) not in self.pulls:
            raise Refused(404, "Not Found")
        return 200, self._pull(int(number))

    def _pull(self, number: int) -> dict[str, Any]:
        there = self.pulls[number]
        origin = there.get("origin", self.repository)
        return {
            "number": number,
            "state": there["state"],
            "merged_at": "2026-01-01T00:00:00Z" if there.get("merged") else None,
            "labels": [{"name": name} for name in there.get("labels", ())],
            "head": {"sha": there["head"], "ref": f"change-{number}", "repo": {"full_name": origin} if origin else None},
            "base": {"sha": there["base"], "ref": self.default_branch, "repo": {"full_name": self.repository}},
        }

    @route("GET", "/issues/{number}/comments", "issues|pull-requests:read")
    def list_comments(self, asked: Asked, token: Token, number: str) -> tuple[Any, ...]:
        return self._page(asked, self.comments.get(int(number), []))

    @route("POST", "/issues/{number}/comments", "issues|pull-requests:write")
    def create_comment(self, asked: Asked, token: Token, number: str) -> tuple[Any, ...]:
        if int(number) in self.locked:
            raise Refused(403, "Unable to create comment because issue is locked.")
        return 201, self.comment(int(number), self._body(asked), token.login)

    @route("PATCH", "/issues/comments/{id}", "issues|pull-requests:write")
    def update_comment(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002
        _, found = self._comment(id)
        found["body"] = self._body(asked)
        return 200, found

    @route("DELETE", "/issues/comments/{id}", "issues|pull-requests:write")
    def delete_comment(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002
        thread, found = self._comment(id)
        thread.remove(found)
        return 204, None

    def comment(self, number: int, body: str, login: str = BOT) -> dict[str, Any]:
        """A comment, made by `login`."""
        id_ = self.next_id()
        made = {
            "id": id_,
            "url": f"{self.url}/repos/{self.repository}/issues/comments/{id_}",
            "html_url": f"https://github.example/{self.repository}/pull/{number}#issuecomment-{id_}",
            "body": body,
            "user": {"login": login, "id": 41898282, "type": "Bot" if login.endswith("[bot]") else "User"},
        }
        self.comments.setdefault(number, []).append(made)
        return made

    def _comment(self, id_: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        for thread in self.comments.values():
            for each in thread:
                if str(each["id"]) == id_:
                    return thread, each
        raise Refused(404, "Not Found")

    @staticmethod
    def _body(asked: Asked) -> str:
        body = asked.body.get("body") if isinstance(asked.body, dict) else None
        if not isinstance(body, str) or not body.strip():
            raise Refused(422, "Validation Failed", errors=[{"resource": "IssueComment", "code": "missing_field", "field": "body"}])
        if len(body) > 65536:
            raise Refused(422, "Validation Failed", errors=["Body is too long (maximum is 65536 characters)"])
        return body

    @route("POST", "/check-runs", "checks:write")
    def create_check_run(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        if not asked.body.get("name") or self._resolve(asked.body.get("head_sha", "")) is None:
            raise Refused(422, "Validation Failed")
        made = {"id": self.next_id(), "annotations": [], "html_url": f"https://github.example/{self.repository}/runs/{self._next}"}
        self.check_runs.append(made)
        return 201, self._into(made, asked.body)

    @route("PATCH", "/check-runs/{id}", "checks:write")
    def update_check_run(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002
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
    def get_release(self, asked: Asked, token: Token, tag: str) -> tuple[Any, ...]:
        if unquote(tag) not in self.releases:
            raise Refused(404, "Not Found")
        return 200, self.releases[unquote(tag)]

    @route("PATCH", "/releases/{id}", "contents:write")
    def update_release(self, asked: Asked, token: Token, id: str) -> tuple[Any, ...]:  # noqa: A002
        found = next((each for each in self.releases.values() if str(each["id"]) == id), None)
        if found is None:
            raise Refused(404, "Not Found")
        if len(asked.body.get("body") or "") > 125_000:
            raise Refused(422, "Validation Failed")
        found |= asked.body
        return 200, found

    @route("GET", "/branches")
    def list_branches(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        return self._page(asked, [{"name": name, "commit": {"sha": sha}, "protected": False} for name, sha in sorted(self.branches.items())])

    @route("GET", "/tags")
    def list_tags(self, asked: Asked, token: Token) -> tuple[Any, ...]:
        return self._page(asked, [{"name": name, "commit": {"sha": sha}} for name, sha in sorted(self.tags.items())])

    @route("GET", "/compare/{basehead}")
    def compare(self, asked: Asked, token: Token, basehead: str) -> tuple[Any, ...]:
        base, _, head = basehead.partition("...")
        one, other = self._resolve(base), self._resolve(head)
        if one is None or other is None:
            raise Refused(404, "Not Found")
        ahead, behind = set(self._below(other)) - set(self._below(one)), set(self._below(one)) - set(self._below(other))
        status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
        commits = [self._commit(sha) for sha in sorted(ahead)]
        return 200, {
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": commits[:1],
            "files": self._changed(one, other)[:300],
        }

    def _changed(self, base: str, head: str) -> list[dict[str, str]]:
        """What differs since the two parted; every commit's files are whole."""
        shared = next((sha for sha in self._below(head) if sha in self._below(base)), base)
        before, after = self.files.get(shared, {}), self.files.get(head, {})
        kinds = {(True, True): "modified", (True, False): "removed", (False, True): "added"}
        return [
            {"filename": path, "status": kinds[path in before, path in after]}
            for path in sorted({*before, *after})
            if before.get(path) != after.get(path)
        ]

    def _commit(self, sha: str) -> dict[str, Any]:
        return {"sha": sha, "commit": {"message": f"commit {sha[:7]}"}, "parents": [{"sha": parent} for parent in self.parents[sha]]}

    def _below(self, tip: str) -> list[str]:
        """The commit and its ancestors, newest first."""
        found: list[str] = []
        queue = [tip]
        while queue:
            sha = queue.pop(0)
            if sha not in found:
                found.append(sha)
                queue += self.parents[sha]
        return found

    def _resolve(self, ref: str) -> str | None:
        for names in (self.branches, self.tags):
            if ref.removeprefix("refs/heads/").removeprefix("refs/tags/") in names:
                return names[ref.removeprefix("refs/heads/").removeprefix("refs/tags/")]
        found = [sha for sha in self.parents if len(ref) >= 4 and sha.startswith(ref)]
        return found[0] if len(found) == 1 else None

    def _page(self, asked: Asked, rows: Sequence[Any]) -> tuple[Any, ...]:
        size = min(100, max(1, int(asked.query.get("per_page", "30"))))
        page = max(1, int(asked.query.get("page", "1")))
        part = rows[(page - 1) * size : page * size]
        if page * size >= len(rows):
            return 200, part
        last = (len(rows) + size - 1) // size
        here = f"{self.url}{asked.path}?per_page={size}"
        return 200, part, {"Link": f'<{here}&page={page + 1}>; rel="next", <{here}&page={last}>; rel="last"'}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: GitHub

    def log_message(self, *_: Any) -> None:
        return

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        asked = Asked(self.command, unquote(parts.path), query, json.loads(raw) if raw else None, self.headers.get("Authorization", ""))
        with self.hub.lock:
            self.hub.requests.append(asked)
            fault = next((each for each in self.hub.faults if each.matches(asked.method, asked.path)), None)
        if fault is None:
            self._send(self.hub.answer(asked))
            return
        if fault.after:
            self.hub.answer(asked)
        self._fail(fault)

    def _fail(self, fault: Fault) -> None:
        match fault.do:
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case "secondary":
                message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                self._send(Answer(403, {"message": message}, {"Retry-After": str(fault.seconds)}))
            case "primary":
                reset = str(int(time.time()) + fault.seconds)
                self._send(Answer(403, {"message": "API rate limit exceeded for x"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}))
            case "torn":
                self._send(Answer(200, "half", {}), torn=True)
            case status:
                self._send(Answer(int(status), {"message": fault.message}))

    def _send(self, answer: Answer, *, torn: bool = False) -> None:
        content = json.dumps(answer.body).encode() if answer.status != 204 else b""
        limits = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(self.hub.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
        }
        headers = {"Content-Type": "application/json; charset=utf-8", **limits, **answer.headers, "Content-Length": str(len(content))}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if torn else content)
        self.close_connection = self.close_connection or torn

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that went away


@contextlib.contextmanager
def running(hub: GitHub, host: str = "127.0.0.1", port: int = 0) -> Iterator[GitHub]:
    """Serve it from a thread; `hub.url` is its address."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _Server((host, port), handler) as server:
        hub.url = f"http://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="github-stand-in", daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join(10)
    if hub.complaints:
        raise AssertionError("not as GitHub describes its API: " + "; ".join(dict.fromkeys(hub.complaints)))


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for GitHub's API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8788)
    parser.add_argument("--repository", default="acme/flows")
    parser.add_argument("--token", default="stand-in-token")
    parser.add_argument("--commit", action="append", default=[], help="on main, oldest first")
    asked = parser.parse_args()
    hub = GitHub(asked.repository)
    hub.tokens = {asked.token: Token()}
    for sha in asked.commit:
        hub.commit(sha)
    with running(hub, asked.host, asked.port):
        print(hub.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
