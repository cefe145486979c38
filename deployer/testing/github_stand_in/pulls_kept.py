"""Pull requests and their comments, as the stand-in keeps them."""

from typing import Any

from deployer.testing.github_stand_in.exchange import BOT, Asked, JobToken, Refused, route
from deployer.testing.github_stand_in.stand_in import StandInBase


class KeptPulls(StandInBase):
    """Pull requests, with comments."""

    @route("GET", "/pulls", "pull-requests:read")
    def list_pulls(self, asked: Asked, token: JobToken) -> tuple[Any, ...]:
        state = asked.query.get("state", "open")
        return self._page(asked, [self._pull(number) for number in sorted(self.pulls, reverse=True) if state in ("all", self.pulls[number]["state"])])

    @route("GET", "/pulls/{number}", "pull-requests:read")
    def get_pull(self, asked: Asked, token: JobToken, number: str) -> tuple[Any, ...]:
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
    def list_comments(self, asked: Asked, token: JobToken, number: str) -> tuple[Any, ...]:
        return self._page(asked, self.comments.get(int(number), []))

    @route("POST", "/issues/{number}/comments", "issues|pull-requests:write")
    def create_comment(self, asked: Asked, token: JobToken, number: str) -> tuple[Any, ...]:
        if int(number) in self.locked:
            raise Refused(403, "Unable to create comment because issue is locked.")
        return 201, self.comment(int(number), self._body(asked), token.login)

    @route("PATCH", "/issues/comments/{id}", "issues|pull-requests:write")
    def update_comment(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002
        _, found = self._comment(id)
        found["body"] = self._body(asked)
        return 200, found

    @route("DELETE", "/issues/comments/{id}", "issues|pull-requests:write")
    def delete_comment(self, asked: Asked, token: JobToken, id: str) -> tuple[Any, ...]:  # noqa: A002
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
