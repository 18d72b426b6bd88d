"""The plant's past, minute by minute: what its instruments showed before it began.

    from        run in             the older part                    the recent part
    ─ begun − 33 d ── begun − 31 d ──────────── day − 2 ── day − 1 ─────────────── begun ─▶ live

`day` is the UTC day in which the plant begins. The live plant runs in from day − 2 (waking.py); the
recent part is that same way, so it ends in the very plant that goes on. The older part has run for
a month and meets it at day − 1: it takes over the duty of the machines at day − 2, and what changes
slowly is drawn over to the recent part in the day between. Its counters are shifted to end where
the recent ones begin.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from config.folder import PlantFolder
from simulator.analysers import METHODS, RESULTS_MODULUS
from simulator.equipment import DutyGroup
from simulator.incidents import Incidents
from simulator.plant import Plant
from simulator.signals import Signals
from simulator.waking import DAY_US, MINUTE_US, run_in_from
from simulator.works import Works
from telemetry.plant import Point, PointKind
from telemetry.samples import TimeArray, ValueArray

DAYS: Final = 31
_RUN_IN_US: Final = 2 * DAY_US
_DRAWN_EVERY_US: Final = 10 * MINUTE_US
_RESULT_COUNTERS: Final = frozenset(f"{m.name[:3]}_ANA_{m.name[4:]}_N" for m in METHODS)

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Record:
    """What was shown: a row for each whole minute of [from, to), a column for each tag."""

    from_us: int
    tags: tuple[str, ...]
    values: ValueArray

    @property
    def to_us(self) -> int:
        """The end, not included."""
        return self.from_us + len(self.values) * MINUTE_US

    def between(self, from_us: int, to_us: int) -> "Record":
        """Return the part in [from, to)."""
        first, last = (max(-((self.from_us - us) // MINUTE_US), 0) for us in (from_us, to_us))
        return Record(self.from_us + first * MINUTE_US, self.tags, self.values[first:last])

    def times_us(self) -> TimeArray:
        """Return the times of the rows."""
        return np.arange(self.from_us, self.to_us, MINUTE_US, dtype=np.int64)

    def column(self, tag: str) -> ValueArray:
        """Return what a tag showed."""
        column: ValueArray = self.values[:, self.tags.index(tag)]
        return column


class Past:
    """The past of a plant that begins at a time, three days at least. `recent` first, then `older`."""

    def __init__(self, folder: PlantFolder, seed: int, begun_us: int, days: int = DAYS) -> None:
        self._points = folder.plant.points
        self._timezone: ZoneInfo = folder.plant.timezone
        self._seed = seed
        self.begun_us = begun_us
        self.from_us = -(-(begun_us - days * DAY_US) // MINUTE_US) * MINUTE_US
        self.seam_us = run_in_from(begun_us) + DAY_US
        self._drawn: list[list[float]] = []
        self._at_seam: dict[str, float] = {}

    def recent(self, progress: Progress) -> Record:
        """Return what was shown from a day before the seam until the plant begins."""
        runner = _Runner(self._plant(run_in_from(self.begun_us)), self._points)
        self._drawn = []

        def each(plant: Plant) -> None:
            if plant.now_us < self.seam_us and plant.now_us % _DRAWN_EVERY_US == 0:
                self._drawn.append([getattr(part, name) for part, name in _slow(plant.works)])

        # A plant that begins on the minute shows that minute itself.
        record = runner.run(-(-self.begun_us // MINUTE_US) * MINUTE_US, each, progress)
        seam = record.between(self.seam_us, self.seam_us + MINUTE_US)
        self._at_seam = dict(zip(record.tags, seam.values[0].tolist(), strict=True))
        return record

    def older(self, progress: Progress) -> Record:
        """Return what was shown from the beginning to the seam; `recent` comes before."""
        plant = self._plant(self.from_us - _RUN_IN_US)
        plant.step(_RUN_IN_US // MINUTE_US * 60.0)
        runner = _Runner(plant, self._points)
        duty_us = self.seam_us - DAY_US
        drawn = iter(self._drawn)
        left = len(self._drawn)
        incidents = Incidents(self.seam_us, self._timezone)

        def each(plant: Plant) -> None:
            nonlocal left
            incidents.befall(plant)
            if plant.now_us == duty_us:
                _take_duty(plant.works, self._plant(duty_us).works)
            if plant.now_us >= duty_us and plant.now_us % _DRAWN_EVERY_US == 0 and left:
                _draw(plant.works, next(drawn), 1.0 / left)
                left -= 1

        record = runner.run(self.seam_us + MINUTE_US, each, progress)
        self._meet(record)
        return record.between(self.from_us, self.seam_us)

    def _meet(self, record: Record) -> None:
        """Shift the counters so that the last row is the first of the recent part."""
        for place, tag in enumerate(record.tags):
            if tag in self._counters:
                column = record.values[:, place]
                column += self._at_seam[tag] - column[-1]
                if tag in _RESULT_COUNTERS:
                    column %= RESULTS_MODULUS

    @property
    def _counters(self) -> frozenset[str]:
        totals = (point.tag for point in self._points if point.kind is PointKind.TOTAL)
        return frozenset(totals) | _RESULT_COUNTERS

    def _plant(self, at_us: int) -> Plant:
        return Plant(self._seed, self._timezone, at_us)


class _Runner:
    """Runs a plant by whole minutes and writes down what it shows."""

    def __init__(self, plant: Plant, points: Sequence[Point]) -> None:
        self._plant = plant
        self._signals = Signals(plant, points)
        self._tags = tuple(self._signals.values())
        self._row = itemgetter(*self._tags)

    def run(self, until_us: int, each: Callable[[Plant], None], progress: Progress) -> Record:
        """Record [now, until); `each` sees the plant at every minute before it is read."""
        plant, from_us = self._plant, self._plant.now_us
        count = (until_us - from_us) // MINUTE_US
        values = np.empty((count, len(self._tags)))
        for row in range(count):
            if row:
                plant.step(60.0)
            each(plant)
            values[row] = self._row(self._signals.unrounded())
            if not row % 1440:
                progress(row / count)
        self._signals.show(self._tags, values)
        return Record(from_us, self._tags, values)


def _slow(works: Works) -> list[tuple[Any, str]]:
    """Return what takes days to change, as object and field."""
    tertiary, dewatering = works.tertiary, works.dewatering
    found: list[tuple[Any, str]] = [
        (train, name) for train in works.trains for name in ("solids", "nitrifiers", "bound_n", "bound_p")
    ]
    found += [(item, "level_m") for item in (tertiary.pac, tertiary.carbon, tertiary.hypochlorite)]
    found += [(cloth, "loss_kpa") for cloth in tertiary.filters]
    found += [(tertiary, "carbon_integral"), (works.clarifiers, "sludge_kg")]
    found += [(dewatering, "volume_m3"), (dewatering, "solids_kg")]
    return [*found, (works, "water_c"), (works, "inert_cod")]


def _draw(works: Works, towards: Sequence[float], part: float) -> None:
    for (item, name), target in zip(_slow(works), towards, strict=True):
        value = getattr(item, name)
        setattr(item, name, value + (target - value) * part)


def _take_duty(works: Works, other: Works) -> None:
    """Let the machines run that run in another works; hours and starts stay."""
    for group, model in zip(_standing(works), _standing(other), strict=True):
        group.wanted, group.waiting_s = model.wanted, model.waiting_s
        for drive, like in zip(group.drives, model.drives, strict=True):
            if like.running and not drive.running:
                drive.start()
            elif drive.running and not like.running:
                drive.stop()
            drive.stint_s = like.stint_s


def _standing(works: Works) -> tuple[DutyGroup, ...]:
    """Return the groups of which some machines always run."""
    recycle = works.recycle
    return works.wet_well.pumps, works.aeration.group, recycle.returning, recycle.recycling
