"""Whatever was answered once is answered again, however much was recorded since."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from operations.attendance.events import Device, Side
from operations.leave.rules import LeaveKind, RequestKind, Step
from operations.leave.service import NewRequest
from operations.roster.presets import four_crews_three_shifts
from operations.staff.people import EVER, Category
from operations.staff.records import NewStaff
from telemetry.duty import OnShift
from telemetry.errors import RequestError
from telemetry.plant import Name
from tests.operations.crews import FIRST, NAMES, People, at, twelve_hours

UNTIL = date(2026, 11, 12)


class Life:
    """Things that happen to a roster, by chance."""

    def __init__(self, people: People, seed: int) -> None:
        self.people = people
        self.chance = random.Random(seed)
        self.done: dict[str, int] = {}
        self.number = 500

    def someone(self) -> str:
        return self.chance.choice(NAMES)

    async def publish(self) -> None:
        crews = list(self.people.crews.values())
        self.chance.shuffle(crews)
        make = self.chance.choice((four_crews_three_shifts, twelve_hours))
        name, desk, by = Name("班", "Turns"), self.people.desk, self.people.manager
        kept = await desk.roster.set_pattern("4x3", name, make(crews, FIRST), by, known=self.people.pattern)
        first = FIRST + timedelta(days=self.chance.randrange(0, 9))
        await desk.roster.publish(kept, first, UNTIL, by)

    async def leave(self) -> None:
        start = FIRST + timedelta(days=self.chance.randrange(0, 11))
        from_us = at(start.isoformat())
        days = self.chance.randrange(1, 4)
        substitute = self.chance.choice([None, self.people.persons[self.someone()]])
        new = NewRequest(
            RequestKind.LEAVE,
            "事",
            from_us,
            from_us + days * 86_400_000_000,
            leave_kind=LeaveKind.SICK,
            substitute=substitute,
        )
        asked = await self.people.desk.leave.ask(new, self.people.accounts[self.someone()])
        decide = self.people.desk.leave.decide
        await decide(asked.id, Step.ENDORSE, "", self.people.manager)
        await decide(asked.id, Step.APPROVE, "", self.people.department)
        if self.chance.random() < 0.3:
            await decide(asked.id, Step.WITHDRAW, "", self.people.department, may_take_back=True)

    async def cover(self) -> None:
        turns = await self.people.desk.roster.turns(at("2026-11-01"), at("2026-12-01"))
        person, post = self.people.persons[self.someone()], self.people.posts["field"]
        key = self.chance.choice(turns).key
        await self.people.desk.roster.cover(key, person, post, "缺人", self.people.manager)

    async def sign(self) -> None:
        on = await self.people.desk.duty.on_shift(self.people.clock.now_us())
        name = self.chance.choice(on).name if on else self.someone()
        account = self.people.accounts.get(name, self.people.accounts[NAMES[0]])
        await self.people.desk.attendance.sign_in(Device.PHONE, account)

    async def settle(self) -> None:
        now_us = self.people.clock.now_us()
        on = await self.people.desk.duty.on_shift(now_us)
        one = self.chance.choice(on)
        settle = self.people.desk.attendance.settle
        await settle(one.assignment, Side.SIGN_IN, one.shift.start_us, "补签", self.people.manager)

    async def rename(self) -> None:
        self.number += 1
        new = NewStaff(number=str(self.number), category=self.chance.choice(list(Category)))
        day = FIRST + timedelta(days=self.chance.randrange(0, 11))
        await self.people.desk.staff.change(
            self.people.persons[self.someone()], new, self.people.manager, day
        )

    async def go(self) -> None:
        person = self.people.persons[self.someone()]
        staff, by = self.people.desk.staff, self.people.manager
        left = [member for member in await staff.list(date(2027, 1, 1)) if not member.active]
        await (staff.reactivate(left[0].person, by) if left else staff.deactivate(person, by))

    async def happen(self) -> None:
        doings: list[Callable[[], Awaitable[None]]] = [
            self.publish,
            self.leave,
            self.cover,
            self.sign,
            self.settle,
            self.rename,
            self.go,
        ]
        doing = self.chance.choice(doings)
        try:
            await doing()
        except (RequestError, IndexError):
            return
        self.done[doing.__name__] = self.done.get(doing.__name__, 0) + 1


async def answer(people: People, known_us: int = EVER) -> list[OnShift]:
    """Return everybody of ten days."""
    span = at("2026-11-01"), at("2026-11-13")
    return list(await people.desk.duty.between(*span, known_us=known_us))


@pytest.mark.parametrize("seed", range(2))
async def test_an_answer_as_known_then_is_the_answer_given_then(people: People, seed: int) -> None:
    await people.desk.roster.publish(people.pattern, FIRST, UNTIL, people.manager)
    life = Life(people, seed)
    given: dict[int, list[OnShift]] = {}
    people.now("2026-11-01T00:30")
    for step in range(25):
        await life.happen()
        if step % 5 == 0:
            given[people.clock.now_us()] = await answer(people)
        people.clock.move(life.chance.randrange(1, 11) * 3600)

    assert {known_us: await answer(people, known_us) for known_us in given} == given
    assert len({str(found) for found in given.values()}) > len(given) // 2
    assert len(life.done) >= 5
    now = await people.desk.duty.between(at("2026-11-01"), at("2026-12-01"))
    spans = sorted((on.person.hex, on.shift.start_us, on.shift.end_us) for on in now)
    assert [(one, other) for one, other in pairwise(spans) if one[0] == other[0] and other[1] < one[2]] == []
    assert people.desk.ledger.verify() == people.desk.ledger.head()
