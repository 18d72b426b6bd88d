"""What siblings know of each other: nothing but these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from telemetry.held import Held
from telemetry.marked import MarkedSpan
from telemetry.samples import CommittedBatch, SampleBatch, TimeArray, ValueArray


class Sink(Protocol):
    """Where collectors put samples."""

    async def append(self, samples: SampleBatch) -> int:
        """Keep the samples durably and return the number of the batch that holds them.

        Returns only after the commit, so that a broker may then be acknowledged. Waits while the
        store is behind: that is the back-pressure. Raises StoreError when they are not kept.
        """
        ...


class LinkState(StrEnum):
    """How a channel stands."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


class Outages(Protocol):
    """Who wants to know when a channel is lost and when it is back. Called on the event loop.

    A channel that answers at the start is reported `back` once, so that its state is known.
    """

    def lost(self, channel: str, at_us: int, cause: str) -> None:
        """A channel was lost; `cause` is one sentence for people."""
        ...

    def back(self, channel: str, at_us: int, missed: int) -> None:
        """It is back; `missed` samples were due meanwhile."""
        ...


class Aggregate(StrEnum):
    """What a window of samples is reduced to."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Windows:
    """Figures of equal windows, oldest first; windows without any sample are left out.

    times_us  int64    start of the window, µs UTC
    values    float64  the aggregate without what was bad; NaN where all was bad
    good      float64  share of the window's time in which the value was good, 0…1

    A sample holds until the next one of its series, at most to the window's end and that of the time
    asked for; a window begins with what the sample before it said. The mean is weighted by this time;
    the others are of the window's own samples.
    """

    times_us: TimeArray
    values: ValueArray
    good: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Emptied:
    """Times of a series, [first, last], some of which had a value in a batch before, and have none now."""

    series: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now of some batches: samples that no other of their series and time outranks.

    `through` is the number of the last batch covered. Sent in any order and however often, the
    samples of a store come out as it holds them, where what stood in `emptied` went before: all that
    the store has there is among these samples.
    """

    through: int
    samples: SampleBatch
    emptied: tuple[Emptied, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """What holds now of a piece of one batch, by series, then time.

    `reached` is the (series, time) up to which that is; behind the batch's end there is none. `emptied` is
    as in Standing.
    """

    samples: SampleBatch
    reached: tuple[int, int] | None
    emptied: tuple[Emptied, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Samples of [from, to) were not measured here; `origin` says what they are (`simulated`)."""

    from_us: int
    to_us: int
    origin: str


class Origins(Protocol):
    """Knows what was not measured."""

    def origins(self, from_us: int, to_us: int) -> list[Origin]:
        """Return the parts of [from, to) whose samples were not measured here, oldest first; at once."""
        ...


class HistoryReader(Protocol):
    """Reads what the store holds; every call may take tens of milliseconds and runs off the loop."""

    async def samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        """Return samples of [from, to), oldest first, at most `limit`; one for each time."""
        ...

    async def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int, aggregate: Aggregate, offset_us: int = 0
    ) -> Windows:
        """Return figures for windows within [from, to) that start at k * every - offset, k whole.

        The offset of a zone from UTC has windows of a day start at its midnight.
        """
        ...


class BatchReader(HistoryReader, Protocol):
    """Reads also batches as they were committed: a store that nodes only replicate to knows none."""

    async def batches_after(self, number: int, limit: int) -> list[CommittedBatch]:
        """Return committed batches above `number`, oldest first, at most `limit`."""
        ...


class Replayable(Protocol):
    """A store whose batches are replicated elsewhere, by their numbers."""

    @property
    def last_number(self) -> int:
        """Number of the newest batch; 0 before the first."""
        ...

    async def standing(self, after: int, through: int, limit: int) -> Standing:
        """Return what holds now of the batches in (after, through], whole ones of about `limit` rows."""
        ...

    async def piece(self, number: int, position: tuple[int, int] | None, limit: int) -> Piece:
        """Return what holds now of one batch behind a (series, time), at most `limit` rows.

        For batches that are too large to be held; from their beginning without a position.
        """
        ...

    async def number_before(self, at_us: int) -> int:
        """Return the number of the batch before the first one that was committed at a time or later."""
        ...

    async def rows_between(self, after: int, through: int) -> int:
        """Return how many samples the batches in (after, through] had when they were committed."""
        ...

    async def batches_after(self, number: int, limit: int) -> list[CommittedBatch]:
        """Return committed batches above `number`, oldest first, at most `limit`."""
        ...


@dataclass(frozen=True, slots=True)
class FiguresHead:
    """How far hour figures have come: their newest version, and when the last closed hour ended.

    `oldest_us` is the time of the oldest sample.
    """

    version: int
    through_us: int
    oldest_us: int


@dataclass(frozen=True, slots=True)
class HourMeans:
    """Figures of hours, oldest first; the mean is NaN where nothing usable was read.

    start_us  int64    start of the hour, µs UTC
    mean      float64  weighted by time
    good_us   int64    for how long the value was good
    """

    start_us: TimeArray
    mean: ValueArray
    good_us: npt.NDArray[np.int64]


@dataclass(frozen=True)
class AsRead:
    """What was read of a point, and of others beside it, of one moment of the store.

    `values` are its samples with the quality of their own, as if nothing was marked; `held` is what the
    others held, by tag; `marks` are those in force of the point.
    """

    values: SampleBatch
    held: Mapping[str, Held]
    marks: Sequence[MarkedSpan]


class FigureReader(Protocol):
    """Hour figures by version, and the readings behind them; every call runs off the loop."""

    async def head(self) -> FiguresHead:
        """Return how far figures have come."""
        ...

    async def changed(self, tags: Sequence[str], after: int, through: int) -> list[int]:
        """Return the starts of hours in which some tag's figures got a version in (after, through]."""
        ...

    async def began_us(self, tag: str) -> int | None:
        """Return the first whole hour that a tag has figures of, None without any."""
        ...

    async def kept_from_us(self, tags: Sequence[str]) -> int:
        """Return from when on readings of all tags are kept: what was before was given up by age."""
        ...

    async def as_read(self, tag: str, beside: Sequence[str], from_us: int, to_us: int) -> AsRead:
        """Return what was read in [from, to), the others beginning with what was before."""
        ...

    async def hour_means(self, tag: str, from_us: int, to_us: int, now_us: int) -> HourMeans:
        """Return the hours that start in [from, to), the open one as far as it goes."""
        ...
