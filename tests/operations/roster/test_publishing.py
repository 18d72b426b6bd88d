"""Publishing a pattern: who stands where, what a further publication changes, and what it leaves."""

import asyncio
from collections import Counter
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from operations.accounts import Accounts
from operations.calls import StoreCalls
from operations.roster.pattern import Pattern, ShiftTimes
from operations.roster.tables import roster_entry
from operations.staff.people import Category
from operations.staff.records import NewStaff
from storage.unit_of_work import reading
from telemetry.errors import Conflict, Invalid
from telemetry.plant import Name
from tests.clock import MovedClock
from tests.operations.crews import FIRST, LAST, People, at, people_of, twelve_hours


async def publish(people: People, first: date = FIRST, last: date = LAST) -> None:
    await people.desk.roster.publish(people.pattern, first, last, people.manager)


def rows(people: People) -> Counter[tuple[str, str]]:
    with reading(people.desk.ledger.engine) as connection:
        found = connection.execute(select(roster_entry.c.action, roster_entry.c.cause))
        return Counter((action, cause) for action, cause in found)


async def test_four_crews_cover_three_shifts_of_every_day_without_a_gap(people: People) -> None:
    await publish(people)
    month = await people.desk.roster.month(FIRST)
    gaps = await people.desk.roster.gaps(at("2026-11-01"), at("2026-12-01"))

    assert (len(month.turns), len(month.lines)) == (90, 180)
    assert all(one.end_us == following.start_us for one, following in pairwise(month.turns))
    assert (gaps.below, gaps.rests) == ((), ())
    assert [people.named(line.on) for line in month.lines[:6]] == [
        "2026-11-01/night Crew A Control 王磊",
        "2026-11-01/night Crew A Field 李静",
        "2026-11-01/day Crew D Control 赵敏",
        "2026-11-01/day Crew D Field 黄勇",
        "2026-11-01/evening Crew C Control 陈晨",
        "2026-11-01/evening Crew C Field 杨帆",
    ]


async def test_nobody_is_missing_on_turns_that_had_begun_before_the_first_publication(people: People) -> None:
    people.now("2026-11-20T09:00")
    await publish(people)
    turn = (await people.desk.roster.month(FIRST)).turns[-1]
    people.now("2026-11-21T09:00")
    for name in people.persons:
        await people.desk.staff.deactivate(people.persons[name], people.manager, date(2026, 11, 29))
    gaps = await people.desk.roster.gaps(at("2026-11-01"), at("2026-12-01"))

    assert turn.key == "2026-11-30/evening"
    assert {(gap.shift.key, gap.has) for gap in gaps.below} == {
        (f"2026-11-30/{shift}", 0) for shift in ("night", "day", "evening")
    }


async def test_a_turn_belongs_to_the_day_it_starts_in_and_ends_where_the_next_begins(people: People) -> None:
    pattern = twelve_hours(list(people.crews.values()), FIRST)
    id_ = await people.desk.roster.set_pattern(
        "2x12", Name("两班倒", "Twelve hours"), pattern, people.manager
    )
    await people.desk.roster.publish(id_, FIRST, LAST, people.manager)

    before = await people.desk.duty.on_shift(at("2026-12-01T07:59:59.999999"))
    after = await people.desk.duty.on_shift(at("2026-12-01T08:00:00"))

    assert [(on.shift.key, on.shift.day) for on in before] == [("2026-11-30/night", "2026-11-30")] * 2
    assert people.shown(before[0].shift.end_us) == "2026-12-01T08:00:00+08:00"
    assert after == []


async def test_publishing_again_writes_only_what_differs(people: People) -> None:
    await publish(people)
    entry = await people.entry("张伟", "2026-11-20/night")
    new = await people.desk.staff.add(NewStaff("200", "吴军", Category.OPERATOR), people.manager)
    places = await people.desk.staff.places()
    left = next(one for one in places.memberships if one.person == people.persons["王磊"])
    await people.desk.staff.end(left.membership, date(2026, 11, 14), people.manager)
    crew, post = people.crews["A"], people.posts["control"]
    await people.desk.staff.join(new.person, crew, post, people.manager, date(2026, 11, 15))
    known_us = people.clock.now_us()
    people.clock.move(60)

    done = await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)

    assert done.assigned == done.withdrawn > 0
    assert done.kept == 180 - done.withdrawn
    assert rows(people) == {
        ("assign", "planned"): 180,
        ("withdraw", "republished"): done.withdrawn,
        ("assign", "republished"): done.assigned,
    }
    assert await people.entry("张伟", "2026-11-20/night") == entry
    assert await people.who("2026-11-17T02:00") == ["吴军", "李静"]
    assert await people.who("2026-11-17T02:00", known_us) == ["王磊", "李静"]
    assert await people.who("2026-11-01T02:00") == ["王磊", "李静"]


