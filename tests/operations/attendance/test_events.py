"""Signatures: one's own, for the turn at hand; in once, out until the turn closes, the last one counts."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from config.rule_sets import shipped_rule_sets
from operations.attendance.events import Device, EventAction, Side
from operations.attendance.judge import Turn, judge
from storage.unit_of_work import reading
from telemetry.errors import Conflict, RequestError
from tests.operations.crews import FIRST, LAST, ZONE, People, at


@pytest.fixture
async def published(people: People) -> People:
    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    return people


async def refused(answer: object) -> tuple[str, str]:
    with pytest.raises(RequestError) as told:
        await answer  # type: ignore[misc]
    return told.value.code, str(told.value)


async def judged(people: People) -> list[str]:
    """Return what 王磊's night of 2026-11-17 is judged to be, once it is over."""
    (on,) = [one for one in await people.desk.duty.on_shift(at("2026-11-17T03:00")) if one.name == "王磊"]
    (rules,) = shipped_rule_sets()
    turn = Turn(
        on.assignment,
        on.shift,
        on.person,
        on.category,
        signed_in_us=on.signed_in_us,
        signed_out_us=on.signed_out_us,
    )
    return [found.kind.value for found in judge(turn, rules, at("2026-11-20"), ZONE).proposals]


async def test_a_turn_signed_in_and_out_is_shown_on_the_roster(published: People) -> None:
    people, signing = published, published.desk.attendance
    people.now("2026-11-19T07:52")
    came = await signing.sign_in(Device.PHONE, people.accounts["王磊"])
    people.now("2026-11-19T16:03")
    went = await signing.sign_out(Device.CONSOLE, people.accounts["王磊"])

    on = {one.name: one for one in await people.desk.duty.on_shift(at("2026-11-19T12:00"))}
    assert (came.turn, came.action, went.action) == (
        "2026-11-19/day",
        EventAction.SIGN_IN,
        EventAction.SIGN_OUT,
    )
    assert on["王磊"].signed_in_us == at("2026-11-19T07:52")
    assert on["王磊"].signed_out_us == at("2026-11-19T16:03")
    assert (on["李静"].signed_in_us, on["李静"].signed_out_us) == (None, None)
    mine = await signing.of_person(people.persons["王磊"], at("2026-11-19"), at("2026-11-20"))
    assert [(one.action.value, one.device, one.by) for one in mine] == [
        ("sign_in", "phone", "王磊"),
        ("sign_out", "console", "王磊"),
    ]


async def test_signing_for_no_turn_of_ones_own_names_the_next_one(published: People) -> None:
    people, signing = published, published.desk.attendance
    people.now("2026-11-16T22:59")
    assert await refused(signing.sign_in(Device.PHONE, people.accounts["王磊"])) == (
        "wrong_turn",
        "no turn of yours is at hand: the next one is 夜班 Night of 2026-11-17, 00:00 to 08:00;"
        " it can be signed from 23:00 on",
    )
    people.now("2026-11-16T23:00")
    assert (await signing.sign_in(Device.PHONE, people.accounts["王磊"])).turn == "2026-11-17/night"
    later = await people.entry("王磊", "2026-11-19/day")
    assert (await refused(signing.sign_in(Device.PHONE, people.accounts["王磊"], later)))[0] == "wrong_turn"


async def test_a_second_sign_in_is_told_when_the_first_was(published: People) -> None:
    people, signing = published, published.desk.attendance
    people.now("2026-11-17T00:05")
    answers = await asyncio.gather(
        *(signing.sign_in(Device.PHONE, people.accounts["王磊"]) for _ in range(2)), return_exceptions=True
    )
    (told,) = [answer for answer in answers if isinstance(answer, Conflict)]
    assert (told.code, str(told)) == (
        "already_signed_in",
        "signed in to 夜班 Night of 2026-11-17, 00:00 to 08:00 at 00:05 already",
    )


