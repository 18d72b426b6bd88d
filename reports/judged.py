"""A month's judgements as the report keeps them, with who was on shift at each exceedance."""

from collections.abc import Sequence
from typing import Final

from alarms.compliance.crews import asked_crews, span_of
from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.compliance.records import (
    DayJudgement,
    End,
    MonthCompliance,
    PlantCompliance,
)
from alarms.compliance.records import (
    Exceedance as Beyond,
)
from alarms.compliance.rounding import decimals_of
from alarms.uptime.records import PlantUptime
from reports.inputs import Analyser, Compliance, Exceedance, Judged, JudgedItem, Turn
from reports.month import Month
from telemetry.duty import Duty, OnShift
from telemetry.errors import StoreError
from telemetry.plant import Name, Plant

ABSENT: Final = "absent"


async def compliance_of(
    found: PlantCompliance, month: Month, plant: Plant, limits: Sequence[DischargeLimit], duty: Duty | None
) -> Compliance:
    """Return what was judged; where the roster is away, nobody is named."""
    items = tuple(_item(item, month, plant, _decimals(limits, item.tag)) for item in found.items)
    by_tag = {item.tag: item for item in items}
    beyond = [(day, one) for item in found.items for day in item.days for one in day.exceedances]
    exceedances = [await _exceedance(day, one, by_tag[day.tag], duty) for day, one in beyond]
    return Compliance(
        items=items,
        exceedances=tuple(sorted(exceedances, key=lambda one: (one.from_us, one.tag, one.basis))),
        judged_days=found.judged_days,
        complying_days=found.complying_days,
        rate=found.rate,
    )


def analysers_of(found: PlantUptime, plant: Plant) -> tuple[Analyser, ...]:
    """Return the analysers' month."""
    return tuple(
        Analyser(
            tag=one.tag,
            name=plant.point_by_tag[one.tag].name
            if one.tag in plant.point_by_tag
            else Name(one.tag, one.tag),
            due=one.due,
            valid=one.valid,
            excused=one.excused,
            not_due=one.not_due,
            due_in_all=one.due_in_all,
            lost={cause.value: count for cause, count in one.lost_by_cause.items()},
            uptime=one.uptime,
            target=one.target,
            hours_left=one.hours_left,
            judged_results=one.judged_results,
            within=one.within,
            compliance_rate=one.compliance_rate,
        )
        for one in found.analysers
    )


def _item(item: MonthCompliance, month: Month, plant: Plant, decimals: int) -> JudgedItem:
    by_day = {day.day: day for day in item.days}
    point = plant.point_by_tag.get(item.tag)
    return JudgedItem(
        tag=item.tag,
        name=point.name if point else Name(item.tag, item.tag),
        engineering_unit=point.engineering_unit if point else "",
        decimals=decimals,
        days=tuple(_day(by_day.get(day)) for day in month.days),
        complied=item.complied,
        exceeded=item.exceeded,
        not_judged=item.not_judged,
        not_entered=item.not_entered,
        mean=item.mean,
        rate=item.rate,
    )


def _day(day: DayJudgement | None) -> Judged:
    if day is None:
        return Judged(ABSENT, None, 0, 0, None, None, None, None, None, 0)
    low, high = day.governing(LimitBasis.DAILY, End.LOW), day.governing(LimitBasis.DAILY, End.HIGH)
    if low is None and high is None:
        low, high = day.governing(LimitBasis.SINGLE, End.LOW), day.governing(LimitBasis.SINGLE, End.HIGH)
    governing = high or low
    return Judged(
        verdict=day.verdict.value,
        mean=day.mean,
        valid=day.valid,
        due=day.due,
        lowest=day.lowest,
        highest=day.highest,
        low=low.low if low else None,
        high=high.high if high else None,
        source=governing.source if governing else None,
        singles=sum(one.basis is LimitBasis.SINGLE for one in day.exceedances),
    )


async def _exceedance(day: DayJudgement, one: Beyond, item: JudgedItem, duty: Duty | None) -> Exceedance:
    from_us, to_us = span_of(day, one)
    then, before = await _crews(duty, from_us, to_us)
    return Exceedance(
        tag=day.tag,
        name=item.name,
        basis=one.basis.value,
        end=one.end.value,
        from_us=from_us,
        to_us=to_us,
        value=one.value,
        rounded=one.rounded,
        limit=one.limit,
        decimals=item.decimals,
        engineering_unit=item.engineering_unit,
        source=one.source,
        on_shift=then,
        before=before,
    )


async def _crews(
    duty: Duty | None, from_us: int, to_us: int
) -> tuple[tuple[Turn, ...] | None, tuple[Turn, ...] | None]:
    """Return who was on shift then, and in the 16 h before; None where nobody knows."""
    if duty is None:
        return None, None
    try:
        found = await asked_crews(duty, from_us, to_us)
    except StoreError:
        return None, None
    return _told(found.then), _told(found.before)


def _told(people: Sequence[OnShift]) -> tuple[Turn, ...]:
    """Return each turn with its people, oldest first."""
    turns: dict[str, list[OnShift]] = {}
    for one in people:
        turns.setdefault(one.shift.key, []).append(one)
    return tuple(
        Turn(own[0].shift.day, own[0].shift.name, tuple(dict.fromkeys(one.name for one in own)))
        for own in turns.values()
    )


def _decimals(limits: Sequence[DischargeLimit], tag: str) -> int:
    """Return how many decimals a regulated value is shown with: one more than its limits have."""
    found = [
        decimals_of(value)
        for limit in limits
        if limit.tag == tag
        for value in (limit.low, limit.high, limit.alternative_high)
        if value is not None
    ]
    return max(found, default=1) + 1
