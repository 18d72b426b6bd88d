"""Collecting a month: every store is asked here, once, and nothing is computed from the answers again.

A store that is away leaves its part `Missing`, with the reason; the history's figures are what a report
cannot be without.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol, TypeVar
from uuid import UUID

from alarms.compliance.limits import DischargeLimit
from alarms.compliance.records import PlantCompliance
from alarms.journal import JournalRecord
from alarms.uptime.records import PlantUptime
from history.entries import Entry
from history.hour_store import Change
from history.hours import Hours
from history.measures import Measure
from reports import judged
from reports.alarm_figures import DAY_US, Happened, figures_of
from reports.amendments import LISTED, amendments_of
from reports.inputs import (
    AlarmFigures,
    Amendments,
    Analyser,
    ChemicalRole,
    Compliance,
    Head,
    Missing,
    MonthInputs,
    Origin,
    PlantFacts,
    PollutantRole,
    RolePoints,
    Staff,
)
from reports.month import Month, month_of
from reports.point_figures import machines, point_days, point_month
from reports.roles import Roles, roles_of
from reports.settings import ReportSettings
from telemetry.calendar import Calendar
from telemetry.duty import Duty
from telemetry.errors import Invalid, StoreError
from telemetry.plant import Name, Plant
from telemetry.protocols import Origins

logger = logging.getLogger(__name__)

_MOST_RECORDS: Final = 200_000
_MOST_ENTRIES: Final = 20_000
_MOST_CHANGES: Final = 20_000
_PAGE: Final = 1000
_FOREVER_US: Final = 1 << 62
_BEFORE_US: Final = 31 * DAY_US
_KG_PER_UNIT: Final = {"kg": 1.0, "t": 1000.0}
_Part = TypeVar("_Part")

AWAY: Final = Missing(
    Name("数据库未应答，本部分未取得", "its database did not answer: this part was not had")
)
NO_JOURNAL: Final = Missing(Name("报警日志在此之后才开始", "the alarm journal begins later"))
NOT_HERE: Final = Missing(Name("本节点未启用该功能", "this node does not keep this part"))


class FigureReader(Protocol):
    """Hour figures, and what of them was computed anew."""

    def measure(self, tag: str) -> Measure:
        """Return how a tag's samples become figures."""
        ...

    async def hours_of_many(
        self, tags: Sequence[str], from_us: int, to_us: int, now_us: int
    ) -> dict[str, Hours]:
        """Return the hours of many tags that start in [from, to)."""
        ...

    async def changed(self, before: int | None, limit: int) -> list[Change]:
        """Return hours that were computed anew, newest first."""
        ...


class EntryReader(Protocol):
    """What people entered, corrected and marked."""

    async def listed(self, tag: str | None, before: int | None, limit: int) -> list[Entry]:
        """Return entries below a batch, newest first."""
        ...


class JudgementReader(Protocol):
    """What was judged of a month."""

    async def months(self, month: date) -> PlantCompliance:
        """Return the month of all items."""
        ...

    async def uptime(self, month: date) -> PlantUptime:
        """Return the month of all analysers."""
        ...


class StaffReader(Protocol):
    """Counts of people's work in a month."""

    async def month(self, first_day: date, from_us: int, to_us: int) -> Staff:
        """Return the month's counts."""
        ...


JournalPage = Callable[[int | None, int, int, int], Awaitable[Sequence[JournalRecord]]]
"""Journal records of [from, to) below a sequence number, newest first: before, limit, from, to."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a month is collected from; None is a part that this node does not keep."""

    plant: Plant
    node: str
    settings: ReportSettings
    calendar: Calendar
    figures: FigureReader
    entries: EntryReader
    origins: Origins
    limits: Sequence[DischargeLimit]
    alarm_names: Callable[[str], Name]
    journal: JournalPage | None = None
    journal_head: Callable[[], Awaitable[Head]] | None = None
    ledger_head: Callable[[], Awaitable[Head]] | None = None
    judgements: JudgementReader | None = None
    duty: Duty | None = None
    staff: StaffReader | None = None
    names: Callable[[], Awaitable[Mapping[UUID, str]]] | None = None
    """The persons' names of accounts."""


