"""The alarm system's month (domain.md 4.4). Pure: what the journal recorded comes in, oldest first."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from reports.inputs import AlarmFigures, TopAlarm
from telemetry.plant import Name

S_US: Final = 1_000_000
HOUR_US: Final = 3600 * S_US
DAY_US: Final = 24 * HOUR_US
_TEN_MIN_US: Final = 600 * S_US
_FLOOD_BEGINS: Final = 10
_FLOOD_ENDS: Final = 5
_TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Happened:
    """A journal record as far as figures need it; `event` is raise, clear, acknowledge or withdraw."""

    at_us: int
    key: str
    priority: str
    event: str
    occurrence: UUID


def figures_of(
    records: Sequence[Happened],
    names: Mapping[str, Name],
    starts_us: Sequence[int],
    from_us: int,
    through_us: int,
) -> AlarmFigures:
    """Return the figures of [from, through); records of an occurrence raised before it count for nothing.

    `starts_us` are the starts of the month's days, `from_us` when the journal or the month begins.
    """
    raises = [one for one in records if one.event == "raise" and from_us <= one.at_us < through_us]
    times = np.array([one.at_us for one in raises], dtype=np.int64)
    keys = Counter(one.key for one in raises)
    priority_of = {one.key: one.priority for one in raises}
    hours = np.bincount((times - from_us) // HOUR_US) if len(times) else np.zeros(1, dtype=np.int64)
    peak, flood_us = _floods(times, through_us)
    first, acknowledged, ended = _lives(records, {one.occurrence for one in raises})
    waits = [acknowledged[key] - begun for key, begun in first.items() if key in acknowledged]
    lasted = {key: ended.get(key, through_us) - begun for key, begun in first.items()}
    by_day = np.bincount(
        np.searchsorted(np.array(starts_us), times, side="right") - 1, minlength=len(starts_us)
    )
    top = keys.most_common(_TOP)
    return AlarmFigures(
        from_us=from_us,
        days=max(through_us - from_us, 0) / DAY_US,
        raised=len(raises),
        by_priority=dict(sorted(Counter(one.priority for one in raises).items())),
        by_day=tuple(by_day.tolist()),
        most_an_hour=int(hours.max()),
        most_in_10_min=peak,
        hours_above_30=int((hours > 30).sum()),
        flood_share=flood_us / max(through_us - from_us, 1),
        top=tuple(TopAlarm(key, names.get(key, Name(key, key)), priority_of[key], n) for key, n in top),
        top_share=sum(count for _, count in top) / len(raises) if raises else None,
        chattering=_chattering(raises),
        fleeting=sum(
            1 for key, us in lasted.items() if us < 10 * S_US and key in ended and key not in acknowledged
        ),
        stale=sum(1 for us in lasted.values() if us > DAY_US),
        acknowledged=len(waits),
        response_median_s=_quantile(waits, 0.5),
        response_p90_s=_quantile(waits, 0.9),
    )


def _floods(times: "np.ndarray[tuple[int], np.dtype[np.int64]]", through_us: int) -> tuple[int, int]:
    """Return the most raises in any 10 minutes, and for how long there was a flood.

    It begins with the 11th raise in 10 minutes and ends when fewer than 5 are left in them.
    """
    if not len(times):
        return 0, 0
    times = np.sort(times)
    counts = np.arange(1, len(times) + 1) - np.searchsorted(times, times - _TEN_MIN_US, side="right")
    flood_us, until_us = 0, 0
    for index in np.flatnonzero(counts > _FLOOD_BEGINS).tolist():
        begun_us = int(times[index])
        if begun_us < until_us:
            continue
        last = index
        # While five stand in the 10 minutes up to a raise's leaving them, the flood goes on.
        while True:
            leaves_us = int(times[last - _FLOOD_ENDS + 1]) + _TEN_MIN_US
            further = int(np.searchsorted(times, leaves_us, side="left")) - 1
            if further <= last:
                break
            last = further
        until_us = leaves_us
        flood_us += min(until_us, through_us) - begun_us
    return int(counts.max()), flood_us


def _lives(
    records: Sequence[Happened], raised: Set[UUID]
) -> tuple[dict[UUID, int], dict[UUID, int], dict[UUID, int]]:
    """Return by occurrence when it was raised, first acknowledged, and ended."""
    first: dict[UUID, int] = {}
    acknowledged: dict[UUID, int] = {}
    ended: dict[UUID, int] = {}
    for one in records:
        if one.occurrence not in raised:
            continue
        if one.event == "raise":
            first.setdefault(one.occurrence, one.at_us)
        elif one.event == "acknowledge":
            acknowledged.setdefault(one.occurrence, one.at_us)
        else:
            ended.setdefault(one.occurrence, one.at_us)
    return first, acknowledged, ended


def _chattering(raises: Sequence[Happened]) -> int:
    """Return how many alarms came three times or more within 60 s."""
    by_key: dict[str, list[int]] = {}
    for one in raises:
        by_key.setdefault(one.key, []).append(one.at_us)
    return sum(
        any(third - first <= 60 * S_US for first, third in zip(times, times[2:], strict=False))
        for times in map(sorted, by_key.values())
    )


def _quantile(waits_us: Sequence[int], share: float) -> float | None:
    return float(np.quantile(np.array(waits_us), share)) / S_US if waits_us else None
