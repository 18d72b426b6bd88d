"""Work for somebody who hangs up."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import Request
from starlette.types import Message

from api.presence import HungUp, while_there


def asked(receive: Callable[[], Awaitable[Message]]) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def test_work_ends_with_whoever_asked_for_it() -> None:
    gone, ended = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def work() -> None:
        try:
            gone.set()
            await asyncio.Event().wait()
        finally:
            # What is cancelled may have to be put away.
            await asyncio.sleep(0)
            ended.set()

    with pytest.raises(HungUp):
        await while_there(asked(receive), work())

    assert ended.is_set()


@pytest.mark.parametrize("fails", [False, True])
async def test_work_is_answered_to_whoever_waits(fails: bool) -> None:
    listening = asyncio.Event()

    async def receive() -> Message:
        listening.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def work() -> str:
        await listening.wait()
        if fails:
            raise ValueError("no month")
        return "done"

    if fails:
        with pytest.raises(ValueError, match="no month"):
            await while_there(asked(receive), work())
    else:
        assert await while_there(asked(receive), work()) == "done"
