"""Rules of one kind side by side: their columns, and the kind's function over them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from alarms.points import IndexArray, PointTable
from alarms.rules import bits, instrument, limits, link
from alarms.settings import Rule, RuleKind
from telemetry.limits import slack
from telemetry.quality import BoolArray
from telemetry.samples import TimeArray, ValueArray

Selection = slice | IndexArray

# From a quarter of the points on, all rules in a row are judged sooner than some are picked.
_DENSE = 4


class Block:
    """The rules from `start` on, in the order of their points; selections count from 0 within."""

    def __init__(self, table: PointTable, rules: Sequence[Rule], start: int) -> None:
        self.table = table
        self.rules = rules
        self.start = start
        self.stop = start + len(rules)
        self.points: IndexArray = np.array([table.index_by_tag[rule.tag] for rule in rules], dtype=np.intp)
        self._offsets = np.searchsorted(self.points, np.arange(len(table) + 1))

    def of(self, points: IndexArray) -> Selection:
        """Return the rules of some points; all of them where the points are many."""
        if len(points) * _DENSE >= len(self.table):
            return slice(0, len(self.points))
        starts = self._offsets[points]
        counts = self._offsets[points + 1] - starts
        ends = np.cumsum(counts)
        return np.repeat(starts - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)

    def judge(self, picked: Selection, was: BoolArray) -> BoolArray:
        """Return which conditions are met; `was` says which were."""
        raise NotImplementedError


class Limits(Block):
    """LL, L, H and HH as one: a low limit is a high one mirrored."""

    def __init__(self, table: PointTable, rules: Sequence[Rule], start: int) -> None:
        super().__init__(table, rules, start)
        self._sign: ValueArray = np.array([limits.SIGN[rule.kind] for rule in rules], dtype=np.float64)
        raised = self._sign * _column(rules, "threshold")
        held = raised - _column(rules, "deadband")
        self._raised: ValueArray = raised + slack(raised)
        # A deadband of next to nothing must not put the one above the other.
        self._held: ValueArray = np.minimum(held + slack(held), self._raised)

    def judge(self, picked: Selection, was: BoolArray) -> BoolArray:
        """Compare the newest usable values."""
        values = self.table.values[self.points[picked]]
        return limits.met(values, self._sign[picked], self._raised[picked], self._held[picked], was)


class Bits(Block):
    """Bits of status words."""

    def __init__(self, table: PointTable, rules: Sequence[Rule], start: int) -> None:
        super().__init__(table, rules, start)
        self._masks: bits.WordArray = np.array([rule.mask for rule in rules], dtype=np.int64)
        self._inverted: BoolArray = np.array([rule.invert for rule in rules], dtype=np.bool_)

    def judge(self, picked: Selection, was: BoolArray) -> BoolArray:
        """Look at the newest usable words."""
        words = self.table.words[self.points[picked]]
        return bits.met(words, self._masks[picked], self._inverted[picked])


class Links(Block):
    """Channels that do not answer."""

    def judge(self, picked: Selection, was: BoolArray) -> BoolArray:
        """Look at the link points."""
        return link.met(self.table.values[self.points[picked]])


class Instruments(Block):
    """Values that are bad or do not come; `stale_us` is when silence becomes an alarm's condition."""

    def __init__(self, table: PointTable, rules: Sequence[Rule], start: int) -> None:
        super().__init__(table, rules, start)
        self.after_us: TimeArray = table.stale_after_us[self.points]
        self.stale_us: TimeArray = self.after_us.copy()

    def judge(self, picked: Selection, was: BoolArray) -> BoolArray:
        """Look at the newest samples' quality."""
        return instrument.met(self.table.usable[self.points[picked]])

    def heard(self, picked: Selection, at_us: int) -> None:
        """Count the silence anew for those whose point has a row in this round, from when that came."""
        row_us = self.table.row_us[self.points[picked]]
        self.stale_us[picked] = np.where(row_us < 0, self.stale_us[picked], at_us + self.after_us[picked])

    def watched_from(self, picked: Selection, at_us: int) -> None:
        """Count no silence before a time."""
        self.stale_us[picked] = np.maximum(self.stale_us[picked], at_us + self.after_us[picked])

    def set_back(self, at_us: int) -> None:
        """Count no silence after a time."""
        np.minimum(self.stale_us, at_us + self.after_us, out=self.stale_us)


KINDS: dict[RuleKind, type[Block]] = {
    RuleKind.LOW_LOW: Limits,
    RuleKind.LOW: Limits,
    RuleKind.HIGH: Limits,
    RuleKind.HIGH_HIGH: Limits,
    RuleKind.BIT: Bits,
    RuleKind.LINK: Links,
    RuleKind.INSTRUMENT: Instruments,
}


def _column(rules: Sequence[Rule], name: str) -> npt.NDArray[np.float64]:
    return np.array([getattr(rule, name) for rule in rules], dtype=np.float64)
