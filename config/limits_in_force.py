"""Whether the limits of limits.csv go together, with each other and with their points."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from alarms.compliance.limits import DischargeLimit, LimitBasis
from config.limit_checks import deadband_mistake
from config.limits_file import LimitRow
from config.points_file import PointRow
from config.problems import quoted
from config.rules import limit_rules, on_day

TEMPERATURE: Final = "degC"
"""The unit of a water temperature."""


def check_periods(rows: Iterable[LimitRow]) -> None:
    """Tell limits of the same point, basis and source whose periods overlap."""
    same: defaultdict[tuple[str, str, str], list[LimitRow]] = defaultdict(list)
    for row in rows:
        same[row.limit.tag, row.limit.basis.value, row.limit.source].append(row)
    for group in same.values():
        group.sort(key=lambda item: (item.limit.valid_from, item.row.line))
        lasting = group[0]
        for other in group[1:]:
            if _last_day(lasting) >= other.limit.valid_from:
                early, late = sorted((lasting, other), key=lambda item: item.row.line)
                before = other.limit.valid_from - timedelta(days=1)
                late.row.add(
                    f"its period overlaps with line {early.row.line}, of the same basis and source",
                    f"set valid_to of the earlier period to {before} or before",
                )
            lasting = max(lasting, other, key=_last_day)


def _last_day(row: LimitRow) -> date:
    return row.limit.valid_to or date.max


def check_against_points(rows: Sequence[LimitRow], points: Mapping[str, PointRow]) -> None:
    """Tell limits that their points cannot have: outside the range, out of order, within the deadband."""
    mine: defaultdict[str, list[LimitRow]] = defaultdict(list)
    for row in rows:
        point = points.get(row.limit.tag)
        if point is not None:
            mine[point.tag].append(row)
            _check_range(row, point)
    for tag, group in mine.items():
        if points[tag].limits_in_force:
            _check_days(points[tag], group)


def check_temperatures(rows: Iterable[LimitRow], points: Mapping[str, PointRow]) -> None:
    """Tell brackets that follow what is no temperature."""
    for row in rows:
        cold = row.limit.cold_water
        point = points.get(cold.tag) if cold is not None else None
        if point is not None and point.engineering_unit != TEMPERATURE:
            unit = quoted(point.engineering_unit)
            what = f"temperature {quoted(point.tag)} is in {unit}, not in {TEMPERATURE}"
            row.row.add(what, "write the tag of a water temperature")


def _check_range(item: LimitRow, point: PointRow) -> None:
    limit = item.limit
    for column, value in (
        ("low", limit.low),
        ("high", limit.high),
        ("alternative_high", limit.alternative_high),
    ):
        if value is not None and not point.range_low <= float(value) <= point.range_high:
            span = f"{point.range_low:g} to {point.range_high:g}"
            what = f"{column} {value:f} lies outside the point's range {span}"
            item.row.add(what, "write it in the point's unit, or widen the range in points.csv")


def _check_days(point: PointRow, rows: Sequence[LimitRow]) -> None:
    limits = [row.limit for row in rows]
    rules = list(limit_rules(point, None, limits))
    for day in sorted({day for limit in limits for day in _changes(limit)}):
        on = {rule.kind: on_day(rule, day, limits).threshold for rule in rules}
        on = {kind: threshold for kind, threshold in on.items() if math.isfinite(threshold)}
        for (lower, low), (upper, high) in pairwise(on.items()):
            if low >= high:
                what = f"on {day} {lower.value} is {low:g} and {upper.value} {high:g}"
                mend = (
                    "write control values (basis internal) that are passed before the single-sample limit is"
                )
                _blamed(rows, day).row.add(what, mend)
                return
        mistake = deadband_mistake(point.range_low, point.range_high, on, point.deadband_pct)
        if mistake is not None:
            point.row.add(f"{mistake[0]} on {day}", mistake[1])
            return


def _blamed(rows: Sequence[LimitRow], day: date) -> LimitRow:
    in_force = [row for row in rows if row.limit.in_force(day)]
    internal = [row for row in in_force if row.limit.basis is LimitBasis.INTERNAL]
    return (internal or in_force or list(rows))[0]


def _changes(limit: DischargeLimit) -> Iterator[date]:
    yield limit.valid_from
    if limit.valid_to is not None:
        yield limit.valid_to + timedelta(days=1)
    for year in (limit.valid_from.year, limit.valid_from.year + 1):
        if limit.alternative_from is not None:
            yield _day(year, *limit.alternative_from)
        if limit.alternative_to is not None:
            yield _day(year, *limit.alternative_to) + timedelta(days=1)


def _day(year: int, month: int, day: int) -> date:
    # 29 February, in a year that has none, is 1 March: good enough to look at both sides of a change.
    return date(year, month, 1) + timedelta(days=day - 1)
