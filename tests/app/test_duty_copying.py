"""The node's own copy of the roster: who is told of alarms, also while the people's store is away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from alarms.notify.duty_copy import DutyCopy
from app.duty_copying import DutyCopying
from config.rule_sets import shipped_rule_sets
from operations.accounts import Accounts, AccountSettings
from operations.attendance.events import Device
from operations.calls import StoreCalls
from operations.desk import desk_of
from operations.ledger import Ledger
from operations.passwords import PasswordSettings
from operations.staff.people import Category, Contact
from operations.staff.records import NewPost, NewStaff
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.calendar import Calendar
from telemetry.plant import Name
from tests.alarms.running import eventually
from tests.clock import MovedClock
from tests.operations.crews import FIRST, LAST, ZONE, People, at, people_of

CHEAP = AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1))


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: MovedClock) -> Iterator[Accounts]:
    engine = open_engine(sqlite_url(tmp_path / "people.sqlite"))
    migrate(engine, StoreKind.PEOPLE)
    accounts = Accounts(engine, clock, CHEAP)
    yield accounts
    accounts.close()
    engine.dispose()


@pytest.fixture
async def people(tmp_path: Path, clock: MovedClock, accounts: Accounts) -> AsyncIterator[People]:
    engine = open_engine(sqlite_url(tmp_path / "people.sqlite"))
    calls = StoreCalls(2, "desk")
    made = await people_of(engine, clock, calls, accounts)
    staff, by = made.desk.staff, made.manager
    contact = [Contact("wecom", "wecombot://wangs-key", "en")]
    await staff.change(made.persons["王磊"], NewStaff(contacts=contact), by)
    boss = NewStaff("900", "周厂长", Category.MANAGER, contacts=[Contact("mail", "mailto://boss")])
    await staff.add(boss, by)
    field = NewPost("field", Name("巡检", "Field"), rank=1, answers=False)
    await staff.set_post(field, by, post=made.posts["field"])
    await made.desk.roster.publish(made.pattern, FIRST, LAST, by)
    yield made
    calls.close()
    engine.dispose()


@pytest.fixture
def copy(tmp_path: Path) -> DutyCopy:
    engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    return DutyCopy(engine)


def names(copy: DutyCopy, when: str) -> tuple[list[str], list[str]]:
    at_us = at(when)
    return [r.name for r in copy.on_duty(at_us)], [r.name for r in copy.second_step(at_us)]


async def test_who_stands_at_a_post_that_answers_is_told_first_and_the_managers_second(
    people: People, copy: DutyCopy
) -> None:
    people.now("2026-11-01T03:00:00")
    await DutyCopying(people.desk, copy, people.clock).look()

    assert names(copy, "2026-11-01T03:00:00") == (["王磊"], ["周厂长"])
    assert names(copy, "2026-11-01T08:00:00") == (["赵敏"], ["周厂长"])
    assert names(copy, "2026-11-08T23:00:00")[0] != []
    assert names(copy, "2026-11-20T03:00:00")[0] == [], "eight days ahead are known"
    [wang] = copy.on_duty(at("2026-11-01T03:00:00"))
    assert wang.targets == ("wecombot://wangs-key",)
    assert wang.language == "en"
    [boss] = copy.second_step(at("2026-11-01T03:00:00"))
    assert boss.language == "zh_CN", "who says nothing is written to in Chinese"
    assert wang.account_id == people.accounts["王磊"].account_id


async def test_while_the_peoples_store_is_away_the_last_copy_holds_and_tells_its_age(
    people: People, copy: DutyCopy
) -> None:
    people.now("2026-11-01T03:00:00")
    await DutyCopying(people.desk, copy, people.clock).look()
    people.now("2026-11-02T03:00:00")
    calls = StoreCalls(1, "away")
    nobody_listens = open_engine("postgresql+psycopg://outfall@127.0.0.1:1/people")
    away = desk_of(
        Ledger(nobody_listens, people.clock, plant="p1", node="n1"),
        calls,
        Calendar(ZONE),
        shipped_rule_sets().leave_steps,
    )
    copying = DutyCopying(away, copy, people.clock)
    copying._copied = copy.copied()

    await copying.look()

    assert names(copy, "2026-11-02T03:00:00") == (["王磊"], ["周厂长"])
    assert copying.age_us == 86_400 * 1_000_000
    calls.close()


async def test_who_left_gets_nothing_any_more(people: People, copy: DutyCopy) -> None:
    people.now("2026-11-01T03:00:00")
    copying = DutyCopying(people.desk, copy, people.clock)
    await copying.look()
    await people.desk.staff.deactivate(people.persons["王磊"], people.manager)
    people.now("2026-11-02T03:00:00")

    await copying.look()

    assert copy.recipient(people.persons["王磊"]) is None
    assert names(copy, "2026-11-02T03:00:00")[0] == []


async def test_whose_account_was_deactivated_gets_nothing_and_acts_no_more(
    people: People, copy: DutyCopy, accounts: Accounts
) -> None:
    wang, boss = people.persons["王磊"], NewStaff(account="manager")
    copying = DutyCopying(people.desk, copy, people.clock)
    people.now("2026-11-01T03:00:00")
    [member] = [one for one in await people.desk.staff.list() if one.name == "周厂长"]
    await people.desk.staff.change(member.person, boss, people.manager)
    for account in ("op0", "manager"):
        accounts.deactivate(account, "test")

    await copying.look()

    # By this a link knows whose it is, and a push where it goes.
    assert (copy.recipient(wang), copy.recipient(member.person)) == (None, None)
    assert names(copy, "2026-11-01T03:00:00") == ([], [])
    assert names(copy, "2026-11-01T08:00:00") == (["赵敏"], [])

    accounts.reactivate("op0", "test")
    await copying.look()

    assert names(copy, "2026-11-01T03:00:00") == (["王磊"], [])


async def test_a_crew_that_is_held_over_is_told_beside_the_relief_that_has_not_come(
    people: People, copy: DutyCopy
) -> None:
    copying = DutyCopying(people.desk, copy, people.clock)
    signing = people.desk.attendance
    people.now("2026-10-31T23:50:00")
    await signing.sign_in(Device.PHONE, people.accounts["王磊"])
    await copying.look()
    assert names(copy, "2026-10-31T23:55:00")[0] == ["王磊"], "signed in ahead of the turn"

    people.now("2026-11-01T08:10:00")
    await copying.look()
    assert names(copy, "2026-11-01T08:10:00") == (["王磊", "赵敏"], ["周厂长"])

    people.now("2026-11-01T10:30:00")
    await signing.sign_out(Device.PHONE, people.accounts["王磊"])
    await copying.look()
    assert names(copy, "2026-11-01T10:31:00") == (["赵敏"], ["周厂长"])


async def test_who_forgot_to_sign_out_is_told_until_the_turn_can_be_signed_out_no_more(
    people: People, copy: DutyCopy
) -> None:
    copying = DutyCopying(people.desk, copy, people.clock)
    people.now("2026-11-01T00:00:00")
    await people.desk.attendance.sign_in(Device.PHONE, people.accounts["王磊"])
    people.now("2026-11-01T19:59:00")
    await copying.look()
    assert "王磊" in names(copy, "2026-11-01T19:59:00")[0]
    people.now("2026-11-01T20:01:00")
    await copying.look()
    assert "王磊" not in names(copy, "2026-11-01T20:01:00")[0]


async def test_who_signs_in_is_told_of_what_happens_next(people: People, copy: DutyCopy) -> None:
    copying = DutyCopying(people.desk, copy, people.clock)
    people.now("2026-10-31T23:50:00")
    running = asyncio.create_task(copying.run())
    try:
        await eventually(lambda: copy.copied() is not None)
        assert names(copy, "2026-10-31T23:55:00")[0] != ["王磊"]

        await people.desk.attendance.sign_in(Device.PHONE, people.accounts["王磊"])

        await eventually(lambda: names(copy, "2026-10-31T23:55:00")[0] == ["王磊"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await people.desk.attendance.sign_out(Device.PHONE, people.accounts["王磊"])


async def test_what_says_nothing_of_who_is_on_duty_makes_nobody_look_again(
    people: People, copy: DutyCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying = DutyCopying(people.desk, copy, people.clock)
    looked: list[str] = []
    look = copying.look

    async def looking() -> None:
        looked.append("looked")
        await look()

    monkeypatch.setattr(copying, "look", looking)
    people.now("2026-10-31T23:50:00")
    running = asyncio.create_task(copying.run())
    try:
        await eventually(lambda: copy.copied() is not None)
        added: list[frozenset[str]] = []
        with people.desk.ledger.followed(added.append):
            await people.desk.staff.set_crew("E", Name("戊班", "Crew E"), people.manager)
            assert not copying._written.is_set()
            await people.desk.attendance.sign_in(Device.PHONE, people.accounts["王磊"])

        await eventually(lambda: names(copy, "2026-10-31T23:55:00")[0] == ["王磊"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert added == [{"crew"}, {"attendance_event"}]
    assert looked == ["looked"] * 2
