"""A collector that runs while a test looks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar


class Collector(Protocol):
    async def run(self) -> None: ...


C = TypeVar("C", bound=Collector)


@asynccontextmanager
async def run(collector: C, tasks: str) -> AsyncIterator[C]:
    """Yield a running collector and end it; a task named `tasks…` that it leaves behind is a mistake."""
    task = asyncio.create_task(collector.run(), name="collector")
    try:
        yield collector
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    left = {task.get_name() for task in asyncio.all_tasks() if not task.done()}
    assert {name for name in left if name.startswith((tasks, "collector"))} == set()
