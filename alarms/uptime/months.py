"""An analyser's month against the target of the rules, else 95 % (plant-rules.md; domain.md 3.5). Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from alarms.uptime.items import JudgedItem
from alarms.uptime.records import TARGET, AnalyserMonth, Cause, HourJudgement, PlantUptime
from alarms.uptime.results import HOUR_US
from telemetry.calendar import Calendar, Period


def month_of_analyser(
    item: JudgedItem,
    month: date,
    hours: Sequence[HourJudgement],
    calendar: Calendar,
    target: Fraction = TARGET,
) -> AnalyserMonth:
    """Return a month from its hours that have begun, oldest first.

    What is to come is taken as hours of discharge; of an analyser that checks itself, one a day is taken
    by that, on the days on which none was yet.
    """
    start_us = calendar.start_us(month)
    end_us = calendar.period_end_us(start_us, Period.MONTH)
    decided = [hour for hour in hours if not hour.waiting]
    due, valid = sum(hour.due for hour in decided), sum(hour.valid for hour in decided)
    ahead = (end_us - start_us) // HOUR_US - len(_known(decided, start_us, end_us))
    in_all = due + ahead - (_checks_ahead(decided, start_us, end_us, calendar) if item.checks_itself else 0)
    lost = Counter(hour.cause for hour in decided if hour.lost and hour.cause is not None)
    compared = [hour.within for hour in decided if hour.valid and hour.within is not None]
    judged, within = len(compared), sum(compared)
    return AnalyserMonth(
        tag=item.tag,
        equipment=item.equipment,
        month=month,
        start_us=start_us,
        end_us=end_us,
        due=due,
        valid=valid,
        lost_by_cause=dict(lost.most_common()),
        excused=sum(hour.excused for hour in decided),
        not_due=sum(hour.cause is Cause.ZERO_FLOW for hour in decided),
        due_in_all=in_all,
        hours_ahead=ahead,
        uptime=valid / due if due else None,
        target=float(target),
        hours_left=int(in_all * (1 - target)) - (due - valid),
        within=within,
        judged_results=judged,
        compliance_rate=within / judged if judged else None,
        hours=tuple(hours),
    )


def month_of_plant(month: date, analysers: Sequence[AnalyserMonth], target: Fraction = TARGET) -> PlantUptime:
    """Return the month of all: the lowest analyser's uptime is the plant's."""
    known = [(one.uptime, one.tag) for one in analysers if one.uptime is not None]
    lowest = min(known, key=lambda each: each[0], default=(None, None))
    return PlantUptime(month, float(target), tuple(analysers), lowest[0], lowest[1])


def _known(decided: Sequence[HourJudgement], start_us: int, end_us: int) -> set[int]:
    return {hour.start_us for hour in decided if start_us <= hour.start_us < end_us}


def _checks_ahead(decided: Sequence[HourJudgement], start_us: int, end_us: int, calendar: Calendar) -> int:
    """Return on how many of the month's days an automatic standard check is still to come."""
    known = _known(decided, start_us, end_us)
    ahead = {calendar.day_of(at) for at in range(start_us, end_us, HOUR_US) if at not in known}
    return len(ahead - {calendar.day_of(hour.start_us) for hour in decided if hour.excused})
