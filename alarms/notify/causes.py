"""Which alarm explains which: pure. One push for one cause."""

from dataclasses import dataclass

from alarms.settings import Priority, RuleKind
from telemetry.plant import Equipment, EquipmentKind, Plant

_LIMITS = frozenset({RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH})
_INNER = {RuleKind.HIGH_HIGH: RuleKind.HIGH, RuleKind.LOW_LOW: RuleKind.LOW}


@dataclass(frozen=True, slots=True)
class Subject:
    """What of an alarm says whether it explains another."""

    tag: str
    kind: RuleKind
    priority: Priority


def explains(cause: Subject, effect: Subject, plant: Plant) -> bool:
    """Return whether who is told of the cause need not be told of the effect as well.

    A lost line explains the alarms of its points, and other lines that are lost with it; a supply that
    failed explains what trips with it; a machine that tripped explains the alarms of its own points and
    limits passed in its unit; an outer limit explains the inner one. Nothing explains what is graver.
    """
    if effect.priority > cause.priority:
        return False
    if cause.kind is RuleKind.LINK:
        return effect.kind is RuleKind.LINK or _on_line(cause, effect, plant)
    if cause.kind is RuleKind.BIT:
        return _tripped(cause, effect, plant)
    return cause.tag == effect.tag and _INNER.get(cause.kind) is effect.kind


def _on_line(cause: Subject, effect: Subject, plant: Plant) -> bool:
    lost, point = plant.point_by_tag.get(cause.tag), plant.point_by_tag.get(effect.tag)
    if lost is None or point is None or lost.channel is None or point.channel is None:
        return False
    return point.channel == lost.channel or point.channel.startswith(f"{lost.channel}.")


def _tripped(cause: Subject, effect: Subject, plant: Plant) -> bool:
    machine, other = _machine(cause.tag, plant), _machine(effect.tag, plant)
    if machine is None:
        return False
    if machine.kind is EquipmentKind.SUPPLY and effect.kind is RuleKind.BIT:
        return True
    if other is not None and other.id == machine.id:
        return True
    point = plant.point_by_tag.get(effect.tag)
    return point is not None and effect.kind in _LIMITS and point.unit == machine.unit


def _machine(tag: str, plant: Plant) -> Equipment | None:
    point = plant.point_by_tag.get(tag)
    return None if point is None else plant.equipment_by_id.get(point.equipment or "")
