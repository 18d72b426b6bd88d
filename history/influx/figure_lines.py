r"""Figures of periods as line protocol v2, one line a (series, period), time in µs: start of the period.

    hour,area=aerobic,plant=fangcheng1,point=AE_DO1,unit=mg/L mean=2.1,min=1.9,…,count=360i,good=1.0 1780…
    └ period  └ tags, in the order InfluxDB sorts them        └ only the fields that the point's kind has

value, result    mean, min, max, first, last; flow_weighted of a concentration's days and months
total            total, resets, first, last
word             run_h, starts, where it has a running bit
all              count; good of all but what people enter; readings of hours

InfluxDB merges the fields of points: what a line leaves out stays as it was there. So of each line is
told whether it `lacks` a field that others of its kind have: where an earlier one may have had it, the
point is deleted before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from history.figures import FOREVER_US, HOUR_US, ONCE_US, IntegerArray
from history.hours import Hours
from history.influx.lines import Deletion, picking, tagged
from history.measures import Measure, MeasureKind
from telemetry.calendar import Period
from telemetry.plant import Plant, Point
from telemetry.quality import BoolArray
from telemetry.samples import TimeArray, ValueArray

_VALUES: Final = (MeasureKind.VALUE, MeasureKind.RESULT)
_LONG: Final = (Period.DAY, Period.MONTH)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A line with what it is of; `picks` is the predicate of its point, for a delete."""

    tag: str
    time_us: int
    text: str
    picks: str
    lacks: bool


@dataclass(frozen=True, slots=True)
class _Series:
    tag: str
    beginnings: Mapping[Period, str]
    picks: Mapping[Period, str]
    kind: MeasureKind
    runs: bool
    measured: bool
    weighted: bool


class FigureLineWriter:
    """Knows what the lines of each series begin with, and which fields they have."""

    def __init__(self, plant: Plant, series_ids: Mapping[str, int], measures: Mapping[str, Measure]) -> None:
        self._by_series = {
            series_ids[point.tag]: _Series(
                point.tag,
                _beginnings(plant, point),
                _picks(plant, point),
                measures[point.tag].kind,
                bool(measures[point.tag].run_mask),
                ONCE_US < measures[point.tag].hold_us < FOREVER_US,
                plant.flow_of(point.tag) is not None,
            )
            for point in plant.points
        }
        self._known = np.array(sorted(self._by_series), np.int32)

    def known(self, hours: Hours) -> BoolArray:
        """Return which rows are of a series that has a point."""
        return np.isin(hours.series, self._known)

    def lines(
        self,
        period: Period,
        of: Hours,
        ends_us: TimeArray,
        weighted: ValueArray | None = None,
        readings: IntegerArray | None = None,
    ) -> list[FigureLine]:
        """Return the lines of known rows; `ends_us` is how far each has come.

        NaN `weighted` is none, and so is a number of `readings` below 1.
        """
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
            (np.zeros(len(of), np.int64) if readings is None else readings).tolist(),
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
            read,
        ) in rows:
            series = self._by_series[id_]
            own: tuple[tuple[str, float], ...] = ()
            rest = f"count={count}i,good={share}" if series.measured else f"count={count}i"
            if series.kind in _VALUES:
                own = (("mean", mean), ("min", low), ("max", high), ("first", first), ("last", last))
                if series.weighted and period in _LONG:
                    own = (*own, ("flow_weighted", load))
            elif series.kind is MeasureKind.TOTAL:
                own, rest = (("first", first), ("last", last), ("total", total)), f"resets={resets}i,{rest}"
            elif series.runs:
                rest = f"run_h={ran_us / HOUR_US},starts={began}i,{rest}"
            if read > 0:
                rest = f"{rest},readings={read}i"
            fields = _floats(own)
            text = f"{series.beginnings[period]}{fields}{rest} {start}"
            lacks = fields.count(",") < len(own)
            found.append(FigureLine(series.tag, start, text, series.picks[period], lacks))
        return found


def deletions(period: Period, lines: Sequence[FigureLine], reached_us: int) -> list[Deletion]:
    """Return what has to go before lines are written: points that may have more fields than these.

    Such are only those of hours, and of periods, that start up to `reached_us`. Of an hour's minutes
    those between two that go, go too: they are all among the lines.
    """
    spans: dict[tuple[str, int], Deletion] = {}
    for line in lines:
        begin_us = line.time_us // HOUR_US * HOUR_US if period is Period.MINUTE else line.time_us
        if line.lacks and begin_us <= reached_us:
            so_far = spans.get((line.picks, begin_us))
            first_us = so_far.first_us if so_far else line.time_us
            spans[line.picks, begin_us] = Deletion(line.tag, line.picks, first_us, line.time_us)
    return list(spans.values())


def _floats(named: tuple[tuple[str, float], ...]) -> str:
    """Return fields with a comma behind each; what is no number is left out, as line protocol knows none."""
    return "".join(f"{name}={value}," for name, value in named if isfinite(value))


def _beginnings(plant: Plant, point: Point) -> dict[Period, str]:
    tags = {"area": point.unit, "plant": plant.id, "point": point.tag, "unit": point.engineering_unit}
    return {period: tagged(period.value, tags) for period in Period}


def _picks(plant: Plant, point: Point) -> dict[Period, str]:
    """Return the predicates of a point's periods, also of those from before it moved to another area."""
    return {period: f'_measurement="{period.value}" AND {picking(plant, point)}' for period in Period}
