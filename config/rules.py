"""The alarm rules of a plant, from its points, bits, limits and channels."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.settings import Enable, Priority, Rule, RuleKind
from config.bits_file import AlarmWhen
from config.points_file import LIMIT_KINDS, PointRow
from config.priorities import bit_priority, limit_priority
from telemetry.plant import Point, link_tag

INSTRUMENT_ON_DELAY: Final = timedelta(seconds=10)
LINK_ON_DELAY: Final = timedelta(seconds=5)
LINK_OFF_DELAY: Final = timedelta(seconds=5)
LOWER: Final = frozenset({RuleKind.LOW_LOW, RuleKind.LOW})
BASIS: Final[Mapping[RuleKind, LimitBasis]] = {
    RuleKind.LOW_LOW: LimitBasis.SINGLE,
    RuleKind.LOW: LimitBasis.INTERNAL,
    RuleKind.HIGH: LimitBasis.INTERNAL,
    RuleKind.HIGH_HIGH: LimitBasis.SINGLE,
}


def limit_kinds(row: PointRow, limits: Iterable[DischargeLimit]) -> list[RuleKind]:
    """Return which limits a point ever has, from its own line or from limits.csv."""
    kinds = set(row.limits)
    if row.limits_in_force:
        mine = [limit for limit in limits if limit.tag == row.tag]
        kinds |= {kind for kind in LIMIT_KINDS if any(_has(limit, kind) for limit in mine)}
    return [kind for kind in LIMIT_KINDS if kind in kinds]


def limit_rules(row: PointRow, enable: Enable | None, limits: Sequence[DischargeLimit]) -> Iterator[Rule]:
    """Yield the limit rules of a point; those of limits.csv stand at what its own line says."""
    for kind in limit_kinds(row, limits):
        yield Rule(
            key=f"{row.tag}.{kind.value}",
            tag=row.tag,
            kind=kind,
            priority=limit_priority(row.priority, kind),
            threshold=row.limits.get(kind, no_limit(kind)),
            deadband=row.deadband,
            on_delay=row.on_delay,
            off_delay=row.off_delay,
            enable=enable,
            equipment=row.equipment,
        )


def bit_rules(row: PointRow, enable: Enable | None) -> Iterator[Rule]:
    """Yield the bit rules of a status word."""
    for name, bit in row.bits.items():
        if bit.alarm is not None:
            yield Rule(
                key=f"{row.tag}.{name}",
                tag=row.tag,
                kind=RuleKind.BIT,
                priority=bit_priority(row.priority, name, bit.alarm.priority),
                mask=1 << bit.bit,
                invert=bit.alarm.when is AlarmWhen.CLEAR,
                on_delay=bit.alarm.on_delay,
                off_delay=bit.alarm.off_delay,
                enable=enable,
                equipment=row.equipment,
                bit=name,
            )


def instrument_rule(point: Point, connection_of: Mapping[str, str]) -> Rule:
    """Return the rule for a point whose value is bad or no longer comes while its channel answers."""
    assert point.channel is not None
    links = dict.fromkeys((link_tag(point.channel), link_tag(connection_of[point.channel])))
    return Rule(
        key=f"{point.tag}.{RuleKind.INSTRUMENT.value}",
        tag=point.tag,
        kind=RuleKind.INSTRUMENT,
        priority=Priority.MEDIUM if point.regulatory else Priority.LOW,
        on_delay=INSTRUMENT_ON_DELAY,
        enable=Enable(tuple((tag, 1) for tag in links), "all", " and ".join(links)),
        equipment=point.equipment,
    )


def link_rule(channel: str, connection: str) -> Rule:
    """Return the rule for a channel that does not answer; a lost broker speaks for its stations."""
    whole = channel == connection
    broker = link_tag(connection)
    return Rule(
        key=link_tag(channel),
        tag=link_tag(channel),
        kind=RuleKind.LINK,
        priority=Priority.HIGH if whole else Priority.MEDIUM,
        on_delay=LINK_ON_DELAY,
        off_delay=LINK_OFF_DELAY,
        enable=None if whole else Enable(((broker, 1),), "any", broker),
    )


def on_day(rule: Rule, day: date, limits: Iterable[DischargeLimit]) -> Rule:
    """Return a limit rule at the strictest of its own threshold and the limits in force on a day."""
    basis = BASIS[rule.kind]
    in_force = [limit for limit in limits if limit.basis is basis and limit.in_force(day)]
    lower = rule.kind in LOWER
    # What the water's temperature is that day nobody knows yet: of two the stricter alarms.
    values = [limit.low if lower else limit.high_on(day) for limit in in_force]
    entered = [rule.threshold, *(float(value) for value in values if value is not None)]
    return replace(rule, threshold=max(entered) if lower else min(entered))


def no_limit(kind: RuleKind) -> float:
    """Return the threshold that is never met."""
    return -math.inf if kind in LOWER else math.inf


def _has(limit: DischargeLimit, kind: RuleKind) -> bool:
    return BASIS[kind] is limit.basis and (limit.low if kind in LOWER else limit.high) is not None
