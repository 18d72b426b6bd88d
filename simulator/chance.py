"""Chance that repeats: everything random is a function of the seed, a name and a place in time.

So the same seed gives the same plant whatever steps it is advanced in, a state need not carry a
generator along, and a history made by another process meets the live plant.
"""

import math
from typing import Final

_MASK: Final = (1 << 64) - 1
_TABLE_LENGTH: Final = 8191


def stream(seed: int, name: str) -> int:
    """Return a number of 64 bits that stands for this seed and name."""
    number = seed & _MASK
    for byte in name.encode():
        number = _mix(number ^ byte)
    return number


def uniform(stream_number: int, index: int) -> float:
    """Return the stream's number at an index, in [0, 1)."""
    return _mix(stream_number + index * 0x9E3779B97F4A7C15) / 2.0**64


def normal(stream_number: int, index: int) -> float:
    """Return the stream's standard normal number at an index (Box-Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(stream_number, 2 * index)))
    return radius * math.cos(2.0 * math.pi * uniform(stream_number, 2 * index + 1))


class SmoothNoise:
    """A smooth curve through random numbers of -1…1, one each `period_s`."""

    def __init__(self, seed: int, name: str, period_s: float) -> None:
        self._stream = stream(seed, name)
        self._period_s = period_s
        self._index = -1
        self._from = 0.0
        self._to = 0.0

    def at(self, time_s: float) -> float:
        """Return the curve's value at a time."""
        place = time_s / self._period_s
        index = math.floor(place)
        if index != self._index:
            self._index = index
            self._from = 2.0 * uniform(self._stream, index) - 1.0
            self._to = 2.0 * uniform(self._stream, index + 1) - 1.0
        part = place - index
        return self._from + (self._to - self._from) * part * part * (3.0 - 2.0 * part)


class SensorNoise:
    """Standard normal numbers, one after another, from a table: a sensor's noise costs 60 ns."""

    def __init__(self, seed: int) -> None:
        number = stream(seed, "sensors")
        self._table = tuple(normal(number, index) for index in range(_TABLE_LENGTH))
        self._at = 0

    def begin(self, reading: int) -> None:
        """Start the numbers of one reading of the whole plant; the same reading, the same numbers."""
        self._at = reading * 397 % _TABLE_LENGTH

    def __call__(self, sigma: float) -> float:
        """Return the next number, scaled."""
        self._at += 1
        if self._at == _TABLE_LENGTH:
            self._at = 0
        return sigma * self._table[self._at]


def _mix(number: int) -> int:
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
