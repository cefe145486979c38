"""The request of one call, as a value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Final

from deployer.http.classify import ANYTHING, Expected
from deployer.http.quota import CALLS, Account
from deployer.model.secret import Secret

SMALL_REPLY_BYTES: Final = 1024 * 1024  # of a call that gives back neither a list, a definition nor a run
LARGE_REPLY_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins with `/` and stands below the base URL. `repeatable`: doing it twice is the same as doing it once.

    `basic`: the key is `USER:PASSWORD`, sent as Basic authentication and not as a Bearer token. `key_header`: the header that carries the key as
    it is, "" for a Bearer token.
    `form` and `files` make a multipart body, `content` is sent as it is. `bucket` names the rate limit that counts it. `before_send` is called
    right before each try, after any wait: a FlowshipError that it raises ends the call. A reply of more than `max_reply_bytes`, unpacked, is
    refused. `retry_odd`: a whole reply that is not what this call gives back is asked for again.
    """

    method: str
    path: str
    key: Secret
    _: KW_ONLY
    repeatable: bool
    basic: bool = False
    key_header: str = ""
    json: object = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    params: Mapping[str, str | int] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] | None = None
    expected: Expected = ANYTHING
    max_reply_bytes: int = SMALL_REPLY_BYTES
    retry_odd: bool = True
    bucket: str = CALLS
    before_send: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"

    @property
    def account(self) -> Account:
        return Account(self.key, self.bucket)


def file_part(filename: str, content: bytes) -> tuple[str, bytes, str]:
    """A file for `files`: its name without a folder and without what UTF-8 cannot carry, its bytes, its type."""
    return re.split(r"[/\\]", filename)[-1].encode("utf-8", "replace").decode(), content, "application/octet-stream"
