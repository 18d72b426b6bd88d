"""The analysers page's content: what each has left of its month, and where its hours went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from alarms.uptime.records import AnalyserMonth, Cause, HourJudgement, PlantUptime
from config.folder import PlantFolder
from history.marks import MarkKind
from telemetry.calendar import Calendar
from telemetry.clock import US_PER_S
from telemetry.shares import target_text
from web import discharge, judged_words, words
from web.alarm_view import AlarmSpeaker
from web.compliance_view import percent
from web.language import Language
from web.months import Month

_HOUR_US: Final = 3600 * US_PER_S
_MINUTE_US: Final = 60 * US_PER_S
_GROUPS: Final = {
    Cause.FAULT: "broken",
    Cause.NO_SAMPLE: "broken",
    Cause.RANGE: "broken",
    Cause.QUALITY: "broken",
    Cause.SAMPLE_TIME: "broken",
    Cause.NO_RESULT: "broken",
    Cause.QC_FAILED: "broken",
    Cause.COMMUNICATION: "line",
    Cause.MAINTENANCE: "work",
    Cause.CALIBRATION: "work",
    Cause.STANDARD_CHECK: "work",
    Cause.STOPPED: "work",
    Cause.MARKED: "marked",
}
"""What an hour was lost to, in the four kinds that have a colour."""
_MARKS: Final = {
    Cause.MAINTENANCE: MarkKind.MAINTENANCE,
    Cause.STANDARD_CHECK: MarkKind.MAINTENANCE,
    Cause.CALIBRATION: MarkKind.CALIBRATION,
    Cause.STOPPED: MarkKind.STOPPED,
    Cause.FAULT: MarkKind.FAULT,
    Cause.NO_SAMPLE: MarkKind.FAULT,
    Cause.COMMUNICATION: MarkKind.FAULT,
    Cause.NO_RESULT: MarkKind.FAULT,
    Cause.QC_FAILED: MarkKind.QC_FAILED,
}
"""The kind of mark that is offered for a cause; `invalid` for the others."""
_CHECKS_OFFERED: Final = 2


@dataclass(frozen=True, slots=True)
class Run:
    """Hours of one day that stand alike, in the grid; `letter` where there is room for one."""

    x: int
    y: int
    width: int
    tone: str
    letter: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Hours on end that were lost to one cause."""

    when: str
    hours: int
    cause: str
    tone: str
    mark: str
    """Address of the form that marks them, filled in."""


@dataclass(frozen=True, slots=True)
class Since:
    """When an analyser was last known to be right, and the form that marks its results from then to now."""

    when: str
    mark: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the budget's bar, 0…100."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class AnalyserCard:
    """One analyser's month."""

    tag: str
    label: str
    equipment: str
    uptime: str
    tone: str
    sign: str
    left: str
    rate: str
    counts: str
    compliance: str
    parts: tuple[Part, ...]
    causes: tuple[tuple[str, str, int], ...]
    runs: tuple[Run, ...]
    lost: tuple[Lost, ...]
    failed_since: tuple[Since, ...]
    checked: bool
    """Whether those are standard checks of its own; else its last valid result."""
    lowest: bool
    days: int


