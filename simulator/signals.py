"""Every point of a plant folder, given a value: the model's, or a stand-in where it knows none.

So `simulate` serves any folder: what the model does not know moves about its usual place, counts
or runs, according to its kind.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from simulator.active_faults import DRIFTING, FROZEN, WRONG_CLOCK
from simulator.analysers import METHODS, RESULT_TAGS
from simulator.chance import SmoothNoise
from simulator.plant import Plant
from simulator.readings import Instruments
from telemetry.clock import US_PER_S
from telemetry.plant import Point, PointKind
from telemetry.samples import ValueArray

_HEALTHY_BITS: Final = frozenset(
    {"running", "remote", "auto", "ready", "on_mains", "present", "holding", "closed"}
)
_SAMPLED_BY: Final = {
    f"{method.name[:3]}_AIT_{method.name[4:]}": f"{method.name[:3]}_ANA_{method.name[4:]}_TS"
    for method in METHODS
}
"""The point that tells of when the sample of an analyser's value is."""
_STAND_IN_PERIOD_S: Final = 3 * 3600.0


class Signals:
    """The value of each point that is read from a device, in engineering units."""

    def __init__(self, plant: Plant, points: Sequence[Point]) -> None:
        self._plant = plant
        self._instruments = Instruments(plant)
        self._version = -1
        self._values: dict[str, float] = {}
        measured = [p for p in points if p.kind is not PointKind.MANUAL and not p.is_own]
        numbers, states = self._instruments.numbers(), self._instruments.states()
        # An instrument shows what its range and its decimals allow; counters and results are digits.
        shown = [p for p in measured if p.tag in numbers and p.kind is PointKind.ANALOG]
        shown = [p for p in shown if p.tag not in RESULT_TAGS]
        self._shown = [(p.tag, p.range_low, p.range_high, 10.0 ** _digits(p.span)) for p in shown]
        self._scales = {
            p.tag: (p.range_low, p.range_high, 10.0 ** _digits(p.span))
            for p in measured
            if p.kind is PointKind.ANALOG
        }
        apart = {p.tag for p in shown}
        self._counted = [p.tag for p in measured if p.tag in numbers and p.tag not in apart]
        self._words = {p.tag: _Word(p) for p in measured if p.tag in states and p.tag not in numbers}
        known = {tag for tag, *_ in self._shown} | set(self._counted) | set(self._words)
        self._stand_ins = [_StandIn(plant.seed, p) for p in measured if p.tag not in known]

    @property
    def unknown(self) -> list[str]:
        """The tags the model does not know."""
        return [item.point.tag for item in self._stand_ins]

    def values(self) -> Mapping[str, float]:
        """Return the value of every point by tag, taken once for each version of the plant."""
        if self._version != self._plant.version:
            self._values = self._read()
            self._version = self._plant.version
        return self._values

    def unrounded(self) -> dict[str, float]:
        """Return the values that `show` has yet to round: for many readings this is the faster way."""
        numbers, states = self._instruments.numbers(), self._instruments.states()
        for tag, word in self._words.items():
            numbers[tag] = word.of(states[tag])
        now_s = self._plant.now_s
        for item in self._stand_ins:
            numbers[item.point.tag] = item.at(now_s)
        return numbers

    def show(self, tags: Sequence[str], values: ValueArray) -> None:
        """Round many unrounded readings in place, a column a tag, as `values` would have them."""
        for tag, low, high, per_unit in self._shown:
            column = values[:, tags.index(tag)]
            column[:] = np.floor(np.clip(column, low, high) * per_unit + 0.5) / per_unit

    def _read(self) -> dict[str, float]:
        numbers, states = self._instruments.numbers(), self._instruments.states()
        out: dict[str, float] = {}
        for tag, low, high, per_unit in self._shown:
            value = numbers[tag]
            value = low if value < low else high if value > high else value
            out[tag] = math.floor(value * per_unit + 0.5) / per_unit
        for tag in self._counted:
            out[tag] = numbers[tag]
        for tag, word in self._words.items():
            out[tag] = word.of(states[tag])
        now_s = self._plant.now_s
        for item in self._stand_ins:
            out[item.point.tag] = item.at(now_s)
        self._befall(out)
        return out

    def _befall(self, out: dict[str, float]) -> None:
        """Let sensors that are frozen or drift show what they make of it, and clocks be wrong."""
        faults, now_us = self._plant.faults, self._plant.now_us
        for tag in faults.of(DRIFTING):
            if tag in out:
                # An analyser's value is of its sample: it stands between, whatever its sensor does.
                sampled_s = out.get(_SAMPLED_BY.get(tag, ""))
                at_us = now_us if sampled_s is None else int(sampled_s) * US_PER_S
                value = faults.seen(tag, out[tag], at_us)
                low, high, per_unit = self._scales.get(tag, (-math.inf, math.inf, 1e6))
                value = low if value < low else high if value > high else value
                out[tag] = math.floor(value * per_unit + 0.5) / per_unit
        for tag in faults.of(FROZEN):
            if tag in out:
                out[tag] = faults.seen(tag, out[tag], now_us)
        for target, fault in faults.of(WRONG_CLOCK).items():
            if f"{target}_TS" in out:
                out[f"{target}_TS"] += fault.amount or 0.0


class _Word:
    """Turns names of bits into the word of one point; there are few words, so they are remembered."""

    def __init__(self, point: Point) -> None:
        self._bits = point.bits
        self._known: dict[frozenset[str], float] = {}

    def of(self, names: frozenset[str]) -> float:
        word = self._known.get(names)
        if word is None:
            word = float(sum(bit.mask for bit in self._bits if bit.name in names))
            self._known[names] = word
        return word


class _StandIn:
    """A point the model does not know."""

    def __init__(self, seed: int, point: Point) -> None:
        self.point = point
        self._noise = SmoothNoise(seed, point.tag, _STAND_IN_PERIOD_S)
        self._word = _Word(point).of(_HEALTHY_BITS)

    def at(self, now_s: float) -> float:
        """Return its value at a time."""
        point = self.point
        if point.bits:
            return self._word
        if point.kind is PointKind.TOTAL:
            return now_s / 3600.0 % max(point.span, 1.0)
        if point.kind is PointKind.ANALOG:
            return point.range_low + point.span * (0.5 + 0.05 * self._noise.at(now_s))
        return float(int(now_s) % 65_536)


def _digits(span: float) -> int:
    """Return the decimals an instrument shows: a thousandth of its range or finer."""
    return max(3 - math.floor(math.log10(span)), 0) if span > 0.0 else 3