async def test_a_turn_that_has_begun_is_past_planning(people: People) -> None:
    await publish(people)
    other = twelve_hours(list(people.crews.values()), FIRST)
    id_ = await people.desk.roster.set_pattern("2x12", Name("两班倒", "Twelve hours"), other, people.manager)
    people.now("2026-11-14T15:30:00")

    await people.desk.roster.publish(id_, FIRST, LAST, people.manager)

    keys = {
        line.on.shift.key: line.on.shift.end_us - line.on.shift.start_us
        for line in (await people.desk.roster.days(date(2026, 11, 13), date(2026, 11, 15))).lines
    }
    hours = {key: length // 3_600_000_000 for key, length in keys.items()}
    assert hours["2026-11-13/evening"] == 8
    assert (hours["2026-11-14/day"], hours["2026-11-14/evening"]) == (8, 8)
    assert (hours["2026-11-15/day"], hours["2026-11-15/night"]) == (12, 12)


async def test_of_two_who_publish_at_once_one_is_told_of_the_other(people: People) -> None:
    publish_it = people.desk.roster.publish
    answers = await asyncio.gather(
        *(publish_it(people.pattern, FIRST, LAST, people.manager, check_seen=True) for _ in range(2)),
        return_exceptions=True,
    )

    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert [answer.code for answer in refused] == ["published_meanwhile"]
    assert "manager published 2026-11-01 to 2026-11-30 on 2026-10-20 at 09:00 meanwhile" in str(refused[0])
    assert rows(people) == {("assign", "planned"): 180}


async def test_the_same_again_is_no_publication(people: People) -> None:
    await publish(people)
    with pytest.raises(Conflict, match="it says the same") as told:
        await publish(people)
    assert told.value.code == "same_roster"


async def test_somebody_in_two_crews_is_refused_only_where_turns_overlap(people: People) -> None:
    person, post = people.persons["王磊"], people.posts["field"]
    await people.desk.staff.join(person, people.crews["B"], post, people.manager, FIRST)
    await publish(people)
    gaps = await people.desk.roster.gaps(at("2026-11-01"), at("2026-12-01"))
    assert {rest.before.name for rest in gaps.rests} == {"王磊"}

    crews = [people.crews["A"], people.crews["B"]]
    twelve = twelve_hours([*crews, people.crews["C"], people.crews["D"]], FIRST)
    both = type(twelve)(twelve.shifts, (("day", "day"),), tuple(crews), FIRST)
    id_ = await people.desk.roster.set_pattern("both", Name("同班", "Together"), both, people.manager)
    december = (date(2026, 12, 1), date(2026, 12, 31))
    with pytest.raises(Conflict, match=r"王磊 \(100\) would be on two turns at once: .*12-01, 08:00") as told:
        await people.desk.roster.publish(id_, *december, people.manager)
    assert told.value.code == "turns_overlap"


async def test_a_month_may_not_overlap_with_the_last_turn_of_the_one_before(people: People) -> None:
    pattern = twelve_hours([people.crews[code] for code in "DABC"], FIRST)
    id_ = await people.desk.roster.set_pattern(
        "2x12", Name("两班倒", "Twelve hours"), pattern, people.manager
    )
    await people.desk.roster.publish(id_, FIRST, LAST, people.manager)
    turns = (await people.desk.roster.days(LAST, LAST)).lines
    night = next(line.on.crew for line in turns if line.on.shift.key.endswith("night"))
    code = next(code for code, crew in people.crews.items() if crew == night)
    again = type(pattern)(pattern.shifts, (("day",),), (people.crews[code],), FIRST)
    same = await people.desk.roster.set_pattern("day", Name("白班", "Days"), again, people.manager)
    await people.desk.roster.publish(same, date(2026, 12, 1), date(2026, 12, 31), people.manager)

    gaps = await people.desk.roster.gaps(at("2026-12-01"), at("2026-12-02"))
    assert {(short.rest_us, short.after.shift.key) for short in gaps.rests} == {(0, "2026-12-01/day")}


async def test_days_the_wrong_way_round_are_refused(people: People) -> None:
    with pytest.raises(Invalid, match="1 to 92 days"):
        await publish(people, LAST, FIRST)


async def test_where_the_clock_is_put_forward_a_night_is_an_hour_shorter_and_the_day_crew_comes_in_time(
    quick: Engine, clock: MovedClock, calls: StoreCalls, accounts: Accounts
) -> None:
    berlin = await people_of(quick, clock, calls, accounts, ZoneInfo("Europe/Berlin"))
    await publish(berlin, date(2027, 3, 27), date(2027, 3, 29))
    found = await berlin.desk.roster.days(date(2027, 3, 28), date(2027, 3, 28))

    assert [(berlin.shown(turn.start_us), berlin.shown(turn.end_us)) for turn in found.turns] == [
        ("2027-03-28T00:00:00+01:00", "2027-03-28T08:00:00+02:00"),
        ("2027-03-28T08:00:00+02:00", "2027-03-28T16:00:00+02:00"),
        ("2027-03-28T16:00:00+02:00", "2027-03-29T00:00:00+02:00"),
    ]
    assert (found.turns[0].end_us - found.turns[0].start_us) // 3_600_000_000 == 7
    assert await berlin.who("2027-03-28T03:30") == await berlin.who("2027-03-28T07:59")
    assert await berlin.who("2027-03-28T08:00") != await berlin.who("2027-03-28T07:59")


async def test_the_outlook_says_what_a_publication_would_do_and_writes_nothing(people: People) -> None:
    await publish(people)
    other = await people.desk.roster.set_pattern(
        "4x2", Name("四班两运转", "Twelve"), twelve_hours(list(people.crews.values()), FIRST), people.manager
    )
    before = rows(people)
    now_us = people.clock.now_us()
    same = await people.desk.roster.outlook(people.pattern, FIRST, LAST, now_us)
    changed = await people.desk.roster.outlook(other, FIRST, LAST, now_us)
    following = await people.desk.roster.outlook(other, date(2026, 12, 1), date(2026, 12, 31), now_us)

    assert (same.days, same.assigned, same.withdrawn, same.overlap) == (30, 0, 0, None)
    assert (changed.days, changed.withdrawn, changed.assigned, changed.approved) == (30, 180, 120, 0)
    assert (dict(changed.unbroken), changed.rests) == ({}, ())
    assert (following.newest, following.days, following.withdrawn) == (None, 0, 0)
    assert rows(people) == before


async def test_the_outlook_names_short_rests_rows_of_days_and_turns_at_once(people: People) -> None:
    crews = list(people.crews.values())[:1]
    short = ShiftTimes("short", Name("短班", "Short"), time(8), 4 * 60)
    late = ShiftTimes("late", Name("晚班", "Late"), time(18), 6 * 60)
    hard = Pattern((short, late), (("late",), ("short",)), tuple(crews), FIRST)
    kept = await people.desk.roster.set_pattern("hard", Name("硬", "Hard"), hard, people.manager)
    found = await people.desk.roster.outlook(kept, FIRST, date(2026, 11, 8), people.clock.now_us())

    named = {found.names[person]: days for person, days in found.unbroken.items()}
    assert named == {"王磊": 8, "李静": 8}
    rests = [(found.names[one.person], one.day.day, other.day.day) for one, other in found.rests]
    assert sorted(rests) == sorted((name, day, day + 1) for name in ("王磊", "李静") for day in (1, 3, 5, 7))
    assert found.overlap is None
    with pytest.raises(Invalid, match="1 to 92 days"):
        await people.desk.roster.outlook(kept, LAST, FIRST, 0)


async def test_a_turn_that_goes_on_into_the_first_day_stands_against_it(people: People) -> None:
    crews = list(people.crews.values())
    long = ShiftTimes("long", Name("大夜", "Long"), time(20), 12 * 60)
    early = ShiftTimes("early", Name("早班", "Early"), time(6), 6 * 60)
    for code, shift, day in (("long", long, FIRST), ("early", early, date(2026, 11, 2))):
        pattern = Pattern((shift,), ((code,),), (crews[0],), FIRST)
        kept = await people.desk.roster.set_pattern(code, shift.name, pattern, people.manager)
        found = await people.desk.roster.outlook(kept, day, day, people.clock.now_us())
        if code == "long":
            await people.desk.roster.publish(kept, day, day, people.manager)

    assert found.overlap is not None
    one, other = found.overlap
    assert (found.names[one.person], one.key, other.key) == ("王磊", "2026-11-01/long", "2026-11-02/early")


async def test_what_a_publication_wrote_is_counted(people: People) -> None:
    done = await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)

    assert await people.desk.roster.written_by(done.id) == (180, 0)
    assert await people.desk.roster.written_by(people.pattern) == (0, 0)
