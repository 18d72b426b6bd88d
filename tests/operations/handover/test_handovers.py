"""Handing over on a real SQLite and a real PostgreSQL: frozen, signed twice, added to, never changed."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from operations.calls import StoreCalls
from operations.handover.content import LogLine
from operations.handover.records import Handover
from operations.handover.rules import Phase, Role
from operations.handover.service import Begin, Handovers
from operations.handover.settings import HandoverSettings
from operations.ledger import Ledger
from storage.unit_of_work import writing
from telemetry.errors import RequestError, StoreAway, StoreError
from telemetry.people import Actor
from tests.clock import MovedClock
from tests.operations.handover.desk import (
    HOUR_US,
    NIGHT_US,
    Roster,
    Scene,
    Staff,
    account,
    alarm,
    answered,
    on_shift,
    person,
    roster,
)

END_US = NIGHT_US + 8 * HOUR_US
OUT, IN = Role.OUTGOING, Role.INCOMING


def actor(number: int) -> Actor:
    return Actor(account(number), f"account {number}")


MANAGER = actor(30)


@pytest.fixture(scope="module")
def folder() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


@pytest.fixture
def scene(folder: PlantFolder) -> Scene:
    return Scene(folder.plant, readings={"EFF_FIT401": 798.0}, log=[])


@pytest.fixture
def duty() -> Roster:
    return Roster()


@pytest.fixture
def ledger(engine: Engine, clock: MovedClock) -> Ledger:
    clock.at_us = END_US - HOUR_US // 2
    return Ledger(engine, clock, plant="p1", node="n1")


@pytest.fixture
def desk(ledger: Ledger, duty: Roster, scene: Scene) -> Iterator[Handovers]:
    calls = StoreCalls(2, "desk")
    yield Handovers(ledger, calls, duty, Staff(), scene.sources(), HandoverSettings())
    calls.close()


async def started(desk: Handovers, instructions: str = "", alarm_reason: str = "") -> Handover:
    return await desk.start(Begin(instructions, alarm_reason), actor(1), manages=False)


async def refused(attempt: object) -> str:
    with pytest.raises(RequestError) as error:
        await attempt  # type: ignore[misc]
    return error.value.code


async def test_a_turn_is_handed_over_in_three_steps_and_changes_hands_with_the_last(
    desk: Handovers, clock: MovedClock
) -> None:
    begun = await started(desk, instructions="2#泵站明早取泵")
    clock.move(600)
    signed = await desk.sign(begun.id, OUT, actor(2), False, note="一切正常")
    before = await desk.standing()
    clock.move(3600)
    late = await desk.standing()
    done = await desk.sign(begun.id, IN, actor(3), False)
    after = await desk.standing()

    assert (begun.turn, begun.person, begun.instructions) == (
        roster()[0].shift.key, person(1), "2#泵站明早取泵",
    )  # fmt: skip
    assert [(one.role, one.person, one.name, one.note) for one in done.signatures] == [
        (OUT, person(2), "account 2", "一切正常"),
        (IN, person(3), "account 3", ""),
    ]
    assert (signed.complete, done.complete) == (False, True)
    assert before is not None
    assert (before.phase, before.held_over, before.overdue_since_us) == (Phase.SIGNED, False, None)
    assert late is not None
    assert (late.held_over, late.overdue_since_us) == (True, END_US + HOUR_US // 2)
    assert late.responsible.has(person(1))
    assert after is not None
    assert (after.outgoing.has(person(3)), after.phase) == (True, Phase.RUNNING)
    assert done.content == begun.content, "what was frozen stays"


async def test_the_content_is_frozen_with_the_heads_of_both_chains(
    desk: Handovers, scene: Scene, ledger: Ledger
) -> None:
    await desk.add((await started(desk)).id, "一", actor(1))
    scene.readings["EFF_FIT401"] = 1.0
    (held,) = await desk.listed(None, 5)
    assert held.content.flows[1].reading.value == 798.0
    assert (held.ledger.records, held.journal.records, held.journal.short) == (0, 12, "0001020304050607")
    assert ledger.verify().records == 2


async def test_an_account_of_the_manager_begins_and_signs_for_a_turn_that_has_gone(desk: Handovers) -> None:
    begun = await desk.start(Begin(), MANAGER, manages=True)
    assert await refused(desk.sign(begun.id, OUT, MANAGER, True)) == "reason_missing"
    signed = await desk.sign(begun.id, OUT, MANAGER, True, reason="当班已离厂")
    assert [(one.person, one.name, one.reason) for one in signed.signatures] == [
        (None, "account 30", "当班已离厂")
    ]
    assert await refused(desk.sign(begun.id, IN, MANAGER, True)) == "same_person"


async def test_a_second_start_and_second_signatures_are_conflicts(desk: Handovers) -> None:
    begun = await started(desk)
    assert await refused(desk.start(Begin(), actor(2), False)) == "handover_exists"
    await desk.sign(begun.id, OUT, actor(1), False)
    assert await refused(desk.sign(begun.id, OUT, actor(2), False)) == "already_signed"
    assert await refused(desk.sign(begun.id, IN, actor(1), False)) == "same_person"
    await desk.sign(begun.id, IN, actor(3), False)
    assert await refused(desk.sign(begun.id, IN, actor(4), False)) == "already_signed"
    assert await refused(desk.start(Begin(), actor(1), False)) == "handover_exists"


async def test_of_two_phones_at_once_one_begins_and_one_signs(desk: Handovers, ledger: Ledger) -> None:
    begun = await asyncio.gather(
        *(desk.start(Begin(), actor(number), False) for number in (1, 2)), return_exceptions=True
    )
    (held,) = [one for one in begun if isinstance(one, Handover)]
    signed = await asyncio.gather(
        *(desk.sign(held.id, OUT, actor(number), False) for number in (1, 2)), return_exceptions=True
    )
    codes = [one.code for one in (*begun, *signed) if isinstance(one, RequestError)]
    assert codes == ["handover_exists", "already_signed"]
    assert ledger.verify().records == 2


async def test_an_unanswered_high_alarm_holds_it_up_until_a_reason_is_given(
    desk: Handovers, scene: Scene
) -> None:
    scene.alarms = [alarm(1), answered(alarm(2))]
    assert await refused(started(desk)) == "alarm_unanswered"
    begun = await started(desk, alarm_reason="鼓风机B正在检修，王磊在现场")
    assert (begun.unanswered, begun.alarm_reason) == ((alarm(1).id,), "鼓风机B正在检修，王磊在现场")
    await desk.sign(begun.id, OUT, actor(1), False)

    scene.alarms = [alarm(1), alarm(3)]
    assert await refused(desk.sign(begun.id, IN, actor(3), False)) == "alarm_unanswered"
    scene.alarms = [alarm(1), answered(alarm(3))]
    assert (await desk.sign(begun.id, IN, actor(3), False)).complete


async def test_without_an_alarm_no_reason_is_kept(desk: Handovers) -> None:
    assert (await started(desk, alarm_reason="just in case")).alarm_reason == ""


async def test_a_roster_amended_since_says_who_takes_over(desk: Handovers, duty: Roster) -> None:
    begun = await started(desk)
    await desk.sign(begun.id, OUT, actor(1), False)
    assert await refused(desk.sign(begun.id, IN, actor(7), False)) == "not_of_the_next_turn"
    duty.rows.append(on_shift(7, END_US, "day", "yi"))
    assert (await desk.sign(begun.id, IN, actor(7), False)).complete


async def test_what_is_added_stands_after_what_was_frozen(desk: Handovers, clock: MovedClock) -> None:
    begun = await started(desk)
    clock.move(60)
    held = await desk.add(begun.id, "  PAC 已补  ", actor(4))
    assert [(one.person, one.text, one.at_us) for one in held.addenda] == [
        (person(4), "PAC 已补", clock.now_us())
    ]
    assert held.content == begun.content
    assert await refused(desk.add(begun.id, " \n", actor(1))) == "text_missing"
    assert await refused(desk.add(UUID(int=5), "x", actor(1))) == "handover_not_found"


async def test_texts_too_long_and_checks_nobody_knows_are_refused(desk: Handovers) -> None:
    assert await refused(started(desk, instructions="x" * 501)) == "comment_too_long"
    assert await refused(desk.start(Begin(checks={"weather": True}), actor(1), False)) == "unknown_check"
    held = await desk.start(Begin(checks={"tools": True, "keys": False}), actor(1), False)
    assert held.content.checks == {"tools": True, "keys": False}


async def test_without_a_roster_nobody_hands_over(desk: Handovers, duty: Roster) -> None:
    duty.rows = []
    assert await desk.standing() is None
    assert await refused(started(desk)) == "no_turn"


async def test_a_store_that_is_away_is_said_and_nothing_is_kept(
    desk: Handovers, duty: Roster, ledger: Ledger
) -> None:
    duty.away = True
    with pytest.raises(StoreAway):
        await desk.standing()
    with pytest.raises(StoreAway):
        await started(desk)
    assert ledger.verify().records == 0


async def test_the_list_goes_back_by_turns(desk: Handovers, clock: MovedClock) -> None:
    night = await started(desk)
    await desk.sign(night.id, OUT, actor(1), False)
    await desk.sign(night.id, IN, actor(3), False)
    clock.at_us = END_US + 15 * HOUR_US // 2
    day = await desk.start(Begin(), actor(3), False)
    assert [held.id for held in await desk.listed(None, 9)] == [day.id, night.id]
    assert [held.id for held in await desk.listed(None, 1)] == [day.id]
    assert [held.id for held in await desk.listed(day.position, 9)] == [night.id]
    assert await desk.of_turn(night.turn) == await desk.one(night.id)


async def test_names_and_words_are_joined_when_it_is_shown(desk: Handovers, scene: Scene) -> None:
    first = await started(desk, instructions="看住鼓风机B")
    scene.log = [LogLine(first.id, first.id, "event", NIGHT_US + 1, person(4))]
    spoken = await desk.spoken(
        (await desk.preview((await desk.standing()) or pytest.fail("no roster"))), [person(9)]
    )
    assert spoken.names == {person(n): f"person {n}" for n in (1, 2, 3, 4, 9)}
    assert spoken.texts[first.id]["instructions"] == "看住鼓风机B"


async def test_nothing_of_it_can_be_changed(desk: Handovers, engine: Engine) -> None:
    begun = await started(desk)
    await desk.sign(begun.id, OUT, actor(1), False)
    await desk.add(begun.id, "x", actor(1))
    for table in ("handover", "handover_signature", "handover_addendum"):
        for statement in (f"UPDATE {table} SET person = NULL", f"DELETE FROM {table}"):
            with pytest.raises(StoreError, match="append-only"), writing(engine) as connection:
                connection.execute(text(statement))
