"""The bounded hand-over of messages from a network thread to the event loop."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class Inbox(Generic[ItemT]):
    """Holds at most `limit` items, those taken and not yet done included.

    A thread that puts one more waits: it reads nothing from its socket meanwhile, which holds back
    the sender. After `patience_s` it gives up, lest it miss the sender's own time-outs, and gives
    up at once until there is room again; what was turned away is counted.
    """

    def __init__(self, limit: int, patience_s: float) -> None:
        self.turned_away = 0
        self._limit = limit
        self._patience_s = patience_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._items: deque[ItemT] = deque()
        self._held = 0
        self._out_of_patience = False
        self._room = threading.Condition()
        self._ready = asyncio.Event()

    @property
    def held(self) -> int:
        """How many are in it, or taken and not yet done."""
        return self._held

    def put(self, item: ItemT, wanted: Callable[[], bool]) -> bool:
        """Put an item in; return whether there was room. Called by threads, while `wanted`."""
        with self._room:
            if self._held >= self._limit and not self._out_of_patience:
                self._room.wait_for(lambda: self._held < self._limit or not wanted(), self._patience_s)
            if not wanted():
                return False
            if self._held >= self._limit:
                self._out_of_patience = True
                self.turned_away += 1
                return False
            self._held += 1
            self._items.append(item)
            first = len(self._items) == 1
        if first and self._loop is not None:
            # The loop is closed already where the process is ending.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ready.set)
        return True

    def clear(self) -> None:
        """Begin on the running loop, with nothing."""
        self._loop = asyncio.get_running_loop()
        with self._room:
            self._items.clear()
            self._held = 0
            self._room.notify_all()

    def stir(self) -> None:
        """Let waiting threads look anew whether they are still wanted."""
        with self._room:
            self._room.notify_all()

    async def take(self) -> list[ItemT]:
        """Return all there is, waiting for at least one; say `done` when they are."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            with self._room:
                items = list(self._items)
                self._items.clear()
            if items:
                return items

    def done(self, count: int) -> None:
        """Make room for as many again."""
        with self._room:
            self._held -= count
            self._out_of_patience = False
            self._room.notify_all()
