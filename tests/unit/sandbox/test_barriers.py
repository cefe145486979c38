"""Barriers: which requests wait, and what lets them go on."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deployer.sandbox.barriers import Barriers


def in_loop(steps: Callable[[Barriers], Awaitable[None]]) -> None:
    async def run() -> None:
        await asyncio.wait_for(steps(Barriers()), timeout=10)

    asyncio.run(run())


def test_opening_lets_requests_go_on_in_the_order_of_their_arrival() -> None:
    async def steps(barriers: Barriers) -> None:
        passed: list[int] = []

        async def request(number: int) -> None:
            await barriers.wait(1, None)
            passed.append(number)

        tasks = [asyncio.create_task(request(number)) for number in range(3)]
        assert await barriers.wait_for_arrivals(3) == 3
        assert passed == []
        assert barriers.open() == 3
        await asyncio.gather(*tasks)
        assert (passed, barriers.waiting) == ([0, 1, 2], 0)

    in_loop(steps)


def test_one_rules_barrier_is_opened_alone() -> None:
    async def steps(barriers: Barriers) -> None:
        first, second = (asyncio.create_task(barriers.wait(rule, None)) for rule in (1, 2))
        await barriers.wait_for_arrivals(2)
        assert barriers.open(2) == 1
        await second
        assert (first.done(), barriers.waiting) == (False, 1)
        barriers.open()
        await first

    in_loop(steps)


def test_the_last_of_enough_requests_opens_the_barrier() -> None:
    async def steps(barriers: Barriers) -> None:
        first = asyncio.create_task(barriers.wait(1, 2))
        await barriers.wait_for_arrivals(1)
        assert not first.done()
        await barriers.wait(1, 2)
        await first
        assert barriers.waiting == 0

    in_loop(steps)


def test_cancelled_requests_do_not_go_on() -> None:
    async def steps(barriers: Barriers) -> None:
        request = asyncio.create_task(barriers.wait(1, None))
        await barriers.wait_for_arrivals(1)
        barriers.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert barriers.waiting == 0

    in_loop(steps)
