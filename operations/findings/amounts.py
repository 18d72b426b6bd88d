"""What a finding's slip comes to by a clause. Pure."""

from decimal import ROUND_DOWN, Decimal

from operations.attendance.kinds import SlipKind
from operations.money import CENT
from operations.rules.settings import Clause, Shared


def amount_of(kind: SlipKind, clause: Clause, people: int = 1, charges: Shared = Shared.EACH) -> float | None:
    """Return the yuan for one of `people` that a finding names; None where the clause has no such finding."""
    if kind is SlipKind.DUTY_ITEM:
        if clause.duty_item_yuan is None:
            return None
        each = Decimal(str(clause.duty_item_yuan)) / (people if charges is Shared.TOGETHER else 1)
        # Together they never pay more than the sum.
        return float(each.quantize(CENT, ROUND_DOWN))
    return {
        SlipKind.LATE: clause.late_yuan,
        SlipKind.EARLY: clause.early_yuan,
        SlipKind.ABSENCE: clause.absence_yuan,
        SlipKind.OFF_POST: clause.off_post_yuan,
        SlipKind.ASLEEP: clause.asleep_yuan,
    }[kind]
