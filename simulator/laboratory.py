"""What the laboratory and the shift enter by hand: once a day, from what the instruments showed.

A result has the time of its sample and is there when the analysis is done: BOD5 after five days.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from simulator.chance import normal, stream, uniform
from simulator.past import Record
from telemetry.clock import from_us, to_us
from telemetry.samples import SampleBatch, ValueArray

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_SPREAD_MIN: Final = 12
"""Nobody samples on the minute."""

_PAM_KG_PER_T: Final = 0.22 * 4.0
"""kg of PAM for a tonne of cake: 22 % dry, 4 kg a tonne of dry solids."""

Figure = Callable[[ValueArray], float]


@dataclass(frozen=True, slots=True)
class Entry:
    """A point entered by hand: when, and how it comes from the column of a tag over `hours` before.

    `minute` is of the plant's day, `done_h` how long the analysis takes, `error` its relative
    standard deviation, `digits` as it is written down.
    """

    tag: str
    minute: int
    done_h: float
    source: str
    hours: float
    figure: Figure
    error: float
    digits: int

    def results(
        self, record: Record, seed: int, zone: ZoneInfo, begun_us: int
    ) -> Iterator[tuple[int, float]]:
        """Yield time and value of what was entered of a record's days before the plant begins."""
        number = stream(seed, self.tag)
        for day in _days(record, zone):
            index = day.toordinal()
            at_us = to_us(datetime.combine(day, time(), zone) + timedelta(minutes=self.minute))
            at_us += round(uniform(number, index) * _SPREAD_MIN) * 60_000_000
            since_us = at_us - round(self.hours * _HOUR_US)
            if since_us < record.from_us or at_us >= record.to_us:
                continue
            if at_us + self.done_h * _HOUR_US >= begun_us:
                continue
            known = record.between(since_us, at_us)
            value = self.figure(known.column(self.source)) * math.exp(self.error * normal(number, index))
            yield at_us, round(value, self.digits)


def _days(record: Record, zone: ZoneInfo) -> Iterator[date]:
    day = from_us(record.from_us).astimezone(zone).date()
    while to_us(datetime.combine(day, time(), zone)) < record.to_us:
        yield day
        day += timedelta(days=1)


def _mean(factor: float) -> Figure:
    return lambda column: float(column.mean()) * factor


def _constant(value: float) -> Figure:
    return lambda column: value


def _gained(factor: float) -> Figure:
    return lambda column: float(column[-1] - column[0]) * factor


def _stock(lowest: float, lot: float, factor: float) -> Figure:
    """A stock that falls with a counter and is filled up by lots."""
    return lambda column: lowest + lot - float(column[-1]) * factor % lot


def _sampled() -> Iterator[Entry]:
    for number in (1, 2):
        # SV30 [%] is SVI, 95 mL/g, times MLSS.
        yield Entry(f"LAB_SV30_{number}", 505, 0.6, f"AE_MLSS{number}", 0.5, _mean(95e-4), 0.03, 0)
    yield Entry("LAB_MLSS_1", 505, 5, "AE_MLSS1", 0.5, _mean(1.0), 0.02, -1)
    yield Entry("LAB_MLVSS_1", 505, 6, "AE_MLSS1", 0.5, _mean(0.62), 0.02, -1)
    yield Entry("LAB_RAS_SS", 510, 5, "RS_MLSS301", 0.5, _mean(1.0), 0.02, -1)
    for place, minute in (("INF", 530), ("EFF", 540)):
        for name, done_h, digits in (("COD", 4, 0), ("NH3", 3, 2), ("TN", 5, 1), ("TP", 4, 2)):
            digits += place == "EFF" and name != "NH3"
            source = f"{place}_AIT_{name}"
            yield Entry(f"LAB_{place}_{name}", minute, done_h, source, 24, _mean(1.0), 0.025, digits)
    yield Entry("LAB_INF_BOD", 530, 120, "INF_AIT_COD", 24, _mean(0.45), 0.06, 0)
    yield Entry("LAB_INF_SS", 530, 5, "INF_AIT_COD", 24, _mean(0.62), 0.06, 0)
    yield Entry("LAB_EFF_BOD", 540, 120, "EFF_AIT_COD", 24, _mean(0.17), 0.06, 1)
    yield Entry("LAB_EFF_SS", 540, 5, "EFF_AIT_SS", 24, _mean(1.0), 0.05, 0)
    yield Entry("LAB_EFF_FC", 540, 48, "AD_AIT_CL2", 24, _constant(260.0), 0.4, -1)
    yield Entry("LAB_EFF_COLOUR", 540, 1, "EFF_AIT_COD", 24, _constant(4.0), 0.0, 0)
    yield Entry("LAB_CAKE_MOIST", 610, 6, "SL_WIT501", 24, _constant(78.0), 0.008, 1)


def _counted() -> Iterator[Entry]:
    yield Entry("LAB_CAKE_OUT", 1110, 0, "SL_WIT501", 24, _gained(1.0), 0.005, 1)
    yield Entry("LAB_PAM_USED", 1115, 0, "SL_WIT501", 24, _gained(_PAM_KG_PER_T), 0.01, 1)
    # Solutions are bought at 1.2 kg/L, PAC as powder: 200 g of it in a litre dosed.
    for tag, source, lowest, lot, factor in (
        ("LAB_PAC_STOCK", "AD_FQ_PAC", 6.0, 15.0, 2e-4),
        ("LAB_CARB_STOCK", "AD_FQ_CARB", 10.0, 25.0, 1.2e-3),
        ("LAB_NACLO_STOCK", "AD_FQ_NACLO", 4.0, 10.0, 1.2e-3),
        ("LAB_PAM_STOCK", "SL_WIT501", 0.15, 0.5, _PAM_KG_PER_T / 1000.0),
    ):
        yield Entry(tag, 1120, 0, source, 1, _stock(lowest, lot, factor), 0.0, 2)


ENTRIES: Final = (*_sampled(), *_counted())


def entered(
    record: Record, series: int, tag: str, seed: int, zone: ZoneInfo, begun_us: int
) -> SampleBatch | None:
    """Return what was entered of a point, as samples of a series; None for one nobody enters here."""
    entry = next((entry for entry in ENTRIES if entry.tag == tag), None)
    if entry is None or entry.source not in record.tags:
        return None
    found = list(entry.results(record, seed, zone, begun_us))
    times_us = np.array([at_us for at_us, _ in found], dtype=np.int64)
    return SampleBatch.of(np.full(len(found), series), times_us, [value for _, value in found], 192)
