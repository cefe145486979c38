"""Barriers: requests that wait until a test opens them, or until enough requests have arrived. They fix the order of events in a race."""

import asyncio


class Barriers:
    """The requests that wait, by the number of the fault rule that holds them. Used from the server's event loop alone."""

    def __init__(self) -> None:
        self._held: dict[int, list[asyncio.Future[None]]] = {}
        self._changed = asyncio.Condition()

    @property
    def waiting(self) -> int:
        """How many requests wait, at all barriers."""
        return sum(len(requests) for requests in self._held.values())

    async def wait(self, rule: int, together: int | None) -> None:
        """Wait at that rule's barrier. The request that brings the number of waiting ones to `together` opens it."""
        held = self._held.setdefault(rule, [])
        request: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        held.append(request)
        try:
            if together is not None and len(held) >= together:
                self.open(rule)
            async with self._changed:
                self._changed.notify_all()
            await request
        finally:
            if request in held:
                held.remove(request)  # the sandbox stops

    async def wait_for_arrivals(self, number: int) -> int:
        """How many requests wait, as soon as `number` of them do."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.waiting >= number)
        return self.waiting

    def open(self, rule: int | None = None) -> int:
        """Let the waiting requests go on in the order of their arrival: all, or those of one rule. Returns how many. Later requests wait anew."""
        opened = 0
        for number, held in self._held.items():
            if rule in (None, number):
                opened += len(held)
                for request in held:
                    if not request.done():
                        request.set_result(None)
                held.clear()
        return opened

    def cancel(self) -> None:
        """End every waiting request: it gets no reply, and an effect that was still to come does not come."""
        for held in self._held.values():
            for request in list(held):
                request.cancel()
