"""From what was read to what a handover says. Pure: the same input gives the same content."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from alarms.active import ActiveAlarm
from alarms.compliance.held import passed, strictest
from alarms.compliance.limits import DischargeLimit, LimitBasis, Water
from history.hours import Hours, flow_weighted, folded
from history.live import Latest
from operations.handover.choice import Choice
from operations.handover.content import (
    Content,
    EffluentItem,
    Ends,
    Flow,
    Machine,
    Member,
    OpenAlarm,
    Reading,
    Stock,
    Total,
    TurnSide,
)
from operations.handover.gather import Gathered
from operations.handover.turns import Turn
from telemetry.plant import Plant
from telemetry.quality import major

WITHIN: Final = "within"
MISSING: Final = "missing"
UNKNOWN: Final = "unknown"
INTERNAL: Final = "internal"
DAILY: Final = "daily"
SINGLE: Final = "single"


@dataclass(frozen=True, slots=True)
class Figure:
    """A point's figures of the turn; None where nothing usable was read."""

    mean: float | None = None
    lowest: float | None = None
    highest: float | None = None
    first: float | None = None
    total: float | None = None
    resets: int = 0


def collect(found: Gathered, choice: Choice, plant: Plant, day: date) -> Content:
    """Return the content; `day` is the plant's day whose limits hold."""
    reading = _readings(found.latest)

    def figure(tag: str) -> Figure:
        return _figure(tag, found.hours, plant.flow_of(tag))

    return Content(
        at_us=found.at_us,
        figures_us=found.figures_us,
        outgoing=_side(found.outgoing),
        incoming=None if found.incoming is None else _side(found.incoming),
        effluent=tuple(_effluent(found.limits, day, found.water, reading, figure)),
        alarms=tuple(_alarm(alarm) for alarm in found.alarms),
        machines=tuple(_machines(choice, found.latest)),
        flows=tuple(Flow(reading(tag), figure(tag).mean, figure(tag).highest) for tag in choice.flows),
        totals=tuple(
            Total(tag, group, figure(tag).total, figure(tag).resets) for tag, group in choice.totals
        ),
        log=tuple(found.log or ()),
        stock=tuple(
            Stock(reading(tag), figure(tag).first if plant.point_by_tag[tag].expected_every else None)
            for tag in choice.stock
        ),
        sludge=tuple(_taken(choice.hauled, found, reading)),
        samples=tuple(_taken(choice.sampled, found, reading)),
        missing=dict(found.missing),
    )


def _side(turn: Turn) -> TurnSide:
    crew = turn.crew
    return TurnSide(
        key=turn.shift.key,
        name=turn.shift.name,
        day=turn.shift.day,
        start_us=turn.shift.start_us,
        end_us=turn.shift.end_us,
        crew=crew,
        crew_name=next((member.crew_name for member in turn.members if member.crew == crew), None),
        members=tuple(
            Member(m.person, m.post, m.post_name, m.signed_in_us, m.signed_out_us) for m in turn.members
        ),
    )


def _readings(latest: Mapping[str, Latest]) -> Callable[[str], Reading]:
    def reading(tag: str) -> Reading:
        sample = latest[tag]
        return Reading(tag, _number(sample.value), sample.time_us, sample.quality, sample.stale)

    return reading


def _figure(tag: str, hours: Mapping[str, Hours] | None, flow: str | None) -> Figure:
    """Return a tag's figures; a concentration's mean is weighted with its flow where there was one."""
    own = None if hours is None else hours.get(tag)
    if hours is None or own is None or not len(own):
        return Figure()
    whole = np.zeros(len(own), dtype=np.int64)
    turn = folded(own, whole)
    mean = float(turn.mean[0])
    if flow is not None and flow in hours:
        _, weighted = flow_weighted(own, hours[flow], whole)
        mean = float(weighted[0]) if len(weighted) and math.isfinite(weighted[0]) else mean
    counted = bool(turn.count[0])
    return Figure(
        mean=_number(mean),
        lowest=_number(float(turn.minimum[0])),
        highest=_number(float(turn.maximum[0])),
        first=_number(float(turn.first[0])),
        total=_number(float(turn.total[0])) if counted else None,
        resets=int(turn.resets[0]),
    )


def _effluent(
    limits: Iterable[DischargeLimit],
    day: date,
    water: Water,
    reading: Callable[[str], Reading],
    figure: Callable[[str], Figure],
) -> Iterator[EffluentItem]:
    held = list(limits)
    for tag in dict.fromkeys(limit.tag for limit in held):
        daily, single, internal = (
            Ends(*strictest(held, tag, basis, day, water))
            for basis in (LimitBasis.DAILY, LimitBasis.SINGLE, LimitBasis.INTERNAL)
        )
        now, turn = reading(tag), figure(tag)
        yield EffluentItem(
            reading=now,
            mean=turn.mean,
            lowest=turn.lowest,
            highest=turn.highest,
            daily=daily,
            single=single,
            internal=internal,
            verdict=verdict(_usable(now), turn, daily, single, internal),
        )


def verdict(value: float | None, turn: Figure, daily: Ends, single: Ends, internal: Ends) -> str:
    """Return the gravest limit that was passed: single by any value of the turn, the others by its mean.

    The present value counts for all of them: the next crew inherits it. Compared as judgements are: rounded
    half to even to the limit's decimals; equality complies.
    """
    if daily == single == internal == Ends():
        return MISSING
    if value is None and turn.mean is None:
        return UNKNOWN
    if _passed((value, turn.lowest, turn.highest), single):
        return SINGLE
    if _passed((value, turn.mean), daily):
        return DAILY
    return INTERNAL if _passed((value, turn.mean), internal) else WITHIN


def _passed(values: Iterable[float | None], ends: Ends) -> bool:
    return any(value is not None and passed(value, ends.low, ends.high) is not None for value in values)


def _alarm(alarm: ActiveAlarm) -> OpenAlarm:
    return OpenAlarm(
        id=alarm.id,
        key=alarm.key,
        tag=alarm.tag,
        kind=alarm.kind.value,
        priority=int(alarm.priority),
        state=alarm.state.value,
        unit=alarm.unit,
        equipment=alarm.equipment,
        bit=alarm.bit,
        raised_us=alarm.raised_at_us,
        cleared_us=alarm.cleared_at_us,
        acknowledged_us=alarm.acknowledged_at_us,
        value=_number(alarm.value),
        limit=_number(alarm.limit),
    )


def _machines(choice: Choice, latest: Mapping[str, Latest]) -> Iterator[Machine]:
    for machine in choice.machinery:
        word = _word(latest[machine.status])
        yield Machine(machine.equipment.id, machine.state(word), machine.mode(word))


def _word(sample: Latest) -> int | None:
    if not sample.time_us or sample.stale or major(sample.quality) == "bad":
        return None
    return int(sample.value) if math.isfinite(sample.value) else None


def _taken(tags: Iterable[str], found: Gathered, reading: Callable[[str], Reading]) -> Iterator[Reading]:
    """Yield what people entered of these for a time within the turn, or since."""
    for tag in tags:
        now = reading(tag)
        if now.time_us >= found.outgoing.shift.start_us and _usable(now) is not None:
            yield now


def _usable(reading: Reading) -> float | None:
    if not reading.time_us or reading.stale or major(reading.quality) == "bad":
        return None
    return reading.value


def _number(value: float) -> float | None:
    # A negative zero and what is no number would not come out of every store as they went in.
    return float(value) + 0.0 if math.isfinite(value) else None