async def collected(sources: Sources, name: str, now_us: int) -> MonthInputs:
    """Return a month's inputs; Invalid for no month, or one that has not begun."""
    month = month_of(name, sources.calendar)
    if month.from_us >= now_us:
        raise Invalid("month_ahead", f"{name} has not begun; ask for a month that has")
    through_us = min(month.to_us, now_us)
    plant, roles = sources.plant, roles_of(sources.plant, sources.settings)
    tags = [point.tag for point in plant.points if not point.is_own]
    hours = await sources.figures.hours_of_many(tags, month.from_us, month.to_us, now_us)
    folded = await asyncio.to_thread(_figures, sources, month, roles, hours, through_us)
    judgements = sources.judgements
    first = month.days[0]

    async def compliance() -> Compliance:
        assert judgements is not None
        found = await judgements.months(first)
        return await judged.compliance_of(found, month, plant, sources.limits, sources.duty)

    async def analysers() -> tuple[Analyser, ...]:
        assert judgements is not None
        return judged.analysers_of(await judgements.uptime(first), plant)

    async def staff() -> Staff:
        assert sources.staff is not None
        return await sources.staff.month(first, month.from_us, month.to_us)

    async def alarms() -> AlarmFigures | Missing:
        return await _alarms(sources, month, through_us)

    async def amendments() -> Amendments:
        return await _amendments(sources, month)

    return replace(
        folded,
        compliance=await _part("compliance", judgements, compliance),
        analysers=await _part("analysers", judgements, analysers),
        alarms=await _part("alarms", sources.journal, alarms),
        staff=await _part("staff", sources.staff, staff),
        amendments=await _part("amendments", sources.entries, amendments),
        journal=await _part("journal", sources.journal_head, sources.journal_head),
        ledger=await _part("ledger", sources.ledger_head, sources.ledger_head),
    )


async def _part(
    name: str, source: object | None, ask: Callable[[], Awaitable[_Part]] | None
) -> "_Part | Missing":
    """Return a part; Missing where nothing keeps it, or its store is away."""
    if source is None or ask is None:
        return NOT_HERE
    try:
        return await ask()
    except StoreError as error:
        logger.warning("report: without its part %s: %s", name, error)
        return AWAY


def _figures(
    sources: Sources, month: Month, roles: Roles, hours: Mapping[str, Hours], through_us: int
) -> MonthInputs:
    """Return the inputs as far as they are figures of points."""
    plant, measure = sources.plant, sources.figures.measure
    elapsed_us = through_us - month.from_us
    measured = {tag: measure(tag) for tag in hours}
    by_tag = plant.point_by_tag
    by_day = {}
    for tag in roles.all():
        flow = plant.flow_of(tag) if tag in hours else None
        if tag in hours:
            own = hours.get(flow) if flow else None
            by_day[tag] = point_days(by_tag[tag], measured[tag], hours[tag], own, month, through_us)
    points = tuple(
        point_month(plant, by_tag[tag], measured[tag], found, elapsed_us) for tag, found in hours.items()
    )
    return MonthInputs(
        plant=PlantFacts(
            id=plant.id,
            name=plant.name,
            outlet=plant.outlet,
            node=sources.node,
            timezone=plant.timezone.key,
            day_starts_at=sources.calendar.starts_at,
            design_flow_m3_d=plant.design_flow_m3_d,
            reactor_m3=sources.settings.reactor_m3,
            settling_m2=sources.settings.settling_m2,
        ),
        month=month.name,
        days=tuple(day.isoformat() for day in month.days),
        starts_us=month.starts_us,
        from_us=month.from_us,
        to_us=month.to_us,
        through_us=through_us,
        roles=_role_points(plant, roles, by_day),
        points=points,
        by_day=by_day,
        machines=machines(plant, hours, measured, elapsed_us),
        compliance=NOT_HERE,
        analysers=NOT_HERE,
        alarms=NOT_HERE,
        staff=NOT_HERE,
        amendments=NOT_HERE,
        origins=tuple(
            Origin(max(its.from_us, month.from_us), min(its.to_us, month.to_us), its.origin)
            for its in sources.origins.origins(month.from_us, month.to_us)
        ),
        ledger=NOT_HERE,
        journal=NOT_HERE,
    )


