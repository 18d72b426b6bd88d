"""Whether what a node keeps stands as it was written: looked at bit by bit while it runs.

Every hour the next month file is read, slowly, and once a day the SQLite stores and the ledger of people's
work, wherever it stands; a damaged disk is to be known while there are still backups from before it, and
that somebody wrote past the ledger before anybody is judged by it.
"""

import asyncio
import logging
import time
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from app.copying import Look, in_thread
from app.data import DataFolder
from history.embedded import EmbeddedHistory
from history.integrity import months_listed
from history.month_standing import hash_wrong
from history.segments import FOLDER, standing_wrong
from operations.ledger import Ledger
from operations.ledger_check import LedgerDamaged, looked_through
from storage import copies
from telemetry.errors import StoreError

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
_ROUNDS_A_DAY: Final = 24
_REST: Final = 4.0
"""A look waits this many times as long as what came before it took: a fifth of a core at most."""


class IntegrityCheck:
    """Looks at one part after another; `broken` says what does not fit, None while all does.

    `records_broken` says it of the records of people's work, without which a node reads, keeps and alarms.
    """

    def __init__(self, data: DataFolder, history: EmbeddedHistory, ledger: Ledger | None = None) -> None:
        self._data = data
        self._history = history
        self._ledger = ledger
        self._ledger_due = True
        self.records_broken: str | None = None
        self._wrong: dict[str, str] = {}
        self._last = ""
        self._rounds = 0

    @property
    def broken(self) -> str | None:
        """What was found wrong and is not mended yet."""
        return next(iter(self._wrong.values()), None)

    async def run(self) -> None:
        """Look at the next part every hour until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY.total_seconds())

    async def look(self) -> None:
        """Look at the next month file, whether all are there, and at the SQLite stores in their turn."""
        if self._rounds % _ROUNDS_A_DAY == 0:
            for store in self._stores():
                self._note(store.name, await in_thread(partial(_store_wrong, store)))
            self._ledger_due = True
        self._rounds += 1
        if self._ledger is not None and self._ledger_due:
            await self._look_at_records(self._ledger)
        await self._look_at_month()

    async def _look_at_records(self, ledger: Ledger) -> None:
        """Walk the ledger; where its store is away, the next hour's look does it."""
        before = self.records_broken
        try:
            await in_thread(lambda look: looked_through(ledger.engine, ledger.plant, slowly(look)))
        except LedgerDamaged as error:
            self.records_broken, self._ledger_due = str(error), False
            if before is None:
                logger.error("%s; restore a backup, and find out who wrote to the people's store", error)
        except StoreError as error:
            logger.warning("ledger: not looked at: %s", error)
        else:
            self.records_broken, self._ledger_due = None, False
            if before is not None:
                logger.info("ledger: as it was written again")

    def _stores(self) -> list[Path]:
        return [store for store in (self._data.node, self._data.people) if store.exists()]

    async def _look_at_month(self) -> None:
        with self._history.month_files_kept():
            try:
                listed = {item.file: item for item in await months_listed(self._history)}
            except StoreError as error:
                logger.warning("month files: not looked at: %s", error)
                return
            self._forget_replaced(listed.keys())
            if not listed:
                return
            for item in listed.values():
                if wrong := standing_wrong(self._data.path / FOLDER, item):
                    self._note(f"{FOLDER}/{item.file}", wrong)
            self._last = min((name for name in listed if name > self._last), default=min(listed))
            segment, folder = listed[self._last], self._data.path / FOLDER
            wrong = await in_thread(lambda look: hash_wrong(folder, segment, slowly(look)))
        self._note(f"{FOLDER}/{segment.file}", wrong)

    def _forget_replaced(self, listed: Collection[str]) -> None:
        for part in list(self._wrong):
            if part.startswith(f"{FOLDER}/") and part.removeprefix(f"{FOLDER}/") not in listed:
                self._note(part, None)

    def _note(self, part: str, wrong: str | None) -> None:
        """Remember how a part stands, and say in the log what changed."""
        before = self._wrong.pop(part, None)
        if wrong is not None:
            self._wrong[part] = f"{part}: {wrong}"
            if before is None:
                logger.error(
                    "%s: %s; restore a backup (`outfall verify` says what else is wrong)", part, wrong
                )
        elif before is not None:
            logger.info("%s: as it was written again", part)


def slowly(look: Look) -> Look:
    """Return a look that also waits, so that who works between two is no burden."""
    began = time.monotonic()

    def wait() -> None:
        nonlocal began
        look()
        time.sleep(min((time.monotonic() - began) * _REST, 1.0))
        began = time.monotonic()

    return wait


def _store_wrong(store: Path, _: Look) -> str | None:
    try:
        found = copies.mistakes(store)
    except StoreError as error:
        return str(error)
    return found[0] if found else None
