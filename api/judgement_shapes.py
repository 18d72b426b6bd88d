"""How judgements are written: days and hours, exceedances, months."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import (
    DayJudgement,
    Exceedance,
    Forecast,
    HeldLimit,
    MonthCompliance,
    PlantCompliance,
    Verdict,
    WaterTold,
)
from alarms.uptime.records import AnalyserMonth, Cause, HourJudgement, PlantUptime, ResultRecord
from api.formats import local_time
from telemetry.calendar import Calendar
from telemetry.duty import OnShift


class WaterShape(BaseModel):
    """The day's mean water temperature beside that of a limit's brackets."""

    tag: str
    at_most: float = Field(description="°C; the brackets hold up to this mean")
    mean_c: float | None = Field(description="null where it is not known: the stricter value holds then")


class LimitShape(BaseModel):
    """A limit in force; of several of a basis the strictest ends govern."""

    basis: LimitBasis
    source: str
    low: float | None
    high: float | None
    low_written: str | None = Field(description="with the decimals it is compared at", examples=["6.0"])
    high_written: str | None = Field(description="with the decimals it is compared at", examples=["4.0"])
    low_governs: bool
    high_governs: bool
    alternative: bool = Field(description="its brackets hold, such as 1 November to 31 March or cold water")
    water: WaterShape | None = Field(description="where its brackets follow the water's temperature")


class ExceedanceShape(BaseModel):
    """A value beyond a limit: a day's mean, or one result."""

    basis: LimitBasis
    end: Literal["low", "high"]
    limit: float
    limit_written: str = Field(description="with the decimals it is compared at", examples=["50"])
    source: str
    value: float
    rounded: str = Field(description="half to even to the limit's decimals, as compared", examples=["51"])
    hour: str | None = Field(description="the result's hour; null of a mean")
    sampled: str | None
    read: str | None


class ForecastShape(BaseModel):
    """What the rest of an open day allows."""

    hours_to_come: int
    may_average: float | None = Field(
        description="so that the mean complies; never above the limit of a single result"
    )
    can_comply: bool
    may_lose: int = Field(description="hours to come that may be lost with the day still judged")


class DayShape(BaseModel):
    """A report day of an item."""

    tag: str
    day: str = Field(examples=["2026-11-21"])
    from_: str = Field(alias="from")
    to: str
    verdict: Verdict
    mean: float | None = Field(description="weighted by flow; null where fewer than 75 % are valid")
    rounded: str | None
    lowest: float | None
    highest: float | None
    valid: int
    due: int
    excused: int
    flow_m3: float | None
    load_kg: float | None = Field(description="mean × flow_m3; null without a mean")
    limits: list[LimitShape]
    exceedances: list[ExceedanceShape]
    control: list[ExceedanceShape] = Field(description="of internal control values; they decide nothing")
    so_far: list[ExceedanceShape] = Field(
        description="of an open day: what its mean so far lies beyond; the hours to come may mend it"
    )
    forecast: ForecastShape | None = Field(description="of an open day")


class ResultShape(BaseModel):
    """One result of an analyser."""

    sampled: str
    read: str
    value: float | None
    cause: Cause | None = Field(description="why it does not count; null where it does")
    mark: str | None = Field(description="id of the mark that took it")
    suspect: bool = Field(description="outside of its range: it counts until somebody marks it")


class HourShape(BaseModel):
    """An hour of the water, with what was drawn in it."""

    time: str
    value: float | None
    due: bool
    valid: bool
    excused: bool
    cause: Cause | None
    flow_m3: float | None
    within: bool | None
    results: list[ResultShape]


class CrewTurnShape(BaseModel):
    """Somebody on the roster: of the day, or of the sixteen hours before that the water was in the plant."""

    before: bool
    shift_zh: str
    shift_en: str
    from_: str = Field(alias="from")
    to: str
    crew_zh: str | None
    crew_en: str | None
    post_zh: str
    post_en: str
    number: str
    name: str


class OpenedDayShape(BaseModel):
    """A day of an item opened: its hours, and who was on shift."""

    day: DayShape
    hours: list[HourShape]
    turns: list[CrewTurnShape] | None = Field(description="null while the people's store cannot be asked")


class ItemMonthShape(BaseModel):
    """A month of an item."""

    tag: str
    complied: int
    exceeded: int
    not_judged: int
    not_entered: int
    mean: float | None = Field(description="of the days' means, where 75 % of the days have one")
    rate: float | None = Field(description="complying ÷ judged days")
    flow_m3: float | None
    load_kg: float | None
    days: list[DayShape]


class MonthShape(BaseModel):
    """A month of all items."""

    month: str = Field(examples=["2026-11"])
    judged_days: int
    complying_days: int
    rate: float | None
    items: list[ItemMonthShape]


class AnalyserShape(BaseModel):
    """A month of an analyser."""

    tag: str
    equipment: str | None
    due: int
    valid: int
    lost: int
    lost_by_cause: dict[Cause, int]
    excused: int = Field(description="hours of automatic standard check, one a day at most")
    not_due: int = Field(description="hours without discharge")
    due_in_all: int = Field(description="of the whole month, what is to come as hours of discharge")
    hours_ahead: int
    uptime: float | None
    hours_left: int = Field(description="hours that may still be lost; below 0 the target cannot be met")
    compliance_rate: float | None


class UptimeShape(BaseModel):
    """A month of all analysers; the plant's uptime is that of the lowest."""

    month: str = Field(examples=["2026-11"])
    target: float
    uptime: float | None
    lowest: str | None
    items: list[AnalyserShape]


