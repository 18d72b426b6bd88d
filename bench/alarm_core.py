"""One tick of the alarm core with every point updated, beside a plain loop over the limits alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Final

import numpy as np

from alarms.engine import Engine
from alarms.settings import Enable, Priority, Rule, RuleKind
from bench.report import Figure, Section
from bench.rounds import in_child, medians
from telemetry.plant import Bit, Name, Point, PointKind
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

EVERY: Final = timedelta(seconds=5)
EVERY_US: Final = 5_000_000
BEGIN_US: Final = 1_793_462_400_000_000
LIMITS: Final = {RuleKind.LOW_LOW: 20.0, RuleKind.LOW: 30.0, RuleKind.HIGH: 70.0, RuleKind.HIGH_HIGH: 80.0}
DEADBAND: Final = 2.0
DELAY: Final = timedelta(seconds=10)
RULES_A_PAIR: Final = 8


@dataclass(frozen=True, slots=True)
class Size:
    """How many rules, and how many ticks."""

    rules: tuple[int, ...]
    ticks: int
    rounds: int


FULL = Size((10_000, 100_000), 15, 3)
TINY = Size((80,), 3, 1)


def measure(tiny: bool = False) -> Section:
    """Return CPU a tick at each number of rules."""
    size = TINY if tiny else FULL
    figures = []
    for rules in size.rules:
        pairs = rules // RULES_A_PAIR
        sides = [
            partial(in_child, engine_tick_s, pairs, size.ticks),
            partial(in_child, loop_tick_s, pairs, size.ticks),
        ]
        ours, loop = medians(size.rounds, *sides)
        what = f"{rules:,} rules, {2 * pairs:,} points updated: CPU a tick"
        instead = f"Python loop, its {4 * pairs:,} limits only"
        figures.append(Figure(what, "ms", ours * 1e3, loop * 1e3, instead))
    load = (
        "Of eight rules four are limits with deadband and delays, two bits, two instruments; every other "
        "point's limits have an enabling condition"
    )
    return Section("alarm_core", load, figures)


def engine_tick_s(pairs: int, ticks: int) -> float:
    """Return the CPU seconds of a tick of the engine."""
    points = [point for number in range(pairs) for point in _points(number)]
    series_ids = {point.tag: number for number, point in enumerate(points, 1)}
    engine = Engine([rule for number in range(pairs) for rule in _rules(number)], points, series_ids)
    series = np.arange(1, len(points) + 1, dtype=np.int32)
    values = np.empty(len(points))
    status = np.ones(pairs)

    def tick(number: int) -> Callable[[], object]:
        at_us = BEGIN_US + number * EVERY_US
        values[0::2], values[1::2] = analog(pairs, number), status
        batch = SampleBatch.of(series, at_us, values.copy(), Quality.GOOD)
        return lambda: engine.evaluate(batch, at_us)

    return _tick_s(tick, ticks)


def loop_tick_s(pairs: int, ticks: int) -> float:
    """Return the CPU seconds of a loop that compares and remembers, without delays, bits or quality."""
    high, low = [RuleKind.HIGH, RuleKind.HIGH_HIGH], [RuleKind.LOW, RuleKind.LOW_LOW]
    rules = [(point, LIMITS[kind], kind in high) for point in range(pairs) for kind in [*low, *high]]
    active = [False] * len(rules)

    def judge(values: list[float]) -> list[tuple[int, bool]]:
        events = []
        for number, (point, limit, is_high) in enumerate(rules):
            value, was = values[point], active[number]
            if is_high:
                met = value > limit - DEADBAND if was else value > limit
            else:
                met = value < limit + DEADBAND if was else value < limit
            if met != was:
                active[number] = met
                events.append((number, met))
        return events

    def tick(number: int) -> Callable[[], object]:
        values = analog(pairs, number).tolist()
        return lambda: judge(values)

    return _tick_s(tick, ticks)


def analog(pairs: int, tick: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return values that pass a limit now and then: about one point in a hundred changes state a tick."""
    return np.random.default_rng(tick).normal(50, 8, pairs)


def _tick_s(tick: Callable[[int], Callable[[], object]], ticks: int) -> float:
    used = []
    for number in range(ticks):
        judge = tick(number)
        begun = time.process_time()
        judge()
        used.append(time.process_time() - begun)
    return median(used[1:])


def _points(number: int) -> tuple[Point, Point]:
    name = Name(f"A{number}", f"A{number}")
    bits = (Bit("running", 0), Bit("fault", 1), Bit("local", 2))
    return (
        Point(f"A{number}", "water", name, PointKind.ANALOG, "m", 0, 100, "PLC", expected_every=EVERY),
        Point(
            f"S{number}", "water", name, PointKind.STATUS, "-", 0, 7, "PLC", expected_every=EVERY, bits=bits
        ),
    )


def _rules(number: int) -> list[Rule]:
    analog, status = f"A{number}", f"S{number}"
    running = Enable(((status, 1),)) if number % 2 else None
    limits = [
        Rule(
            f"{analog}.{kind}",
            analog,
            kind,
            Priority.LOW,
            limit,
            DEADBAND,
            on_delay=DELAY,
            off_delay=DELAY,
            enable=running,
        )
        for kind, limit in LIMITS.items()
    ]
    bits = [
        Rule(f"{status}.{bit}", status, RuleKind.BIT, Priority.HIGH, mask=mask, bit=bit)
        for bit, mask in {"fault": 2, "local": 4}.items()
    ]
    instruments = [
        Rule(f"{tag}.instrument", tag, RuleKind.INSTRUMENT, Priority.LOW, on_delay=DELAY)
        for tag in (analog, status)
    ]
    return [*limits, *bits, *instruments]
