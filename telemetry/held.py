"""A series as what it held: for how long which value, without a row for each time it said so again."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from telemetry.quality import QualityArray
from telemetry.samples import TimeArray, ValueArray


@dataclass(frozen=True)
class Held:
    """Runs of equal value and quality, oldest first; a silence longer than a sample holds ends one.

    start_us  int64    time of the first sample
    end_us    int64    when the next one came, or the last one held no longer
    """

    start_us: TimeArray
    end_us: TimeArray
    values: ValueArray
    quality: QualityArray

    def __len__(self) -> int:
        return len(self.start_us)

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Held":
        """Return the runs that a mask, an index or a slice picks."""
        return Held(*(getattr(self, field.name)[rows] for field in fields(self)))

    def at(self, time_us: int) -> int | None:
        """Return the place of the run that a time lies in, None in silence."""
        place = int(np.searchsorted(self.start_us, time_us, side="right")) - 1
        return place if place >= 0 and time_us < self.end_us[place] else None

    def within(self, from_us: int, to_us: int) -> npt.NDArray[np.int64]:
        """Return how long of [from, to) each run took, µs."""
        taken = np.minimum(self.end_us, to_us) - np.maximum(self.start_us, from_us)
        found: npt.NDArray[np.int64] = np.maximum(taken, 0)
        return found


def held_of(times_us: TimeArray, values: ValueArray, quality: QualityArray, hold_us: int) -> Held:
    """Return what samples held; they are oldest first, and each holds for `hold_us` at most."""
    if not len(times_us):
        return NOTHING_HELD
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    goes_on = same & (quality[1:] == quality[:-1]) & (times_us[1:] - times_us[:-1] <= hold_us)
    begins = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(begins[1:], len(times_us)) - 1
    following_us = np.append(times_us[1:], np.iinfo(np.int64).max)
    return Held(
        times_us[begins],
        np.minimum(times_us[ends] + hold_us, following_us[ends]),
        values[begins],
        quality[begins],
    )


def joined(parts: list[Held], from_us: int, to_us: int) -> Held:
    """Return what parts held of [from, to) that follow each other, the same as if they had been one."""
    if not parts:
        return NOTHING_HELD
    start_us, end_us, values, quality = (
        np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Held)
    )
    end_us[:-1] = np.minimum(end_us[:-1], start_us[1:])
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    goes_on = same & (quality[1:] == quality[:-1]) & (end_us[:-1] == start_us[1:])
    begins = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(begins[1:], len(start_us)) - 1
    held = Held(
        np.maximum(start_us[begins], from_us),
        np.minimum(end_us[ends], to_us),
        values[begins],
        quality[begins],
    )
    return held.select(held.end_us > held.start_us)


NOTHING_HELD = Held(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))