class AnalyserHoursShape(BaseModel):
    """The hours of an analyser's month."""

    analyser: AnalyserShape
    items: list[HourShape]


class Shapes:
    """Writes judgements with the plant's times."""

    def __init__(self, calendar: Calendar) -> None:
        self._zone = calendar.zone

    def day(self, day: DayJudgement) -> dict[str, Any]:
        """Return a day."""
        return {
            "tag": day.tag,
            "day": day.day.isoformat(),
            "from": self._time(day.start_us),
            "to": self._time(day.end_us),
            "verdict": day.verdict.value,
            "mean": day.mean,
            "rounded": day.rounded,
            "lowest": day.lowest,
            "highest": day.highest,
            "valid": day.valid,
            "due": day.due,
            "excused": day.excused,
            "flow_m3": day.flow_m3,
            "load_kg": day.load_kg,
            "limits": [_limit(limit) for limit in day.limits],
            "exceedances": [self._exceedance(one) for one in day.exceedances],
            "control": [self._exceedance(one) for one in day.control],
            "so_far": [self._exceedance(one) for one in day.so_far],
            "forecast": _forecast(day.forecast),
        }

    def hour(self, hour: HourJudgement) -> dict[str, Any]:
        """Return an hour with its results."""
        return {
            "time": self._time(hour.start_us),
            "value": hour.value,
            "due": hour.due,
            "valid": hour.valid,
            "excused": hour.excused,
            "cause": hour.cause.value if hour.cause else None,
            "flow_m3": hour.flow_m3,
            "within": hour.within,
            "results": [self._result(result) for result in hour.results],
        }

    def month(self, plant: PlantCompliance) -> dict[str, Any]:
        """Return a month of all items."""
        return {
            "month": f"{plant.month:%Y-%m}",
            "judged_days": plant.judged_days,
            "complying_days": plant.complying_days,
            "rate": plant.rate,
            "items": [self._item(item) for item in plant.items],
        }

    def uptime(self, plant: PlantUptime) -> dict[str, Any]:
        """Return a month of all analysers."""
        return {
            "month": f"{plant.month:%Y-%m}",
            "target": plant.target,
            "uptime": plant.uptime,
            "lowest": plant.lowest,
            "items": [self.analyser(one) for one in plant.analysers],
        }

    def analyser(self, one: AnalyserMonth) -> dict[str, Any]:
        """Return a month of an analyser, without its hours."""
        return {
            "tag": one.tag,
            "equipment": one.equipment,
            "due": one.due,
            "valid": one.valid,
            "lost": one.lost,
            "lost_by_cause": {cause.value: count for cause, count in one.lost_by_cause.items()},
            "excused": one.excused,
            "not_due": one.not_due,
            "due_in_all": one.due_in_all,
            "hours_ahead": one.hours_ahead,
            "uptime": one.uptime,
            "hours_left": one.hours_left,
            "compliance_rate": one.compliance_rate,
        }

    def turn(self, turn: OnShift, *, before: bool) -> dict[str, Any]:
        """Return somebody on the roster, beside a day."""
        crew = turn.crew_name
        return {
            "before": before,
            "shift_zh": turn.shift.name.zh,
            "shift_en": turn.shift.name.en,
            "from": self._time(turn.shift.start_us),
            "to": self._time(turn.shift.end_us),
            "crew_zh": crew.zh if crew else None,
            "crew_en": crew.en if crew else None,
            "post_zh": turn.post_name.zh,
            "post_en": turn.post_name.en,
            "number": turn.number,
            "name": turn.name,
        }

    def _item(self, item: MonthCompliance) -> dict[str, Any]:
        names = ("tag", "complied", "exceeded", "not_judged", "not_entered", "mean", "rate", "flow_m3")
        return {
            **{name: getattr(item, name) for name in names},
            "load_kg": item.load_kg,
            "days": [self.day(day) for day in item.days],
        }

    def _exceedance(self, one: Exceedance) -> dict[str, Any]:
        return {
            "basis": one.basis.value,
            "end": one.end.value,
            "limit": float(one.limit),
            "limit_written": f"{one.limit:f}",
            "source": one.source,
            "value": one.value,
            "rounded": one.rounded,
            "hour": self._time(one.hour_us),
            "sampled": self._time(one.sample_us),
            "read": self._time(one.read_us),
        }

    def _result(self, result: ResultRecord) -> dict[str, Any]:
        return {
            "sampled": self._time(result.sample_us),
            "read": self._time(result.read_us),
            "value": result.value,
            "cause": result.cause.value if result.cause else None,
            "mark": result.mark,
            "suspect": result.suspect,
        }

    def _time(self, time_us: int | None) -> str | None:
        return local_time(time_us, self._zone)


def _limit(limit: HeldLimit) -> dict[str, Any]:
    return {
        "basis": limit.basis.value,
        "source": limit.source,
        "low": None if limit.low is None else float(limit.low),
        "high": None if limit.high is None else float(limit.high),
        "low_written": None if limit.low is None else f"{limit.low:f}",
        "high_written": None if limit.high is None else f"{limit.high:f}",
        "low_governs": limit.low_governs,
        "high_governs": limit.high_governs,
        "alternative": limit.alternative,
        "water": None if limit.water is None else _water(limit.water),
    }


def _water(told: WaterTold) -> dict[str, Any]:
    return {"tag": told.tag, "at_most": float(told.at_most), "mean_c": told.mean_c}


def _forecast(forecast: Forecast | None) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "hours_to_come": forecast.hours_to_come,
        "may_average": forecast.may_average,
        "can_comply": forecast.can_comply,
        "may_lose": forecast.may_lose,
    }
