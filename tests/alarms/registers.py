"""An analyser's registers over a day, minute by minute, from a few words about what went otherwise.

It samples on the hour and shows the result forty minutes later. Times are of the plant's clock.

    result 09:00 27.5            the value of the sample of 09:00, where it is not 20
    no 09:00                     no result comes of the sample of 09:00
    late 09:00 10:10             its result comes at 10:10
    state fault 09:00-10:30      the status word; what comes of samples is said besides
    check 01:00                  no sample, and the word of a standard check for 40 minutes
    away 09:30-12:00             the line is lost: one reading that says so, then silence
    ts 0 09:40-10:40             the register of the sample time shows this, or `ahead`, or is `bad`
    bad 09:35-10:00              the value reads as of a broken sensor
    restart 09:50                for two minutes all registers are 0, then as before
    repeat 10:40                 from then on the sample time before, counted as a new one
    mark fault 09:00-10:00       marked by somebody
    dry 03:00-05:00              no discharge
    unmetered 03:00-05:00        the flow is not measured
    count 65530                  where the counter begins
"""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from alarms.uptime.hours import judged_hours
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.records import Cause, HourJudgement
from alarms.uptime.results import HOUR_US, Readings
from telemetry.calendar import Calendar
from telemetry.clock import to_us
from telemetry.held import held_of
from telemetry.marked import MarkedSpan
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)
MINUTE_US = 60_000_000
DAY_US = to_us(datetime(2026, 11, 20, tzinfo=ZONE))
HOLD_US = 3 * MINUTE_US
WORDS = {"measuring": 1, "holding": 2, "standard_check": 4, "calibration": 8, "maintenance": 16, "fault": 32,
         "no_sample": 64, "none": 0}  # fmt: skip
_CAUSES = (
    (32, Cause.FAULT),
    (64, Cause.NO_SAMPLE),
    (16, Cause.MAINTENANCE),
    (8, Cause.CALIBRATION),
    (4, Cause.STANDARD_CHECK),
)
ITEM = JudgedItem(
    tag="COD",
    kind=ItemKind.SAMPLED,
    engineering_unit="mg/L",
    range_low=0,
    range_high=100,
    equipment="ANA",
    sample_time="TS",
    counter="N",
    status="ST",
    causes=_CAUSES,
    states_mask=127,
    flow="FIT",
    weighted=True,
    checks_itself=True,
)
FLOW_M3 = 800.0


