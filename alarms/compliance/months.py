"""What a month's days come to (domain.md 3.1, 3.5). Pure."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from alarms.compliance.records import DayJudgement, MonthCompliance, PlantCompliance, Verdict

_JUDGED = (Verdict.COMPLIES, Verdict.EXCEEDS)


def month_of_item(tag: str, month: date, days: Sequence[DayJudgement], days_in_month: int) -> MonthCompliance:
    """Return an item's month from its days, oldest first."""
    count = {verdict: sum(day.verdict is verdict for day in days) for verdict in Verdict}
    means = [day.mean for day in days if day.mean is not None and day.verdict in _JUDGED]
    judged = count[Verdict.COMPLIES] + count[Verdict.EXCEEDS]
    flows = [day.flow_m3 for day in days if day.flow_m3 is not None]
    loads = [day.load_kg for day in days if day.load_kg is not None]
    return MonthCompliance(
        tag=tag,
        month=month,
        days=tuple(days),
        complied=count[Verdict.COMPLIES],
        exceeded=count[Verdict.EXCEEDS],
        not_judged=count[Verdict.NOT_JUDGED],
        not_entered=count[Verdict.NOT_ENTERED],
        mean=float(sum(map(Fraction, means), Fraction(0)) / len(means))
        if 4 * len(means) >= 3 * days_in_month
        else None,
        rate=count[Verdict.COMPLIES] / judged if judged else None,
        flow_m3=sum(flows) if flows else None,
        load_kg=sum(loads) if loads else None,
    )


def month_of_plant(month: date, items: Sequence[MonthCompliance]) -> PlantCompliance:
    """Return the month of all items; those without a limit on a day say nothing of that day."""
    verdicts: dict[date, set[Verdict]] = {}
    for item in items:
        for day in item.days:
            if day.verdict is not Verdict.NOT_ENTERED:
                verdicts.setdefault(day.day, set()).add(day.verdict)
    exceeding = sum(Verdict.EXCEEDS in found for found in verdicts.values())
    complying = sum(found == {Verdict.COMPLIES} for found in verdicts.values())
    judged = exceeding + complying
    return PlantCompliance(month, tuple(items), judged, complying, complying / judged if judged else None)
