"""What a month's report is computed from, as it was collected: plain values, the same as JSON and back.

    the node's stores ──▶ MonthInputs ──▶ sha256 of its JSON, printed in the report
                               └─────────▶ MonthReport (monthly.py), with no further look at any store

A part that could not be had is `Missing`, with the reason in the words that the report prints. Times are µs
UTC; lists by day are as long as `days`, None where there is nothing.
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from telemetry.plant import Name

ByDay = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that is not there, and why."""

    missing: Name


@dataclass(frozen=True, slots=True)
class Head:
    """Where a hash chain ends: how many records, and the hash of the last, hex."""

    records: int
    hash: str


@dataclass(frozen=True, slots=True)
class PlantFacts:
    """What the report's head says of the plant."""

    id: str
    name: Name
    outlet: Name
    node: str
    timezone: str
    day_starts_at: int
    design_flow_m3_d: float
    reactor_m3: float | None
    settling_m2: float | None


@dataclass(frozen=True, slots=True)
class PointMonth:
    """A point's month.

    `good` is the share of the time gone by with a good value, None where it has none. In a report it is of an
    analyser the share of valid ones in its due results: a result that stands good is held while none comes.
    """

    tag: str
    name: Name
    unit: str
    unit_name: Name
    kind: str
    engineering_unit: str
    regulatory: bool
    count: int
    good: float | None
    mean: float | None
    minimum: float | None
    maximum: float | None
    total: float | None
    resets: int


@dataclass(frozen=True, slots=True)
class PointDays:
    """A point's days.

    `amount` is what a total went on by, what a flow came to, or the sum of what was entered; `mean` is the
    mean, of a concentration weighted with its flow where it has one.
    """

    tag: str
    name: Name
    engineering_unit: str
    amount_unit: str
    amount: ByDay
    mean: ByDay
    minimum: ByDay
    maximum: ByDay
    good: ByDay


@dataclass(frozen=True, slots=True)
class Machine:
    """A piece of equipment's month; `known` is the share of the time its state was known."""

    id: str
    name: Name
    kind: str
    unit_name: Name
    run_hours: float | None
    starts: int | None
    known: float | None
    counter_hours: float | None


@dataclass(frozen=True, slots=True)
class RolePoints:
    """Whose days stand for what: tags by role, and of each pollutant and chemical."""

    tags: dict[str, tuple[str, ...]]
    pollutants: tuple["PollutantRole", ...]
    chemicals: tuple["ChemicalRole", ...]


@dataclass(frozen=True, slots=True)
class PollutantRole:
    """A regulated concentration, and the influent's."""

    item: str
    name: Name
    effluent: str
    influent: str | None


@dataclass(frozen=True, slots=True)
class ChemicalRole:
    """A chemical, what its point is in, and what a litre of it weighs."""

    name: Name
    used: str
    kg_per_unit: float | None
    per: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A regulated point's day. `verdict` is complies, exceeds, not_judged, not_entered, open or absent."""

    verdict: str
    mean: float | None
    valid: int
    due: int
    lowest: float | None
    highest: float | None
    low: Decimal | None
    high: Decimal | None
    source: str | None
    singles: int
    """Single values beyond their limits."""


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A regulated point's month, by day."""

    tag: str
    name: Name
    engineering_unit: str
    decimals: int
    days: tuple[Judged, ...]
    complied: int
    exceeded: int
    not_judged: int
    not_entered: int
    mean: float | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a shift, by the day it belongs to, and who stood on the roster for it."""

    day: str
    shift: Name
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exceedance:
    """A daily mean or a single value above its limit, with who was on shift then and before."""

    tag: str
    name: Name
    basis: str
    end: str
    from_us: int
    to_us: int
    value: float
    rounded: str
    limit: Decimal
    decimals: int
    engineering_unit: str
    source: str
    on_shift: tuple["Turn", ...] | None
    before: tuple["Turn", ...] | None


@dataclass(frozen=True, slots=True)
class Compliance:
    """The month's judgement."""

    items: tuple[JudgedItem, ...]
    exceedances: tuple[Exceedance, ...]
    judged_days: int
    complying_days: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Analyser:
    """An analyser's month: results due and valid, what was lost and by what cause; rates are shares."""

    tag: str
    name: Name
    due: int
    valid: int
    excused: int
    not_due: int
    due_in_all: int
    lost: dict[str, int]
    uptime: float | None
    target: float
    hours_left: int
    judged_results: int
    within: int
    compliance_rate: float | None


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """The alarm system's month by the definitions of domain.md 4.4, of the time gone by."""

    from_us: int
    days: float
    raised: int
    by_priority: dict[str, int]
    by_day: tuple[int, ...]
    most_an_hour: int
    most_in_10_min: int
    hours_above_30: int
    flood_share: float
    top: tuple["TopAlarm", ...]
    top_share: float | None
    chattering: int
    fleeting: int
    stale: int
    acknowledged: int
    response_median_s: float | None
    response_p90_s: float | None


