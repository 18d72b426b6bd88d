"""A journal, an outbox and pushes that run, on a clock set by hand; who is on duty as the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from alarms.journal import Entry, JournalRepository, Progress
from alarms.notify.duty_copy import Copied, DutyCopy, DutyStep, DutyTurn
from alarms.notify.outbox import Outbox
from alarms.notify.permitted import KINDS
from alarms.notify.records import Push, TriedPush
from alarms.notify.service import Pushes
from alarms.notify.settings import PushSettings
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition, next_state
from storage.ids import uuid7
from telemetry.duty import Recipient
from telemetry.people import Actor
from telemetry.plant import Bit, Equipment, EquipmentKind, Name, Plant, PointKind
from tests.alarms import plants
from tests.alarms.plants import S
from tests.alarms.stores import ManualClock, node_engine, repository

WANG = UUID("0199c000-0000-7000-8000-00000000000a")
LI = UUID("0199c000-0000-7000-8000-00000000000b")
WANGS_ACCOUNT = UUID("0199c000-0000-7000-8000-000000000001")
QUICK = PushSettings(
    gather=timedelta(0),
    together=timedelta(seconds=30),
    timeout=timedelta(seconds=1),
    kinds=(*KINDS, "json", "hunter2"),
    private=("127.0.0.1",),
)

FAULT = "BL_B201A_ST.fault"
DO = "AE_DO1.HH"
LINK = "PLC2.link"


def plant() -> Plant:
    """Return the small plant, its blower's fault bit named and a second machine beside."""
    made = plants.plant()
    bits = (Bit("running", 0), Bit("fault", 2, Name("故障", "fault"), Name("跳闸", "tripped")))
    points = [
        replace(point, bits=bits, name=Name("1#鼓风机状态", "blower 1 status"))
        if point.tag == "BL_B201A_ST"
        else replace(point, name=Name("1#溶解氧", "DO 1"))
        if point.tag == "AE_DO1"
        else replace(point, name=Name("PLC2 通讯", "PLC2 link"), channel="PLC2")
        if point.tag == "PLC2.link"
        else point
        for point in made.points
    ]
    supply = Equipment("PW_1", Name("1#进线", "supply 1"), EquipmentKind.SUPPLY, "aerobic")
    power = plants.point("PW_1_ST", 1, PointKind.STATUS, "PW_1", (Bit("lost", 0, Name("失电", "lost")),))
    other = replace(plants.point("OTHER"), channel="PLC9", unit="elsewhere", name=Name("别处", "elsewhere"))
    return replace(made, points=(*points, power, other), equipment=(*made.equipment, supply))


@dataclass
class Story:
    """Alarms that come and go in a real journal."""

    journal: JournalRepository
    clock: ManualClock
    batch: int = 0
    states: dict[str, AlarmState] = field(default_factory=dict)
    occurrences: dict[str, UUID] = field(default_factory=dict)
    on_change: Callable[[], None] = lambda: None

    def happen(
        self,
        event: AlarmEvent,
        key: str,
        priority: Priority = Priority.HIGH,
        actor: Actor | None = None,
        comment: str = "",
    ) -> UUID:
        """Write one step of an alarm; return the alarm's id."""
        before = self.states.get(key, AlarmState.NORMAL)
        after = next_state(before, event)
        assert after is not None, (key, before, event)
        self.states[key] = after
        self.batch += 1
        tag, _, last = key.rpartition(".")
        kind = RuleKind.LINK if last == "link" else _kind(last)
        at_us = self.clock.now_us()
        done = Transition(key, event, before, after, at_us, 8.42, 8.0, self.batch)
        made = uuid7(at_us)
        if event is AlarmEvent.RAISE:
            self.occurrences[key] = made
        entry = Entry(
            made,
            done,
            key if kind is RuleKind.LINK else tag,
            kind,
            priority,
            self.occurrences[key],
            actor=actor,
            comment=comment,
        )
        self.journal.write([entry], Progress(self.batch, at_us, b""), at_us)
        self.on_change()
        return self.occurrences[key]

    def raised(self, key: str, priority: Priority = Priority.HIGH) -> UUID:
        return self.happen(AlarmEvent.RAISE, key, priority)

    def cleared(self, key: str) -> UUID:
        return self.happen(AlarmEvent.CLEAR, key)

    def acknowledged(self, key: str, by: Actor, comment: str = "") -> UUID:
        return self.happen(AlarmEvent.ACKNOWLEDGE, key, actor=by, comment=comment)


