"""What is said of a day and a month of a discharged item."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from alarms.compliance.limits import LimitBasis


class Verdict(StrEnum):
    """How a day stands; the value is the word everywhere."""

    COMPLIES = "complies"
    EXCEEDS = "exceeds"
    NOT_JUDGED = "not_judged"
    """Fewer than 75 % of the due results are valid, or none was due: never taken for complying."""
    NOT_ENTERED = "not_entered"
    """No limit of the day is entered."""
    OPEN = "open"
    """Its last result may still come."""


class End(StrEnum):
    """Which end of a limit."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class WaterTold:
    """The day's mean water temperature that a limit's brackets follow, beside that of the brackets.

    `mean_c` is None where it is not known: then the stricter of the two values holds.
    """

    tag: str
    at_most: Decimal
    mean_c: float | None


@dataclass(frozen=True, slots=True)
class HeldLimit:
    """A limit as it is in force on a day. Of several of a basis the strictest end governs.

    `alternative`: the ends are those of its brackets, 1 November to 31 March or cold water for example.
    """

    basis: LimitBasis
    source: str
    low: Decimal | None
    high: Decimal | None
    low_governs: bool
    high_governs: bool
    alternative: bool = False
    water: WaterTold | None = None
    """Where the brackets follow the water's temperature."""


@dataclass(frozen=True, slots=True)
class Exceedance:
    """A value beyond a limit: the day's mean, or one result.

    `sample_us` and `hour_us` are the sample time and the hour of the result; of a mean the start and end of
    the day stand for it. `rounded` is what was compared: the value, half to even, to the limit's decimals.
    """

    basis: LimitBasis
    end: End
    limit: Decimal
    source: str
    value: float
    rounded: str
    hour_us: int | None
    sample_us: int | None
    read_us: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the rest of an open day allows; volumes to come are taken to flow as those of the day did.

    `may_average` is what its coming hours may average so that the mean complies, never above the limit of a
    single result; None where there is no upper limit, no hour to come, or nothing can mend it
    (`can_comply`). `may_lose` is how many of the coming hours may be lost with the day still judged; below 0
    it cannot be any more.
    """

    hours_to_come: int
    may_average: float | None
    can_comply: bool
    may_lose: int


@dataclass(frozen=True, slots=True)
class DayJudgement:
    """A report day of one item; of an open one so far.

    `mean` is weighted by flow over the valid hours (of what has no flow, such as pH, there is no mean and
    each value is judged), `rounded` is the mean as it was compared. `flow_m3` is what was discharged in the
    measured hours and `load_kg` the mean times that; without a mean there is no load. `exceedances` has the
    mean first, then results by sample time; those of internal control values stand apart in
    `control` and decide nothing.
    """

    tag: str
    day: date
    start_us: int
    end_us: int
    verdict: Verdict
    mean: float | None
    rounded: str | None
    lowest: float | None
    highest: float | None
    valid: int
    due: int
    excused: int
    flow_m3: float | None
    load_kg: float | None
    limits: tuple[HeldLimit, ...]
    exceedances: tuple[Exceedance, ...]
    control: tuple[Exceedance, ...] = ()
    so_far: tuple[Exceedance, ...] = ()
    """Of an open day: the daily limit that its mean lies beyond now; the hours to come may mend it."""
    forecast: Forecast | None = None
    """Of an open day."""
    version: int = 0

    def governing(self, basis: LimitBasis, end: End) -> HeldLimit | None:
        """Return the limit of a basis whose end governs, None where none is in force."""
        return next(
            (
                limit
                for limit in self.limits
                if limit.basis is basis and (limit.low_governs if end is End.LOW else limit.high_governs)
            ),
            None,
        )

    @property
    def lost(self) -> int:
        """Due hours without a valid result."""
        return self.due - self.valid


@dataclass(frozen=True, slots=True)
class MonthCompliance:
    """A month of one item: its days, and what they come to.

    `mean` is that of the judged days' means, where 75 % of the month's days have one (domain.md 3.1); None
    before. `rate` is complying ÷ judged days, None without one.
    """

    tag: str
    month: date
    """Its first day."""
    days: tuple[DayJudgement, ...]
    complied: int
    exceeded: int
    not_judged: int
    not_entered: int
    mean: float | None
    rate: float | None
    flow_m3: float | None
    load_kg: float | None


@dataclass(frozen=True, slots=True)
class PlantCompliance:
    """A month of all items (domain.md 3.5, 出水达标率); those without any limit stand aside.

    A day counts as judged where every item is, or one exceeds, and as complying where all comply.
    """

    month: date
    items: tuple[MonthCompliance, ...]
    judged_days: int
    complying_days: int
    rate: float | None
