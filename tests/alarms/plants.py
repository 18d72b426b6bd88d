"""A small plant's points and rules, for tests."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from alarms.engine import Engine
from alarms.settings import Enable, Priority, Rule, RuleKind
from alarms.states import Transition
from telemetry.plant import Bit, Equipment, EquipmentKind, Name, Plant, Point, PointKind, Unit, UnitStage
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

S = 1_000_000
# 2026-11-21 00:00 in Shanghai
T0 = 1_795_190_400 * S

GOOD = int(Quality.GOOD)
BAD = int(Quality.COMM_FAILURE)
UNCERTAIN = int(Quality.UNCERTAIN)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def point(
    tag: str,
    every_s: float | None = 5,
    kind: PointKind = PointKind.ANALOG,
    equipment: str | None = None,
    bits: tuple[Bit, ...] = (),
) -> Point:
    return Point(
        tag,
        "aerobic",
        Name(f"{tag}的名称", f"name of {tag}"),
        kind,
        "mg/L",
        0,
        10,
        "PLC2",
        channel="PLC2",
        expected_every=None if every_s is None else seconds(every_s),
        equipment=equipment,
        bits=bits,
    )


DO = point("AE_DO1")
LEVEL = point("PS_LIT101")
BLOWER = point("BL_B201A_ST", 1, PointKind.STATUS, "BL_B201A", (Bit("running", 0), Bit("fault", 2)))
BLOWER_B = point("BL_B201B_ST", 1, PointKind.STATUS)
LINK = point("PLC2.link", None, PointKind.SYSTEM)
POINTS = (DO, LEVEL, BLOWER, BLOWER_B, LINK)
SERIES = {item.tag: 10 + number for number, item in enumerate(POINTS)}

RUNNING = Enable(((BLOWER.tag, 1),), text="BL_B201A_ST.running")
ANY_RUNNING = Enable(((BLOWER.tag, 1), (BLOWER_B.tag, 1)), text="any(BL_B201*_ST.running)")
BOTH_RUNNING = Enable(((BLOWER.tag, 1), (BLOWER_B.tag, 1)), "all", "all(BL_B201*_ST.running)")
LINKED = Enable(((LINK.tag, 1),))


def limit(
    kind: RuleKind,
    threshold: float,
    *,
    on: Point = DO,
    deadband: float = 0.0,
    on_delay: float = 0,
    off_delay: float = 0,
    enable: Enable | None = None,
    priority: Priority = Priority.MEDIUM,
) -> Rule:
    return Rule(
        f"{on.tag}.{kind}",
        on.tag,
        kind,
        priority,
        threshold=threshold,
        deadband=deadband,
        on_delay=seconds(on_delay),
        off_delay=seconds(off_delay),
        enable=enable,
    )


def fault(on: Point = BLOWER, mask: int = 4, on_delay: float = 0, enable: Enable | None = None) -> Rule:
    return Rule(
        f"{on.tag}.fault",
        on.tag,
        RuleKind.BIT,
        Priority.HIGH,
        mask=mask,
        on_delay=seconds(on_delay),
        enable=enable,
        equipment="BL_B201A",
        bit="fault",
    )


def instrument(
    on: Point = DO, on_delay: float = 0, off_delay: float = 0, enable: Enable | None = None
) -> Rule:
    return Rule(
        f"{on.tag}.instrument",
        on.tag,
        RuleKind.INSTRUMENT,
        Priority.LOW,
        on_delay=seconds(on_delay),
        off_delay=seconds(off_delay),
        enable=enable,
    )


def link(on: Point = LINK, on_delay: float = 0) -> Rule:
    return Rule(on.tag, on.tag, RuleKind.LINK, Priority.HIGH, on_delay=seconds(on_delay))


def batch(*rows: tuple[Point, float, float] | tuple[Point, float, float, int]) -> SampleBatch:
    """Return rows of (point, seconds after T0, value[, quality])."""
    return SampleBatch.of(
        [SERIES[row[0].tag] for row in rows],
        [T0 + round(row[1] * S) for row in rows],
        [row[2] for row in rows],
        [row[3] if len(row) == 4 else GOOD for row in rows],
    )


def plant() -> Plant:
    unit = Unit("aerobic", Name("好氧池", "aerobic tank"), UnitStage.WATER)
    blower = Equipment("BL_B201A", Name("1#鼓风机", "blower 1"), EquipmentKind.BLOWER, "aerobic")
    return Plant(
        "fangcheng1",
        Name("方诚一厂", "Fangcheng 1"),
        ZoneInfo("Asia/Shanghai"),
        20_000.0,
        Name("出水口", "outlet"),
        (unit,),
        (blower,),
        POINTS,
    )


def told(transitions: Sequence[Transition]) -> list[str]:
    """Return transitions as `12.5 raise AE_DO1.H`, seconds after T0."""
    return [f"{(done.at_us - T0) / S:g} {done.event} {done.key}" for done in transitions]


class Story:
    """An engine and what happens to it, second by second."""

    def __init__(self, *rules: Rule, points: Sequence[Point] = POINTS) -> None:
        self.engine = Engine(rules, points, SERIES)
        self.number = 0
        self.tick(0)

    def tick(self, at_s: float) -> list[str]:
        return told(self.engine.evaluate(SampleBatch.empty(), T0 + round(at_s * S)))

    def batch(
        self, *rows: tuple[Point, float, float] | tuple[Point, float, float, int], at_s: float | None = None
    ) -> list[str]:
        """Commit rows of (point, second, value[, quality]), as of the newest unless told otherwise."""
        self.number += 1
        committed_s = max(row[1] for row in rows) if at_s is None else at_s
        return told(self.engine.evaluate(batch(*rows), T0 + round(committed_s * S), self.number))

    def restart(self, *rules: Rule, points: Sequence[Point] = POINTS) -> list[str]:
        data = self.engine.snapshot()
        self.engine = Engine(rules, points, SERIES)
        return told(self.engine.restore(data))
