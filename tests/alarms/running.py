"""An alarm service that runs, with a clock and a history of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from alarms.active import ActiveAlarm
from alarms.journal import JournalRepository
from alarms.service import AlarmService
from alarms.settings import Rule
from telemetry.clock import Clock
from telemetry.protocols import BatchReader
from tests.alarms.plants import SERIES, batch, plant
from tests.alarms.stores import ManualClock, MemoryHistory


def service(
    rules: Sequence[Rule], journal: JournalRepository, history: BatchReader, clock: Clock
) -> AlarmService:
    return AlarmService(
        rules_on=lambda day: rules,
        plant=plant(),
        series_ids=SERIES,
        journal=journal,
        history=history,
        clock=clock,
    )


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until something holds; the test's own time limit ends the wait."""
    while not holds():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.005)


class Node:
    """What a service needs around it, kept over restarts."""

    def __init__(self, journal: JournalRepository, *rules: Rule) -> None:
        self.journal = journal
        self.rules: tuple[Rule, ...] = rules
        self.clock = ManualClock()
        self.history = MemoryHistory()
        self.service = service(self.rules, journal, self.history, self.clock)

    @asynccontextmanager
    async def up(self, *, begin_after: int = 0) -> AsyncIterator[AlarmService]:
        """Yield the service, started anew and running; it is cancelled at the end."""
        self.service = service(self.rules, self.journal, self.history, self.clock)
        await self.service.start(begin_after=begin_after)
        task = asyncio.create_task(self.service.run())
        try:
            yield self.service
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def commit(self, *rows: Any, at_s: float | None = None) -> None:
        """Commit to history only."""
        self.clock.at_s = max(row[1] for row in rows) if at_s is None else at_s
        self.history.commit(batch(*rows), self.clock.at_s)

    async def read(self, *rows: Any, at_s: float | None = None) -> None:
        """Commit, hand over and wait until it is evaluated and its transitions are journalled."""
        self.commit(*rows, at_s=at_s)
        self.service.submit(self.history.batches[-1])
        await self.evaluated()

    async def evaluated(self) -> None:
        number = self.history.batches[-1].number
        await eventually(lambda: self.service.evaluated_through >= number and not self.service._unkept)

    def shown(self) -> list[str]:
        return [f"{alarm.key} {alarm.state}" for alarm in self.service.active()]

    def alarm(self, key: str) -> ActiveAlarm:
        return next(alarm for alarm in self.service.active() if alarm.key == key)

    def walked(self) -> list[str]:
        """Return the journal, oldest first, as `event key`."""
        page = self.journal.page(before=None, limit=1000)
        return [f"{record.event} {record.key}" for record in reversed(page)]
