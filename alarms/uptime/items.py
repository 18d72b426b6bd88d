"""What is judged: which points, and from which others their results are told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from alarms.uptime.records import Cause
from telemetry.plant import Bit, EquipmentKind, Plant, Point, PointKind

STATE_CAUSES: Final[Mapping[str, Cause]] = {
    "fault": Cause.FAULT,
    "no_sample": Cause.NO_SAMPLE,
    "maintenance": Cause.MAINTENANCE,
    "calibration": Cause.CALIBRATION,
    "standard_check": Cause.STANDARD_CHECK,
}
"""Bits of a status word that say why there is no result, the gravest first."""
WORKING: Final = ("measuring", "holding")
"""Bits one of which is set while an analyser works; with no bit at all it stands still."""
_DIMENSIONLESS: Final = frozenset({"-", ""})


class ItemKind(StrEnum):
    """How the results of a point come."""

    SAMPLED = "sampled"
    """An analyser that tells the sample time of each result."""
    CONTINUOUS = "continuous"
    """An instrument that measures all the time: an hour's mean, where 75 % of its time are good."""
    ENTERED = "entered"
    """People enter it: each reading is a result, and none is due."""


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A point that is judged, with the tags of what tells about it.

    `averaged`: a day has a mean that is compared with daily limits; pH has none, and each of its values is.
    `flow` says whether water is discharged; the mean is weighted with it where `weighted`.
    """

    tag: str
    kind: ItemKind
    engineering_unit: str
    range_low: float
    range_high: float
    equipment: str | None = None
    sample_time: str | None = None
    counter: str | None = None
    counter_modulus: int = 65_536
    status: str | None = None
    causes: tuple[tuple[int, Cause], ...] = ()
    """(mask, cause) of the status word, the gravest first."""
    states_mask: int = 0
    """All bits of the word that say a state; 0 where none says that it works."""
    flow: str | None = None
    weighted: bool = False
    averaged: bool = True
    checks_itself: bool = False
    """Whether it has an automatic standard check, whose hour a day is not due."""
    expected_every: timedelta | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The tags whose readings decide about its hours."""
        return tuple(tag for tag in (self.tag, self.sample_time, self.counter, self.status, self.flow) if tag)


def items_of(plant: Plant, limited: Collection[str]) -> tuple[JudgedItem, ...]:
    """Return what is judged: points with discharge limits first, then other regulatory analysers."""
    wanted = dict.fromkeys(tag for tag in limited if tag in plant.point_by_tag)
    for point in plant.points:
        if point.regulatory and point.kind is PointKind.ANALOG and _is_of_analyser(plant, point):
            wanted.setdefault(point.tag)
    points = [plant.point_by_tag[tag] for tag in wanted]
    return tuple(
        _item(plant, point) for point in points if point.kind in (PointKind.ANALOG, PointKind.MANUAL)
    )


def _item(plant: Plant, point: Point) -> JudgedItem:
    averaged = point.engineering_unit not in _DIMENSIONLESS
    if point.kind is PointKind.MANUAL:
        return JudgedItem(
            tag=point.tag,
            kind=ItemKind.ENTERED,
            engineering_unit=point.engineering_unit,
            range_low=point.range_low,
            range_high=point.range_high,
            averaged=averaged,
        )
    unit = plant.unit_by_id.get(point.unit)
    sample_time = plant.sample_time_of(point.equipment)
    own = [other for other in plant.points if point.equipment and other.equipment == point.equipment]
    status = next((other for other in own if other.kind is PointKind.STATUS and other.bits), None)
    counter = _counter(own) if sample_time else None
    return JudgedItem(
        tag=point.tag,
        kind=ItemKind.SAMPLED if sample_time else ItemKind.CONTINUOUS,
        engineering_unit=point.engineering_unit,
        range_low=point.range_low,
        range_high=point.range_high,
        equipment=point.equipment,
        sample_time=sample_time,
        counter=counter.tag if counter else None,
        counter_modulus=_modulus(counter) if counter else 65_536,
        status=status.tag if status else None,
        causes=_causes(status),
        states_mask=_states(status),
        flow=unit.flow if unit else None,
        weighted=plant.flow_of(point.tag) is not None,
        averaged=averaged,
        checks_itself=_bit(status, "standard_check") is not None,
        expected_every=point.expected_every,
    )


def _is_of_analyser(plant: Plant, point: Point) -> bool:
    item = plant.equipment_by_id.get(point.equipment or "")
    return item is not None and item.kind is EquipmentKind.ANALYSER


def _counter(own: list[Point]) -> Point | None:
    counters = [point for point in own if point.kind is PointKind.SYSTEM and point.engineering_unit == "-"]
    return counters[0] if len(counters) == 1 else None


def _modulus(counter: Point) -> int:
    return round(counter.rollover or counter.range_high + 1)


def _bit(status: Point | None, name: str) -> Bit | None:
    return status.bit(name) if status else None


def _causes(status: Point | None) -> tuple[tuple[int, Cause], ...]:
    found = ((_bit(status, name), cause) for name, cause in STATE_CAUSES.items())
    return tuple((bit.mask, cause) for bit, cause in found if bit is not None)


def _states(status: Point | None) -> int:
    working = [bit.mask for name in WORKING if (bit := _bit(status, name)) is not None]
    return sum(working) + sum(mask for mask, _ in _causes(status)) if working else 0