async def test_a_sign_out_by_a_slip_of_the_finger_ends_no_turn(published: People) -> None:
    people, signing, own = published, published.desk.attendance, published.accounts["王磊"]
    people.now("2026-11-17T00:05")
    await signing.sign_in(Device.PHONE, own)
    people.now("2026-11-17T01:02")
    await signing.sign_out(Device.PHONE, own)
    assert await judged(people) == ["absence"]
    known_us = people.clock.now_us()

    people.now("2026-11-17T08:01")
    await signing.sign_out(Device.PHONE, own)

    assert await judged(people) == []
    (on,) = [one for one in await people.desk.duty.on_shift(at("2026-11-17T03:00")) if one.name == "王磊"]
    assert on.signed_out_us == at("2026-11-17T08:01")
    (then,) = [
        one
        for one in await people.desk.duty.on_shift(at("2026-11-17T03:00"), known_us=known_us)
        if one.name == "王磊"
    ]
    assert then.signed_out_us == at("2026-11-17T01:02")
    mine = await signing.of_person(people.persons["王磊"], at("2026-11-16"), at("2026-11-18"))
    assert [(one.action.value, people.shown(one.at_us)[11:16]) for one in mine] == [
        ("sign_in", "00:05"),
        ("sign_out", "01:02"),
        ("sign_out", "08:01"),
    ]
    query = text("SELECT signed_out_us FROM on_shift_turns WHERE start_us = :start AND name = '王磊'")
    with reading(people.desk.ledger.engine) as connection:
        assert connection.execute(query, {"start": at("2026-11-17")}).scalar() == at("2026-11-17T08:01")


async def test_of_two_turns_on_end_the_one_that_ends_about_then_is_signed_out(published: People) -> None:
    people, signing, own = published, published.desk.attendance, published.accounts["王磊"]
    people.now("2026-11-16T23:50")
    night = (await signing.sign_in(Device.PHONE, own)).entry
    day = await people.desk.roster.cover(
        "2026-11-17/day", people.persons["王磊"], people.posts["field"], "顶班", people.manager
    )
    people.now("2026-11-17T07:50")
    await signing.sign_in(Device.PHONE, own, day)

    people.now("2026-11-17T08:01")
    first = await signing.sign_out(Device.PHONE, own)
    # Sent twice at once it leaves the day alone, which is signed in to as well.
    twice = await signing.sign_out(Device.PHONE, own)
    people.now("2026-11-17T15:58")
    second = await signing.sign_out(Device.PHONE, own)

    assert [first.entry, twice.id, second.entry] == [night, first.id, day]


async def test_a_sign_out_is_taken_back_by_signing_the_same_turn_in_again(published: People) -> None:
    people, signing, own = published, published.desk.attendance, published.accounts["王磊"]
    people.now("2026-11-17T00:05")
    turn = (await signing.sign_in(Device.PHONE, own)).entry
    people.now("2026-11-17T01:02")
    await signing.sign_out(Device.PHONE, own)
    unnamed = await refused(signing.sign_in(Device.PHONE, own))
    people.now("2026-11-17T01:03")
    await signing.sign_in(Device.PHONE, own, turn)
    again = await refused(signing.sign_in(Device.PHONE, own, turn))

    assert [code for code, _ in (unnamed, again)] == ["already_signed_in"] * 2
    (on,) = [one for one in await people.desk.duty.on_shift(at("2026-11-17T03:00")) if one.name == "王磊"]
    assert (on.signed_in_us, on.signed_out_us) == (at("2026-11-17T00:05"), None)
    query = text(
        "SELECT signed_in_us, signed_out_us FROM on_shift_turns WHERE start_us = :s AND number = '100'"
    )
    with reading(people.desk.ledger.engine) as connection:
        assert connection.execute(query, {"s": at("2026-11-17"), "n": "王磊"}).one() == (
            at("2026-11-17T00:05"),
            None,
        )
    people.now("2026-11-17T08:00")
    await signing.sign_out(Device.PHONE, own)
    assert await judged(people) == []
    assert (await refused(signing.sign_in(Device.PHONE, own, turn)))[0] == "wrong_turn"


async def test_a_turn_is_signed_out_again_until_it_closes_and_then_settled(published: People) -> None:
    people, signing, own = published, published.desk.attendance, published.accounts["王磊"]
    people.now("2026-11-17T00:05")
    await signing.sign_in(Device.PHONE, own)
    for time in ("2026-11-17T08:01", "2026-11-17T19:59"):
        people.now(time)
        assert (await signing.sign_out(Device.PHONE, own)).turn == "2026-11-17/night"
    people.now("2026-11-17T20:00")
    assert (await refused(signing.sign_out(Device.PHONE, own)))[0] == "no_sign_in"


