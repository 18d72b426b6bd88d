"""The compliance page's content: today, the month as cells, and one day opened into hours and results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from alarms.compliance.crews import crews_of, span_of
from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import (
    DayJudgement,
    End,
    Exceedance,
    Forecast,
    HeldLimit,
    MonthCompliance,
    PlantCompliance,
    Verdict,
)
from alarms.compliance.rounding import decimals_of
from alarms.uptime.records import HourJudgement
from config.folder import PlantFolder
from telemetry.duty import OnShift, Shift
from telemetry.shares import share_text
from web import discharge, formats, judged_words, words
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.months import Month

_CHART_HEIGHT: Final = 100.0
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of an item in the month; `day` None before the first reading or ahead of today."""

    day: date
    verdict: str
    sign: str
    text: str
    said: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A month of an item."""

    tag: str
    label: str
    measure: str
    cells: tuple[Cell, ...]
    mean: str
    rate: str
    load: str


@dataclass(frozen=True, slots=True)
class TodayCard:
    """An item so far today."""

    tag: str
    label: str
    measure: str
    tone: str
    mean: str
    daily: str
    single: str
    source: str
    share: float | None
    control_share: float | None
    valid: str
    said: str
    forecast: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour's mean in the day's chart, 0…100 from below."""

    x: int
    y: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A limit in the day's chart."""

    y: float
    basis: str
    said: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One result of an hour."""

    sampled: str
    read: str
    value: str
    cause: str | None
    exceeds: str | None


@dataclass(frozen=True, slots=True)
class HourLine:
    """One hour of the opened day."""

    clock: str
    value: str
    flow: str
    said: str
    tone: str
    results: tuple[ResultLine, ...]


@dataclass(frozen=True, slots=True)
class CrewThen:
    """A turn and its people; `on` where it stood at that time, else it is one before."""

    on: bool
    when: str
    people: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """One exceedance, with the crews of then and before."""

    what: str
    value: str
    rounded: str
    limit: str
    source: str
    at: str
    crews: tuple["CrewThen", ...]


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit in force on the opened day."""

    basis: str
    text: str
    source: str
    governs: bool
    brackets: str
    """Why the value in brackets holds or does not, where there is one."""