def _kind(last: str) -> RuleKind:
    return RuleKind(last) if last in set(RuleKind) else RuleKind.BIT


def who(person: UUID, name: str, *targets: str, language: str = "zh_CN") -> Recipient:
    account = WANGS_ACCOUNT if person == WANG else uuid4()
    return Recipient(person, account, name, language, targets)


@dataclass
class PushNode:
    """What a test asks and moves."""

    engine: Engine
    clock: ManualClock
    story: Story
    outbox: Outbox
    duty: DutyCopy
    pushes: Pushes

    def on_duty(self, first: Sequence[Recipient], second: Sequence[Recipient] = ()) -> None:
        on_duty(self.duty, self.clock.now_us(), first, second)

    def all(self) -> list[TriedPush]:
        """Return the whole outbox, oldest first."""
        return self.outbox.page(before=None, limit=5000)[::-1]

    def told(self) -> list[str]:
        """Return the outbox as `raise AE_DO1.HH to 王磊: delivered`."""
        return [told(each.push) for each in self.all()]


def told(push: Push) -> str:
    return f"{push.step} {push.rule} to {push.name or push.recipient}: {push.state}"


def on_duty(
    duty: DutyCopy, now_us: int, first: Sequence[Recipient], second: Sequence[Recipient] = ()
) -> None:
    day = 86_400 * S
    turns = [
        DutyTurn(each.person, step, now_us - day, now_us + day, rank)
        for step, people in ((DutyStep.FIRST, first), (DutyStep.SECOND, second))
        for rank, each in enumerate(people)
        if each.person is not None
    ]
    people = {each.person: each for each in (*second, *first)}
    duty.replace(turns, list(people.values()), Copied(now_us, now_us + day))


def made(
    engine: Engine,
    clock: ManualClock,
    settings: PushSettings | None,
    fallback: Sequence[str] = (),
    outbox: Outbox | None = None,
) -> Pushes:
    return Pushes(
        settings=settings,
        plant=plant(),
        journal=repository(engine),
        outbox=outbox or Outbox(engine, plant="fangcheng1", node="node-1"),
        on_call=DutyCopy(engine),
        fallback=lambda: fallback,
        clock=clock,
    )


@asynccontextmanager
async def running(
    folder: Path,
    settings: PushSettings | None = QUICK,
    fallback: Sequence[str] = (),
    clock: ManualClock | None = None,
) -> AsyncIterator[PushNode]:
    """Yield pushes that run, their cursor at the journal's beginning."""
    engine = node_engine(folder)
    clock = clock or ManualClock()
    outbox = Outbox(engine, plant="fangcheng1", node="node-1")
    pushes = made(engine, clock, settings, fallback, outbox)
    story = Story(repository(engine), clock, on_change=pushes.wake)
    node = PushNode(engine, clock, story, outbox, DutyCopy(engine), pushes)
    task = asyncio.create_task(pushes.run())
    if settings is not None:
        await eventually(lambda: outbox.cursor() is not None)
    try:
        yield node
    finally:
        failed = task.done() and not task.cancelled()
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        engine.dispose()
        if failed:
            raise AssertionError("pushes ended by themselves") from ended


async def eventually(seen: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return the first thing that is there; fails when nothing comes."""
    for _ in range(round(seconds / 0.02)):
        if found := seen():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")
