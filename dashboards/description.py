"""What a plant's dashboards show, as plain data: whoever reads the plant folder fills it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STATUS_PLACES: Final = 7
"""A status word says at most so many things, the gravest first."""


class Severity(StrEnum):
    """What a colour stands for; normal has none."""

    NORMAL = "normal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    INSTRUMENT = "instrument"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of a value; equality, as far as float32 tells, complies, so `beyond` lies a trace outside.

    `mark` is what stands beside a value beyond it: a sign, and a word where there is room.
    """

    limit: float
    beyond: float
    upper: bool
    severity: Severity
    mark: str


@dataclass(frozen=True, slots=True)
class Value:
    """One measured point: how it is written, and what is beyond its limits (mildest first on each side)."""

    tag: str
    label: str
    measure: str
    decimals: int
    stale_s: int | None
    low: float
    high: float
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """One status word: what it says, the gravest first, as (bits, word, severity); else `otherwise`."""

    tag: str
    label: str
    stale_s: int | None
    says: tuple[tuple[int, str, Severity], ...]
    otherwise: str
    otherwise_severity: Severity = Severity.NORMAL
    filled: str = ""
    """The word that is drawn filled."""
    round: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """Alike values of a unit under one label."""

    label: str
    measure: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class UnitBox:
    """A unit with its machines and its telling values."""

    name: str
    machines: tuple[Status, ...]
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A regulated item: its value, and its limits as they are written.

    `mean` is the value as a day's mean, rounded to its limits before it is compared with them. `flow` is the
    point that its hours are weighted with.
    """

    value: Value
    limits: str
    mean: Value
    flow: str | None = None

    @property
    def ranged(self) -> bool:
        """Whether it is no concentration, as pH: its single results are judged, and it has no mean."""
        return not self.value.measure


@dataclass(frozen=True, slots=True)
class Analyser:
    """An analyser: its status word, and the point that says when its last sample was taken."""

    status: Status
    sampled: str | None
    sampled_stale_s: int | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A point whose results are due every hour; an analyser's is `required` for the plant's figure."""

    tag: str
    label: str
    required: bool
    checks_itself: bool = False
    """One hour a day is its standard check's, and not due."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Values over time with the limits they share."""

    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A channel's own point, and what the channel is called."""

    tag: str
    name: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A blower with what is measured on it."""

    status: Status
    name: str
    values: Mapping[str, Value]
    """By `A`, `Hz` and `degC`, those that are measured."""


@dataclass(frozen=True, slots=True)
class Aeration:
    """The aeration: each group of alike values under its title, its blowers and its energy."""

    groups: Sequence[Chart]
    blowers: tuple[Machine, ...]
    energy: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class PlantView:
    """Everything the dashboards of one plant are built from, in one language (`zh` or `en`)."""

    plant: str
    name: str
    outlet: str
    timezone: str
    language: str
    tiles: tuple[Tile, ...]
    water: tuple[UnitBox, ...]
    beside: tuple[UnitBox, ...]
    left_out: int
    analysers: tuple[Analyser, ...]
    charts: tuple[Chart, ...]
    links: tuple[Link, ...]
    power: Value | None
    energy: str | None
    volume: str | None
    aeration: Aeration | None
    reported: tuple[Reported, ...] = ()
    day_starts_at: int = 0
    """The hour of the plant's clock at which its report day starts."""
    online_target: int = 950
    """What analysers must reach in the month, per mille."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where the readings are: bucket, organisation and address of InfluxDB, uid of the data source.

    `people` is the uid of the PostgreSQL with the roster; without one no board speaks of shifts.
    """

    bucket: str = "outfall"
    org: str = "outfall"
    url: str = "http://influxdb:8086"
    source: str = "outfall-influxdb"
    people: str | None = None

    @property
    def figures(self) -> str:
        """The bucket of figures by period."""
        return f"{self.bucket}_figures"