@dataclass(frozen=True, slots=True)
class UptimeSpeaker:
    """Puts the analysers' month into words, in a language."""

    folder: PlantFolder
    speaker: AlarmSpeaker
    calendar: Calendar

    @property
    def language(self) -> Language:
        """Its language."""
        return self.speaker.language

    def asks_before(self, found: PlantUptime) -> bool:
        """Return whether a month alone does not tell since when each analyser may be wrong."""
        return any(self._tells_too_little(one) for one in found.analysers)

    def _tells_too_little(self, one: AnalyserMonth) -> bool:
        if self._is_sampled(one):
            return len(_checks(one.hours)) < _CHECKS_OFFERED
        # What measures all the time has no standard checks: its last valid hour says it.
        return not any(hour.valid for hour in one.hours)

    def cards(
        self, month: Month, found: PlantUptime, before: PlantUptime | None = None
    ) -> list[AnalyserCard]:
        """Return a card an analyser, in the plant's order; checks may be of the month `before`."""
        earlier = {} if before is None else {one.tag: one.hours for one in before.analysers}
        return [
            self._card(month, one, earlier.get(one.tag, ()), found.lowest == one.tag)
            for one in found.analysers
        ]

    def _card(
        self, month: Month, one: AnalyserMonth, earlier: Sequence[HourJudgement], lowest: bool
    ) -> AnalyserCard:
        standing, sign = tone(one)
        hours = [*earlier, *one.hours]
        checks = _checks(hours)
        equipment = self.folder.plant.equipment_by_id.get(one.equipment or "")
        _ = self.language
        return AnalyserCard(
            tag=one.tag,
            label=discharge.item_of(self.folder, one.tag, month.last, _).label,
            equipment=one.tag if equipment is None else _.name(equipment.name),
            uptime=percent(one.uptime),
            tone=standing,
            sign=sign,
            left=self._left(one, month),
            rate=self._rate(one, month),
            counts=_("%(valid)d of %(due)d due results valid", valid=one.valid, due=one.due),
            compliance=percent(one.compliance_rate),
            parts=tuple(_parts(one)),
            causes=tuple(
                (_GROUPS.get(cause, "broken"), words.spoken(judged_words.CAUSE, cause.value, _), hours)
                for cause, hours in one.lost_by_cause.items()
                if hours
            ),
            runs=tuple(self._runs(month, one.hours)),
            lost=tuple(self._lost(one)),
            failed_since=tuple(self._failed_since(one, hours, checks)) if month.is_this else (),
            checked=bool(checks),
            lowest=lowest,
            days=month.last.day,
        )

    def _left(self, one: AnalyserMonth, month: Month) -> str:
        _ = self.language
        target = target_text(one.target)
        if one.due_in_all == 0 or not (one.due or month.is_this):
            return _("no result was due")
        if one.hours_left < 0:
            if month.is_this:
                return _(
                    "%(target)s cannot be met any more: %(num)d h too many lost",
                    target=target,
                    num=-one.hours_left,
                )
            return _("%(target)s missed by %(num)d h", target=target, num=-one.hours_left)
        if month.is_this:
            return _("%(num)d h more may be lost", num=one.hours_left)
        return _("%(target)s met, %(num)d h to spare", target=target, num=one.hours_left)

    def _rate(self, one: AnalyserMonth, month: Month) -> str:
        """Say where the month ends if hours go on being lost as they were."""
        _ = self.language
        if not month.is_this or not one.lost or not one.due or one.hours_left < 0:
            return ""
        ends = round(one.lost / one.due * one.due_in_all)
        return _(
            "%(lost)d h lost; at this rate %(ends)d h by the month's end, %(allowed)d h allowed",
            lost=one.lost, ends=ends, allowed=one.lost + one.hours_left,
        )  # fmt: skip

    def _runs(self, month: Month, hours: Sequence[HourJudgement]) -> Iterator[Run]:
        for day, of_day in groupby(hours, key=lambda hour: self.calendar.day_of(hour.start_us)):
            start_us = self.calendar.start_us(day)
            for look, alike in groupby(of_day, key=_look):
                group = list(alike)
                x = (group[0].start_us - start_us) // _HOUR_US
                yield Run(x, (day - month.first).days, len(group), *look)

    def _lost(self, one: AnalyserMonth) -> Iterator[Lost]:
        """Yield the lost hours, the newest first; those on end with one cause as one."""
        spans: list[list[HourJudgement]] = []
        for hour in one.hours:
            if not hour.lost:
                continue
            last = spans[-1][-1] if spans else None
            if last is not None and last.cause is hour.cause and last.start_us + _HOUR_US == hour.start_us:
                spans[-1].append(hour)
            else:
                spans.append([hour])
        for span in reversed(spans):
            begins, ends = (self.speaker.local(us) for us in (span[0].start_us, span[-1].start_us + _HOUR_US))
            same = (ends - timedelta(microseconds=1)).date() == begins.date()
            until = f"{ends:%H:%M}" if same else f"{ends:%m-%d %H:%M}"
            cause = span[0].cause or Cause.NO_RESULT
            yield Lost(
                when=f"{begins:%m-%d %H:%M}–{until if until != '00:00' else '24:00'}",
                hours=len(span),
                cause=words.spoken(judged_words.CAUSE, cause.value, self.language),
                tone=_GROUPS.get(cause, "broken"),
                mark=self._mark(one, span, cause),
            )

    def _mark(self, one: AnalyserMonth, span: Sequence[HourJudgement], cause: Cause) -> str:
        """Return where lost hours are marked; an analyser's results would have come an hour later."""
        later_us = self._later_us(one)
        from_us, to_us = span[0].start_us + later_us, span[-1].start_us + _HOUR_US + later_us
        # A valid result that was told late was read in this time too, and is not to be lost with it.
        late = [
            result.read_us
            for hour in one.hours
            if later_us and hour.start_us < span[0].start_us
            for result in hour.results
            if result.valid and from_us <= result.read_us < to_us - _MINUTE_US
        ]
        if late:
            from_us = (max(late) // _MINUTE_US + 1) * _MINUTE_US
        return self._form(one.tag, from_us, to_us, _MARKS.get(cause, MarkKind.INVALID))

    def _failed_since(
        self, one: AnalyserMonth, hours: Sequence[HourJudgement], checks: Sequence[int]
    ) -> Iterator[Since]:
        """Yield from when results may be marked after a check that failed, the newest first.

        The data tell when an analyser checked itself and not with what outcome: where the newest check is
        the one that failed, the one before is the last that was passed.
        """
        valid = [hour.start_us for hour in hours if hour.valid][-1:]
        later_us = _HOUR_US if checks else self._later_us(one)
        for start_us in reversed(checks or valid):
            from_us = start_us + later_us
            yield Since(
                f"{self.speaker.local(from_us):%m-%d %H:%M}",
                self._form(one.tag, from_us, self.speaker.now_us, MarkKind.QC_FAILED),
            )

    def _later_us(self, one: AnalyserMonth) -> int:
        return _HOUR_US if self._is_sampled(one) else 0

    def _is_sampled(self, one: AnalyserMonth) -> bool:
        return self.folder.plant.sample_time_of(one.equipment) is not None

    def _form(self, tag: str, from_us: int, to_us: int, kind: MarkKind) -> str:
        begins, ends = (self.speaker.local(us) for us in (from_us, to_us))
        asked = {
            "mark": tag,
            "from": f"{begins:%Y-%m-%dT%H:%M}",
            "to": f"{ends:%Y-%m-%dT%H:%M}",
            "kind": kind.value,
        }
        return f"/entries?{urlencode(asked)}"


def tone(one: AnalyserMonth) -> tuple[str, str]:
    """Return how a month stands, and its sign."""
    if one.uptime is None:
        return "unknown", "–"
    if one.hours_left < 0:
        return "missed", "✗"
    if one.hours_left <= max(one.lost, 1) and one.hours_ahead and one.lost:
        return "near", "!"
    return "well", "✓"


def _parts(one: AnalyserMonth) -> Iterator[Part]:
    """Yield the parts of the bar: what was lost, what may be, and what was not used of the budget's room."""
    allowed = one.lost + one.hours_left
    room = max(allowed, one.lost, 1)
    lost = round(100 * one.lost / room, 1)
    yield Part(0.0, lost, "lost")
    if one.hours_left > 0:
        yield Part(lost, round(100 - lost, 1), "left")


def _checks(hours: Sequence[HourJudgement]) -> list[int]:
    """Return the hours whose samples its last standard checks took, oldest first."""
    return [hour.start_us for hour in hours if hour.cause is Cause.STANDARD_CHECK][-_CHECKS_OFFERED:]


def _look(hour: HourJudgement) -> tuple[str, str]:
    if hour.valid:
        return "valid", ""
    if hour.waiting:
        return "waiting", ""
    if hour.lost and hour.cause is not None:
        return _GROUPS.get(hour.cause, "broken"), judged_words.CAUSE_LETTER.get(hour.cause.value, "")
    if hour.excused:
        return "excused", ""
    return "not-due", ""


def key() -> list[tuple[str, list[Cause]]]:
    """Return the four kinds of causes, each with its causes, for the legend."""
    kinds = dict.fromkeys(_GROUPS.values())
    return [(kind, [cause for cause, own in _GROUPS.items() if own == kind]) for kind in kinds]
