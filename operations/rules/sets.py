"""Rule sets by the day they hold from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from alarms.uptime.records import TARGET
from operations.rules.settings import RuleSet, Step


@dataclass(frozen=True, slots=True)
class RuleSets:
    """The sets of a plant, the first first."""

    sets: tuple[RuleSet, ...]

    @classmethod
    def of(cls, sets: Sequence[RuleSet]) -> "RuleSets":
        """Return them in order; ValueError for two of one day."""
        ordered = sorted(sets, key=lambda found: found.valid_from)
        for one, other in pairwise(ordered):
            if one.valid_from == other.valid_from:
                raise ValueError(f"two rule sets hold from {one.valid_from}")
        return cls(tuple(ordered))

    def __iter__(self) -> Iterator[RuleSet]:
        return iter(self.sets)

    def on(self, day: date) -> RuleSet | None:
        """Return the set that holds on a day; None before the first one: nothing is judged there."""
        held = [found for found in self.sets if found.valid_from <= day]
        return held[-1] if held else None

    def named(self, id: str) -> RuleSet | None:
        """Return the set that a finding names."""
        return next((found for found in self.sets if found.id == id), None)

    def online_target(self, day: date) -> Fraction:
        """Return the share that analysers must reach in the month of a day, by the last set of that month."""
        last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        found = self.on(last)
        return TARGET if found is None else Fraction(str(found.online_rate_target))

    def leave_steps(self, category: str, day: date) -> tuple[Step, ...]:
        """Return who agrees to leave of a category on a day; the department alone where no rule says."""
        found = self.on(day)
        clause = None if found is None else found.clause_of(category)
        return (Step.APPROVE,) if clause is None else clause.leave_needs
