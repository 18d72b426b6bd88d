import asyncio
import threading
from collections.abc import Callable
from typing import Any

from collectors.mqtt.inbox import Inbox
from tests.collectors.recording import until


def always() -> bool:
    return True


async def in_thread(call: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.to_thread(call, *args)


async def test_items_come_in_order_and_as_many_as_there_are() -> None:
    inbox: Inbox[int] = Inbox(limit=10, patience_s=9)
    inbox.clear()
    for item in range(3):
        await in_thread(inbox.put, item, always)

    assert await inbox.take() == [0, 1, 2]
    assert inbox.held == 3
    inbox.done(3)
    assert inbox.held == 0


async def test_a_full_inbox_holds_back_who_puts_more_until_there_is_room() -> None:
    inbox: Inbox[int] = Inbox(limit=2, patience_s=9)
    inbox.clear()
    putting = asyncio.create_task(in_thread(lambda: [inbox.put(item, always) for item in range(5)]))
    found: list[int] = []
    while len(found) < 5:
        items = await inbox.take()
        found += items
        assert inbox.held <= 2
        inbox.done(len(items))

    assert found == [0, 1, 2, 3, 4]
    assert await putting == [True] * 5
    assert inbox.turned_away == 0


async def test_patience_ends_once_and_comes_back_with_room() -> None:
    inbox: Inbox[int] = Inbox(limit=1, patience_s=0.05)
    inbox.clear()

    taken = await in_thread(lambda: [inbox.put(item, always) for item in range(100)])

    assert taken == [True] + [False] * 99
    assert inbox.turned_away == 99
    inbox.done(len(await inbox.take()))
    assert await in_thread(inbox.put, 7, always)


async def test_who_is_no_longer_wanted_stops_waiting() -> None:
    inbox: Inbox[int] = Inbox(limit=1, patience_s=9)
    inbox.clear()
    wanted = threading.Event()
    wanted.set()
    await in_thread(inbox.put, 1, wanted.is_set)
    putting = asyncio.create_task(in_thread(inbox.put, 2, wanted.is_set))
    await asyncio.sleep(0.02)
    wanted.clear()
    inbox.stir()

    assert not await putting
    assert (inbox.held, inbox.turned_away) == (1, 0)


async def test_many_threads_lose_nothing() -> None:
    inbox: Inbox[int] = Inbox(limit=5, patience_s=9)
    inbox.clear()
    putting = [
        asyncio.create_task(in_thread(lambda: [inbox.put(1, always) for _ in range(300)])) for _ in range(4)
    ]
    found = 0
    while found < 1200:
        items = await inbox.take()
        found += len(items)
        inbox.done(len(items))
    await asyncio.gather(*putting)

    assert found == 1200
    await until(lambda: inbox.held == 0)
