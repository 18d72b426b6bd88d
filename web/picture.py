"""The plant's picture, laid out from its folder: which units, machines and values stand where.

Nothing here knows a plant. The row on the water's way gets as many values as fit, widths being
guessed from the length of labels and figures; the units beside it stand below in equal places.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from config.folder import PlantFolder
from telemetry.plant import Unit, UnitStage
from web import formats, naming
from web.bands import limits_by_tag
from web.language import Language, speakers
from web.machines import Machine, machines_of
from web.metrics import Metric, metrics_of

METRICS_AT_MOST: Final = 4
ROWS: Final = 3
MACHINES_IN_HEAD: Final = 2
"""Up to so many machines stand beside their unit's name where its values need all rows."""
BESIDE_UNITS: Final = 15
STEP_PX: Final = 20
WATER_PX: Final = 1880
BESIDE_PX: Final = 306
FRAME_PX: Final = 30
"""At 1080p: room for the row on the water's way and for one unit's values beside it; a unit's own frame."""


@dataclass(frozen=True, slots=True)
class UnitPicture:
    """What is drawn of one unit; `width` is its share of the row on the water's way."""

    unit: Unit
    name: str
    machines: tuple[Machine, ...]
    metrics: tuple[Metric, ...]
    channels: tuple[str, ...]
    """What it is read over, what most of it is read over first."""
    width: int

    @property
    def columns(self) -> int:
        """In how many columns its values stand."""
        return _columns(len(self.machines), len(self.metrics))

    @property
    def machines_in_head(self) -> bool:
        """Whether its machines stand beside its name."""
        return _in_head(len(self.machines), len(self.metrics))

    @property
    def roomy(self) -> bool:
        """Whether labels may take two lines."""
        return _is_roomy(len(self.machines), len(self.metrics))


@dataclass(frozen=True, slots=True)
class Picture:
    """Units on the water's way, those beside it, and how many found no place."""

    water: tuple[UnitPicture, ...]
    beside: tuple[UnitPicture, ...]
    left_out: int


def draw(folder: PlantFolder, day: date, language: Language) -> Picture:
    """Lay the plant out for a day of its calendar; the values shown are the same in every language.

    How many fit depends on how long the words for them are; shown are those that fit in each.
    """
    pictures = {tag: _lay_out(folder, day, each) for tag, each in speakers().items()}
    common = frozenset.intersection(*(_shown_in(picture) for picture in pictures.values()))
    own = pictures[language.tag]
    return replace(
        own,
        water=tuple(_only(unit, common) for unit in own.water),
        beside=tuple(_only(unit, common) for unit in own.beside),
    )


def _shown_in(picture: Picture) -> frozenset[str]:
    """Return each value's first tag."""
    return frozenset(m.points[0].tag for unit in (*picture.water, *picture.beside) for m in unit.metrics)


def _only(unit: UnitPicture, tags: Collection[str]) -> UnitPicture:
    return _with_metrics(unit, tuple(m for m in unit.metrics if m.points[0].tag in tags))


def _lay_out(folder: PlantFolder, day: date, language: Language) -> Picture:
    limits = limits_by_tag(folder.rules_on(day))
    elsewhere = {limit.tag for limit in folder.limits} | folder.plant.check_values
    water: list[UnitPicture] = []
    beside: list[UnitPicture] = []
    for unit in folder.plant.units:
        points = [p for p in folder.plant.points if p.unit == unit.id and p.tag not in elsewhere]
        machines = tuple(machines_of(folder, unit, points, language))
        metrics = metrics_of(unit, points, limits, language)
        if not machines and not metrics:
            continue
        on_the_way = unit.stage is UnitStage.WATER
        kept = metrics[:METRICS_AT_MOST] if on_the_way else _fitting(metrics)
        (water if on_the_way else beside).append(_draw_unit(unit, machines, kept, language))
    order = (UnitStage.NETWORK, UnitStage.SERVICE, UnitStage.SLUDGE, UnitStage.LABORATORY)
    beside.sort(key=lambda shown: order.index(shown.unit.stage))
    return Picture(_narrowed(water), tuple(beside[:BESIDE_UNITS]), max(len(beside) - BESIDE_UNITS, 0))


