"""Who may use a line next: one at a time, the earliest deadline first.

A poll's deadline is its next slot. So what is read often goes first, and what is read seldom still gets
its turn on a line that is full: its deadline comes nearer with every second it waits.
"""

import asyncio
import heapq
from itertools import count


class Turns:
    """Hands out turns; as many wait as ask, and each asks once at a time."""

    def __init__(self) -> None:
        self._busy = False
        self._numbers = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def take(self, deadline_us: int) -> None:
        """Return when it is one's turn, which must be given back."""
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (deadline_us, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            # Cancelled just as the turn came: it goes to the next.
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let the next one have it."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False
