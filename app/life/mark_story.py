"""What was marked of measured values: analysers and probes that were looked after, and one slip."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.life.deeds import DAY_US, MINUTE_US, Act, Deed
from app.life.stage import Stage
from history.entries import EntryKind
from history.marks import MarkKind
from simulator.incidents import INCIDENTS
from simulator.waking import run_in_from
from telemetry.calendar import Calendar

_CONTRACTOR: Final = "contractor"
_ENGINEER: Final = "engineer"
_PAGE: Final = 50

# Days before the beginning, minute of the day, minutes, point, kind, who, why.
Marked = tuple[int, int, int, str, MarkKind, str, str]
MARKED: Final[tuple[Marked, ...]] = (
    (25, 9 * 60 + 30, 80, "EFF_AIT_COD", MarkKind.CALIBRATION, _CONTRACTOR,
     "月度校准：零点、量程漂移合格，更换重铬酸钾试剂"),
    (19, 10 * 60 + 5, 25, "AE_DO1", MarkKind.MAINTENANCE, _ENGINEER, "1#好氧池 DO 探头清洗、空气校准"),
    (18, 13 * 60 + 40, 75, "EFF_AIT_NH3", MarkKind.MAINTENANCE, _CONTRACTOR,
     "更换蠕动泵管、清洗管路，标样核查合格"),
    (10, 14 * 60 + 20, 90, "EFF_AIT_TN", MarkKind.CALIBRATION, _CONTRACTOR,
     "季度比对前校准，更换过硫酸钾试剂、灯源能量检查"),
    (1, 9 * 60 + 50, 70, "EFF_AIT_COD", MarkKind.MAINTENANCE, _CONTRACTOR, "清洗进样管路、预处理过滤器"),
)  # fmt: skip
SLIP: Final[Marked] = (
    6, 15 * 60 + 10, 60, "EFF_AIT_TP", MarkKind.MAINTENANCE, _CONTRACTOR, "清洗消解池",
)  # fmt: skip
_TAKEN_BACK: Final = "仪器选错：当时清洗的是备用 TP 仪，在用仪器未停测"
_REPAIRED: Final = "EFF_ANA_TP"
_UNSETTLED_MIN: Final = 80
_UNSETTLED: Final = "故障修复后前几组数据未稳定，标样核查合格前不予采用"
_MORNING_US: Final = 500 * MINUTE_US


def marked(begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield what was marked in the past, each when it was over."""
    today = calendar.day_of(begun_us)
    for days, minute, lasts, tag, kind, who, why in (*MARKED, SLIP):
        from_us = calendar.start_us(today - timedelta(days=days)) + minute * MINUTE_US
        to_us = from_us + lasts * MINUTE_US
        yield Deed(to_us + 6 * MINUTE_US, _mark(tag, from_us, to_us, kind, who, why))
        if tag == SLIP[3]:
            yield Deed(to_us + 45 * MINUTE_US, _take_back(tag, from_us, _TAKEN_BACK, who))
    seam_us = run_in_from(begun_us) + DAY_US
    for incident in INCIDENTS:
        if incident.target == _REPAIRED:
            _, from_us = incident.span(seam_us, calendar.zone)
            to_us = from_us + _UNSETTLED_MIN * MINUTE_US
            doubted = _mark("EFF_AIT_TP", from_us, to_us, MarkKind.INVALID, _ENGINEER, _UNSETTLED)
            yield Deed(from_us + _MORNING_US, doubted)


def _mark(tag: str, from_us: int, to_us: int, kind: MarkKind, who: str, why: str) -> Act:
    async def act(stage: Stage) -> object:
        done = await stage.entries.listed(tag, None, _PAGE)
        if any(one.kind is EntryKind.MARK and one.from_us == from_us for one in done):
            return None
        return await stage.entries.mark(tag, from_us, to_us, kind, why, stage.actors[who])

    return act


def _take_back(tag: str, from_us: int, why: str, who: str) -> Act:
    async def act(stage: Stage) -> object:
        done = await stage.entries.listed(tag, None, _PAGE)
        for one in done:
            if one.kind is EntryKind.MARK and one.from_us == from_us:
                return await stage.entries.withdraw(one.id, why, stage.actors[who])
        return None

    return act
