"""Who is on shift, in one line: `中班 16–24 王磊 李静`. Asked seldom, and never in anybody's way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telemetry.calendar import Calendar
from telemetry.clock import US_PER_S, Clock, from_us, real_seconds
from telemetry.duty import Duty, OnShift, Shift
from telemetry.errors import StoreError
from web.language import Language

_KEPT_S: Final = 10.0
_PATIENCE_S: Final = 2.0
SIGNED_BY_US: Final = 10 * 60 * US_PER_S
"""How long after its start a turn may stand unsigned before the wall says so."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on shift; `unsigned` where the turn has begun and nobody signed in."""

    name: str
    post: str
    unsigned: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A shift and those on it."""

    name: str
    hours: str
    crew: str
    people: tuple[Person, ...]

    @property
    def unsigned(self) -> int:
        """How many have not signed in."""
        return sum(person.unsigned for person in self.people)


@dataclass(frozen=True, slots=True)
class Crew:
    """What is known of a moment: the turns, or why none is told."""

    turns: tuple[Turn, ...] = ()
    away: bool = False


class CrewLine:
    """Tells who is on shift now; many walls ask, the roster is asked every ten seconds at most."""

    def __init__(self, duty: Duty, calendar: Calendar, clock: Clock) -> None:
        self._duty = duty
        self._calendar = calendar
        self._clock = clock
        self._kept: tuple[int, Sequence[OnShift] | None] | None = None

    async def now(self, now_us: int, language: Language) -> Crew:
        """Return who is on shift; asked again only after a while, also where it cannot be said."""
        at_us, kept = self._clock.monotonic_us(), self._kept
        if kept is None or real_seconds(self._clock, at_us - kept[0]) >= _KEPT_S or _turned(kept[1], now_us):
            kept = self._kept = (at_us, await self._asked(now_us))
        return _crew(kept[1], now_us, self._calendar, language)

    async def at(self, at_us: int, now_us: int, language: Language) -> Crew:
        """Return who was on shift at a time."""
        return _crew(await self._asked(at_us), now_us, self._calendar, language)

    async def _asked(self, at_us: int) -> Sequence[OnShift] | None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._duty.on_shift(at_us)
        except (StoreError, TimeoutError):
            return None


def _turned(found: Sequence[OnShift] | None, now_us: int) -> bool:
    return found is not None and any(one.shift.end_us <= now_us for one in found)


def _crew(found: Sequence[OnShift] | None, now_us: int, calendar: Calendar, language: Language) -> Crew:
    if found is None:
        return Crew(away=True)
    turns: dict[str, list[OnShift]] = {}
    for one in found:
        turns.setdefault(one.shift.key, []).append(one)
    return Crew(tuple(_turn(group, now_us, calendar, language) for group in turns.values()))


def _turn(group: Sequence[OnShift], now_us: int, calendar: Calendar, language: Language) -> Turn:
    shift = group[0].shift
    crews = dict.fromkeys(language.name(one.crew_name) for one in group if one.crew_name)
    people = tuple(
        Person(
            one.name or one.number,
            language.name(one.post_name),
            one.signed_in_us is None and shift.start_us + SIGNED_BY_US <= now_us,
        )
        for one in group
    )
    return Turn(language.name(shift.name), hours_of(shift, calendar), language.listed(crews), people)


def hours_of(shift: Shift, calendar: Calendar) -> str:
    """Return a turn's hours on the plant's clock: 16–24, 20–8, 7:30–15:30."""
    start, end = (from_us(us).astimezone(calendar.zone) for us in (shift.start_us, shift.end_us))
    said = "24" if (end.hour, end.minute) == (0, 0) else _clock(end)
    return f"{_clock(start)}–{said}"


def _clock(at: datetime) -> str:
    return f"{at:%H}".lstrip("0") or "0" if at.minute == 0 else f"{at.hour}:{at:%M}"
