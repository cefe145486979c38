"""The calls that this way of deploying needs of a platform's client."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from deployer.platforms.base import Summary


class DefinitionClient(Protocol):
    """All that one key leads to. Every method raises PlatformError; `OutcomeUnknown` after a lost reply to a call that writes."""

    def workflows(self) -> Iterator[Summary]: ...

    def workflow(self, id: str) -> dict[str, Any]: ...  # noqa: A002 - the platform's word

    def create(self, definition: Mapping[str, Any]) -> dict[str, Any]: ...

    def update(self, id: str, definition: Mapping[str, Any]) -> None: ...  # noqa: A002

    def delete(self, id: str) -> bool: ...  # noqa: A002
