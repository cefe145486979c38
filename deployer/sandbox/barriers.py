"""Barriers: requests that wait until a test lets them go on, or until enough of them are there. For the order of things in a race."""

import asyncio


class Barriers:
    """Who waits at which rule's barrier. Used from the server's event loop alone."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}
        self._changed = asyncio.Condition()

    @property
    def waiting(self) -> int:
        """How many requests wait, at all barriers."""
        return sum(len(each) for each in self._waiting.values())

    async def wait(self, rule: int, together: int | None) -> None:
        """Wait at that rule's barrier; the one that makes them `together` opens it."""
        here = self._waiting.setdefault(rule, [])
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        here.append(place)
        try:
            if together is not None and len(here) >= together:
                self.open(rule)
            await self._tell()
            await place
        finally:
            if place in here:
                here.remove(place)  # the sandbox stops

    async def come(self, number: int) -> int:
        """How many wait, as soon as `number` of them do."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.waiting >= number)
        return self.waiting

    def open(self, rule: int | None = None) -> int:
        """Let those that wait go on, in the order they came: all, or those of one rule. Gives how many. Who comes later waits anew."""
        opened = 0
        for number, here in self._waiting.items():
            if rule in (None, number):
                opened += len(here)
                for place in here:
                    if not place.done():
                        place.set_result(None)
                here.clear()
        return opened

    def drop(self) -> None:
        """Whoever waits gets no reply, and has no effect that was still to come."""
        for here in self._waiting.values():
            for place in list(here):
                place.cancel()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
