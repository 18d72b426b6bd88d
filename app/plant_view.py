"""A plant folder as its Grafana dashboards show it: units, values and limits of the built-in wall."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from alarms.compliance.rounding import decimals_of
from alarms.settings import Priority, Rule, RuleKind
from app.aeration_view import aeration_of
from config.folder import PlantFolder
from dashboards.description import (
    Analyser,
    Bound,
    Chart,
    Link,
    Metric,
    PlantView,
    Reported,
    Severity,
    Status,
    Tile,
    UnitBox,
    Value,
)
from dashboards.words import word
from telemetry.limits import slack
from telemetry.plant import EquipmentKind, Point, PointKind, UnitStage
from web import analysers, day_charts, discharge, formats, naming, picture, words
from web.bands import LimitsByTag, OwnLimits, limits_by_tag
from web.language import Language
from web.machines import Machine

TAGS: Final = {"zh": "zh_CN", "en": "en"}
SEVERITY: Final = {
    Priority.LOW: Severity.LOW,
    Priority.MEDIUM: Severity.MEDIUM,
    Priority.HIGH: Severity.HIGH,
    Priority.CRITICAL: Severity.HIGH,
}
ROUND: Final = frozenset({EquipmentKind.PUMP, EquipmentKind.BLOWER, EquipmentKind.FAN})
_BROKEN: Final = frozenset({"fault", "no_sample"})


def view_of(folder: PlantFolder, day: date, language: str) -> PlantView:
    """Return what the dashboards of a plant show with the limits of a day; `language` is zh or en."""
    return _Viewer(folder, day, language).view()


class _Viewer:
    def __init__(self, folder: PlantFolder, day: date, language: str) -> None:
        self.folder = folder
        self.day = day
        self.short = language
        self.language = Language(TAGS[language])
        self.rules = folder.rules_on(day)
        self.limits: LimitsByTag = limits_by_tag(self.rules)

    def view(self) -> PlantView:
        plant = self.folder.plant
        drawn = picture.draw(self.folder, self.day, self.language)
        items = discharge.items(self.folder, self.day, self.language)
        limited = {item.point.tag for item in items}
        return PlantView(
            plant=plant.id,
            name=self.language.name(plant.name),
            outlet=self.language.name(plant.outlet),
            timezone=plant.timezone.key,
            language=self.short,
            tiles=tuple(self._tile(item) for item in items),
            water=tuple(self._box(unit) for unit in drawn.water),
            beside=tuple(self._box(unit) for unit in drawn.beside),
            left_out=drawn.left_out,
            analysers=tuple(self._analyser(a) for a in analysers.analysers(self.folder, self.language)),
            charts=tuple(self._charts(items, limited)),
            links=tuple(Link(p.tag, p.channel) for p in plant.points if p.is_link and p.channel),
            power=self._first(lambda p: p.engineering_unit == "kW" and p.equipment is None),
            energy=self._total("kWh", None),
            volume=self._total("m3", UnitStage.WATER),
            aeration=aeration_of(self.folder, self.value, self.status, self.language),
            reported=self._reported(items),
            day_starts_at=self.folder.calendar.starts_at,
            online_target=round(self.folder.rule_sets.online_target(self.day) * 1000),
        )

    def value(self, point: Point, label: str | None = None, decimals: int | None = None) -> Value:
        """Return a point as it is shown; limits that hold only while something runs are left out."""
        own = self.limits.get(point.tag, {})
        places = formats.decimals(point, [rule.threshold for rule in own.values()])
        return Value(
            tag=point.tag,
            label=self.language.name(point.name) if label is None else label,
            measure=words.measure(point.engineering_unit),
            decimals=places if decimals is None else decimals,
            stale_s=_stale_s(point),
            low=point.range_low,
            high=point.range_high,
            bounds=_alarm_bounds(own),
        )

    def status(self, machine: Machine, label: str | None = None) -> Status:
        """Return a machine's status word: fault, moving, on, else off."""
        point = self.folder.plant.point_by_tag[machine.status]
        on, off = {
            EquipmentKind.GATE: ("open", "closed"),
            EquipmentKind.SUPPLY: ("live", "dead"),
        }.get(machine.equipment.kind, ("on", "off"))
        says = [
            (machine.fault, "fault", self._gravest(machine.status, machine.fault) or Severity.HIGH),
            (machine.moving, "moving", Severity.NORMAL),
            (machine.on, on, self._gravest(machine.status, machine.on) or Severity.NORMAL),
        ]
        return Status(
            tag=machine.status,
            label=machine.number if label is None else label,
            stale_s=_stale_s(point),
            says=tuple((mask, word(key, self.short), severity) for mask, key, severity in says if mask),
            otherwise=word(off, self.short),
            otherwise_severity=self._gravest(machine.status, machine.on, when_clear=True) or Severity.NORMAL,
            filled=word(on, self.short),
            round=machine.equipment.kind in ROUND,
        )

    def _gravest(self, tag: str, mask: int, *, when_clear: bool = False) -> Severity | None:
        own = [
            rule.priority
            for rule in self.rules
            if rule.tag == tag
            and rule.kind is RuleKind.BIT
            and rule.mask & mask
            and rule.invert == when_clear
        ]
        return SEVERITY[max(own)] if own else None

    def _tile(self, item: discharge.Item) -> Tile:
        steps = (
            (item.internal, Severity.LOW, "above_internal"),
            (item.daily, Severity.MEDIUM, "above_daily"),
            (item.single, Severity.HIGH, "above_single"),
        )
        bounds = [
            found
            for limits, severity, key in steps
            if limits is not None
            for found in _bounds(limits, severity, word(key, self.short))
        ]
        said = [
            f"{word(key, self.short)} {limits.text}"
            for key, limits in (("internal", item.internal), ("daily", item.daily or item.single))
            if limits is not None and limits.text
        ]
        shown = self.value(item.point, item.label, item.decimals)
        return Tile(
            value=_with_bounds(shown, [bound for bound, _ in bounds]),
            limits=" · ".join(said) if said else word("not_entered", self.short),
            mean=_with_bounds(shown, [_rounded(bound, written) for bound, written in bounds]),
            flow=self.folder.plant.flow_of(item.point.tag),
        )

    def _reported(self, items: Sequence[discharge.Item]) -> tuple[Reported, ...]:
        """Return what the authority is told every hour, in the order of its limits."""
        plant, labels = self.folder.plant, {item.point.tag: item.label for item in items}
        found = [
            (point, plant.equipment_by_id[point.equipment].kind)
            for point in plant.points
            if point.regulatory and point.kind is PointKind.ANALOG and point.equipment is not None
        ]
        found = [its for its in found if its[0].tag in labels or its[1] is EquipmentKind.ANALYSER]
        order = list(labels)
        found.sort(key=lambda its: order.index(its[0].tag) if its[0].tag in labels else len(order))
        return tuple(
            Reported(
                tag=point.tag,
                label=labels.get(point.tag) or self._short(point),
                required=kind is EquipmentKind.ANALYSER,
                checks_itself=self._checks_itself(point.equipment),
            )
            for point, kind in found
        )

    def _checks_itself(self, equipment: str | None) -> bool:
        own = [point for point in self.folder.plant.points if point.equipment == equipment]
        return any(point.bit("standard_check") is not None for point in own)

    def _short(self, point: Point) -> str:
        unit = self.folder.plant.unit_by_id[point.unit]
        return naming.short(self.language.name(point.name), self.language.name(unit.name))

    def _box(self, unit: picture.UnitPicture) -> UnitBox:
        return UnitBox(
            name=unit.name,
            machines=tuple(self.status(machine) for machine in unit.machines),
            metrics=tuple(
                Metric(m.label, m.measure, tuple(self.value(p, m.label, m.decimals) for p in m.points))
                for m in unit.metrics
            ),
        )

    def _analyser(self, analyser: analysers.Analyser) -> Analyser:
        points = self.folder.plant.point_by_tag
        says = tuple(
            (mask, self._analyser_word(state), Severity.INSTRUMENT if state in _BROKEN else Severity.NORMAL)
            for state, mask in analyser.states
        )
        status = Status(
            tag=analyser.status,
            label=analyser.label,
            stale_s=_stale_s(points[analyser.status]),
            says=says,
            otherwise=self._analyser_word("idle"),
        )
        sampled = analyser.sampled
        return Analyser(status, sampled, _stale_s(points[sampled]) if sampled else None)

    def _analyser_word(self, state: str) -> str:
        return words.spoken(words.ANALYSER, state, self.language)

    def _charts(self, items: Sequence[discharge.Item], limited: set[str]) -> list[Chart]:
        drawn = day_charts.charts(self.folder, items, self.limits, self.language)
        return [
            Chart(each.label, tuple(self.value(point, decimals=each.decimals) for point in each.points))
            for each in drawn
            if each.points[0].tag not in limited
        ]

    def _first(self, wanted: Callable[[Point], bool]) -> Value | None:
        point = next((p for p in self.folder.plant.points if wanted(p)), None)
        if point is None:
            return None
        return self.value(point, naming.short(self.language.name(point.name), ""))

    def _total(self, measure: str, stage: UnitStage | None) -> str | None:
        units = self.folder.plant.unit_by_id
        return next(
            (
                p.tag
                for p in self.folder.plant.points
                if p.kind is PointKind.TOTAL
                and p.engineering_unit == measure
                and (stage is None or units[p.unit].stage is stage)
            ),
            None,
        )


