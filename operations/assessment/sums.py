"""What slips come to: conversion, the counts of a month and a year, and the proposed deduction. Pure.

A slip is a finding that counts: confirmed, and said to the one concerned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from operations.attendance.kinds import Sentence, SlipKind
from operations.money import NONE, yuan
from operations.rules.sets import RuleSets
from operations.rules.settings import Clause, Counted

_CONVERTED = (SlipKind.LATE, SlipKind.EARLY)


@dataclass(frozen=True, slots=True)
class Slip:
    """A finding that counts, by the rules it was confirmed under."""

    id: UUID
    kind: SlipKind
    person: UUID
    day: date
    at_us: int
    amount_yuan: Decimal
    takes_day_wage: bool
    rule_set: str
    clause: str


@dataclass(frozen=True, slots=True)
class ConvertedAbsence:
    """折算旷工: the occurrences of one month that make an absence; a line of its own."""

    day: date
    slips: tuple[UUID, ...]
    absence_days: float
    amount_yuan: Decimal
    takes_day_wage: bool
    instead_yuan: Decimal
    """What the occurrences' own sums come to where they do not stand beside it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often, in a month or a year."""

    late: int
    early: int
    off_post: int
    asleep: int
    duty_items: int
    absence_days: float
    converted_days: float
    penalties: int

    @property
    def absence_days_all(self) -> float:
        """Absence days with those that late and early leaves made."""
        return self.absence_days + self.converted_days


@dataclass(frozen=True, slots=True)
class Limit:
    """What cancels the year-end bonus, and how far it is."""

    sentence: Sentence
    counted: float
    limit: float

    @property
    def reached(self) -> bool:
        """Whether it is reached; the figure itself counts (含)."""
        return self.counted >= self.limit


class WageCheck(StrEnum):
    """A proposed deduction beside the minimum wage."""

    KEPT = "kept"
    BELOW = "below"
    NOT_ENTERED = "not_entered"
    """Nobody entered the wage or the minimum: it is not known, and so not said to be kept."""


@dataclass(frozen=True, slots=True)
class Deduction:
    """绩效扣减建议: what is proposed to payroll, never a fine."""

    slips_yuan: Decimal
    day_wages: float
    day_wage_yuan: Decimal | None
    check: WageCheck
    most_yuan: Decimal | None
    """How much leaves the minimum wage, where both are entered."""

    @property
    def yuan(self) -> Decimal | None:
        """All of it; None where a day's wage is part of it that nobody entered."""
        if not self.day_wages:
            return self.slips_yuan
        if self.day_wage_yuan is None:
            return None
        return self.slips_yuan + yuan(Decimal(str(self.day_wages)) * self.day_wage_yuan)


def converted(slips: Iterable[Slip], sets: RuleSets) -> list[ConvertedAbsence]:
    """Return the absences that one person's late and early leaves make, each calendar month by itself."""
    waiting: dict[tuple[int, int], list[Slip]] = {}
    found: list[ConvertedAbsence] = []
    for slip in sorted(slips, key=lambda one: (one.day, one.at_us, one.id)):
        clause = clause_of(slip, sets)
        if slip.kind not in _CONVERTED or clause is None or clause.conversion is None:
            continue
        pending = waiting.setdefault((slip.day.year, slip.day.month), [])
        pending.append(slip)
        how = clause.conversion
        if len(pending) < how.every:
            continue
        own_yuan = sum((one.amount_yuan for one in pending), NONE)
        found.append(
            ConvertedAbsence(
                day=slip.day,
                slips=tuple(one.id for one in pending),
                absence_days=how.absence_days,
                amount_yuan=yuan(clause.absence_yuan) if how.takes_absence_fine else NONE,
                takes_day_wage=how.takes_day_wage,
                instead_yuan=NONE if how.fines_stand else own_yuan,
            )
        )
        pending.clear()
    return found


def counts(slips: Sequence[Slip], sets: RuleSets) -> Counts:
    """Return how often one person's slips stand for what; whole months of them, for the conversion."""
    number = {kind: sum(slip.kind is kind for slip in slips) for kind in SlipKind}
    return Counts(
        late=number[SlipKind.LATE],
        early=number[SlipKind.EARLY],
        off_post=number[SlipKind.OFF_POST],
        asleep=number[SlipKind.ASLEEP],
        duty_items=number[SlipKind.DUTY_ITEM],
        absence_days=float(number[SlipKind.ABSENCE]),
        converted_days=sum(one.absence_days for one in converted(slips, sets)),
        penalties=sum(_is_penalty(slip, sets) for slip in slips),
    )


def limits(year: Counts, clause: Clause | None) -> list[Limit]:
    """Return what cancels the bonus by a clause, with how far a year has come."""
    found = []
    if clause is not None and clause.absence_days_cancel_bonus is not None:
        found.append(Limit(Sentence.ABSENCE_DAYS, year.absence_days_all, clause.absence_days_cancel_bonus))
    if clause is not None and clause.penalties_cancel_bonus is not None:
        found.append(Limit(Sentence.PENALTIES, year.penalties, clause.penalties_cancel_bonus))
    return found


def deduction(
    slips: Sequence[Slip],
    sets: RuleSets,
    *,
    month_wage: Decimal | None = None,
    day_wage: Decimal | None = None,
    minimum_wage: Decimal | None = None,
) -> Deduction:
    """Return what one person's slips of a month come to; wages in yuan, None where nobody entered them."""
    made = converted(slips, sets)
    own = sum((slip.amount_yuan for slip in slips), NONE)
    days = float(sum(slip.takes_day_wage for slip in slips) + sum(one.takes_day_wage for one in made))
    taken = own + sum((one.amount_yuan - one.instead_yuan for one in made), NONE)
    most = None if month_wage is None or minimum_wage is None else max(month_wage - minimum_wage, NONE)
    whole = Deduction(taken, days, day_wage, WageCheck.NOT_ENTERED, most)
    if most is None or whole.yuan is None:
        return whole
    check = WageCheck.BELOW if whole.yuan > most else WageCheck.KEPT
    return Deduction(taken, days, day_wage, check, most)


def clause_of(slip: Slip, sets: RuleSets) -> Clause | None:
    """Return the clause that a slip was made under."""
    rules = sets.named(slip.rule_set)
    return None if rules is None else rules.clauses.get(slip.clause)


def _is_penalty(slip: Slip, sets: RuleSets) -> bool:
    clause = clause_of(slip, sets)
    if clause is None or clause.penalties_cancel_bonus is None:
        return False
    return slip.kind is SlipKind.DUTY_ITEM or clause.penalties_counted is Counted.EVERY_SLIP