@dataclass(frozen=True, slots=True)
class TopAlarm:
    """One of the alarms that were raised most."""

    key: str
    name: Name
    priority: str
    count: int


@dataclass(frozen=True, slots=True)
class CrewMonth:
    """A crew's month in counts; None is what nobody has judged."""

    name: Name
    turns: int
    signed: int
    unsettled: int
    late: int | None
    early: int | None
    absent: int | None


@dataclass(frozen=True, slots=True)
class FindingCount:
    """Findings of a kind by how they stand."""

    kind: str
    name: Name
    proposed: int
    confirmed: int
    voided: int


@dataclass(frozen=True, slots=True)
class Staff:
    """Who worked, in counts: names stand in the assessment, not here."""

    crews: tuple[CrewMonth, ...]
    findings: tuple[FindingCount, ...] | None
    log_entries: int | None
    handovers: int | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """What somebody corrected or marked."""

    kind: str
    made_us: int
    tag: str
    name: Name
    from_us: int
    to_us: int
    value: float | None
    former: float | None
    mark: str | None
    withdrawn: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Amendments:
    """The month's, and how many of its closed hours were computed anew."""

    listed: tuple[Amendment, ...]
    more: int
    hours_changed: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A part of the month whose readings were not measured: `origin` says what they are."""

    from_us: int
    to_us: int
    origin: str


@dataclass(frozen=True, slots=True)
class MonthInputs:
    """All of it. `through_us` is up to when the month had gone by when this was collected."""

    plant: PlantFacts
    month: str
    days: tuple[str, ...]
    starts_us: tuple[int, ...]
    from_us: int
    to_us: int
    through_us: int
    roles: RolePoints
    points: tuple[PointMonth, ...]
    by_day: dict[str, PointDays]
    machines: tuple[Machine, ...]
    compliance: Compliance | Missing
    analysers: tuple[Analyser, ...] | Missing
    alarms: AlarmFigures | Missing
    staff: Staff | Missing
    amendments: Amendments | Missing
    origins: tuple[Origin, ...]
    ledger: Head | Missing
    journal: Head | Missing

    @property
    def provisional(self) -> bool:
        """Whether the month is still in course."""
        return self.through_us < self.to_us


_ADAPTER: Final = TypeAdapter(MonthInputs)


def as_json(inputs: MonthInputs) -> bytes:
    """Return the canonical JSON: sorted keys, no spaces."""
    return canonical(inputs)


def of_json(text: bytes) -> MonthInputs:
    """Return the inputs that a JSON was made of."""
    return _ADAPTER.validate_json(text)


def canonical(value: Any) -> bytes:
    """Return a value's JSON with sorted keys and without spaces: what is hashed."""
    return orjson.dumps(value, default=_written, option=orjson.OPT_SORT_KEYS)


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value).__name__)


def sha256(text: bytes) -> str:
    """Return a text's hash, hex."""
    return hashlib.sha256(text).hexdigest()
