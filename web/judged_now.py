"""What the wall says of judgements: the means of today so far, the analysers' month.

Asked once a minute by one task for all walls, and never in their way: who gets no answer in time goes
without, as if nothing were judged.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from alarms.compliance.held import waters_of
from alarms.compliance.limits import NOT_KNOWN, LimitBasis, Water
from alarms.compliance.records import DayJudgement, End
from alarms.judging.reader import JudgementReader
from alarms.uptime.records import AnalyserMonth
from config.folder import PlantFolder
from telemetry.clock import Clock, real_seconds
from telemetry.errors import OutfallError
from web import analysers_view, discharge, formats
from web.compliance_view import percent
from web.language import Language

logger = logging.getLogger(__name__)

_KEPT_S: Final = 60.0
_TOO_OLD_S: Final = 300.0
_PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was judged of a day, and of the month it lies in."""

    day: date
    today: tuple[DayJudgement, ...]
    analysers: tuple[AnalyserMonth, ...]


@dataclass(frozen=True, slots=True)
class SoFar:
    """An item's mean of today so far; `over` is the daily limit where it lies above that, `> 6`."""

    mean: str
    over: str


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """An analyser's month: `94.2 %`, `6 h left`; the sign and the tone are those of its page."""

    uptime: str
    left: str
    sign: str
    tone: str


@dataclass(frozen=True, slots=True)
class JudgedNow:
    """What is judged, in words: means by tag, months by the analyser's equipment; and by which water."""

    means: Mapping[str, SoFar] = field(default_factory=dict)
    months: Mapping[str, MonthFigure] = field(default_factory=dict)
    water: Water = field(default_factory=dict)
    """The mean temperatures of today so far that limits follow."""


class JudgedLine:
    """Tells every wall what is judged; asked anew after a minute, also where nothing came."""

    def __init__(
        self, judgements: JudgementReader, folder: PlantFolder, clock: Clock, patience_s: float = _PATIENCE_S
    ) -> None:
        self._judgements = judgements
        self._folder = folder
        self._clock = clock
        self._patience_s = patience_s
        self._asked_us: int | None = None
        self._kept: tuple[int, Found] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def now(self, now_us: int, language: Language) -> JudgedNow:
        """Return what is judged, or nothing where that cannot be said within the time a wall waits."""
        today = self._folder.calendar.day_of(now_us)
        if self._due(today) and self._asking is None:
            self._asked_us = self._clock.monotonic_us()
            self._asking = asyncio.create_task(self._ask(today), name="judged for the wall")
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=self._patience_s)
        kept = self._kept
        if kept is None or kept[1].day != today or self._since(kept[0]) >= _TOO_OLD_S:
            return JudgedNow()
        return said(kept[1], self._folder, language)

    def _due(self, today: date) -> bool:
        turned = self._kept is not None and self._kept[1].day != today
        return self._asked_us is None or turned or self._since(self._asked_us) >= _KEPT_S

    def _since(self, at_us: int) -> float:
        return real_seconds(self._clock, self._clock.monotonic_us() - at_us)

    async def _ask(self, today: date) -> None:
        try:
            days = await self._judgements.days(today, today)
            month = await self._judgements.uptime(today)
            self._kept = self._clock.monotonic_us(), Found(today, tuple(days), month.analysers)
        except OutfallError as error:
            logger.info("the wall goes without judgements: %s", error)
            self._kept = None
        finally:
            self._asking = None


def said(found: Found, folder: PlantFolder, language: Language) -> JudgedNow:
    """Return what was judged in words."""
    water = waters_of(found.today).get(found.day, NOT_KNOWN)
    means = {
        day.tag: _so_far(day, discharge.item_of(folder, day.tag, found.day, language, water))
        for day in found.today
        if day.mean is not None
    }
    months = {
        one.equipment: _figure(one, language)
        for one in found.analysers
        if one.equipment is not None and one.uptime is not None
    }
    return JudgedNow(means, months, water)


def _so_far(day: DayJudgement, item: discharge.Item) -> SoFar:
    beyond = (*day.so_far, *day.exceedances)
    over = next((one for one in beyond if one.basis is LimitBasis.DAILY and one.end is End.HIGH), None)
    mean = formats.NO_VALUE if day.mean is None else formats.number(day.mean, item.decimals)
    return SoFar(mean, "" if over is None else f"> {formats.limit(over.limit)}")


def _figure(one: AnalyserMonth, _: Language) -> MonthFigure:
    tone, sign = analysers_view.tone(one)
    left = "" if one.hours_left < 0 else _("%(num)d h left|of the hours that may be lost", num=one.hours_left)
    return MonthFigure(percent(one.uptime), left, sign if tone in ("missed", "near") else "", tone)
