"""The wall's charts of the last 24 hours: which points they show, and with which limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from alarms.settings import RuleKind
from config.folder import PlantFolder
from telemetry.plant import Point, PointKind, UnitStage
from web import discharge, formats, naming, words
from web.bands import LimitsByTag
from web.language import Language


@dataclass(frozen=True, slots=True)
class DayChart:
    """A point's last 24 hours, with the limits that belong to it."""

    label: str
    measure: str
    points: tuple[Point, ...]
    decimals: int
    low: float | None
    high: float | None


def charts(
    folder: PlantFolder, items: Sequence[discharge.Item], limits: LimitsByTag, language: Language
) -> list[DayChart]:
    """What came in, what is hardest to keep in what leaves, and what it is kept with.

    The first flow on the water's way; the first regulated item whose limit has a season, which is
    what cold water makes hard; the first concentration that is held between four limits.
    """
    water = [unit.id for unit in folder.plant.units if unit.stage is UnitStage.WATER]
    analog = [
        point
        for unit in water
        for point in folder.plant.points
        if point.unit == unit and point.kind is PointKind.ANALOG
    ]
    charts: list[DayChart] = []
    flow = next((p for p in analog if p.engineering_unit == "m3/h"), None)
    if flow is not None:
        charts.append(_limited((flow,), limits, language))
    item = next((i for i in items if i.seasonal), items[0] if items else None)
    if item is not None:
        high = (item.internal or item.daily or discharge.Bounds()).high
        charts.append(
            _chart((item.point,), language, item.decimals, None, None if high is None else float(high))
        )
    held = next((p for p in analog if p.engineering_unit == "mg/L" and len(limits.get(p.tag, {})) == 4), None)
    if held is not None:
        alike = [
            p for p in analog if p.unit == held.unit and naming.family(p.name) == naming.family(held.name)
        ]
        charts.append(_limited(tuple(alike[:4]), limits, language))
    return charts


def _limited(points: tuple[Point, ...], limits: LimitsByTag, language: Language) -> DayChart:
    own = limits.get(points[0].tag, {})
    low, high = own.get(RuleKind.LOW), own.get(RuleKind.HIGH)
    return _chart(
        points,
        language,
        formats.decimals(points[0]),
        None if low is None else low.threshold,
        None if high is None else high.threshold,
    )


def _chart(
    points: tuple[Point, ...],
    language: Language,
    places: int,
    low: float | None,
    high: float | None,
) -> DayChart:
    name = language.name(points[0].name)
    label = naming.short(name, "") if len(points) > 1 else naming.capital(name)
    return DayChart(label, words.measure(points[0].engineering_unit), points, places, low, high)
