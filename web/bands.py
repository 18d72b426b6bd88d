"""The scale beside a value: where it begins and ends, and what is normal on it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from alarms.settings import Rule, RuleKind
from telemetry.plant import Point

LIMITS: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)

OwnLimits = Mapping[RuleKind, Rule]
LimitsByTag = Mapping[str, OwnLimits]


@dataclass(frozen=True, slots=True)
class Band:
    """The scale beside a value, in its unit: where it begins and ends, and its normal part."""

    low: float
    high: float
    normal_low: float
    normal_high: float

    def at(self, value: float) -> float:
        """Return where a value stands on the scale, 0 to 100."""
        if value != value or self.high <= self.low:
            return 0.0
        return round(min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) * 100, 2)


def limits_by_tag(rules: Iterable[Rule]) -> dict[str, dict[RuleKind, Rule]]:
    """Return the limit rules of each point by kind, without those that do not hold at present."""
    found: dict[str, dict[RuleKind, Rule]] = {}
    for rule in rules:
        if rule.kind in LIMITS and math.isfinite(rule.threshold):
            found.setdefault(rule.tag, {})[rule.kind] = rule
    return found


def band(point: Point, limits: OwnLimits) -> Band:
    """Return a scale on which the normal band takes the middle and both alarm limits are seen."""
    low, high = (threshold(limits, kind) for kind in (RuleKind.LOW, RuleKind.HIGH))
    low = low if low is not None else threshold(limits, RuleKind.LOW_LOW)
    high = high if high is not None else threshold(limits, RuleKind.HIGH_HIGH)
    if low is not None and high is not None:
        margin = (high - low) * 0.4
        return Band(max(low - margin, point.range_low), min(high + margin, point.range_high), low, high)
    if high is not None:
        top = high + (high - point.range_low) * 0.35
        return Band(point.range_low, min(top, point.range_high), point.range_low, high)
    if low is not None:
        bottom = low - (point.range_high - low) * 0.35
        return Band(max(bottom, point.range_low), point.range_high, low, point.range_high)
    return Band(point.range_low, point.range_high, point.range_low, point.range_high)


def threshold(limits: OwnLimits, kind: RuleKind) -> float | None:
    """Return one limit of a point, None where it has none."""
    return limits[kind].threshold if kind in limits else None
