r"""Readings as line protocol v2, one line a (series, time), so that sending one again changes nothing.

    aerobic,plant=fangcheng1,point=AE_DO1,unit=mg/L value=2.1,quality=192i 1780000000000000
    └ unit  └ tags, in the order InfluxDB sorts them └ fields               └ µs since the epoch

`value` is left out where there is none: line protocol knows neither NaN nor infinity. InfluxDB merges
the fields of points, so one that had a value is deleted before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telemetry.plant import Plant, Point
from telemetry.protocols import Emptied
from telemetry.samples import SampleBatch

# A backslash before what is escaped cannot be told from an escape, so none may end a name.
_CONTROL: Final = dict.fromkeys((*range(32), 127), " ")
_MEASUREMENT: Final = str.maketrans({",": r"\,", " ": r"\ "})
_TAG: Final = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
_QUALITIES: Final = tuple(f",quality={code}i " for code in range(256))
_QUALITIES_ALONE: Final = tuple(f"quality={code}i " for code in range(256))


@dataclass(frozen=True, slots=True)
class Lines:
    """Line i says row i of `samples`."""

    samples: SampleBatch
    lines: Sequence[str]

    def body(self, part: slice) -> bytes:
        """Return some of the lines as they are sent."""
        return "\n".join(self.lines[part]).encode()


@dataclass(frozen=True, slots=True)
class Deletion:
    """Points that a predicate picks of [first, last]; `tag` is of whom they are."""

    tag: str
    picks: str
    first_us: int
    last_us: int


class LineWriter:
    """Knows what the lines of each series begin with."""

    def __init__(self, plant: Plant, series_ids: Mapping[str, int]) -> None:
        known = [(series_ids[tag], point) for tag, point in plant.point_by_tag.items()]
        size = max((series for series, _ in known), default=0) + 1
        self._begin = [""] * size
        self._tags = [""] * size
        self._picks = [""] * size
        self._group = np.full(size, -1, dtype=np.int32)
        groups: dict[str, int] = {}
        for series, point in known:
            self._begin[series] = beginning(plant.id, point)
            self._tags[series] = point.tag
            self._picks[series] = picking(plant, point)
            self._group[series] = groups.setdefault(point.unit, len(groups))

    def tag(self, series: int) -> str:
        """Return the tag of a series, empty for one whose point left the plant folder."""
        return self._tags[series] if 0 <= series < len(self._tags) else ""

    def known(self, samples: SampleBatch) -> tuple[SampleBatch, SampleBatch]:
        """Return the rows of series that have a point, and the others.

        The first are in the order of measurement, series and time: what a server refuses for one
        reason then stands together.
        """
        inside = samples.series < len(self._group)
        group = np.where(inside, self._group[np.where(inside, samples.series, 0)], -1)
        order = np.lexsort((samples.times_us, samples.series, group))
        first = int(np.count_nonzero(group < 0))
        return samples.select(order[first:]), samples.select(order[:first])

    def groups(self, samples: SampleBatch) -> list[tuple[int, slice]]:
        """Return the measurements of known rows as numbers, each with the rows that stand together."""
        if not len(samples):
            return []
        of_rows = self._group[samples.series]
        edges = np.flatnonzero(of_rows[1:] != of_rows[:-1]) + 1
        starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(of_rows)]
        return [(int(of_rows[start]), slice(start, end)) for start, end in zip(starts, ends, strict=True)]

    def deletions(self, emptied: Sequence[Emptied]) -> list[Deletion]:
        """Return what has to go before the lines of samples; of series that have no point nothing."""
        return [
            Deletion(self._tags[each.series], self._picks[each.series], each.first_us, each.last_us)
            for each in emptied
            if self.tag(each.series)
        ]

    def lines(self, samples: SampleBatch) -> Lines:
        """Return the lines of rows whose series are all known."""
        begin = [self._begin[series] for series in samples.series.tolist()]
        quality = samples.quality.tolist()
        times = samples.times_us.tolist()
        if bool(np.isfinite(samples.values).all()):
            rows = zip(begin, samples.values.tolist(), quality, times, strict=True)
            return Lines(samples, [f"{b}value={v}{_QUALITIES[q]}{t}" for b, v, q, t in rows])
        finite = np.isfinite(samples.values).tolist()
        mixed = zip(begin, samples.values.tolist(), finite, quality, times, strict=True)
        return Lines(
            samples,
            [
                f"{b}value={v}{_QUALITIES[q]}{t}" if f else f"{b}{_QUALITIES_ALONE[q]}{t}"
                for b, v, f, q, t in mixed
            ],
        )


def beginning(plant: str, point: Point) -> str:
    """Return a point's measurement and tags, with the space before the fields."""
    return tagged(point.unit, {"plant": plant, "point": point.tag, "unit": point.engineering_unit})


def picking(plant: Plant, point: Point) -> str:
    """Return the predicate of a point, also of the time before it moved to another measurement."""
    return f'plant="{_quoted(plant.id)}" AND point="{_quoted(point.tag)}"'


def tagged(measurement: str, tags: Mapping[str, str]) -> str:
    """Return a measurement and its tags as lines begin, with the space before the fields."""
    written = ((name, as_stored(value).translate(_TAG)) for name, value in tags.items())
    # An empty tag is a syntax error.
    return "".join(
        [
            as_stored(measurement).translate(_MEASUREMENT),
            *(f",{name}={value}" for name, value in written if value),
            " ",
        ]
    )


def as_stored(text: str) -> str:
    """Return what of a name line protocol can carry."""
    return text.translate(_CONTROL).strip().rstrip("\\")


def _quoted(text: str) -> str:
    return as_stored(text).replace("\\", "\\\\").replace('"', '\\"')