def _stale_s(point: Point) -> int | None:
    return None if point.stale_after is None else int(point.stale_after.total_seconds())


def _alarm_bounds(own: OwnLimits) -> tuple[Bound, ...]:
    marks: Mapping[RuleKind, str] = {
        RuleKind.LOW: "▼", RuleKind.LOW_LOW: "▼", RuleKind.HIGH: "▲", RuleKind.HIGH_HIGH: "▲",
    }  # fmt: skip
    held: list[tuple[RuleKind, Rule]] = [
        (kind, own[kind]) for kind in marks if kind in own and own[kind].enable is None
    ]
    return tuple(
        _bound(
            rule.threshold,
            upper=kind in (RuleKind.HIGH, RuleKind.HIGH_HIGH),
            severity=SEVERITY[rule.priority],
            mark=marks[kind],
        )
        for kind, rule in held
    )


def _bounds(limits: discharge.Bounds, severity: Severity, said: str) -> list[tuple[Bound, Decimal]]:
    """Return the limits of a basis, each with its number as it is written."""
    found = []
    if (high := limits.high) is not None:
        found.append((_bound(float(high), upper=True, severity=severity, mark=f"▲ {said}"), high))
    if (low := limits.low) is not None:
        found.append((_bound(float(low), upper=False, severity=severity, mark=f"▼ {said}"), low))
    return found


def _bound(limit: float, *, upper: bool, severity: Severity, mark: str) -> Bound:
    margin = float(slack(np.array([limit]))[0])
    edge = limit + margin if upper else limit - margin
    beyond = float(np.nextafter(edge, np.inf if upper else -np.inf))
    return Bound(limit, beyond, upper, severity, mark)


def _rounded(bound: Bound, limit: Decimal) -> Bound:
    """Return a limit as a mean is held against it, rounded half to even to the limit's own decimals."""
    half = Decimal(5).scaleb(-decimals_of(limit) - 1)
    edge = float(limit + half if bound.upper else limit - half)
    # A half goes to the even neighbour, which is the limit itself where its last digit is even.
    outwards = np.inf if bound.upper else -np.inf
    beyond = edge if limit.as_tuple().digits[-1] % 2 else float(np.nextafter(edge, outwards))
    return replace(bound, beyond=beyond)


def _with_bounds(value: Value, bounds: Sequence[Bound]) -> Value:
    # A tile speaks of discharge limits alone; mildest first on each side.
    return replace(value, bounds=tuple(bounds))
