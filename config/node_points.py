"""What every node says of itself: points of its own, and their alarm rules."""

from collections.abc import Iterator
from typing import Final

from alarms.settings import Priority, Rule, RuleKind
from config.plant_file import SYSTEM_UNIT
from config.settings import NodeAlarmSettings
from telemetry.plant import NODE, NODE_CLOCK, NODE_DISK, NODE_FUTURE, Name, Point, PointKind

_MB_AT_MOST: Final = float(1 << 20)
_SECONDS_AT_MOST: Final = 86_400.0


def node_points() -> Iterator[Point]:
    """Yield the node's own points; nobody enters them, and none of them can fall silent alone."""
    yield _point(NODE_DISK, Name("数据盘剩余空间", "data disk free space"), "MB", _MB_AT_MOST)
    yield _point(NODE_CLOCK, Name("节点时钟回拨", "node clock set back"), "s", _SECONDS_AT_MOST)
    yield _point(NODE_FUTURE, Name("设备时间超前", "device time ahead"), "s", _SECONDS_AT_MOST)


def node_rules(settings: NodeAlarmSettings) -> Iterator[Rule]:
    """Yield their rules."""
    low, very_low = RuleKind.LOW, RuleKind.LOW_LOW
    deadband = float(settings.disk_deadband_mb)
    yield _rule(NODE_DISK, very_low, Priority.HIGH, settings.disk_very_low_mb, deadband)
    yield _rule(NODE_DISK, low, Priority.MEDIUM, settings.disk_low_mb, deadband)
    yield _rule(NODE_CLOCK, RuleKind.HIGH, Priority.HIGH, settings.clock_behind.total_seconds())
    yield _rule(NODE_FUTURE, RuleKind.HIGH, Priority.MEDIUM, settings.device_ahead.total_seconds())


def _point(tag: str, name: Name, engineering_unit: str, range_high: float) -> Point:
    return Point(
        tag=tag,
        unit=SYSTEM_UNIT.id,
        name=name,
        kind=PointKind.SYSTEM,
        engineering_unit=engineering_unit,
        range_low=0.0,
        range_high=range_high,
        source=NODE,
    )


def _rule(tag: str, kind: RuleKind, priority: Priority, threshold: float, deadband: float = 0.0) -> Rule:
    return Rule(f"{tag}.{kind.value}", tag, kind, priority, threshold=threshold, deadband=deadband)
