from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.clock import SystemClock, VirtualClock, duration_us, from_us, real_seconds, to_us


class Monotonic:
    """The machine's monotonic time, set by a test."""

    def __init__(self) -> None:
        self.us = 5_000_000

    def __call__(self) -> int:
        return self.us * 1000


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    fake = Monotonic()
    monkeypatch.setattr("telemetry.clock.time.monotonic_ns", fake)
    return fake


def test_the_system_clock_tells_the_time_of_day_and_a_time_that_never_goes_back() -> None:
    clock = SystemClock()

    before, moment, after = to_us(datetime.now(UTC)), clock.now_us(), to_us(datetime.now(UTC))
    assert before <= moment <= after
    assert clock.monotonic_us() <= clock.monotonic_us()
    assert clock.speed == 1.0


def test_a_virtual_clock_runs_as_fast_as_told_from_its_anchor(monotonic: Monotonic) -> None:
    clock = VirtualClock(anchor_us=1_000, anchor_monotonic_us=5_000_000, speed=60.0)

    monotonic.us += 2_000_000

    assert (clock.now_us(), clock.monotonic_us()) == (120_001_000, 120_000_000)


def test_two_clocks_of_one_anchor_tell_the_same_time(monotonic: Monotonic) -> None:
    first = VirtualClock.starting_now(speed=7.5)
    second = VirtualClock(first.anchor_us, first.anchor_monotonic_us, first.speed)

    monotonic.us += 123_456

    assert second.now_us() == first.now_us() == first.anchor_us + 925_920


def test_a_clock_is_put_forward_to_a_moment_but_never_back(monotonic: Monotonic) -> None:
    clock = VirtualClock(anchor_us=1_000, anchor_monotonic_us=5_000_000)

    assert clock.not_before(4_000).now_us() == 4_000
    assert clock.not_before(400).now_us() == 1_000


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_clock_that_stands_or_runs_back_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        VirtualClock.starting_now(speed)


def test_a_span_of_a_fast_clock_takes_less_real_time_and_never_less_than_none() -> None:
    clock = VirtualClock(0, 0, speed=60.0)

    assert real_seconds(clock, 120_000_000) == 2.0
    assert real_seconds(clock, -5) == 0.0


@given(st.datetimes(datetime(1970, 1, 1), datetime(2262, 1, 1), timezones=st.just(UTC)))
def test_a_moment_is_the_same_after_it_was_µs(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_a_moment_with_an_offset_is_the_same_moment() -> None:
    noon = datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))

    assert from_us(to_us(noon)) == datetime(2026, 11, 21, 4, 0, 0, 1, tzinfo=UTC)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="has no UTC offset"):
        to_us(datetime(2026, 11, 21))


def test_a_duration_is_whole_µs() -> None:
    assert duration_us(timedelta(minutes=1, microseconds=1)) == 60_000_001
