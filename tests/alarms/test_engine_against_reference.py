"""The vectorised engine and the plain reference agree on anything that can happen."""

from collections.abc import Iterable
from dataclasses import astuple, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.engine import Engine
from alarms.settings import Enable, Priority, Rule, RuleKind
from alarms.states import AlarmState, Transition
from telemetry.errors import Conflict, NotFound
from telemetry.samples import SampleBatch
from tests.alarms.plants import (
    ANY_RUNNING,
    BAD,
    BLOWER,
    BLOWER_B,
    BOTH_RUNNING,
    DO,
    GOOD,
    LEVEL,
    LINK,
    LINKED,
    POINTS,
    RUNNING,
    SERIES,
    T0,
    UNCERTAIN,
    S,
    seconds,
)
from tests.alarms.reference import Reference

Row = tuple[str, float, float, int]
Step = tuple[list[Row], float, list[str]]

_NAN = float("nan")
_delays = st.sampled_from([0, 0, 1, 2, 3, 7, 20]).map(seconds)
_enables: st.SearchStrategy[Enable | None] = st.sampled_from(
    [None, RUNNING, ANY_RUNNING, BOTH_RUNNING, LINKED]
)


def _rule(key: str, tag: str, kind: RuleKind) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        st.just(key),
        st.just(tag),
        st.just(kind),
        st.just(Priority.LOW),
        threshold=st.sampled_from([2.0, 3.0, 4.0, 5.0, 6.0, float("inf"), float("-inf")]),
        deadband=st.sampled_from([0.0, 0.5, 1.0]),
        mask=st.sampled_from([1, 2, 4]),
        invert=st.booleans(),
        on_delay=_delays,
        off_delay=_delays,
        enable=_enables,
    )


_limits = [(f"{p.tag}.{kind}", p.tag, kind) for p in (DO, LEVEL) for kind in list(RuleKind)[:4]]
_bits = [(f"{p.tag}.{number}", p.tag, RuleKind.BIT) for p in (BLOWER, BLOWER_B) for number in range(2)]
_sound = [(f"{p.tag}.instrument", p.tag, RuleKind.INSTRUMENT) for p in POINTS]
_rules = st.tuples(*(_rule(*row) for row in [*_limits, *_bits, (LINK.tag, LINK.tag, RuleKind.LINK), *_sound]))

_values = {
    DO.tag: st.sampled_from([1.0, 2.0, 2.5, 3.0, 4.0, 4.5, 5.0, 6.0, 7.0, _NAN, float("inf")]),
    LEVEL.tag: st.integers(0, 8).map(float),
    BLOWER.tag: st.integers(0, 7).map(float),
    BLOWER_B.tag: st.integers(0, 7).map(float) | st.just(1e300),
    LINK.tag: st.sampled_from([0.0, 1.0]),
}
_qualities = st.sampled_from([GOOD, GOOD, GOOD, UNCERTAIN, BAD])


def _row(tag: str, ages: st.SearchStrategy[int]) -> st.SearchStrategy[Row]:
    return st.tuples(st.just(tag), ages, _values[tag], _qualities)


def _rows(ages: st.SearchStrategy[int]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.one_of([_row(tag, ages) for tag in _values]), max_size=8)


_keys = st.sampled_from([key for key, _, _ in [*_limits, *_bits, *_sound]])
_steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        _rows(st.sampled_from([0, 0, 1, 2, 5, 30, 32, 150, -3])),
        st.sampled_from([0, 1, 1, 2, 3, 4, 12, 40, -1, -9, -100]),
        st.lists(_keys, max_size=2),
    ),
    max_size=14,
)


def _samples(rows: Iterable[Row], at_s: float) -> SampleBatch:
    rows = list(rows)
    return SampleBatch.of(
        [SERIES[tag] for tag, _, _, _ in rows],
        [T0 + round((at_s - age) * S) for _, age, _, _ in rows],
        [value for _, _, value, _ in rows],
        [quality for _, _, _, quality in rows],
    )


def _told(transitions: Iterable[Transition]) -> list[str]:
    """NaN equals NaN here; those of one time may come in either order of rules."""
    return sorted(repr(astuple(done)) for done in transitions)