def _role_points(plant: Plant, roles: Roles, there: Mapping[str, object]) -> RolePoints:
    by_tag = plant.point_by_tag
    return RolePoints(
        tags={
            role: found
            for role, tags in roles.tags.items()
            if (found := tuple(tag for tag in tags if tag in there))
        },
        pollutants=tuple(
            PollutantRole(one.item, by_tag[one.effluent].name, one.effluent, one.influent)
            for one in roles.pollutants
            if one.effluent in there
        ),
        chemicals=tuple(
            ChemicalRole(
                Name(its.zh, its.en),
                its.used,
                _kg_per_unit(its.kg_per_l, by_tag[its.used].engineering_unit),
                its.per,
            )
            for its in roles.chemicals
            if its.used in there
        ),
    )


def _kg_per_unit(kg_per_l: float | None, unit: str) -> float | None:
    if unit in _KG_PER_UNIT:
        return _KG_PER_UNIT[unit]
    litres = {"L": 1.0, "m3": 1000.0}.get(unit)
    return None if litres is None or kg_per_l is None else kg_per_l * litres


async def _alarms(sources: Sources, month: Month, through_us: int) -> AlarmFigures | Missing:
    """Return the figures of what the journal covers; a month before its first record has none."""
    assert sources.journal is not None
    first = await sources.journal(2, 1, 0, _FOREVER_US)
    if not first or first[-1].recorded_us >= through_us:
        return NO_JOURNAL
    from_us = max(month.from_us, min(first[-1].recorded_us, first[-1].at_us))
    found: list[JournalRecord] = []
    before: int | None = None
    # What ended or was acknowledged soon after the month still tells of its alarms.
    while len(found) < _MOST_RECORDS:
        page = await sources.journal(before, _PAGE, month.from_us, month.to_us + _BEFORE_US)
        found += page
        if len(page) < _PAGE:
            break
        before = page[-1].seq
    happened = sorted(
        (Happened(one.at_us, one.key, one.priority.word, one.event.value, one.occurrence) for one in found),
        key=lambda one: one.at_us,
    )
    raised = [one for one in happened if one.event != "raise" or one.at_us < month.to_us]
    names = {one.key: sources.alarm_names(one.key) for one in raised if one.event == "raise"}
    return await asyncio.to_thread(figures_of, raised, names, month.starts_us, from_us, through_us)


async def _amendments(sources: Sources, month: Month) -> Amendments:
    entries: list[Entry] = []
    before: int | None = None
    while len(entries) < _MOST_ENTRIES:
        page = await sources.entries.listed(None, before, _PAGE)
        entries += page
        if len(page) < _PAGE or page[-1].made_us < month.from_us:
            break
        before = page[-1].batch
    changed = position = 0
    newest: int | None = None
    while position < _MOST_CHANGES:
        changes = await sources.figures.changed(newest, _PAGE)
        changed += sum(month.from_us <= one.start_us < month.to_us for one in changes)
        position += len(changes)
        if len(changes) < _PAGE:
            break
        newest = changes[-1].position
    names = await _names(sources)
    return amendments_of(entries, sources.plant, month, changed, LISTED, names)


async def _names(sources: Sources) -> Mapping[UUID, str]:
    """Return the persons' names; none while their store is away: what was amended is told all the same."""
    if sources.names is None:
        return {}
    try:
        return await sources.names()
    except StoreError as error:
        logger.warning("report: accounts are not called by their persons' names: %s", error)
        return {}
