"""A roster, a staff and sources that say what the test says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmState
from history.hours import Hours
from history.live import Latest
from operations.handover.content import LogLine
from operations.handover.sources import Sources
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift, Shift
from telemetry.errors import StoreAway
from telemetry.plant import Name, Plant
from telemetry.quality import Quality

HOUR_US = 3600 * US_PER_S
DAY_US = 24 * HOUR_US
NIGHT_US = 495_000 * HOUR_US
"""Where a night turn begins, a full hour."""
CONTROL, PATROL = UUID(int=0xA1), UUID(int=0xA2)
CREWS = {"jia": UUID(int=0xC1), "yi": UUID(int=0xC2), "bing": UUID(int=0xC3), "ding": UUID(int=0xC4)}
TURNS = (("night", "夜班"), ("day", "白班"), ("evening", "中班"))


def person(number: int) -> UUID:
    """Return the id of a person."""
    return UUID(int=0x9000 + number)


def account(number: int) -> UUID:
    """Return the id of the account of a person."""
    return UUID(int=0x7000 + number)


def on_shift(
    who: int, start_us: int, code: str = "night", crew: str = "jia", post: UUID = CONTROL
) -> OnShift:
    """Return somebody's place on the roster, of eight hours."""
    day = f"d{start_us // DAY_US}"
    zh = dict(TURNS).get(code, code)
    shift = Shift(f"{day}/{code}", Name(zh, f"{code} turn"), day, start_us, start_us + 8 * HOUR_US)
    return OnShift(
        assignment=UUID(int=start_us + who),
        shift=shift,
        person=person(who),
        number=f"{who:03}",
        name=f"person {who}",
        category="operator",
        post=post,
        post_name=Name("中控", "control room") if post == CONTROL else Name("巡检", "patrol"),
        crew=CREWS.get(crew),
        crew_name=Name(crew, crew),
    )


def roster() -> list[OnShift]:
    """Return three turns after each other: 1 and 2 at night, 3 and 4 by day, 5 and 6 in the evening."""
    rows = []
    for place, ((code, _), crew) in enumerate(zip(TURNS, CREWS, strict=False)):
        start_us = NIGHT_US + 8 * HOUR_US * place
        rows.append(on_shift(2 * place + 1, start_us, code, crew))
        rows.append(on_shift(2 * place + 2, start_us, code, crew, PATROL))
    return rows


@dataclass
class Roster:
    """A roster that is there, or away."""

    rows: list[OnShift] = field(default_factory=roster)
    away: bool = False

    async def on_shift(self, at_us: int, post: UUID | None = None) -> Sequence[OnShift]:
        return [r for r in await self.between(at_us, at_us + 1) if post is None or r.post == post]

    async def between(self, from_us: int, to_us: int) -> Sequence[OnShift]:
        if self.away:
            raise StoreAway("the people's store is away")
        return [r for r in self.rows if r.shift.start_us < to_us and r.shift.end_us > from_us]


@dataclass
class Staff:
    """People 1 to 9 have accounts; names can be taken away."""

    forgotten: set[UUID] = field(default_factory=set)

    async def person_of(self, account_id: UUID) -> UUID | None:
        number = account_id.int - 0x7000
        return person(number) if 1 <= number <= 9 else None

    async def names(self, persons: Sequence[UUID]) -> Mapping[UUID, str]:
        return {one: f"person {one.int - 0x9000}" for one in persons if one not in self.forgotten}


def alarm(
    number: int, priority: Priority = Priority.HIGH, state: AlarmState = AlarmState.UNACKNOWLEDGED
) -> ActiveAlarm:
    """Return an alarm that was raised an hour after the night turn began."""
    return ActiveAlarm(
        id=UUID(int=0xE000 + number),
        key="BL_B201B_ST.fault",
        tag="BL_B201B_ST",
        kind=RuleKind.BIT,
        priority=priority,
        state=state,
        unit="blowers",
        equipment="BL_B201B",
        bit="fault",
        raised_at_us=NIGHT_US + HOUR_US,
        cleared_at_us=None,
        acknowledged_at_us=None,
        acknowledged_by=None,
        comment=None,
        value=float("nan"),
        limit=float("nan"),
    )


def ceiling(tag: str, basis: str, high: float) -> DischargeLimit:
    """Return a limit that always holds."""
    return DischargeLimit(tag, LimitBasis(basis), "standard", date(2020, 1, 1), high=Decimal(str(high)))


@dataclass
class Scene:
    """What the sources say; a tag without a reading waits for its first one."""

    plant: Plant
    readings: dict[str, float] = field(default_factory=dict)
    times_us: dict[str, int] = field(default_factory=dict)
    quality: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Hours] | None = None
    alarms: list[ActiveAlarm] = field(default_factory=list)
    log: list[LogLine] | None = None
    limits: list[DischargeLimit] = field(default_factory=list)
    failing: Exception | None = None
    celsius: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def latest(self, tag: str, now_us: int) -> Latest:
        if tag not in self.readings:
            return Latest(tag, float("nan"), 0, Quality.WAITING, False)
        at_us = self.times_us.get(tag, now_us)
        return Latest(tag, self.readings[tag], at_us, self.quality.get(tag, Quality.GOOD), False)

    async def hours(self, tag: str, _from: int, _to: int, _now: int) -> Hours:
        self.asked.append("hours")
        return self._figures(tag)

    async def minutes(self, tag: str, _from: int, _to: int, _now: int) -> Hours:
        self.asked.append("minutes")
        return self._figures(tag)

    def _figures(self, tag: str) -> Hours:
        from history.hours import NO_HOURS

        if self.failing is not None:
            raise self.failing
        return (self.figures or {}).get(tag, NO_HOURS)

    async def listed(self, from_us: int, to_us: int) -> Sequence[LogLine]:
        return [line for line in self.log or () if from_us <= line.at_us < to_us]

    async def water(self, _at: int) -> Mapping[str, float]:
        if self.failing is not None:
            raise self.failing
        return self.celsius

    def sources(self) -> Sources:
        """Return the sources that read this scene as it stands whenever they are asked."""
        return Sources(
            plant=self.plant,
            limits=self.limits,
            latest=self.latest,
            active=lambda: self.alarms,
            journal_head=lambda: (12, bytes(range(32))),
            figures=self,
            water=self.water,
            log=None if self.log is None else self.listed,
        )


def answered(standing: ActiveAlarm) -> ActiveAlarm:
    """Return an alarm as somebody acknowledged it."""
    return replace(standing, state=AlarmState.ACKNOWLEDGED)
