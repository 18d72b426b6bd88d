"""Chance repeats for a seed and differs between seeds."""

import itertools
from statistics import fmean, pstdev

from simulator.chance import SensorNoise, SmoothNoise, normal, stream, uniform


def test_the_same_seed_and_name_give_the_same_numbers() -> None:
    first = [uniform(stream(7, "flow"), index) for index in range(5)]

    assert first == [uniform(stream(7, "flow"), index) for index in range(5)]
    assert first != [uniform(stream(8, "flow"), index) for index in range(5)]
    assert first != [uniform(stream(7, "load"), index) for index in range(5)]


def test_normal_numbers_have_mean_nought_and_deviation_one() -> None:
    numbers = [normal(stream(1, "x"), index) for index in range(4000)]

    assert abs(fmean(numbers)) < 0.05
    assert abs(pstdev(numbers) - 1.0) < 0.05


def test_smooth_noise_stays_within_one_and_does_not_jump() -> None:
    noise = SmoothNoise(3, "x", 100.0)

    values = [noise.at(time / 10) for time in range(20_000)]

    assert max(map(abs, values)) <= 1.0
    assert max(abs(b - a) for a, b in itertools.pairwise(values)) < 0.005
    assert pstdev(values) > 0.2


def test_smooth_noise_is_a_function_of_time_whatever_was_asked_before() -> None:
    asked_in_order, asked_at_once = SmoothNoise(3, "x", 100.0), SmoothNoise(3, "x", 100.0)
    for time in range(0, 5000, 7):
        asked_in_order.at(float(time))

    assert asked_in_order.at(1234.5) == asked_at_once.at(1234.5)


def test_a_reading_taken_again_has_the_same_noise() -> None:
    noise = SensorNoise(1)

    noise.begin(5)
    first = [noise(1.0) for _ in range(10)]
    noise.begin(6)
    other = [noise(1.0) for _ in range(10)]
    noise.begin(5)

    assert [noise(1.0) for _ in range(10)] == first
    assert other != first
