"""Enabling conditions: which rules are looked at, by the words of status points."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from alarms.points import IndexArray
from alarms.rules.bits import WordArray
from alarms.settings import Enable, Rule
from telemetry.quality import BoolArray


class Enabling:
    """The conditions of all rules; equal ones are kept and computed once.

    A term holds when the newest usable word of its point has the bit set; before the first one it
    does not. `enabled` says so for each rule; a rule without a condition always is.
    """

    def __init__(self, rules: Sequence[Rule], index_by_tag: Mapping[str, int]) -> None:
        numbers: dict[tuple[str, tuple[tuple[str, int], ...]], int] = {}
        conditions: list[Enable] = []
        of_rule = np.full(len(rules), -1, dtype=np.intp)
        for index, rule in enumerate(rules):
            if rule.enable is None:
                continue
            number = numbers.setdefault((rule.enable.mode, rule.enable.terms), len(conditions))
            if number == len(conditions):
                conditions.append(rule.enable)
            of_rule[index] = number
        terms = [(number, *term) for number, enable in enumerate(conditions) for term in enable.terms]
        self._condition: IndexArray = np.array([number for number, _, _ in terms], dtype=np.intp)
        self._points: IndexArray = np.array([index_by_tag[tag] for _, tag, _ in terms], dtype=np.intp)
        self._masks: WordArray = np.array([mask for _, _, mask in terms], dtype=np.int64)
        self._needed: npt.NDArray[np.intp] = np.array(
            [len(enable.terms) if enable.mode == "all" else 1 for enable in conditions], dtype=np.intp
        )
        self._of_rule = of_rule
        self.points: IndexArray = np.unique(self._points)
        self.enabled: BoolArray = of_rule < 0

    def judge(self, words: WordArray) -> tuple[IndexArray, IndexArray]:
        """Judge all conditions by the points' words; return the rules to enable and to disable."""
        enabled = self._hold(words)
        changed = np.flatnonzero(enabled != self.enabled)
        on = enabled[changed]
        return changed[on], changed[~on]

    def recall(self, words: WordArray) -> None:
        """Take the words as those that stood already."""
        self.enabled = self._hold(words)

    def _hold(self, words: WordArray) -> BoolArray:
        holds = self._condition[(words[self._points] & self._masks) != 0]
        count = np.bincount(holds, minlength=len(self._needed))
        # The last entry is for rules without a condition, whose number is -1.
        enabled: BoolArray = np.append(count >= self._needed, True)[self._of_rule]
        return enabled
