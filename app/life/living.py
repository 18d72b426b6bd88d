"""The demo's people at work: their past first, as of then, and after that every day as it comes.

Who works there and the roster stand at once; what people did follows when the history is filled in, since
readings belong to it. Each deed that was done is noted in `life.json` of the data folder, so that a demo
that was stopped goes on from there; a deed that was cut off is done again, and finds what it left. The
account `operator` is the visitor's: from the beginning on nobody acts in its name.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from app.build import Parts
from app.data import DataFolder
from app.life.alarm_story import alarmed
from app.life.attendance_story import signatures
from app.life.deeds import DAY_US, HOUR_US, Deed
from app.life.entry_story import Taken, entered, taken
from app.life.finding_story import findings, mornings
from app.life.handover_story import handed_over
from app.life.incident_story import incidents_logged
from app.life.leave_story import requests
from app.life.log_story import logged
from app.life.mark_story import marked
from app.life.past_alarms import Occurrence, PastAlarms, evaluated
from app.life.past_readings import PastReadings
from app.life.seeding import seed_people
from app.life.stage import Stage
from app.life.staging import stage_of
from app.life.told_clock import ToldClock
from operations.desk import Desk, desk_of
from operations.ledger import Ledger
from telemetry.calendar import Calendar
from telemetry.clock import real_seconds
from telemetry.duty import OnShift, Shift
from telemetry.errors import RequestError, StoreError

logger = logging.getLogger(__name__)

PAST_DAYS: Final = 31
_REST_S: Final = 0.005
_LONGEST_REST_S: Final = 0.25
_AGAIN_S: Final = 30.0
_LOOK_S: Final = 0.5
_PATIENCE_S: Final = 300.0
_MANY: Final = 20
_TOLD_DAYS: Final = 6


class Life:
    """Has the cast sign, ask, write and hand over."""

    def __init__(
        self, parts: Parts, data: DataFolder, days: int = PAST_DAYS, patience_s: float = _PATIENCE_S
    ) -> None:
        self._parts = parts
        self._days = days
        self._patience_s = patience_s
        self._data = data
        self._file = data.path / "life.json"
        self._told = ToldClock()
        stores, folder = parts.stores, parts.folder
        self._calendar = Calendar(folder.plant.timezone)
        ledger = Ledger(stores.people.engine, self._told, plant=folder.plant.id, node=folder.node)
        steps = folder.rule_sets.leave_steps
        self._desk: Desk = desk_of(ledger, stores.desk_calls, self._calendar, steps)
        self._readings = PastReadings(stores.history, parts.live, folder.plant, parts.clock)
        self._alarms: Sequence[Occurrence] = ()
        self._taken: Sequence[Taken] = ()
        self.filling = True
        """Whether what the month before had of people's work is not there yet."""

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
        self.filling = through_us < begun_us
        await self._history_told()
        if through_us < begun_us:
            self._alarms = await evaluated(self._parts, begun_us)
            first_us, plant = self._first_us(begun_us), self._parts.folder.plant
            self._taken = await taken(self._parts.stores.history, plant, first_us, begun_us)
        past = PastAlarms(self._parts, self._alarms)
        stage = await stage_of(self._parts, self._desk, self._told, self._readings, past, begun_us)
        while True:
            until_us = self._parts.clock.now_us()
            began = time.monotonic()
            count = await self._do(stage, through_us, until_us)
            if count > _MANY:
                lasted = time.monotonic() - began
                logger.info("demo: its people have done %d things in %.0f s", count, lasted)
            through_us, self.filling = until_us, False
            await asyncio.sleep(max(real_seconds(self._parts.clock, 60_000_000), 1.0))

    async def _history_told(self) -> None:
        """Wait until the month before is there with its figures; not for ever, since it may fail."""
        for _ in range(round(self._patience_s / _LOOK_S)):
            periods = self._parts.periods
            if not self._data.past.exists() and periods.through_us:
                if not periods.behind_us(self._parts.clock.now_us()):
                    return
            await asyncio.sleep(_LOOK_S)

    async def _do(self, stage: Stage, after_us: int, until_us: int) -> int:
        """Do what falls into (after, until], a day at a time: what is decided changes the days after."""
        begun_us = stage.begun_us
        if until_us - after_us > DAY_US // 24:
            turns = await self._turns(begun_us, after_us, until_us)
            due = self._due(turns, begun_us, after_us, until_us)
            await self._readings.look_up(deed.at_us for deed in due if deed.reads)
        done, days = 0, -(-(until_us - after_us) // DAY_US)
        while after_us < until_us:
            left = -(-(until_us - after_us) // DAY_US)
            if left < days and not left % _TOLD_DAYS:
                logger.info("demo: its people have done %d things, %d days are left", done, left)
            day_us = min(self._next_day(after_us), until_us)
            turns = await self._turns(begun_us, after_us, day_us)
            due = self._due(turns, begun_us, after_us, day_us)
            for deed, following in zip(due, [*due, None][1:], strict=True):
                took_s = await self._act(stage, deed)
                if following is None or following.at_us > deed.at_us:
                    self._note(begun_us, deed.at_us)
                # No more than half of one core, while there is much to do.
                await asyncio.sleep(max(min(took_s, _LONGEST_REST_S), _REST_S) if len(due) > _MANY else 0)
            self._note(begun_us, day_us)
            after_us, done = day_us, done + len(due)
        return done

    async def _act(self, stage: Stage, deed: Deed) -> float:
        """Do something; return how long it kept a core, whoever else the machine worked for meanwhile."""
        self._told.at_us = deed.at_us
        began = time.process_time()
        try:
            await deed.act(stage)
        except RequestError as error:
            # Somebody else was at it, as people are: the visitor may have signed or decided.
            logger.debug("demo: %s", error)
        return time.process_time() - began

    async def _turns(self, begun_us: int, after_us: int, until_us: int) -> Sequence[OnShift]:
        """Return the turns around a time; those of the whole past where odd ones may be among them."""
        from_us = self._first_us(begun_us) if after_us < begun_us else after_us - 2 * DAY_US
        return await self._desk.duty.between(from_us, until_us + DAY_US)

    def _due(self, turns: Sequence[OnShift], begun_us: int, after_us: int, until_us: int) -> list[Deed]:
        first, last = (self._calendar.day_of(us) for us in (after_us, until_us))
        zone = self._calendar.zone
        shifts = _shifts(turns)
        story: Iterator[Deed] = _chained(
            signatures(turns, begun_us, self._calendar),
            requests(begun_us),
            logged(shifts),
            incidents_logged(begun_us, zone),
            alarmed(self._alarms, self._parts.alarms),
            handed_over(shifts, begun_us, self._calendar),
            findings(begun_us, self._calendar),
            entered(self._taken, begun_us, self._calendar),
            marked(begun_us, self._calendar),
            mornings(first, last, begun_us, self._calendar),
        )
        return sorted((one for one in story if after_us < one.at_us <= until_us), key=lambda one: one.at_us)

    def _first_us(self, begun_us: int) -> int:
        """Return when the past begins: before a midnight, so that the first turn is signed in to."""
        day = self._calendar.day_of(begun_us) - timedelta(days=self._days - 1)
        return self._calendar.start_us(day) - HOUR_US

    def _next_day(self, at_us: int) -> int:
        return self._calendar.start_us(self._calendar.day_of(at_us) + timedelta(days=1))

    def _noted(self) -> tuple[int, int]:
        """Return when the demo began, and through when its life was lived."""
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
            return int(noted["begun_us"]), int(noted["through_us"])
        except (OSError, ValueError, KeyError, TypeError):
            begun_us = self._parts.clock.now_us()
            return begun_us, self._first_us(begun_us)

    def _note(self, begun_us: int, through_us: int) -> None:
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            beside.write_text(json.dumps({"begun_us": begun_us, "through_us": through_us}), encoding="utf-8")
            beside.replace(self._file)
        except OSError as error:
            raise StoreError(f"{self._file}: cannot be written: {error.strerror}") from error


def _chained(*stories: Iterable[Deed]) -> Iterator[Deed]:
    for story in stories:
        yield from story


def _shifts(turns: Sequence[OnShift]) -> list[Shift]:
    return list({on.shift.key: on.shift for on in turns}.values())