async def test_what_was_settled_is_not_signed_over(published: People) -> None:
    people, signing, own = published, published.desk.attendance, published.accounts["王磊"]
    people.now("2026-11-17T00:05")
    turn = (await signing.sign_in(Device.PHONE, own)).entry
    assert turn
    people.now("2026-11-17T07:00")
    await signing.settle(turn, Side.SIGN_OUT, at("2026-11-17T06:30"), "身体不适", people.manager)

    in_again = await refused(signing.sign_in(Device.PHONE, own, turn))
    out_again = await refused(signing.sign_out(Device.PHONE, own))
    await signing.settle(turn, Side.SIGN_OUT, at("2026-11-17T06:45"), "门卫登记", people.manager)

    assert [code for code, _ in (in_again, out_again)] == ["settled_already"] * 2
    (on,) = [one for one in await people.desk.duty.on_shift(at("2026-11-17T03:00")) if one.name == "王磊"]
    assert (on.signed_in_us, on.signed_out_us) == (at("2026-11-17T00:05"), at("2026-11-17T06:45"))


async def test_of_sign_outs_sent_at_once_one_is_written_and_all_are_answered_with_it(
    published: People,
) -> None:
    signing, own = published.desk.attendance, published.accounts["王磊"]
    published.now("2026-11-17T00:05")
    await signing.sign_in(Device.PHONE, own)
    published.now("2026-11-17T08:00:00")

    answers = await asyncio.gather(*(signing.sign_out(Device.PHONE, own, id=uuid4()) for _ in range(8)))
    published.now("2026-11-17T08:00:59")
    again = await signing.sign_out(Device.CONSOLE, own)
    published.now("2026-11-17T08:01:00")
    later = await signing.sign_out(Device.CONSOLE, own)

    assert {answer.id for answer in answers} == {again.id}
    assert [one.id for one in await signing.list() if one.action is EventAction.SIGN_OUT] == [
        later.id,
        again.id,
    ]


async def test_a_sign_out_after_it_was_taken_back_is_written_within_the_same_minute_too(
    published: People,
) -> None:
    signing, own = published.desk.attendance, published.accounts["王磊"]
    published.now("2026-11-17T00:05")
    came = await signing.sign_in(Device.PHONE, own)
    published.now("2026-11-17T07:59")
    first = await signing.sign_out(Device.PHONE, own)
    await signing.sign_in(Device.PHONE, own, came.entry)

    second = await signing.sign_out(Device.PHONE, own)

    assert second.id != first.id


async def test_nobody_signs_for_another(published: People) -> None:
    people = published
    people.now("2026-11-17T00:05")
    other = await people.entry("李静", "2026-11-17/night")
    signing = people.desk.attendance
    assert (await refused(signing.sign_in(Device.PHONE, people.accounts["王磊"], other)))[0] == "not_own_turn"
    assert (await refused(signing.sign_in(Device.PHONE, people.manager)))[0] == "not_on_staff"


async def test_no_turn_is_settled_to_end_before_it_began(published: People) -> None:
    people, settle = published, published.desk.attendance.settle
    people.now("2026-11-17T00:05")
    await people.desk.attendance.sign_in(Device.PHONE, people.accounts["王磊"])
    entry = await people.entry("王磊", "2026-11-17/night")
    people.now("2026-11-18T09:00")
    early, late = at("2026-11-17T00:04"), at("2026-11-17T00:06")

    before = await refused(settle(entry, Side.SIGN_OUT, early, "记错", people.manager))
    await settle(entry, Side.SIGN_OUT, late, "走了", people.manager)
    after = await refused(settle(entry, Side.SIGN_IN, late, "记错", people.manager))

    assert [before[0], after[0]] == ["out_before_in", "out_before_in"]


