"""What totalisers went on by: over their roll-over, after a reset, and past what was misread.

A device that starts, or a bad frame, gives a counter as 0 or as something huge for a moment. Taken at
its word, the way back up would be counted as flow. So a counter that leaps back to about where it was,
in this hour or the next, was never set back.

Any other fall is a roll-over or a reset. Where the modulus is a guess, a counter rolls over from its last
tenth into its first. Where it is told, the step over it decides, wherever the counter starts: one like
those before and after it is a roll-over, were it after an outage of hours; a meter set back at half its
way, or a new one, would have had to race.
"""

from typing import Final

import numpy as np

from history.figures import HOUR_US, changes
from telemetry.quality import BoolArray
from telemetry.samples import SampleBatch, ValueArray

_NEAR_THE_END: Final = 0.9
_NEAR_THE_START: Final = 0.1
_MOST_OF_A_TURN: Final = 0.5
"""A longer step over a told modulus is no roll-over: the counter would be too small for its interval."""
_FASTER_THAN_EVER: Final = 10.0
_SURE_OF_A_TURN: Final = 0.01
"""A reset just there is so rare that a shorter step is a roll-over, however fast."""
_LEAP: Final = 0.1
"""A step up by more of the modulus may be misread, and says nothing of how fast a counter goes."""


def gone_on(samples: SampleBatch, modulus: ValueArray, told: BoolArray) -> tuple[ValueArray, BoolArray]:
    """Return by what each sample's counter went on since the one before, and whether it was set back.

    Samples are usable, by series, then time; of each series those of the hour before too, or else the
    last before. Of every hour the answer is the same, whatever hours come with it. `modulus` is of
    each sample's counter, and whether it is `told` or guessed.
    """
    first = np.append(True, samples.series[1:] != samples.series[:-1])[: len(samples)]
    before = np.where(first, samples.values, np.roll(samples.values, 1))
    # A fall that a told modulus may explain is looked at below, together with the steps around it.
    guessed = np.where(told, np.inf, modulus)
    went, back = _steps(before, samples.values, guessed)
    hours = samples.times_us // HOUR_US
    starts = np.flatnonzero(np.append(True, changes(samples.series, hours))[: len(samples)])
    ends = np.append(starts[1:], len(samples))
    for one in np.flatnonzero(np.logical_or.reduceat(back, starts)).tolist() if len(samples) else []:
        # What went back in one hour may come back in the next.
        for hour in (one, one + 1):
            if hour < len(starts) and samples.series[starts[hour]] == samples.series[starts[one]]:
                start, end = int(starts[hour]), int(ends[hour])
                led = hour > 0 and not first[start]
                from_ = start
                if led:
                    whole = hours[starts[hour - 1]] == hours[start] - 1
                    from_ = int(starts[hour - 1]) if whole else start - 1
                taken = slice(from_, end)
                turn = _Turn(samples.select(taken), float(modulus[start])) if told[start] else None
                own = _of_an_hour(samples.values[taken], float(guessed[start]), turn, start - from_)
                went[start:end], back[start:end] = own
    return went, back


def _steps(before: ValueArray, values: ValueArray, modulus: ValueArray) -> tuple[ValueArray, BoolArray]:
    with np.errstate(invalid="ignore"):  # ∞ - ∞ is no number, and is shown as none
        went = values - before
        back = went < 0
        rolled = back & (before > _NEAR_THE_END * modulus) & (values < _NEAR_THE_START * modulus)
        went = np.where(rolled, went + modulus, went)
    back &= ~rolled
    return np.where(back, 0.0, went), back


class _Turn:
    """What an hour, and the one before, say of a counter whose modulus is told."""

    def __init__(self, samples: SampleBatch, modulus: float) -> None:
        self._values = samples.values
        self._times_us = samples.times_us
        self._modulus = modulus
        steps, took_us = np.diff(samples.values), np.diff(samples.times_us)
        steps, took_us = steps[steps >= 0], took_us[steps >= 0]
        usual = steps < max(_LEAP * modulus, 2 * float(np.median(steps)) if len(steps) else 0.0)
        self._fastest = float((steps[usual] / took_us[usual]).max()) if usual.any() else None

    def step(self, before: int, at: int) -> float | None:
        """Return by what the counter went on between two samples by rolling over, None where it did not."""
        step = self._values[at] - self._values[before] + self._modulus
        if not 0 <= step < _MOST_OF_A_TURN * self._modulus:
            return None
        if step <= _SURE_OF_A_TURN * self._modulus:
            return float(step)
        if self._fastest is None:
            return float(step) if step < 2 * _NEAR_THE_START * self._modulus else None
        most = _FASTER_THAN_EVER * self._fastest * (self._times_us[at] - self._times_us[before])
        return float(step) if step <= most else None


def _of_an_hour(
    values: ValueArray, guessed: float, turn: _Turn | None, own: int
) -> tuple[ValueArray, BoolArray]:
    """Return the same for the values from `own` on; those before are the hour before, or its end.

    What the hour before counted of values that were too high is taken off in this one.
    """
    went, back = np.zeros(len(values)), np.zeros(len(values), dtype=np.bool_)
    kept: list[int] = []
    owed = 0.0
    at = 0
    while at < len(values):
        if kept:
            steps, is_back = _steps(values[kept[-1:]], values[at : at + 1], np.array([guessed]))
            if is_back[0]:
                if (high := _leapt_up(values, kept, at)) is not None:
                    owed += went[[row for row in kept[high:] if row < own]].sum()
                    went[kept[high:]] = 0.0
                    del kept[high:]
                    continue
                if (returned := _leaps_back(values, kept[-1], at)) is not None:
                    at = returned
                    continue
                if turn is not None and (turned := turn.step(kept[-1], at)) is not None:
                    steps[0], is_back[0] = turned, False
            went[at], back[at] = steps[0] - owed, is_back[0]
            owed = 0.0
        kept.append(at)
        at += 1
    return went[own:], back[own:]


def _leapt_up(values: ValueArray, kept: list[int], at: int) -> int | None:
    """Return from which place in `kept` on values were misread as too high; None where they were not."""
    higher = len(kept)
    while higher and values[kept[higher - 1]] > values[at]:
        higher -= 1
    if not higher or higher == len(kept):
        return None
    low = values[kept[higher - 1]]
    leapt, fallen = values[kept[higher]] - low, values[kept[-1]] - values[at]
    return higher if _is_misread(fallen, leapt, values[at] - low) else None


def _leaps_back(values: ValueArray, before: int, at: int) -> int | None:
    """Return where values misread as too low end; None where the counter was set back."""
    again = np.flatnonzero(values[at:] >= values[before])
    if not len(again):
        return None
    found = at + int(again[0])
    leapt, fallen = values[found] - values[found - 1], values[before] - values[at]
    return found if _is_misread(fallen, leapt, values[found] - values[before]) else None


def _is_misread(fallen: float, leapt: float, went: float) -> bool:
    """Return whether a counter only seemed to fall: in one leap there, and back to about where it was."""
    return leapt > fallen / 2 and went < fallen / 10