def _fitting(metrics: Sequence[Metric]) -> list[Metric]:
    """Return the first values for which there is room beside the water's way, at least one."""
    kept: list[Metric] = []
    for metric in metrics[:METRICS_AT_MOST]:
        labels = naming.without_common_end([m.label for m in (*kept, metric)])
        wanted = sum(
            _metric_px(replace(m, label=label)) for m, label in zip((*kept, metric), labels, strict=True)
        )
        if kept and wanted + 14 * len(kept) > BESIDE_PX:
            break
        kept.append(metric)
    return kept


def _narrowed(units: Sequence[UnitPicture]) -> tuple[UnitPicture, ...]:
    """Return the units with so many values left out that all fit: each time the one that saves most."""
    shown = list(units)
    while sum(unit.width for unit in shown) * STEP_PX > WATER_PX:
        narrower = [
            (unit.width - less.width, index, less)
            for index, unit in enumerate(shown)
            for dropped in range(len(unit.metrics) - 1, 0, -1)
            for less in [_with_metrics(unit, unit.metrics[:dropped] + unit.metrics[dropped + 1 :])]
        ]
        saved, index, less = max(narrower, key=lambda way: way[0], default=(0, 0, None))
        if saved == 0 or less is None:
            break
        shown[index] = less
    return tuple(shown)


def _with_metrics(unit: UnitPicture, metrics: tuple[Metric, ...]) -> UnitPicture:
    return replace(unit, metrics=metrics, width=_width(unit.name, len(unit.machines), metrics))


def _draw_unit(
    unit: Unit, machines: tuple[Machine, ...], metrics: Sequence[Metric], language: Language
) -> UnitPicture:
    labels = naming.without_common_end([metric.label for metric in metrics])
    named = tuple(replace(m, label=label) for label, m in zip(labels, metrics, strict=True))
    read_over = [p.channel for metric in metrics for p in metric.points] + [m.channel for m in machines]
    channels = [channel for channel, _ in Counter(read_over).most_common() if channel is not None]
    name = language.name(unit.name)
    return UnitPicture(
        unit=unit,
        name=naming.capital(name),
        machines=machines,
        metrics=named,
        channels=tuple(channels),
        width=_width(name, len(machines), named),
    )


def _in_head(machines: int, metrics: int) -> bool:
    return machines <= MACHINES_IN_HEAD and metrics >= ROWS


def _columns(machines: int, metrics: int) -> int:
    rows = ROWS if _in_head(machines, metrics) or not machines else ROWS - 1
    return max(-(-metrics // rows), 1)


def _is_roomy(machines: int, metrics: int) -> bool:
    return metrics + (1 if machines else 0) < ROWS


def _width(name: str, machines: int, metrics: Sequence[Metric]) -> int:
    """Return how many steps of the row a unit wants: by its longest line, its frame and its gap."""
    columns = _columns(machines, len(metrics))
    lines = 2 if _is_roomy(machines, len(metrics)) else 1
    by_column = [[_metric_px(m, lines) for m in metrics[i::columns]] for i in range(columns)]
    wanted = sum(max(column, default=0) + 14 for column in by_column) - 14
    in_head = machines if _in_head(machines, len(metrics)) else 0
    # A name of several words takes two lines; the mark of an alarm has its place beside it.
    head = max(text_px(word, 20) for word in name.split(" ")) + 26 + in_head * 37
    in_row = 0 if in_head else (machines + 1) // 2 if machines > 4 else machines
    return max(math.ceil((max(wanted, in_row * 37, head) + FRAME_PX) / STEP_PX), 4)


def _metric_px(metric: Metric, lines: int = 1) -> int:
    digits = max(len(formats.number(bound, metric.decimals)) for bound in (metric.band.low, metric.band.high))
    values = len(metric.points) * (digits * 16 + 11) - 11
    label = text_px(metric.label, 20) + 5 + text_px(metric.measure, 18)
    if lines > 1:
        label = max(
            label * 6 // 10,
            *(text_px(word, 20) for word in metric.label.split(" ") if " " in metric.label),
            0,
        )
    return max(values, label) + (40 if metric.tank else 0)


def text_px(text: str, size: int) -> int:
    """Return roughly how wide a text is at a font size: hanzi are square, letters about half."""
    return round(sum(size if ord(c) > 0x2E7F else size * 0.56 for c in text))
