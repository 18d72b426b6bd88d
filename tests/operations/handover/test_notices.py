"""A relief that has not come: the managers are told once a turn, whatever ends the node meanwhile."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from alarms.notify.duty_copy import Copied, DutyCopy, DutyStep, DutyTurn
from alarms.notify.notices import Notice
from alarms.notify.outbox import Outbox
from alarms.notify.records import PushState
from config.demo import DEMO_FOLDER
from config.read import read_folder
from operations.calls import StoreCalls
from operations.handover.rules import Role
from operations.handover.service import Begin, Handovers
from operations.handover.settings import HandoverSettings
from operations.leave.requests import LeaveRequest
from operations.ledger import Ledger
from operations.notices import Notices
from telemetry.duty import Recipient
from telemetry.errors import StoreAway
from telemetry.people import Actor
from tests.alarms.notify.hooks import hook
from tests.alarms.notify.node import QUICK, eventually, made
from tests.alarms.stores import ManualClock, node_engine
from tests.clock import MovedClock
from tests.operations.handover.desk import HOUR_US, NIGHT_US, Roster, Scene, Staff, account, on_shift

END_US = NIGHT_US + 8 * HOUR_US
MINUTE_US = 60_000_000
ZONE = ZoneInfo("Asia/Shanghai")
BOSS = UUID(int=0xB055)


@dataclass
class Told:
    """Takes notices as the outbox does: each once."""

    notices: dict[UUID, Notice] = field(default_factory=dict)
    asked: int = 0

    async def notice(self, notice: Notice) -> bool:
        self.asked += 1
        return self.notices.setdefault(notice.about, notice) is notice


class Nobody:
    """Asks for nothing."""

    async def list(self, *, from_us: int | None = None) -> Sequence[LeaveRequest]:
        return ()


@pytest.fixture
def duty() -> Roster:
    return Roster()


@pytest.fixture
def desk(engine: Engine, clock: MovedClock, duty: Roster) -> Iterator[Handovers]:
    calls = StoreCalls(2, "desk")
    scene = Scene(read_folder(DEMO_FOLDER).plant, readings={}, log=[])
    ledger = Ledger(engine, clock, plant="p1", node="n1")
    yield Handovers(ledger, calls, duty, Staff(), scene.sources(), HandoverSettings())
    calls.close()


def looking(desk: Handovers, told: Told, clock: MovedClock) -> Notices:
    return Notices("p1", desk, Nobody(), told, clock, ZONE)


def signed(duty: Roster, *, at_us: int, shift: str) -> None:
    duty.rows = [
        replace(row, signed_in_us=at_us) if row.shift.key.endswith(shift) else row for row in duty.rows
    ]


async def test_half_an_hour_without_relief_goes_to_the_managers_once_a_turn(
    desk: Handovers, duty: Roster, clock: MovedClock
) -> None:
    told = Told()
    signed(duty, at_us=NIGHT_US, shift="night")
    clock.at_us = END_US + 29 * MINUTE_US
    notices = looking(desk, told, clock)
    await notices.look()
    assert (notices.overdue, told.asked) == (None, 0)

    clock.at_us = END_US + 30 * MINUTE_US
    await notices.look()
    clock.at_us += MINUTE_US
    await looking(desk, told, clock).look()

    (notice,) = told.notices.values()
    assert told.asked == 2, "asked again after a restart: the outbox knows what was told"
    assert notices.overdue is not None
    assert notices.overdue.outgoing.shift.key.endswith("/night")
    assert (notice.person, notice.page) == (None, "/handover")
    assert notice.title.zh.startswith("接班未到：夜班 ")
    assert notice.body.zh == (
        "已过下班时间 30 分钟仍未交接，由 person 1、person 2 继续值守。应接班：person 3、person 4"
    )
    assert notice.body.en == (
        "Over for 30 min and not handed over; still there: person 1, person 2. To relieve: person 3, person 4"
    )


async def test_a_relief_that_came_and_has_not_signed_is_told_as_that(
    desk: Handovers, duty: Roster, clock: MovedClock
) -> None:
    told = Told()
    signed(duty, at_us=END_US, shift="day")
    clock.at_us = END_US + 45 * MINUTE_US
    await looking(desk, told, clock).look()
    assert [notice.title.en.partition(":")[0] for notice in told.notices.values()] == ["Handover not signed"]


async def test_a_turn_that_was_handed_over_is_nobodys_matter(desk: Handovers, clock: MovedClock) -> None:
    told = Told()
    clock.at_us = END_US
    held = await desk.start(Begin(), Actor(account(1), "account 1"), manages=False)
    await desk.sign(held.id, Role.OUTGOING, Actor(account(1), "account 1"), manages=False)
    await desk.sign(held.id, Role.INCOMING, Actor(account(3), "account 3"), manages=False)
    clock.at_us = END_US + HOUR_US
    notices = looking(desk, told, clock)
    await notices.look()
    assert (notices.overdue, told.notices) == (None, {})


async def test_day_staff_that_nobody_relieves_goes_home_unless_somebody_is_still_there(
    desk: Handovers, duty: Roster, clock: MovedClock
) -> None:
    told = Told()
    duty.rows = [on_shift(1, NIGHT_US)]
    clock.at_us = END_US + HOUR_US
    await looking(desk, told, clock).look()
    assert told.notices == {}

    signed(duty, at_us=NIGHT_US, shift="night")
    await looking(desk, told, clock).look()
    (notice,) = told.notices.values()
    assert notice.body.zh.endswith("值班表上无人接班")


async def test_while_the_peoples_store_is_away_nothing_is_known(
    desk: Handovers, duty: Roster, clock: MovedClock
) -> None:
    duty.away = True
    with pytest.raises(StoreAway):
        await looking(desk, Told(), clock).look()


async def test_a_notice_reaches_the_managers_once_in_their_language_across_a_restart(
    desk: Handovers, clock: MovedClock, tmp_path: Path
) -> None:
    node = node_engine(tmp_path)
    at, sent = ManualClock(), [PushState.DELIVERED]
    copy, outbox = DutyCopy(node), Outbox(node, plant="fangcheng1", node="node-1")
    clock.at_us = END_US + 40 * MINUTE_US
    with hook() as bosss:
        boss = Recipient(BOSS, None, "周厂长", "en", (bosss.target,))
        now_us = at.now_us()
        always = DutyTurn(BOSS, DutyStep.SECOND, 0, 1 << 60)
        copy.replace([always], [boss], Copied(now_us, now_us))
        for _ in range(2):
            pushes = made(node, at, QUICK.model_copy(update={"public_url": "https://plant.example"}))
            task = asyncio.create_task(pushes.run())
            await Notices("p1", desk, Nobody(), pushes, clock, ZONE).look()
            await eventually(lambda: [each.push.state for each in outbox.page(before=None, limit=9)] == sent)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        (told,) = bosss.heard
    listed = await made(node, at, QUICK).page(before=None, limit=9)
    node.dispose()
    (push,) = [each.push for each in listed]
    assert (push.step.value, push.name, push.state.value) == ("notice", "周厂长", "delivered")
    assert push.rule.startswith("relief ")
    assert str(told).count("No relief") == 1
    assert push.body is not None
    assert push.body.endswith("See: https://plant.example/handover")
