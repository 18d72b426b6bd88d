"""Keeps the node's own copy of who is on duty, so that pushes need the people's store for nothing."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from alarms.notify.duty_copy import Copied, DutyCopy, DutyStep, DutyTurn
from operations.attendance.choosing import CLOSES_US
from operations.attendance.tables import attendance_event
from operations.desk import Desk
from operations.roster.tables import roster_entry
from operations.staff.people import Category
from operations.staff.tables import post, staff
from telemetry.clock import Clock, duration_us, real_seconds
from telemetry.duty import OnShift, Recipient
from telemetry.errors import StoreAway, StoreError

AHEAD: Final = timedelta(days=8)
_READ: Final = frozenset(table.name for table in (staff, post, roster_entry, attendance_event))
"""The kinds of records that say who answers when, and how they are reached."""
_LOOK_EVERY_S: Final = 60.0
_LEAST_WAIT_S: Final = 1.0
_TOGETHER_S: Final = 0.2
_SAVE_EVERY_S: Final = 600.0

logger = logging.getLogger(__name__)


class DutyCopying:
    """Copies the roster and contacts while the people's store answers; `age_us` says how old the copy is."""

    def __init__(self, desk: Desk, copy: DutyCopy, clock: Clock) -> None:
        self._desk = desk
        self._copy = copy
        self._clock = clock
        self._last: tuple[Sequence[DutyTurn], Sequence[Recipient]] | None = None
        self._copied: Copied | None = None
        self._away = False
        self._written = asyncio.Event()

    @property
    def age_us(self) -> int | None:
        """How long ago the roster was last copied, None before the first time."""
        return None if self._copied is None else max(self._clock.now_us() - self._copied.at_us, 0)

    async def run(self) -> None:
        """Copy at every change of who is on duty, and every minute, until cancelled."""
        try:
            self._copied = await asyncio.to_thread(self._copy.copied)
        except StoreError as error:
            logger.warning("how old the copy of the roster is cannot be read: %s", error)
        loop = asyncio.get_running_loop()

        def added(kinds: frozenset[str]) -> None:
            if not kinds.isdisjoint(_READ):
                loop.call_soon_threadsafe(self._written.set)

        # Who signs in is to be told of what happens next. The minute is for what other nodes write.
        with self._desk.ledger.followed(added):
            while True:
                self._written.clear()
                await self.look()
                await asyncio.sleep(_TOGETHER_S)
                await self._wait()

    async def _wait(self) -> None:
        """Wait for a change, or a minute of the plant's clock: a demo that runs fast is not behind."""
        wait_s = max(min(_LOOK_EVERY_S / self._clock.speed, _LOOK_EVERY_S), _LEAST_WAIT_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written.wait(), wait_s)

    async def look(self) -> None:
        """Copy once, and say once each way whether the roster can be read."""
        now_us = self._clock.now_us()
        through_us = now_us + duration_us(AHEAD)
        try:
            turns, people = await self._read(now_us, through_us)
            saved_us = self._copied.at_us if self._copied is not None else None
            fresh = saved_us is not None and 0 <= now_us - saved_us
            if fresh and (turns, people) == self._last and saved_us is not None:
                if real_seconds(self._clock, now_us - saved_us) < _SAVE_EVERY_S:
                    return
            copied = Copied(now_us, through_us)
            await asyncio.to_thread(self._copy.replace, turns, people, copied)
        except StoreError as error:
            if not self._away:
                where = "away" if isinstance(error, StoreAway) else "not read"
                logger.warning("the roster is %s, pushes go by its last copy: %s", where, error)
            self._away = True
            return
        if self._away:
            logger.info("the roster is copied again")
        self._away, self._last, self._copied = False, (turns, people), copied

    async def _read(self, from_us: int, to_us: int) -> tuple[list[DutyTurn], list[Recipient]]:
        """Return who answers when, and everybody who may be told.

        At first whoever stands on the roster at a post that answers, come or not, and whoever is held
        over there: signed in and not out. Then the managers, at any time. Whose account was deactivated is
        told nothing, and their links end.
        """
        posts = (await self._desk.staff.places()).posts
        closed = await self._desk.staff.closed_accounts()
        members = [
            member
            for member in await self._desk.staff.list()
            if member.active and member.account_id not in closed
        ]
        on_shift = await self._desk.duty.between(from_us - CLOSES_US, to_us)
        turns = [
            turn
            for on in on_shift
            if on.post in posts and posts[on.post].answers
            for turn in [_answering(on, posts[on.post].rank)]
            if turn.end_us > from_us
        ]
        managers = [
            # The same from one look to the next, so that nothing is written for nothing.
            DutyTurn(member.person, DutyStep.SECOND, 0, _EVER_US)
            for member in members
            if member.category == Category.MANAGER and member.contacts
        ]
        people = [
            Recipient(
                member.person,
                member.account_id,
                member.name,
                member.language,
                tuple(contact.url for contact in member.contacts),
            )
            for member in members
        ]
        return [*turns, *managers], people


def _answering(on: OnShift, rank: int) -> DutyTurn:
    """Return from when to when somebody answers: while on the roster, and while signed in and not out.

    Who forgot to sign out is told until the turn can be signed out no more; one sign-out ends it.
    """
    start_us, end_us = on.shift.start_us, on.shift.end_us
    if on.signed_in_us is not None:
        start_us = min(start_us, on.signed_in_us)
        if on.signed_out_us is None:
            end_us += CLOSES_US
    return DutyTurn(on.person, DutyStep.FIRST, start_us, end_us, rank)


_EVER_US: Final = (1 << 62) - 1
