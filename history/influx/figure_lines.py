r"""Figures of periods as line protocol v2, one line a (series, period), time in µs: start of the period.

    hour,area=aerobic,plant=fangcheng1,point=AE_DO1,unit=mg/L mean=2.1,min=1.9,…,count=360i,good=1.0 1780…
    └ period  └ tags, in the order InfluxDB sorts them        └ only the fields that the point's kind has

value, result    mean, min, max, first, last; flow_weighted of a concentration's days and months
total            total, resets, first, last
word             run_h, starts, where it has a running bit
all              count; good of all but what people enter
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from history.figures import FOREVER_US, HOUR_US, ONCE_US
from history.hours import Hours
from history.influx.lines import tagged
from history.measures import Measure, MeasureKind
from telemetry.calendar import Period
from telemetry.plant import Plant, Point
from telemetry.quality import BoolArray
from telemetry.samples import TimeArray, ValueArray

_VALUES: Final = (MeasureKind.VALUE, MeasureKind.RESULT)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A line with what it is of."""

    tag: str
    time_us: int
    text: str


@dataclass(frozen=True, slots=True)
class _Series:
    tag: str
    beginnings: Mapping[Period, str]
    kind: MeasureKind
    runs: bool
    measured: bool


class FigureLineWriter:
    """Knows what the lines of each series begin with, and which fields they have."""

    def __init__(self, plant: Plant, series_ids: Mapping[str, int], measures: Mapping[str, Measure]) -> None:
        self._by_series = {
            series_ids[point.tag]: _Series(
                point.tag,
                _beginnings(plant, point),
                measures[point.tag].kind,
                bool(measures[point.tag].run_mask),
                ONCE_US < measures[point.tag].hold_us < FOREVER_US,
            )
            for point in plant.points
        }
        self._known = np.array(sorted(self._by_series), np.int32)

    def known(self, hours: Hours) -> BoolArray:
        """Return which rows are of a series that has a point."""
        return np.isin(hours.series, self._known)

    def lines(
        self, period: Period, of: Hours, ends_us: TimeArray, weighted: ValueArray | None = None
    ) -> list[FigureLine]:
        """Return the lines of known rows; `ends_us` is how far each has come, NaN `weighted` is none."""
        good = of.good_us / np.maximum(ends_us - of.start_us, 1)
        rows = zip(
            of.series.tolist(),
            of.start_us.tolist(),
            of.mean.tolist(),
            of.minimum.tolist(),
            of.maximum.tolist(),
            of.first.tolist(),
            of.last.tolist(),
            of.count.tolist(),
            good.tolist(),
            of.total.tolist(),
            of.resets.tolist(),
            of.weighted.tolist(),
            of.starts.tolist(),
            (np.full(len(of), np.nan) if weighted is None else weighted).tolist(),
            strict=True,
        )
        found = []
        for (
            id_,
            start,
            mean,
            low,
            high,
            first,
            last,
            count,
            share,
            total,
            resets,
            ran_us,
            began,
            load,
        ) in rows:
            series = self._by_series[id_]
            fields = f"count={count}i,good={share}" if series.measured else f"count={count}i"
            if series.kind in _VALUES:
                ends = (("first", first), ("last", last), ("flow_weighted", load))
                fields = _floats(("mean", mean), ("min", low), ("max", high), *ends) + fields
            elif series.kind is MeasureKind.TOTAL:
                fields = f"resets={resets}i,{fields}"
                fields = _floats(("first", first), ("last", last), ("total", total)) + fields
            elif series.runs:
                fields = f"run_h={ran_us / HOUR_US},starts={began}i,{fields}"
            found.append(FigureLine(series.tag, start, f"{series.beginnings[period]}{fields} {start}"))
        return found


def _floats(*named: tuple[str, float]) -> str:
    """Return fields with a comma behind each; what is no number is left out, as line protocol knows none."""
    return "".join(f"{name}={value}," for name, value in named if isfinite(value))


def _beginnings(plant: Plant, point: Point) -> dict[Period, str]:
    tags = {"area": point.unit, "plant": plant.id, "point": point.tag, "unit": point.engineering_unit}
    return {period: tagged(period.value, tags) for period in Period}
