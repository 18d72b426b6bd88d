import asyncio
import random

import pytest

from app.supervise import Restarts, supervised


async def test_a_task_that_fails_starts_again_after_a_growing_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    restarts = Restarts()

    async def slept(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 8:
            raise asyncio.CancelledError

    async def run() -> None:
        if len(waits) % 2:
            raise ValueError("a mistake")

    monkeypatch.setattr(random, "uniform", lambda low, high: 1.0)
    monkeypatch.setattr(asyncio, "sleep", slept)
    with pytest.raises(asyncio.CancelledError):
        await supervised("reader", run, restarts)

    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert restarts.by_task == {"reader": 8}