@dataclass
class Day:
    """What the registers showed, from two hours before the day until the morning after."""

    at_us: list[int] = field(default_factory=list)
    decided_us: int = DAY_US + 26 * HOUR_US

    def __post_init__(self) -> None:
        minutes = 29 * 60
        self.times = DAY_US - 2 * HOUR_US + np.arange(minutes, dtype=np.int64) * MINUTE_US
        self.heard = np.ones(minutes, dtype=bool)
        self.lost = np.zeros(minutes, dtype=bool)
        self.quality = np.full(minutes, Quality.GOOD, dtype=np.uint8)
        self.times_quality = np.full(minutes, Quality.GOOD, dtype=np.uint8)
        self.word = np.full(minutes, WORDS["holding"])
        self.flow = {DAY_US + hour * HOUR_US: FLOW_M3 for hour in range(-2, 27)}
        self.marks: list[MarkedSpan] = []
        self.made = {hour: (20.0, hour * 60 + 40) for hour in range(-3, 27)}
        self.shown_times: list[tuple[int, int, str]] = []
        self.zero: list[int] = []
        self.repeats: list[int] = []
        self.first_count = 100

    def readings(self) -> Readings:
        """Return what was read."""
        value, sampled, count = self._registers()
        rows = (self.heard | self.lost) & (self.times < self.decided_us)
        quality = np.where(self.lost, Quality.COMM_FAILURE, self.quality).astype(np.uint8)[rows]
        of_time = np.where(self.lost, Quality.COMM_FAILURE, self.times_quality).astype(np.uint8)[rows]
        good = np.where(self.lost, Quality.COMM_FAILURE, Quality.GOOD).astype(np.uint8)[rows]
        times = self.times[rows]
        return Readings(
            values=SampleBatch(np.ones(len(times), np.int32), times, value[rows], quality),
            sample_times=held_of(times, sampled[rows], of_time, HOLD_US),
            counter=held_of(times, count[rows], good, HOLD_US),
            status=held_of(times, self.word[rows].astype(float), good, HOLD_US),
            marks=self.marks,
        )

    def _registers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        value, sampled = np.full(len(self.times), 20.0), np.zeros(len(self.times))
        count = np.full(len(self.times), float(self.first_count))
        minute = (self.times - DAY_US) // MINUTE_US
        for number, (hour, (result, ready)) in enumerate(
            sorted(self.made.items(), key=lambda each: each[1][1]), start=1
        ):
            since = minute >= ready
            value[since], sampled[since] = result, (DAY_US + hour * HOUR_US) / 1e6
            count[since] = (self.first_count + number) % 65_536
        for at in self.repeats:
            since = (minute >= at) & (minute < at + 60)
            sampled[since] -= 3600
        for first, last, what in self.shown_times:
            rows = (minute >= first) & (minute < last)
            if what == "ahead":
                sampled[rows] += 7200
            elif what == "bad":
                self.times_quality[rows] = Quality.DEVICE_FAILURE
            else:
                sampled[rows] = float(what)
        for at in self.zero:
            rows = (minute >= at) & (minute < at + 2)
            value[rows] = sampled[rows] = count[rows] = 0
        return value, sampled, count

    def hours(self) -> list[HourJudgement]:
        """Return the day's hours."""
        starts = [DAY_US + hour * HOUR_US for hour in range(24)]
        begun = [start for start in starts if start < self.decided_us]
        flow = {start: volume for start, volume in self.flow.items() if volume == volume}
        return judged_hours(ITEM, begun, self.readings(), flow, {}, self.decided_us, CALENDAR, HOLD_US)


def day_of(words: str) -> Day:
    """Return a day on which some things went otherwise, separated by `;`."""
    day = Day()
    for said in filter(None, (part.strip() for part in words.split(";"))):
        _tell(day, *said.split())
    return day


def _tell(day: Day, what: str, *more: str) -> None:
    if what == "result":
        day.made[_minute(more[0]) // 60] = (float(more[1]), _minute(more[0]) + 40)
    elif what == "no":
        for at in more:
            day.made.pop(_minute(at) // 60)
    elif what == "late":
        hour = _minute(more[0]) // 60
        day.made[hour] = (day.made[hour][0], _minute(more[1]))
    elif what == "state":
        first, last = _span(more[1])
        day.word[_rows(first, last)] = WORDS[more[0]]
    elif what == "check":
        _tell(day, "no", more[0])
        first = _minute(more[0])
        day.word[_rows(first, first + 40)] = WORDS["standard_check"]
    elif what == "away":
        first, last = _span(more[0])
        day.heard[_rows(first, last)] = False
        day.lost[_rows(first, first + 1)] = True
    elif what == "bad":
        first, last = _span(more[0])
        day.quality[_rows(first, last)] = Quality.SENSOR_FAILURE
    elif what == "ts":
        day.shown_times.append((*_span(more[1]), more[0]))
    elif what == "restart":
        day.zero.append(_minute(more[0]))
    elif what == "repeat":
        day.repeats.append(_minute(more[0]))
    elif what == "mark":
        first, last = (DAY_US + minute * MINUTE_US for minute in _span(more[1]))
        day.marks.append(MarkedSpan("m1", "COD", first, last, more[0]))
    elif what in ("dry", "unmetered"):
        first, last = _span(more[0])
        for hour in range(first // 60, last // 60):
            day.flow[DAY_US + hour * HOUR_US] = 0.0 if what == "dry" else float("nan")
    elif what == "count":
        day.first_count = int(more[0])
    elif what == "now":
        day.decided_us = DAY_US + _minute(more[0]) * MINUTE_US
    else:
        raise ValueError(what)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _span(text: str) -> tuple[int, int]:
    first, last = text.split("-")
    return _minute(first), _minute(last)


def _rows(first: int, last: int) -> slice:
    return slice(first + 120, last + 120)
