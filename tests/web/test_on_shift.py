"""The wall's shift line: who is on, over midnight, unsigned, away; asked seldom and never waited for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from telemetry.calendar import Calendar
from telemetry.clock import to_us
from telemetry.duty import OnShift, Shift
from telemetry.errors import StoreAway
from telemetry.plant import Name
from tests.clock import MovedClock
from web import on_shift
from web.language import Language
from web.on_shift import Crew, CrewLine, hours_of

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)
NAMES = {"evening": Name("中班", "Evening"), "night": Name("夜班", "Night")}


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def shift(code: str, start: str, end: str) -> Shift:
    return Shift(f"{start[:10]}/{code}", NAMES[code], start[:10], at(start), at(end))


def on(turn: Shift, name: str, crew: str = "甲", signed: str | None = None, number: str = "101") -> OnShift:
    signed_us = None if signed is None else at(signed)
    named = Name(f"{crew}班", f"Crew {crew}") if crew else None
    post = Name("中控", "Control")
    return OnShift(uuid4(), turn, uuid4(), number, name, "operator", uuid4(), post, uuid4(), named, signed_us)


EVENING = shift("evening", "2026-11-21T16:00", "2026-11-22T00:00")
NIGHT = shift("night", "2026-11-21T20:00", "2026-11-22T08:00")


class Roster:
    """A roster that says what the test says, and counts who asks."""

    def __init__(self, *found: OnShift) -> None:
        self.found: Sequence[OnShift] = found
        self.away = False
        self.hangs = False
        self.asked: list[int] = []

    async def on_shift(self, at_us: int, post: UUID | None = None) -> Sequence[OnShift]:
        self.asked.append(at_us)
        if self.hangs:
            await asyncio.sleep(60)
        if self.away:
            raise StoreAway("gone")
        return [one for one in self.found if one.shift.start_us <= at_us < one.shift.end_us]

    async def between(self, from_us: int, to_us: int) -> Sequence[OnShift]:
        return self.found


def line(roster: Roster, now: str) -> tuple[CrewLine, MovedClock]:
    clock = MovedClock(at(now))
    return CrewLine(roster, CALENDAR, clock), clock


def shown(crew: Crew) -> list[str]:
    return [
        f"{turn.name} {turn.hours} {turn.crew}: "
        + " ".join(person.name + ("?" if person.unsigned else "") for person in turn.people)
        for turn in crew.turns
    ]


async def test_a_turn_is_told_with_its_hours_crew_and_people(zh: Language, en: Language) -> None:
    roster = Roster(
        on(EVENING, "王磊", signed="2026-11-21T15:50"), on(EVENING, "李静", signed="2026-11-21T15:52")
    )
    crews, clock = line(roster, "2026-11-21T21:47")

    assert shown(await crews.now(clock.now_us(), zh)) == ["中班 16–24 甲班: 王磊 李静"]
    assert shown(await crews.now(clock.now_us(), en)) == ["Evening 16–24 Crew 甲: 王磊 李静"]
    assert len(roster.asked) == 1


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-21T16:00", "2026-11-22T00:00", "16–24"),
        ("2026-11-21T20:00", "2026-11-22T08:00", "20–8"),
        ("2026-11-22T00:00", "2026-11-22T08:00", "0–8"),
        ("2026-11-21T07:30", "2026-11-21T15:30", "7:30–15:30"),
        ("2026-11-21T23:30", "2026-11-22T00:05", "23:30–0:05"),
        ("2026-11-21T00:00", "2026-11-22T00:00", "0–24"),
    ],
)
def test_hours_are_short_and_a_day_ends_at_24(start: str, end: str, said: str) -> None:
    assert hours_of(shift("night", start, end), CALENDAR) == said


@pytest.mark.parametrize(
    ("now", "unsigned"), [("16:09:59", 0), ("16:10:00", 1), ("23:59:00", 1), ("16:00:00", 0)]
)
async def test_nobody_is_unsigned_before_ten_minutes(zh: Language, now: str, unsigned: int) -> None:
    roster = Roster(on(EVENING, "王磊"), on(EVENING, "李静", signed="2026-11-21T15:52"))
    crews, clock = line(roster, f"2026-11-21T{now}")

    (turn,) = (await crews.now(clock.now_us(), zh)).turns

    assert turn.unsigned == unsigned
    assert [person.unsigned for person in turn.people] == [bool(unsigned), False]


async def test_two_turns_at_once_are_told_apart_and_two_crews_of_a_turn_together(zh: Language) -> None:
    roster = Roster(
        on(EVENING, "王磊", signed="2026-11-21T15:50"),
        on(EVENING, "张伟", crew="乙", signed="2026-11-21T15:50"),
        on(NIGHT, "李静", crew="丙"),
        on(NIGHT, "", crew="", number="204"),
    )
    crews, clock = line(roster, "2026-11-21T20:05")

    assert shown(await crews.now(clock.now_us(), zh)) == [
        "中班 16–24 甲班、乙班: 王磊 张伟",
        "夜班 20–8 丙班: 李静 204",
    ]


async def test_nobody_on_the_roster_is_no_roster_away(zh: Language) -> None:
    crews, clock = line(Roster(), "2026-11-21T20:05")

    assert await crews.now(clock.now_us(), zh) == Crew()


async def test_a_turn_over_midnight_stands_until_its_end_and_not_longer(zh: Language) -> None:
    roster = Roster(on(NIGHT, "李静", signed="2026-11-21T19:55"))
    crews, clock = line(roster, "2026-11-22T07:59:55")
    before = await crews.now(clock.now_us(), zh)
    clock.move(5)

    after = await crews.now(clock.now_us(), zh)

    assert shown(before) == ["夜班 20–8 甲班: 李静"]
    assert after == Crew(), "asked anew though five seconds only went by: the turn is over"


async def test_the_roster_is_asked_every_ten_seconds_also_while_it_is_away(zh: Language) -> None:
    roster = Roster(on(EVENING, "王磊", signed="2026-11-21T15:50"))
    roster.away = True
    crews, clock = line(roster, "2026-11-21T21:00")

    said = [await crews.now(clock.now_us(), zh) for _ in range(5)]
    roster.away = False
    clock.move(9.9)
    still = await crews.now(clock.now_us(), zh)
    clock.move(0.2)
    back = await crews.now(clock.now_us(), zh)

    assert said == [Crew(away=True)] * 5
    assert still == Crew(away=True)
    assert shown(back) == ["中班 16–24 甲班: 王磊"]
    assert len(roster.asked) == 2


async def test_a_roster_that_hangs_is_not_waited_for(zh: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_shift, "_PATIENCE_S", 0.01)
    roster = Roster()
    roster.hangs = True
    crews, clock = line(roster, "2026-11-21T21:00")

    assert await crews.now(clock.now_us(), zh) == Crew(away=True)


async def test_a_demo_that_runs_fast_asks_by_real_seconds(zh: Language) -> None:
    roster = Roster()
    crews, clock = line(roster, "2026-11-21T21:00")
    clock.speed = 60.0
    for _ in range(4):
        await crews.now(clock.now_us(), zh)
        clock.move(150)

    assert len(roster.asked) == 1


async def test_who_was_there_at_another_time_is_asked_for_that_time(zh: Language) -> None:
    roster = Roster(on(EVENING, "王磊"), on(NIGHT, "李静", crew="丙"))
    crews, clock = line(roster, "2026-11-22T12:00")

    assert shown(await crews.at(at("2026-11-21T17:00"), clock.now_us(), zh)) == ["中班 16–24 甲班: 王磊?"]
    assert roster.asked == [at("2026-11-21T17:00")]
