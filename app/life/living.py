"""The demo's people at work: their past first, as of then, and after that every day as it comes.

What was done is noted in `life.json` of the data folder, so that a demo that was stopped goes on from
there. The account `operator` is the visitor's: from the beginning on nobody signs in its name.
"""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from app.build import Parts
from app.data import DataFolder
from app.life.attendance_story import Deed, signatures
from app.life.leave_story import requests
from app.life.seeding import seed_people, stage_of
from app.life.stage import Stage
from app.life.told_clock import ToldClock
from operations.desk import Desk, desk_of
from operations.ledger import Ledger
from telemetry.calendar import Calendar
from telemetry.clock import duration_us, real_seconds
from telemetry.duty import OnShift
from telemetry.errors import RequestError, StoreError

logger = logging.getLogger(__name__)

PAST_DAYS: Final = 31
_DAY_US: Final = duration_us(timedelta(days=1))
_NOTED_EVERY: Final = 25
_REST_S: Final = 0.02
_AGAIN_S: Final = 30.0
_VISITOR: Final = "0101"


class Life:
    """Has the cast sign, ask, write and hand over."""

    def __init__(self, parts: Parts, data: DataFolder) -> None:
        self._parts = parts
        self._file = data.path / "life.json"
        self._told = ToldClock()
        stores, folder = parts.stores, parts.folder
        self._calendar = Calendar(folder.plant.timezone)
        ledger = Ledger(stores.people.engine, self._told, plant=folder.plant.id, node=folder.node)
        self._desk: Desk = desk_of(ledger, stores.desk_calls, self._calendar)

    async def run(self) -> None:
        """Live until cancelled; where the people's store refuses, again after a while."""
        while True:
            try:
                await self._live()
            except StoreError as error:
                logger.warning("demo: its people stand still: %s", error)
            await asyncio.sleep(_AGAIN_S)

    async def _live(self) -> None:
        begun_us, through_us = self._noted()
        accounts = self._parts.stores.accounts
        if not self._file.exists():
            await seed_people(self._desk, self._told, accounts, begun_us, self._calendar)
            self._note(begun_us, through_us)
        stage = await stage_of(self._desk, self._told, accounts)
        while True:
            until_us = self._parts.clock.now_us()
            await self._do(stage, begun_us, through_us, until_us)
            through_us = until_us
            await asyncio.sleep(max(real_seconds(self._parts.clock, 60_000_000), 1.0))

    async def _do(self, stage: Stage, begun_us: int, after_us: int, until_us: int) -> None:
        """Do what falls into (after, until]."""
        turns = await self._desk.duty.between(after_us - _DAY_US, until_us + _DAY_US)
        due = [deed for deed in _story(turns, begun_us, self._calendar) if after_us < deed.at_us <= until_us]
        for count, deed in enumerate(sorted(due, key=lambda deed: deed.at_us), 1):
            self._told.at_us = deed.at_us
            try:
                await deed.act(stage)
            except RequestError as error:
                # Somebody else was at it, as people are: the visitor may have signed or decided.
                logger.debug("demo: %s", error)
            if count % _NOTED_EVERY == 0:
                self._note(begun_us, deed.at_us)
            await asyncio.sleep(_REST_S if len(due) > _NOTED_EVERY else 0)
        self._note(begun_us, until_us)

    def _noted(self) -> tuple[int, int]:
        """Return when the demo began, and through when its life was lived."""
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
            return int(noted["begun_us"]), int(noted["through_us"])
        except (OSError, ValueError, KeyError, TypeError):
            begun_us = self._parts.clock.now_us()
            return begun_us, begun_us - PAST_DAYS * _DAY_US

    def _note(self, begun_us: int, through_us: int) -> None:
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            beside.write_text(json.dumps({"begun_us": begun_us, "through_us": through_us}), encoding="utf-8")
            beside.replace(self._file)
        except OSError as error:
            raise StoreError(f"{self._file}: cannot be written: {error.strerror}") from error


def _story(turns: Sequence[OnShift], begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield everything that happens about these turns, and what is asked for; in no order."""
    yield from signatures(turns, begun_us, calendar)
    yield from requests(begun_us)
