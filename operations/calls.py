"""Questions to the people's store off the event loop, for which nobody waits longer than need be."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from telemetry.errors import StoreAway

# Above what SQLite waits for a lock; a server that hangs keeps nobody longer.
_PATIENCE_S: Final = 12.0

P = ParamSpec("P")
R = TypeVar("R")


class StoreCalls:
    """A few threads that ask the store; `close` ends them."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)

    async def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the store answers; StoreAway where nothing comes."""
        return await in_time(asyncio.wrap_future(self._threads.submit(work, *args, **kwargs)))

    def close(self) -> None:
        """End the threads after what they are at."""
        self._threads.shutdown(wait=True, cancel_futures=True)


async def in_time(answer: Awaitable[R]) -> R:
    """Return what the store answers; StoreAway where nothing comes."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await answer
    except TimeoutError:
        raise StoreAway(f"the people's store did not answer within {_PATIENCE_S:.0f} s") from None
