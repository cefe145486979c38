"""The repository that the stand-in shows, and how a request finds its route."""

import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from deployer.testing.github_stand_in.exchange import BOT, LEVELS, LIMIT, ROUTES, Asked, Fault, HubReply, JobToken, Refused


class StandInBase:
    """One repository. Its first commit is on `main`. Safe to use from threads."""

    def __init__(self, repository: str = "acme/flows") -> None:
        self.repository = repository
        self.default_branch = "main"
        self.parents: dict[str, list[str]] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.tokens: dict[str, JobToken] = {"stand-in-token": JobToken()}
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

    def commit(self, sha: str, *parents: str, branch: str | None = "main") -> str:
        """A commit, on top of the branch it goes to where no parents are given."""
        tip = self.branches.get(branch) if branch else None
        self.parents[sha] = list(parents) or ([tip] if tip else [])
        if branch:
            self.branches[branch] = sha
        return sha

    def token(self, name: str, login: str = BOT, **permissions: str) -> str:
        """A token that may only do this; permissions as `deployments="read"`."""
        self.tokens[name] = JobToken(login, permissions)
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

    def answer(self, asked: Asked) -> HubReply:
        """The reply; faults come before and after it, in the server."""
        try:
            if self.redirect or (self.moved and asked.path.startswith(f"/repos/{self.moved}")):
                return HubReply(301, {"message": "Moved Permanently"}, {"Location": self.redirect or self._moved(asked.path)})
            token = self._token(asked)
            if asked.path == "/graphql":
                return self._graphql(asked, token)
            self._judge(asked)
            prefix, whole = f"/repos/{self.repository}", asked.path
            if whole != prefix and not whole.startswith(prefix + "/"):
                raise Refused(404, "Not Found")
            for method, pattern, name, (permission, level) in ROUTES:
                found = pattern.fullmatch(whole.removeprefix(prefix))
                if method == asked.method and found:
                    self._may(token, permission, level)
                    with self.lock:
                        return HubReply(*getattr(self, name)(asked, token, **{key: unquote(value) for key, value in found.groupdict().items()}))
            raise Refused(404, "Not Found")
        except Refused as refused:
            return refused.answer

    def _moved(self, path: str) -> str:
        return self.url + path.replace(f"/repos/{self.moved}", f"/repos/{self.repository}", 1)

    def _token(self, asked: Asked) -> JobToken:
        scheme, _, secret = asked.authorization.partition(" ")
        token = self.tokens.get(secret) if scheme.lower() in ("bearer", "token") else None
        if token is None:
            raise Refused(401, "Bad credentials")
        if self.remaining <= 0:
            raise Refused(403, "API rate limit exceeded for installation ID 1.")
        self.remaining -= 1
        return token

    def complaints_about(self, asked: Asked) -> list[str]:
        """How the request is not as GitHub describes it. Nothing here: a test's own class may know more."""
        return []

    def _judge(self, asked: Asked) -> None:
        complaints = self.complaints_about(asked)
        self.complaints += complaints
        if complaints:
            raise Refused(422, "; ".join(complaints))

    @staticmethod
    def _may(token: JobToken, permission: str, level: str) -> None:
        if max(LEVELS.index(token.permissions.get(name, "none")) for name in permission.split("|")) < LEVELS.index(level):
            raise Refused(403, "Resource not accessible by integration")

    def _graphql(self, asked: Asked, token: JobToken) -> HubReply:
        query = asked.body.get("query", "") if isinstance(asked.body, dict) else ""
        if "viewer" not in query:
            return HubReply(200, {"errors": [{"message": "the stand-in knows `viewer` only"}]})
        return HubReply(200, {"data": {"viewer": {"login": token.login}}})

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
