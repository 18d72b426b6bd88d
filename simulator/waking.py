"""How a plant begins: where it stopped, brought forward to now, or run in from nothing.

Totals never fall: what was counted before is carried over even where the rest of a state cannot be.
"""

import logging
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulator import state
from simulator.plant import Plant
from simulator.works import commissioned_works
from telemetry.clock import US_PER_S

logger = logging.getLogger(__name__)

LONGEST_GAP_S: Final = 3 * 86_400
DAY_US: Final = 86_400 * US_PER_S
MINUTE_US: Final = 60 * US_PER_S
_TOTALS: Final = frozenset(
    {
        "total_m3", "returned_total_m3", "wasted_total_m3", "total_l", "cake_t", "total_kwh",
        "energy_kwh", "hours",
    }
)  # fmt: skip


def wake(file: Path, seed: int, timezone: ZoneInfo, now_us: int, begun_us: int | None = None) -> Plant:
    """Return the plant at a time, from the state in a file where it can be used.

    Without a state it is the plant that began at `begun_us`, where its history ends; now if absent.
    """
    try:
        saved = state.read(file)
        before = _restored(saved, seed, timezone) if saved is not None else None
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("state %s is damaged (%s); kept as %s", file, error, state.set_aside(file).name)
        before = None
    if before is None:
        return _begun(seed, timezone, now_us, now_us if begun_us is None else begun_us)
    gap_s = (now_us - before.now_us) / US_PER_S
    if gap_s > LONGEST_GAP_S:
        plant = _begun(seed, timezone, now_us, now_us)
        _carry_totals(before, plant)
        return plant
    if gap_s > 0:
        before.step(gap_s)
    # A clock set back changes the date, not what has flowed.
    before.now_us = now_us
    return before


def _restored(saved: dict[str, Any], seed: int, timezone: ZoneInfo) -> Plant:
    plant = Plant(seed, timezone, int(saved["now_us"]))
    plant.restore(saved)
    return plant


def run_in_from(begun_us: int) -> int:
    """Return when a plant that begins at a time starts to run in: two days before that UTC day.

    From there it goes by whole minutes, so that whoever takes the same way comes to the same plant.
    """
    return (begun_us // DAY_US - 2) * DAY_US


def _begun(seed: int, timezone: ZoneInfo, now_us: int, begun_us: int) -> Plant:
    if not 0 <= now_us - begun_us <= LONGEST_GAP_S * US_PER_S:
        begun_us = now_us
    from_us = run_in_from(begun_us)
    plant = Plant(seed, timezone, from_us)
    plant.step((now_us - from_us) // MINUTE_US * 60.0)
    rest_us = now_us - plant.now_us
    if rest_us:
        plant.step(rest_us / US_PER_S)
    return plant


def _carry_totals(before: Plant, plant: Plant) -> None:
    """Continue the totals of a plant that stopped long ago, advanced by design means since."""
    then = state.capture(commissioned_works(before.now_s, before.works.water_c))
    now = state.capture(commissioned_works(plant.now_s, plant.works.water_c))
    counted = state.capture(before.works)
    state.restore(plant.works, _carried(state.capture(plant.works), counted, then, now))
    plant.touch()


def _carried(fresh: Any, counted: Any, then: Any, now: Any) -> Any:
    if isinstance(fresh, dict):
        return {
            name: counted[name] + max(now[name] - then[name], 0.0)
            if name in _TOTALS
            else _carried(fresh[name], counted[name], then[name], now[name])
            for name in fresh
        }
    if isinstance(fresh, list):
        return [_carried(*four) for four in zip(fresh, counted, then, now, strict=True)]
    return fresh
