"""A plant's people on a real store: four crews of two, a post in the control room and one for patrols."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from config.rule_sets import shipped_rule_sets
from operations.access import Role
from operations.accounts import Accounts
from operations.calls import StoreCalls
from operations.desk import Desk, desk_of
from operations.ledger import Ledger
from operations.roster.pattern import Pattern
from operations.roster.presets import LONG_DAY, LONG_NIGHT, four_crews_three_shifts, staggered
from operations.staff.people import Category, StaffMember
from operations.staff.records import NewPost, NewStaff
from telemetry.calendar import Calendar
from telemetry.clock import from_us, to_us
from telemetry.duty import OnShift
from telemetry.people import Actor
from telemetry.plant import Name
from tests.clock import MovedClock

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 11, 1)
LAST = date(2026, 11, 30)
NAMES = ("王磊", "李静", "张伟", "刘洋", "陈晨", "杨帆", "赵敏", "黄勇")


def twelve_hours(crews: Sequence[UUID], anchor: date) -> Pattern:
    """Return two turns of twelve hours, four crews: day, night, two days off."""
    return staggered((LONG_DAY, LONG_NIGHT), ("day", "night", None, None), crews, anchor)


def at(text: str, zone: ZoneInfo = ZONE) -> int:
    """Return a time on the plant's clock in µs."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=zone))


@dataclass
class People:
    """The desk, who works there, and what they are called."""

    desk: Desk
    clock: MovedClock
    manager: Actor
    department: Actor
    persons: dict[str, UUID] = field(default_factory=dict)
    crews: dict[str, UUID] = field(default_factory=dict)
    posts: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, Actor] = field(default_factory=dict)
    zone: ZoneInfo = ZONE
    pattern: UUID = field(default_factory=uuid4)

    def named(self, on: OnShift) -> str:
        """Return who that is and where."""
        return f"{on.shift.key} {on.crew_name.en if on.crew_name else '-'} {on.post_name.en} {on.name}"

    async def who(self, text: str, known: int | None = None) -> list[str]:
        """Return the names of those on shift at a time, as known now or at another."""
        at_us = at(text, self.zone)
        if known is None:
            return [on.name for on in await self.desk.duty.on_shift(at_us)]
        return [on.name for on in await self.desk.duty.on_shift(at_us, known_us=known)]

    async def entry(self, name: str, key: str) -> UUID:
        """Return somebody's standing entry for a turn."""
        day = date.fromisoformat(key.partition("/")[0])
        lines = (await self.desk.roster.days(day, day)).lines
        return next(line.on.assignment for line in lines if line.on.shift.key == key and line.on.name == name)

    def now(self, text: str) -> None:
        """Put the clock."""
        self.clock.at_us = at(text, self.zone)

    def shown(self, at_us: int) -> str:
        """Return a time as the plant's clock shows it."""
        return from_us(at_us).astimezone(self.zone).isoformat()


async def people_of(
    engine: Engine, clock: MovedClock, calls: StoreCalls, accounts: Accounts, zone: ZoneInfo = ZONE
) -> People:
    """Return a plant of eight operators in four crews, on 2026-10-20; nothing is published."""
    clock.at_us = at("2026-10-20T09:00:00", zone)
    ledger = Ledger(engine, clock, plant="p1", node="n1")
    made = {
        name: Actor(accounts.add(name, role, f"a long password of {name}", "test"), name)
        for name, role in {"manager": Role.MANAGER, "department": Role.DEPARTMENT}.items()
    }
    desk = desk_of(ledger, calls, Calendar(zone), shipped_rule_sets().leave_steps)
    people = People(desk, clock, made["manager"], made["department"], zone=zone)
    by = people.manager
    for code, zh, en in (
        ("A", "甲班", "Crew A"),
        ("B", "乙班", "Crew B"),
        ("C", "丙班", "Crew C"),
        ("D", "丁班", "Crew D"),
    ):
        people.crews[code] = await desk.staff.set_crew(code, Name(zh, en), by)
    for rank, (code, zh, en) in enumerate((("control", "中控", "Control"), ("field", "巡检", "Field"))):
        people.posts[code] = await desk.staff.set_post(NewPost(code, Name(zh, en), rank=rank), by)
    for number, name in enumerate(NAMES):
        account = accounts.add(f"op{number}", Role.OPERATOR, "a long password", "test")
        people.accounts[name] = Actor(account, f"op{number}")
        new = NewStaff(f"1{number:02}", name, Category.OPERATOR, account=f"op{number}")
        member: StaffMember = await desk.staff.add(new, by, date(2026, 10, 1))
        people.persons[name] = member.person
        crew, post = people.crews["ABCD"[number // 2]], people.posts[("control", "field")[number % 2]]
        await desk.staff.join(member.person, crew, post, by, FIRST)
    pattern = four_crews_three_shifts(list(people.crews.values()), FIRST)
    people.pattern = await desk.roster.set_pattern("4x3", Name("四班三运转", "Four crews"), pattern, by)
    return people
