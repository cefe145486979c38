"""The page of a GitHub Release: what went live stands there, and what people wrote stays."""

from typing import Any

import pytest

from deployer.github.api import Api
from deployer.github.releases import update_page
from deployer.http.clock import Clock
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret


class Hub(Api):
    """One release, and what a token may do to it. `fails` answers writes with that status."""

    def __init__(self, page: dict[str, Any] | None, fails: int = 0) -> None:
        super().__init__("https://api.github.example", "acme/flows", Secret("stand-in-token"), clock=Clock(60))
        self.page = page
        self.fails = fails
        self.writes = 0

    def get(self, path: str, **_: str | int) -> Any:
        if self.page is None:
            raise PlatformError("github", "Not Found", code="HTTP 404", status=404)
        assert path == "/releases/tags/release%2Fv1"
        return self.page

    def patch(self, path: str, body: Any, *, repeatable: bool = True) -> Any:
        self.writes += 1
        if self.fails:
            raise PlatformError("github", "Resource not accessible by integration", code=f"HTTP {self.fails}", status=self.fails)
        assert self.page is not None
        assert path == f"/releases/{self.page['id']}"
        self.page.update(body)
        return self.page


def add(text: str) -> str:
    return text if "table" in text else f"{text}table"


def test_the_page_is_written_once() -> None:
    hub = Hub({"id": 7, "body": None})
    assert update_page(hub, "release/v1", add) == ""
    assert update_page(hub, "release/v1", add) == ""
    assert hub.page == {"id": 7, "body": "table"}
    assert hub.writes == 1


def test_a_tag_without_a_release_is_nothing_to_speak_of() -> None:
    assert update_page(Hub(None), "release/v1", add) == ""


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_permission_is_a_notice_with_its_fix(status: int) -> None:
    assert "`contents: write`" in update_page(Hub({"id": 7, "body": ""}, status), "release/v1", add)


def test_an_answer_that_is_none_is_a_notice() -> None:
    assert "holds no id" in update_page(Hub({}), "release/v1", add)