@dataclass(frozen=True, slots=True)
class OpenedDay:
    """A day of an item, opened."""

    tag: str
    day: date
    label: str
    measure: str
    verdict: str
    verdict_said: str
    mean: str
    is_span: bool
    """Whether `mean` is the lowest and the highest result: pH has no mean, and too few results have none."""
    rounded: str | None
    valid: str
    flow: str
    load: str
    limits: tuple[LimitLine, ...]
    exceedances: tuple[Beyond, ...]
    control: tuple[Beyond, ...]
    hours: tuple[HourLine, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    before: date
    after: date | None


@dataclass(frozen=True, slots=True)
class ComplianceSpeaker:
    """Puts judgements into words, in a language; `forecasts` says whether what is to come is shown."""

    folder: PlantFolder
    speaker: AlarmSpeaker
    forecasts: bool

    @property
    def language(self) -> Language:
        """Its language."""
        return self.speaker.language

    def item(self, tag: str, day: date) -> discharge.Item:
        """Return an item with its label and decimals."""
        return discharge.item_of(self.folder, tag, day, self.language)

    def today(self, days: Sequence[DayJudgement]) -> list[TodayCard]:
        """Return a card an item of the open day."""
        return [self._card(day) for day in days]

    def rows(self, month: Month, found: PlantCompliance, opened: tuple[str, date] | None) -> list[Row]:
        """Return the month, a row an item."""
        return [self._row(month, item, opened) for item in found.items]

    def opened(
        self, day: DayJudgement, hours: Sequence[HourJudgement], crews: Sequence[OnShift], last: date
    ) -> OpenedDay:
        """Return a day opened; `crews` are those of the day and of the hours before it."""
        item = self.item(day.tag, day.day)
        _ = self.language
        beyond = [self._beyond(day, one, item, crews) for one in day.exceedances]
        control = [self._beyond(day, one, item, crews) for one in day.control]
        bars, lines = self._chart(day, hours)
        return OpenedDay(
            tag=day.tag,
            day=day.day,
            label=item.label,
            measure=words.measure(item.point.engineering_unit),
            verdict=day.verdict.value,
            verdict_said=words.spoken(judged_words.DAY, day.verdict.value, _),
            mean=self._mean_or_span(day, item.decimals),
            is_span=day.mean is None and day.lowest is not None,
            rounded=day.rounded,
            valid=_("%(valid)d of %(due)d due results valid", valid=day.valid, due=day.due),
            flow=self._number(day.flow_m3, 0),
            load=self._number(day.load_kg, 1),
            limits=tuple(self._limit(limit) for limit in day.limits),
            exceedances=tuple(beyond),
            control=tuple(control),
            hours=tuple(self._hour(hour, day, item) for hour in hours),
            bars=bars,
            lines=lines,
            before=day.day - timedelta(days=1),
            after=day.day + timedelta(days=1) if day.day < last else None,
        )

    def crews_of(self, day: DayJudgement, one: Exceedance, crews: Sequence[OnShift]) -> tuple[CrewThen, ...]:
        """Return the turns of an exceedance and of the hours before it, each with its people."""
        found = crews_of(crews, *span_of(day, one))
        return tuple(
            CrewThen(on, self._turn(shift), self._people([each for each in group if each.shift == shift]))
            for on, group in ((True, found.then), (False, found.before))
            for shift in reversed({each.shift.key: each.shift for each in group}.values())
        )

    def _turn(self, shift: Shift) -> str:
        return f"{self.language.name(shift.name)} {self.speaker.local(shift.start_us):%m-%d %H:%M}"

    def _people(self, here: Sequence[OnShift]) -> str:
        return self.language.listed(dict.fromkeys(one.name or one.number for one in here))

    def _card(self, day: DayJudgement) -> TodayCard:
        item = self.item(day.tag, day.day)
        _ = self.language
        daily = day.governing(LimitBasis.DAILY, End.HIGH)
        single = day.governing(LimitBasis.SINGLE, End.HIGH)
        internal = day.governing(LimitBasis.INTERNAL, End.HIGH)
        bound = daily or single
        high = float(bound.high) if bound and bound.high is not None else None
        value = day.mean if day.mean is not None else day.highest
        share = None if value is None or not high else min(value / high, 1.25)
        inner = internal.high if internal is not None else None
        control = None if inner is None or not high else float(inner) / high
        tone, said = self._standing(day, control, share)
        return TodayCard(
            tag=day.tag,
            label=item.label,
            measure=words.measure(item.point.engineering_unit),
            tone=tone,
            mean=self._mean_or_span(day, item.decimals),
            daily=_text(daily, day, LimitBasis.DAILY),
            single=_text(single, day, LimitBasis.SINGLE),
            source=bound.source if bound else "",
            share=None if share is None else round(share * 80, 1),
            control_share=None if control is None else round(control * 80, 1),
            valid=_("%(valid)d of %(due)d valid", valid=day.valid, due=day.due),
            said=said,
            forecast=self._forecast(day.forecast, item) if self.forecasts and day.forecast else None,
        )

    def _mean_or_span(self, day: DayJudgement, places: int) -> str:
        if day.mean is not None or day.lowest is None or day.highest is None:
            return self._number(day.mean, places)
        return f"{formats.number(day.lowest, places)}–{formats.number(day.highest, places)}"

    def _standing(self, day: DayJudgement, control: float | None, share: float | None) -> tuple[str, str]:
        """Return the tone and the words of a day so far."""
        _ = self.language
        if day.verdict is Verdict.NOT_ENTERED or not day.limits:
            return "unknown", words.spoken(judged_words.DAY, "not_entered", _)
        if singles := [one.end for one in day.exceedances if one.basis is LimitBasis.SINGLE]:
            low = End.HIGH not in singles
            said = (
                _("a single sample lay below its limit") if low else _("a single sample exceeded its limit")
            )
            return "exceeds", said
        if passed := [one.end for one in (*day.exceedances, *day.so_far)]:
            low = End.HIGH not in passed
            return "exceeds", _("below the daily limit so far") if low else _("above the daily limit so far")
        if day.forecast is not None and day.forecast.may_lose < 0:
            return "unknown", _("too few valid results: today cannot be judged any more")
        if not day.valid:
            return "unknown", _("no valid result yet")
        if control is not None and share is not None and share > control:
            return "control", _("above the internal control value so far")
        return "well", _("within limits so far")

    def _forecast(self, forecast: Forecast, item: discharge.Item) -> str | None:
        """Say what the hours to come may average; nothing of a day that cannot be judged."""
        _ = self.language
        if forecast.may_lose < 0:
            return None
        if not forecast.can_comply:
            return _("cannot comply any more today")
        if forecast.may_average is None:
            return _("%(num)d h to come", num=forecast.hours_to_come)
        average = formats.number(forecast.may_average, item.decimals)
        return _("the %(num)d h to come may average %(average)s", num=forecast.hours_to_come, average=average)

    def _row(self, month: Month, found: MonthCompliance, opened: tuple[str, date] | None) -> Row:
        item = self.item(found.tag, month.last)
        by_day = {day.day: day for day in found.days}
        days = [month.first + timedelta(days=offset) for offset in range((month.end - month.first).days)]
        cells = [self._cell(day, by_day.get(day), item, opened == (found.tag, day)) for day in days]
        return Row(
            tag=found.tag,
            label=item.label,
            measure=words.measure(item.point.engineering_unit),
            cells=tuple(cells),
            mean=self._number(found.mean, item.decimals),
            rate=percent(found.rate),
            load=self._number(found.load_kg, 0),
        )

    def _cell(self, day: date, found: DayJudgement | None, item: discharge.Item, shown: bool) -> Cell:
        _ = self.language
        if found is None:
            return Cell(day, "none", "", "", _("no data"), shown=False)
        value = self._mean_or_span(found, item.decimals)
        verdict = found.verdict.value
        said = f"{item.label} {day:%m-%d}: {words.spoken(judged_words.DAY, verdict, _)}"
        if value != formats.NO_VALUE:
            said += f", {value}"
        return Cell(day, verdict, judged_words.DAY_SIGN[verdict], value, said, shown)

    def _limit(self, limit: HeldLimit) -> LimitLine:
        bounds = discharge.Bounds(limit.low, limit.high)
        basis = words.spoken(judged_words.BASIS, limit.basis.value, self.language)
        governs = limit.low_governs or limit.high_governs
        return LimitLine(basis, bounds.text, limit.source, governs, self._brackets(limit))

    def _brackets(self, limit: HeldLimit) -> str:
        """Return why the value in brackets holds, or does not, or cannot be told."""
        _ = self.language
        water = limit.water
        if water is None:
            return _("winter value") if limit.alternative else ""
        if water.mean_c is None:
            return _("water temperature unknown: the stricter value holds")
        mean = formats.number(water.mean_c, decimals_of(water.at_most) + 2)
        if limit.alternative:
            return _("water of %(mean)s ℃, at most %(bound)s ℃", mean=mean, bound=water.at_most)
        return _("water of %(mean)s ℃, above %(bound)s ℃", mean=mean, bound=water.at_most)

    def _beyond(
        self, day: DayJudgement, one: Exceedance, item: discharge.Item, crews: Sequence[OnShift]
    ) -> Beyond:
        at_us = one.sample_us
        what = words.spoken(judged_words.BASIS, one.basis.value, self.language)
        mark = "<" if one.end is End.LOW else ">"
        return Beyond(
            what=what,
            value=formats.number(one.value, item.decimals),
            rounded=one.rounded,
            limit=f"{mark} {formats.limit(one.limit)}",
            source=one.source,
            at="" if at_us is None else f"{self.speaker.local(at_us):%H:%M}",
            crews=self.crews_of(day, one, crews),
        )

    def _hour(self, hour: HourJudgement, day: DayJudgement, item: discharge.Item) -> HourLine:
        _ = self.language
        beyond = {one.sample_us: one for one in day.exceedances if one.sample_us is not None}
        cause = None if hour.cause is None else words.spoken(judged_words.CAUSE, hour.cause.value, _)
        if hour.valid:
            said = _("valid")
        elif hour.excused:
            said = _("standard check, not due")
        else:
            said = cause or ""
        tone = "valid" if hour.valid else "waiting" if hour.waiting else "lost" if hour.due else "not-due"
        if hour.within is False:
            tone, said = "exceeds", _("exceeds")
        return HourLine(
            clock=f"{self.speaker.local(hour.start_us):%H}",
            value=self._number(hour.value, item.decimals),
            flow=self._number(hour.flow_m3, 0),
            said=said,
            tone=tone,
            results=tuple(
                ResultLine(
                    sampled=f"{self.speaker.local(one.sample_us):%H:%M}",
                    read=f"{self.speaker.local(one.read_us):%H:%M}",
                    value=formats.number(one.value, item.decimals),
                    cause=None if one.cause is None else words.spoken(judged_words.CAUSE, one.cause.value, _),
                    exceeds=formats.limit(beyond[one.sample_us].limit) if one.sample_us in beyond else None,
                )
                for one in hour.results
            ),
        )

    def _chart(
        self, day: DayJudgement, hours: Sequence[HourJudgement]
    ) -> tuple[tuple[Bar, ...], tuple[Line, ...]]:
        limits = [
            (basis, limit.high)
            for basis in LimitBasis
            for limit in [day.governing(basis, End.HIGH)]
            if limit is not None and limit.high is not None
        ]
        values = [hour.value for hour in hours if hour.value is not None]
        top = max([float(high) for _basis, high in limits] + values, default=0.0) * 1.1
        if top <= 0:
            return (), ()
        scale = _CHART_HEIGHT / top
        bars = []
        for hour in hours:
            if hour.value is None:
                continue
            height = round(max(hour.value, 0.0) * scale, 1)
            tone = "exceeds" if hour.within is False else "valid" if hour.valid else "lost"
            place = round((hour.start_us - day.start_us) / (day.end_us - day.start_us) * _HOURS)
            bars.append(Bar(place, round(_CHART_HEIGHT - height, 1), height, tone))
        lines = [
            Line(
                round(_CHART_HEIGHT - float(high) * scale, 1),
                basis.value,
                f"{words.spoken(judged_words.BASIS, basis.value, self.language)} {formats.limit(high)}",
            )
            for basis, high in limits
        ]
        return tuple(bars), tuple(lines)

    def _number(self, value: float | None, places: int) -> str:
        return formats.NO_VALUE if value is None else formats.number(value, places)


def percent(share: float | None) -> str:
    """Return a share with one decimal, never rounded up to what it is not; a dash without one."""
    return formats.NO_VALUE if share is None else share_text(share)


def _text(limit: HeldLimit | None, day: DayJudgement, basis: LimitBasis) -> str:
    """Return a limit's ends as they govern."""
    low = day.governing(basis, End.LOW)
    bounds = discharge.Bounds(low.low if low else None, limit.high if limit else None)
    return bounds.text
