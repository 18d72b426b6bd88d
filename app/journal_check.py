"""Whether the alarm journal stands as it was written: looked at when a node starts, and once a day.

Whoever can write the file can change it; the chain makes sure that it does not go unseen.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from alarms.journal import JournalRepository
from telemetry.errors import StoreError

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)


class JournalCheck:
    """Walks the chain in a thread; `broken` says what does not fit, None while all does."""

    def __init__(self, journal: JournalRepository) -> None:
        self._journal = journal
        self.broken: str | None = None

    async def run(self) -> None:
        """Look, and look again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY.total_seconds())

    async def look(self) -> None:
        """Walk the chain once, and say in the log what changed since the last time."""
        before = self.broken
        try:
            chain = await asyncio.to_thread(self._journal.verify)
        except StoreError as error:
            self.broken = str(error)
            if before is None:
                logger.error("%s; restore a backup, and find out who wrote to the data folder", error)
        else:
            self.broken = None
            logger.info("alarm journal: %d records, as they were written", chain.records)