def _acknowledge(engine: Engine, key: str, at_us: int) -> None:
    try:
        engine.acknowledge(key, at_us)
    except (NotFound, Conflict):
        pass


@settings(max_examples=80, deadline=None)
@given(rules=_rules, steps=_steps)
def test_the_engine_does_what_the_reference_does(rules: tuple[Rule, ...], steps: list[Step]) -> None:
    engine = Engine(rules, POINTS, SERIES, slack=seconds(5))
    reference = Reference(rules, POINTS, SERIES, slack_us=5 * S)
    at_s = 0.0

    for number, (rows, after_s, acknowledged) in enumerate(steps):
        at_s += after_s
        at_us = T0 + round(at_s * S)
        samples = _samples(rows, at_s)
        found = engine.evaluate(samples, at_us, number)
        assert _told(found) == _told(reference.evaluate(samples, at_us, number))
        assert [done.at_us for done in found] == sorted(done.at_us for done in found)
        for key in acknowledged:
            _acknowledge(engine, key, at_us)
            reference.acknowledge(key, at_us)
        states = {alarm.rule.key: alarm.state for alarm in reference.alarms}
        assert engine.states() == {k: state for k, state in states.items() if state is not AlarmState.NORMAL}


_orderly = st.lists(
    st.tuples(_rows(st.integers(0, 3)), st.integers(4, 8), st.lists(st.floats(0, 1), max_size=3)), max_size=14
)


def _run(rules: tuple[Rule, ...], steps: list[tuple[list[Row], int, list[float]]], **how: Any) -> list[str]:
    """Evaluate batches none of whose samples is older than the evaluation before."""
    engine = Engine(rules, POINTS, SERIES, slack=seconds(1000))
    found = engine.evaluate(SampleBatch.empty(), T0)
    before_s = at_s = 0.0
    for number, (rows, after_s, ticks) in enumerate(steps):
        at_s = before_s + after_s
        oldest_s = min((at_s - age for _, age, _, _ in rows), default=at_s)
        if how.get("ticks"):
            for share in sorted(ticks):
                tick_us = T0 + round((before_s + share * (oldest_s - before_s)) * S)
                found += engine.evaluate(SampleBatch.empty(), tick_us)
        if how.get("restarts") and ticks:
            data = engine.snapshot()
            engine = Engine(rules, POINTS, SERIES, slack=seconds(1000))
            found += engine.restore(data)
            assert engine.snapshot() == data
        found += engine.evaluate(_samples(rows, at_s), T0 + round(at_s * S), number)
        before_s = at_s
    # A tick may tell a transition in an earlier call, under the number of an earlier batch.
    return sorted(repr(astuple(done)[:-1]) for done in found)


@settings(max_examples=40, deadline=None)
@given(rules=_rules, steps=_orderly)
def test_ticks_change_no_transition(
    rules: tuple[Rule, ...], steps: list[tuple[list[Row], int, list[float]]]
) -> None:
    assert _run(rules, steps, ticks=True) == _run(rules, steps)


@settings(max_examples=40, deadline=None)
@given(rules=_rules, steps=_orderly)
def test_restarts_change_no_transition(
    rules: tuple[Rule, ...], steps: list[tuple[list[Row], int, list[float]]]
) -> None:
    assert _run(rules, steps, restarts=True) == _run(rules, steps)


@pytest.mark.parametrize("many", [1, 40])
def test_dense_and_sparse_evaluation_agree(many: int) -> None:
    """Among few points all rules are judged in a row, among many some are picked."""
    others = [replace(DO, tag=f"X{number}") for number in range(many)]
    points = [*POINTS, *others]
    series = {point.tag: number for number, point in enumerate(points)}
    rules = [
        Rule(f"{p.tag}.H", p.tag, RuleKind.HIGH, Priority.LOW, threshold=5.0, on_delay=seconds(2))
        for p in points
    ]
    engine = Engine(rules, points, series)

    for at_s in range(4):
        rows = SampleBatch.of([series[DO.tag]], T0 + at_s * S, 6.0, GOOD)
        found = engine.evaluate(rows, T0 + at_s * S, at_s)
        assert [(done.key, done.at_us) for done in found] == (
            [(f"{DO.tag}.H", T0 + 2 * S)] if at_s == 2 else []
        )
