"""Reading the inputs of a handover: each by itself, so that one that is away costs its section only."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from alarms.active import ActiveAlarm
from alarms.compliance.limits import NOT_KNOWN, DischargeLimit, Water
from history.figures import HOUR_US
from history.hours import Hours
from history.live import Latest
from operations.handover.choice import Choice
from operations.handover.content import LogLine
from operations.handover.sources import Sources, TurnFigures
from operations.handover.turns import Turn
from telemetry.errors import StoreAway, StoreError

UNAVAILABLE: Final = "unavailable"
ABSENT: Final = "absent"
_PATIENCE_S: Final = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read at a time; None is what could not be, and `missing` says why."""

    at_us: int
    figures_us: int
    outgoing: Turn
    incoming: Turn | None
    latest: Mapping[str, Latest]
    alarms: Sequence[ActiveAlarm]
    limits: Sequence[DischargeLimit]
    hours: Mapping[str, Hours] | None
    log: Sequence[LogLine] | None
    missing: Mapping[str, str] = field(default_factory=dict)
    water: Water = field(default_factory=dict)


async def gather(
    sources: Sources, choice: Choice, outgoing: Turn, incoming: Turn | None, now_us: int
) -> Gathered:
    """Return what the sources say of a turn up to now, or up to its end."""
    until_us = min(max(now_us, outgoing.shift.start_us + 1), outgoing.shift.end_us)
    missing: dict[str, str] = {}
    log = figures = None
    if sources.log is None:
        missing["log"] = ABSENT
    else:
        # Who hands over late writes on: what was logged after the turn's end is of its keeping.
        log = await _or_missing(sources.log(outgoing.shift.start_us, now_us + 1), "log", missing)
    if sources.figures is None:
        missing["figures"] = ABSENT
    else:
        tags = _figured(sources, choice)
        read = _hours(sources.figures, tags, outgoing.shift.start_us, until_us, now_us)
        figures = await _or_missing(read, "figures", missing)
    # Without the water's temperature the stricter limits hold: no section is missing for that.
    water = None if sources.water is None else await _or_missing(sources.water(now_us), "water", {})
    return Gathered(
        at_us=now_us,
        figures_us=until_us,
        outgoing=outgoing,
        incoming=incoming,
        latest={tag: sources.latest(tag, now_us) for tag in sources.plant.point_by_tag},
        alarms=tuple(sources.active()),
        limits=tuple(sources.limits),
        hours=figures,
        log=log,
        missing=missing,
        water=NOT_KNOWN if water is None else water,
    )


def _figured(sources: Sources, choice: Choice) -> list[str]:
    effluent = dict.fromkeys(limit.tag for limit in sources.limits)
    flows = [flow for tag in effluent if (flow := sources.plant.flow_of(tag)) is not None]
    levels = [tag for tag in choice.stock if sources.plant.point_by_tag[tag].expected_every is not None]
    totals = [tag for tag, _ in choice.totals]
    return list(dict.fromkeys([*effluent, *flows, *choice.flows, *totals, *levels]))


async def _hours(
    figures: TurnFigures, tags: Sequence[str], from_us: int, to_us: int, now_us: int
) -> dict[str, Hours]:
    """Return the figures of [from, to) by tag: of whole hours where the turn is of such."""
    whole = from_us % HOUR_US == 0 and (to_us % HOUR_US == 0 or to_us == now_us)
    ask = figures.hours if whole else figures.minutes
    return {tag: await ask(tag, from_us, to_us, now_us) for tag in tags}


async def _or_missing(answer: Awaitable[T], section: str, missing: dict[str, str]) -> T | None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await answer
    except StoreAway:
        raise
    except (StoreError, TimeoutError):
        missing[section] = UNAVAILABLE
        return None
