"""A month's figures of points and machines, folded from hour figures. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from history.figures import FOREVER_US, HOUR_US, ONCE_US
from history.hours import NO_HOURS, Hours, flow_weighted, folded
from history.measures import RUNNING, Measure, MeasureKind
from reports.inputs import ByDay, Machine, PointDays, PointMonth
from reports.month import Month
from telemetry.plant import Equipment, Plant, Point, PointKind

_HAS_VALUES: Final = (MeasureKind.VALUE, MeasureKind.RESULT)


def point_month(plant: Plant, point: Point, measure: Measure, hours: Hours, elapsed_us: int) -> PointMonth:
    """Return a point's month."""
    unit = plant.unit_by_id[point.unit]
    whole = folded(hours, np.zeros(len(hours), dtype=np.int64)) if len(hours) else None
    valued = measure.kind in _HAS_VALUES
    return PointMonth(
        tag=point.tag,
        name=point.name,
        unit=point.unit,
        unit_name=unit.name,
        kind=point.kind.value,
        engineering_unit=point.engineering_unit,
        regulatory=point.regulatory,
        count=int(hours.count.sum()),
        good=_share(int(hours.good_us.sum()), elapsed_us) if has_time(measure) else None,
        mean=_number(whole.mean[0]) if whole and valued else None,
        minimum=_number(whole.minimum[0]) if whole and valued else None,
        maximum=_number(whole.maximum[0]) if whole and valued else None,
        total=_number(whole.total[0]) if whole and measure.kind is MeasureKind.TOTAL else None,
        resets=int(hours.resets.sum()),
    )


def point_days(
    point: Point, measure: Measure, hours: Hours, flow: Hours | None, month: Month, through_us: int
) -> PointDays:
    """Return a point's days; `flow` is what its concentration is weighted with."""
    day_of = _day_starts(hours, month)
    days = folded(hours, day_of)
    place = {start: row for row, start in enumerate(days.start_us.tolist())}
    means = _column(days.mean, place, month) if measure.kind in _HAS_VALUES else _nothing(month)
    if flow is not None and measure.kind in _HAS_VALUES:
        starts, weighted = flow_weighted(hours, flow, day_of)
        means = _column(weighted, {at: row for row, at in enumerate(starts.tolist())}, month)
    lengths = [
        min(end, through_us) - start for start, end in zip(month.starts_us, month.ends_us(), strict=True)
    ]
    good = _column(days.good_us.astype(np.float64), place, month)
    # A day without a sample is a day without good time, not one that nobody knows of.
    shares = tuple(
        None if length <= 0 else (held or 0.0) / length for held, length in zip(good, lengths, strict=True)
    )
    unit, amounts = _amounts(point, measure, days)
    return PointDays(
        tag=point.tag,
        name=point.name,
        engineering_unit=point.engineering_unit,
        amount_unit=unit,
        amount=_column(amounts, place, month) if unit else _nothing(month),
        mean=means,
        minimum=_column(days.minimum, place, month),
        maximum=_column(days.maximum, place, month),
        good=shares if has_time(measure) else _nothing(month),
    )


def _amounts(point: Point, measure: Measure, days: Hours) -> tuple[str, "np.ndarray[Any, Any]"]:
    """Return the unit of what came through or was used, and how much by day; no unit where nothing does."""
    if measure.kind is MeasureKind.TOTAL:
        return point.engineering_unit, np.where(days.count > 0, days.total, np.nan)
    if point.engineering_unit.endswith("/h") and measure.kind is MeasureKind.VALUE:
        # As far as the flow was known: how far that is the good share says.
        return point.engineering_unit.removesuffix("/h"), np.where(
            days.weight > 0, days.weighted / HOUR_US, np.nan
        )
    if point.kind is PointKind.MANUAL:
        return point.engineering_unit, np.where(days.count > 0, days.weighted, np.nan)
    return "", days.mean


def machines(
    plant: Plant, found: Mapping[str, Hours], measures: Mapping[str, Measure], elapsed_us: int
) -> tuple[Machine, ...]:
    """Return the equipment whose running is known, unit by unit."""
    by_equipment: dict[str, list[Point]] = {}
    for point in plant.points:
        if point.equipment is not None:
            by_equipment.setdefault(point.equipment, []).append(point)
    order = {unit.id: index for index, unit in enumerate(plant.units)}
    made = (
        _machine(plant, item, by_equipment.get(item.id, ()), found, measures, elapsed_us)
        for item in sorted(plant.equipment, key=lambda item: order.get(item.unit, len(order)))
    )
    return tuple(machine for machine in made if machine is not None)


def _machine(
    plant: Plant,
    item: Equipment,
    points: Iterable[Point],
    found: Mapping[str, Hours],
    measures: Mapping[str, Measure],
    elapsed_us: int,
) -> Machine | None:
    word = counter = None
    for point in points:
        if point.kind is PointKind.STATUS and point.bit(RUNNING) is not None:
            word = word or point
        elif point.kind is PointKind.TOTAL and point.engineering_unit == "h":
            counter = counter or point
    if word is None and counter is None:
        return None
    ran = found.get(word.tag, NO_HOURS) if word else NO_HOURS
    counted = found.get(counter.tag, NO_HOURS) if counter else NO_HOURS
    return Machine(
        id=item.id,
        name=item.name,
        kind=item.kind.value,
        unit_name=plant.unit_by_id[item.unit].name,
        run_hours=float(ran.weighted.sum()) / HOUR_US if len(ran) else None,
        starts=int(ran.starts.sum()) if len(ran) else None,
        known=_share(int(ran.good_us.sum()), elapsed_us) if word else None,
        counter_hours=float(counted.total.sum()) if len(counted) else None,
    )


def has_time(measure: Measure) -> bool:
    """Return whether a share of time means something: not of what people enter."""
    return ONCE_US < measure.hold_us < FOREVER_US


def _day_starts(hours: Hours, month: Month) -> "np.ndarray[Any, Any]":
    starts = np.array(month.starts_us, dtype=np.int64)
    return starts[np.searchsorted(starts, hours.start_us, side="right") - 1]


def _column(values: Sequence[float] | Any, place: Mapping[int, int], month: Month) -> ByDay:
    return tuple(_number(values[place[start]]) if start in place else None for start in month.starts_us)


def _nothing(month: Month) -> ByDay:
    return (None,) * len(month.days)


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def _share(part_us: int, whole_us: int) -> float | None:
    return None if whole_us <= 0 else min(part_us / whole_us, 1.0)
