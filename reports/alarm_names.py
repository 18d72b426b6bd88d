"""What an alarm is called in a report, in both languages."""

from collections.abc import Callable, Iterable
from typing import Final

from alarms.settings import Rule, RuleKind
from telemetry.plant import Name, Plant

_KINDS: Final = {
    RuleKind.LOW_LOW: Name("低低报警", "low-low"),
    RuleKind.LOW: Name("低报警", "low"),
    RuleKind.HIGH: Name("高报警", "high"),
    RuleKind.HIGH_HIGH: Name("高高报警", "high-high"),
    RuleKind.INSTRUMENT: Name("无有效数据", "no valid data"),
    RuleKind.LINK: Name("通讯中断", "lost"),
}


def alarm_names(plant: Plant, rules: Iterable[Rule]) -> Callable[[str], Name]:
    """Return what names an alarm by its key; one whose rule is gone is named by the key."""
    by_key = {rule.key: rule for rule in rules}

    def name_of(key: str) -> Name:
        rule = by_key.get(key)
        point = plant.point_by_tag.get(rule.tag) if rule else None
        if rule is None or point is None:
            return Name(key, key)
        what = _KINDS.get(rule.kind)
        bit = point.bit(rule.bit) if rule.bit else None
        if bit is not None:
            what = bit.alarm_label or bit.label or Name(bit.name, bit.name)
        equipment = plant.equipment_by_id.get(rule.equipment or "") if bit is not None else None
        of = equipment.name if equipment else point.name
        return of if what is None else Name(f"{of.zh} {what.zh}", f"{of.en} {what.en}")

    return name_of
