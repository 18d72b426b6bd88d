"""What a totaliser whose modulus is told went on by, worked out by hand."""

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from config.read import read_folder
from history.figures import HOUR_US
from history.measures import MeasureKind, measures_of
from history.totals import gone_on
from telemetry.plant import Name, Plant, Point, PointKind
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.config.folders import GOOD

MINUTE_US = 60_000_000
WORD = 65_536.0
BEGIN_US = 1_790_000_000_000_000 // HOUR_US * HOUR_US


def counted(
    values: Sequence[float],
    modulus: float = WORD,
    minutes: Sequence[float] | None = None,
    told: bool = True,
) -> tuple[float, int]:
    """Return what a counter went on by in all, and how often it was set back; one value a minute."""
    at = range(len(values)) if minutes is None else minutes
    times = [BEGIN_US + round(minute * MINUTE_US) for minute in at]
    samples = SampleBatch.of(1, times, np.array(values, dtype=np.float64), Quality.GOOD)
    count = len(values)
    went, back = gone_on(samples, np.full(count, modulus), np.full(count, told))
    return float(went.sum()), int(back.sum())


def test_a_roll_over_is_one_step_among_others() -> None:
    assert counted([65_500, 65_510, 65_520, 4, 14]) == (50.0, 0)


def test_a_meter_set_back_half_way_is_no_roll_over() -> None:
    assert counted([40_000, 40_010, 40_020, 0, 10, 20]) == (40.0, 1)


def test_a_meter_set_back_near_the_end_is_none_either_for_it_would_have_had_to_race() -> None:
    values = [61_000, 61_010, 61_020, 0, 10, 20]

    assert counted(values) == (40.0, 1)
    # Its modulus guessed, it is taken for one: 4516 that never flowed.
    assert counted(values, told=False) == (40.0 + 4516.0, 0)


def test_a_roll_over_while_nothing_was_read_is_counted() -> None:
    minutes = [0, 1, 2, 182, 183]
    values = [52_000, 52_100, 52_200, 4_664, 4_764]  # 100 a minute for 180 minutes: 18,000

    assert counted(values, minutes=minutes) == (18_300.0, 0)
    assert counted(values, minutes=minutes, told=False) == (300.0, 1)


def test_a_new_meter_after_an_outage_is_a_reset() -> None:
    assert counted([52_000, 52_001, 52_002, 1_000, 1_001], minutes=[0, 1, 2, 62, 63]) == (3.0, 1)


def test_a_counter_that_stood_may_roll_over_with_its_next_pulse() -> None:
    assert counted([65_535, 65_535, 65_535, 0, 0]) == (1.0, 0)
    assert counted([60_000, 60_000, 60_000, 0, 0]) == (0.0, 1)


def test_two_readings_alone_say_nothing_of_the_pace_and_only_a_short_step_is_a_roll_over() -> None:
    assert counted([60_000, 5_000], minutes=[0, 600]) == (10_536.0, 0)
    assert counted([45_000, 5_000], minutes=[0, 600]) == (0.0, 1)


def test_a_signed_counter_rolls_over_from_its_highest_to_its_lowest() -> None:
    assert counted([32_760, 32_765, -32_766, -32_761]) == (15.0, 0)


def test_a_counter_that_starts_elsewhere_than_at_0_rolls_over_there() -> None:
    assert counted([9_999_990, 9_999_995, 9_000_000, 9_000_005], modulus=1_000_000.0) == (15.0, 0)


def test_a_counter_that_turns_every_few_minutes_is_followed() -> None:
    steps = [9_000.0] * 120
    values = np.cumsum([100.0, *steps]) % WORD

    assert counted(values.tolist()) == (sum(steps), 0)


def test_a_counter_misread_as_0_near_its_end_was_not_set_back_and_did_not_roll_over() -> None:
    assert counted([65_500, 65_505, 0, 65_515, 65_520]) == (20.0, 0)


def test_a_value_beyond_the_modulus_is_a_reset_when_it_falls() -> None:
    assert counted([70_000, 70_010, 5, 10]) == (15.0, 1)


def test_a_scaled_meter_of_six_digits_rolls_over_in_its_unit() -> None:
    plant = read_folder(GOOD).plant
    meter = Point(
        "FQ",
        "effluent",
        Name("累计", "total"),
        PointKind.TOTAL,
        "m3",
        0,
        99_999.9,
        "PLC2",
        rollover=100_000.0,
    )
    guessed = Point(
        "FQ2", "effluent", Name("累计", "total"), PointKind.TOTAL, "m3", 0, 4_294_967_295.0, "PLC2"
    )

    measures = measures_of(
        Plant(plant.id, plant.name, plant.timezone, 1.0, plant.outlet, plant.units, (), (meter, guessed))
    )

    assert (measures["FQ"].kind, measures["FQ"].modulus, measures["FQ"].is_told) == (
        MeasureKind.TOTAL,
        100_000.0,
        True,
    )
    assert (measures["FQ2"].modulus, measures["FQ2"].is_told) == (2.0**32, False)
    assert counted([99_998.5, 99_999.0, 0.5, 1.5], modulus=100_000.0) == (3.0, 0)


@given(
    st.integers(0, 2**32),
    st.sampled_from([256.0, 10_000.0, WORD, 1e6, 2.0**32]),
    st.integers(2, 200),
)
def test_a_steady_counter_loses_nothing_however_often_it_rolls_over(
    seed: int, modulus: float, count: int
) -> None:
    chance = random.Random(seed)
    pace = chance.uniform(0.001, 0.04) * modulus
    steps = [round(chance.uniform(0.7, 1.3) * pace) for _ in range(count)]
    values = (np.cumsum([chance.randrange(int(modulus)), *steps]) % modulus).tolist()

    assert counted(values, modulus) == (float(sum(steps)), 0)


@given(st.integers(0, 2**32), st.integers(3, 150), st.integers(3, 150))
def test_a_reset_at_a_place_where_no_step_leads_over_the_end_counts_nothing(
    seed: int, before: int, after: int
) -> None:
    chance = random.Random(seed)
    start = chance.randrange(50_000)
    steps = [chance.randrange(1, 50) for _ in range(before)]
    again = [chance.randrange(1, 50) for _ in range(after)]
    values = np.concatenate([np.cumsum([start, *steps]), np.cumsum([0, *again])]).tolist()
    falls = values[before] > 0

    assert counted(values) == (float(sum(steps) + sum(again)), int(falls))
