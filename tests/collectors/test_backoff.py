import pytest

from collectors.backoff import Backoff


def test_waits_double_up_to_the_longest_and_begin_anew() -> None:
    backoff = Backoff(longest_s=3.0, chance=lambda: 1.0)

    waits = [backoff.next_s() for _ in range(5)]
    backoff.reset()

    assert waits == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert backoff.next_s() == 0.5


def test_chance_shortens_a_wait_to_its_half_at_most() -> None:
    assert Backoff(longest_s=30.0, chance=lambda: 0.0).next_s() == 0.25
    assert Backoff(longest_s=0.1, chance=lambda: 0.5).next_s() == pytest.approx(0.075)
