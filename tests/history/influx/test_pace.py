from history.influx.backoff import Backoff
from history.influx.pace import FEWEST_ROWS, Pace


def test_requests_grow_while_they_are_quick_and_shrink_when_live_ones_would_wait() -> None:
    pace = Pace(5000, 1e6, 0.5)
    sizes = []
    for took_s in (0.01, 0.01, 0.01, 0.5, 0.5, 0.2):
        pace.took(pace.rows, 100.0, 100.0 + took_s)
        sizes.append(pace.rows)

    assert sizes == [2500, 5000, 5000, 2500, 1250, 1250]
    for _ in range(20):
        pace.took(pace.rows, 0.0, 9.0)
    assert (pace.rows, pace.smallest) == (FEWEST_ROWS, True)


def test_a_rest_follows_each_request_by_share_and_by_rate() -> None:
    half, slow = Pace(5000, 1e6, 0.5), Pace(5000, 1000, 1.0)

    half.took(1000, 10.0, 10.2)
    slow.took(1000, 10.0, 10.2)

    assert round(half.next_at, 6) == 10.4
    assert round(slow.next_at, 6) == 11.0
    assert (half.due(10.3), half.due(10.4)) == (False, True)


def test_what_goes_beside_others_rests_longer() -> None:
    pace = Pace(5000, 1e6, 0.5)

    pace.took(1000, 10.0, 10.2, 0.5)

    assert round(pace.next_at, 6) == 10.8


def test_what_takes_too_long_to_sift_is_sent_in_much_smaller_parts_at_once() -> None:
    pace = Pace(5000, 1e6, 0.5)

    pace.too_slow(50.0)

    assert (pace.rows, pace.next_at) == (156, 50.0)


def test_waits_double_up_to_a_minute_with_chance_and_begin_anew() -> None:
    longest, shortest = Backoff(lambda: 1.0), Backoff(lambda: 0.0)

    assert [longest.next_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [shortest.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert shortest.next_s(at_least_s=120) == 120
    assert (longest.slow_s(), shortest.slow_s()) == (60, 30)
    longest.reset()
    assert longest.next_s() == 1
