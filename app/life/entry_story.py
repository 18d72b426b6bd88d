"""Who entered what the laboratory and the shift found, and what of it was put right later."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.life.deeds import HOUR_US, MINUTE_US, Act, Deed
from app.life.log_story import writer
from app.life.log_texts import CONTROL
from app.life.stage import Stage
from history.embedded import EmbeddedHistory
from simulator.laboratory import ENTRIES
from telemetry.calendar import Calendar
from telemetry.plant import Plant, PointKind

_MOST: Final = 10_000
_BY_SHIFT: Final = ("LAB_SV30", "LAB_CAKE_OUT", "LAB_PAM", "LAB_PAC", "LAB_CARB", "LAB_NACLO")
_LABORATORY: Final = "laboratory"
_HOURS: Final = {entry.tag: entry.done_h for entry in ENTRIES}
_WRITTEN_US: Final = 10 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading that the demo's history has of a point that people enter."""

    tag: str
    at_us: int
    value: float

    @property
    def entered_us(self) -> int:
        """When it was written down: the analysis takes its time."""
        return self.at_us + round(_HOURS.get(self.tag, 0.0) * HOUR_US) + _WRITTEN_US

    @property
    def by(self) -> str:
        """Who wrote it down."""
        return CONTROL if self.tag.startswith(_BY_SHIFT) else _LABORATORY


# Days before the beginning, the point, what it was by (None: not at all), with how many digits, why.
CORRECTED: Final = (
    (24, "LAB_EFF_TN", 0.96, 2, "标准曲线斜率填错，按当日新曲线重新计算"),
    (17, "LAB_INF_SS", 1.12, 0, "抄写错误，已与原始记录核对"),
    (12, "LAB_EFF_BOD", None, 0, "稀释水空白超标，本次结果作废，次日已重新取样"),
    (8, "LAB_SV30_1", 0.94, 0, "30 min 时读数偏早，到时复读"),
    (1, "LAB_EFF_COD", 1.05, 1, "平行样复测，取两次平均值"),
)  # fmt: skip
_NOTICED_US: Final = 100 * MINUTE_US


async def taken(history: EmbeddedHistory, plant: Plant, from_us: int, to_us: int) -> list[Taken]:
    """Return the readings of [from, to) that people entered as far as the history says."""
    found = []
    for point in plant.points:
        if point.kind is not PointKind.MANUAL:
            continue
        samples = await history.samples(point.tag, from_us, to_us, _MOST)
        pairs = zip(samples.times_us.tolist(), samples.values.tolist(), strict=True)
        found += [Taken(point.tag, at_us, value) for at_us, value in pairs]
    return sorted(found, key=lambda one: (one.entered_us, one.tag))


def entered(found: Iterable[Taken], begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield who entered these readings, and what was put right of them."""
    today = calendar.day_of(begun_us)
    right: Mapping[tuple[str, object], tuple[float | None, int, str]] = {
        (tag, today - timedelta(days=days)): (by, digits, why) for days, tag, by, digits, why in CORRECTED
    }
    for one in found:
        yield Deed(one.entered_us, _enter(one))
        if (change := right.get((one.tag, calendar.day_of(one.at_us)))) is not None:
            yield Deed(one.entered_us + _NOTICED_US, _correct(one, *change))


def _enter(one: Taken) -> Act:
    async def act(stage: Stage) -> object:
        by = await writer(stage, one.by)
        return by and await stage.entries.ascribe(one.tag, one.at_us, by)

    return act


def _correct(one: Taken, by: float | None, digits: int, why: str) -> Act:
    async def act(stage: Stage) -> object:
        # Twenty-eight per cent of sludge is read as a whole number: what changes by less changes by one.
        value = None if by is None else round(one.value * by, digits)
        if value == one.value:
            value = one.value + 10.0**-digits
        who = await writer(stage, one.by)
        return who and await stage.entries.correct(one.tag, one.at_us, value, why, who)

    return act
