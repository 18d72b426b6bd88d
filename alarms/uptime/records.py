"""What is said of an analyser's hours and month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

TARGET: Final = Fraction(95, 100)
"""What an analyser must reach in a month, where no rule set says otherwise (plant-rules.md)."""


class Cause(StrEnum):
    """Why an hour has no valid result (domain.md 3.2; the flags of 2.5). The value is the word everywhere.

    `zero_flow` and one `standard_check` a day are not due; `waiting` is not decided yet; all others are lost.
    """

    WAITING = "waiting"
    """The result of the hour may still come."""
    ZERO_FLOW = "zero_flow"
    STANDARD_CHECK = "standard_check"
    FAULT = "fault"
    NO_SAMPLE = "no_sample"
    MAINTENANCE = "maintenance"
    CALIBRATION = "calibration"
    STOPPED = "stopped"
    COMMUNICATION = "communication"
    """The line was away while the result was told, or one was made that never came here."""
    RANGE = "range"
    """An instrument stood at the end of its range for too long."""
    QUALITY = "quality"
    """The reading itself was bad, for a reason that is none of the others."""
    QC_FAILED = "qc_failed"
    """Somebody marked it: between a standard check or comparison that failed and those that were passed."""
    MARKED = "marked"
    """Somebody marked it as invalid."""
    SAMPLE_TIME = "sample_time"
    """A result came whose sample time is missing, lies ahead or is too old."""
    NO_RESULT = "no_result"
    """Nothing came, and nothing says why."""


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """One result of an analyser, or the mean of an hour of a continuous instrument.

    `sample_us` is when its sample was taken, the end of what it is composed of; `read_us` when it was
    first read here. `cause` is None where it is valid.
    """

    sample_us: int
    read_us: int
    value: float
    cause: Cause | None = None
    mark: str | None = None
    """Id of the mark that took it."""
    suspect: bool = False
    """Outside of its range: it counts until somebody marks it (domain.md 3.2, SUSPECT)."""

    @property
    def valid(self) -> bool:
        """Whether it counts."""
        return self.cause is None


@dataclass(frozen=True, slots=True)
class HourJudgement:
    """An hour of the water, with the results of what was drawn in it; times in µs UTC.

    A result belongs to the hour in which most of its sample was drawn, the hour before its sample time:
    a sample of 09:00 is that of 08:00 to 09:00, whenever it was read.

    `value` is the mean of its valid results, None without one. `flow_m3` is what was discharged, None where
    nobody measured it. `due`: a valid result was to come; `valid`: it came; neither while `cause` is
    `waiting`. `excused`: the day's one hour of standard check.
    """

    tag: str
    start_us: int
    value: float | None
    due: bool
    valid: bool
    cause: Cause | None
    flow_m3: float | None
    excused: bool = False
    results: tuple[ResultRecord, ...] = ()
    within: bool | None = None
    """Whether every valid result is within its limits; None without one, or where no limit is entered."""
    version: int = 0

    @property
    def waiting(self) -> bool:
        """Whether it is not decided yet."""
        return self.cause is Cause.WAITING

    @property
    def lost(self) -> bool:
        """Whether a result was due and no valid one came."""
        return self.due and not self.valid


@dataclass(frozen=True, slots=True)
class AnalyserMonth:
    """A month of one analyser (plant-rules.md, 95 %; domain.md 3.5).

    `due`, `valid` and `lost` are of the hours decided so far; `due_in_all` of the whole month, with what is
    to come taken as hours of discharge. `uptime` is valid ÷ due and `compliance_rate` within ÷ valid ones,
    None where there is nothing to divide by. `hours_left` more may be lost before the month falls below
    `target`; below 0 it cannot be met any more.
    """

    tag: str
    equipment: str | None
    month: date
    """Its first day."""
    start_us: int
    end_us: int
    due: int
    valid: int
    lost_by_cause: Mapping[Cause, int]
    """Lost hours, the most first."""
    excused: int
    not_due: int
    """Hours without discharge."""
    due_in_all: int
    hours_ahead: int
    """Hours of the month that are not decided."""
    uptime: float | None
    target: float
    hours_left: int
    within: int
    """Valid hours whose results are within their limits."""
    judged_results: int
    """Valid hours that there are limits for."""
    compliance_rate: float | None
    hours: tuple[HourJudgement, ...]
    """Every hour that has begun, oldest first."""

    @property
    def lost(self) -> int:
        """Due hours without a valid result."""
        return self.due - self.valid


@dataclass(frozen=True, slots=True)
class PlantUptime:
    """A month of all analysers; the plant's figure is its lowest (domain.md 3.5)."""

    month: date
    target: float
    analysers: tuple[AnalyserMonth, ...]
    uptime: float | None
    lowest: str | None
    """Tag of the analyser that it is the figure of."""