async def test_a_sign_out_that_was_forgotten_is_settled_by_the_manager(published: People) -> None:
    people, signing = published, published.desk.attendance
    entry = await people.entry("王磊", "2026-11-17/night")
    people.now("2026-11-17T00:05")
    await signing.sign_in(Device.PHONE, people.accounts["王磊"])
    people.now("2026-11-18T09:00")
    assert (await refused(signing.sign_out(Device.PHONE, people.accounts["王磊"])))[0] == "no_sign_in"
    settle = signing.settle
    at_us = at("2026-11-17T08:00")
    own = people.accounts["王磊"]
    assert (await refused(settle(entry, Side.SIGN_OUT, at_us, "x", own)))[0] == "own_turn"
    assert (await refused(settle(entry, Side.SIGN_OUT, at_us, " ", people.manager)))[0] == "reason_missing"
    outside = at("2026-11-17T20:00")
    assert (await refused(settle(entry, Side.SIGN_OUT, outside, "x", people.manager)))[0] == "time_outside"
    before_us = people.clock.now_us()
    people.clock.move(1)

    done = await settle(entry, Side.SIGN_OUT, at_us, "忘签退，监控可见", people.manager)
    await settle(entry, Side.SIGN_IN, at("2026-11-16T23:55"), "签到机故障", people.manager)

    assert (done.reason, done.by, done.settles) == ("忘签退，监控可见", "manager", Side.SIGN_OUT)
    (on,) = [one for one in await people.desk.duty.on_shift(at_us - 1) if one.name == "王磊"]
    assert (on.signed_in_us, on.signed_out_us) == (at("2026-11-16T23:55"), at_us)
    (on,) = [
        one for one in await people.desk.duty.on_shift(at_us - 1, known_us=before_us) if one.name == "王磊"
    ]
    assert (on.signed_in_us, on.signed_out_us) == (at("2026-11-17T00:05"), None)


async def test_of_two_settlements_the_later_written_holds_though_the_clock_was_set_back(
    published: People,
) -> None:
    people = published
    entry = await people.entry("王磊", "2026-11-17/night")
    people.now("2026-11-18T09:00")
    for came in ("2026-11-17T00:20", "2026-11-16T23:50"):
        await people.desk.attendance.settle(entry, Side.SIGN_IN, at(came), "签到机故障", people.manager)
        people.clock.move(-60)

    (on,) = [one for one in await people.desk.duty.on_shift(at("2026-11-17T03:00")) if one.name == "王磊"]
    query = text("SELECT signed_in_us FROM on_shift_turns WHERE start_us = :start AND name = '王磊'")
    with reading(people.desk.ledger.engine) as connection:
        shown = connection.execute(query, {"start": at("2026-11-17")}).scalar_one()
    listed = await people.desk.attendance.list()

    assert (on.signed_in_us, shown) == (at("2026-11-16T23:50"), at("2026-11-16T23:50"))
    assert [one.at_us for one in listed] == [at("2026-11-16T23:50"), at("2026-11-17T00:20")]


async def test_the_view_of_grafana_says_the_same(published: People) -> None:
    people = published
    people.now("2026-11-17T00:05")
    await people.desk.attendance.sign_in(Device.PHONE, people.accounts["王磊"])
    query = text("SELECT * FROM on_shift_turns WHERE start_us = :start ORDER BY number")
    with reading(people.desk.ledger.engine) as connection:
        rows = connection.execute(query, {"start": at("2026-11-17")}).mappings().all()
        total = connection.execute(text("SELECT count(*) FROM on_shift_turns")).scalar()

    assert [dict(row) | {"day": str(row["day"])} for row in rows] == [
        {
            "plant": "p1",
            "start_us": at("2026-11-17"),
            "end_us": at("2026-11-17T08:00"),
            "day": "2026-11-17",
            "shift_zh": "夜班",
            "shift_en": "Night",
            "crew_zh": "甲班",
            "crew_en": "Crew A",
            "post_zh": post[0],
            "post_en": post[1],
            "number": number,
            "name": name,
            "signed_in_us": signed,
            "signed_out_us": None,
        }
        for number, name, post, signed in (
            ("100", "王磊", ("中控", "Control"), at("2026-11-17T00:05")),
            ("101", "李静", ("巡检", "Field"), None),
        )
    ]
    assert total == 180
