from hypothesis import given
from hypothesis import strategies as st

from history.influx.progress import MOST_INTERVALS, Interval, Progress


def test_what_comes_while_a_target_is_away_is_left_for_later_and_sent_oldest_first() -> None:
    progress = Progress(10).skipped_to(20).sent_live(25).skipped_to(30).sent_live(31)

    assert progress == Progress(31, (Interval(10, 20), Interval(25, 30)))
    assert progress.replayed(14) == Progress(31, (Interval(14, 20), Interval(25, 30)))
    assert progress.replayed(20).replayed(30) == Progress(31)
    assert list(progress.unsent(33)) == [Interval(10, 20), Interval(25, 30), Interval(31, 33)]


def test_what_touches_is_one_interval() -> None:
    assert Progress(10).skipped_to(20).skipped_to(30) == Progress(30, (Interval(10, 30),))
    assert Progress(10).skipped_to(10) == Progress(10)


def test_what_is_asked_for_again_is_missed_from_there_on_and_whole() -> None:
    begun = Progress(31, (Interval(10, 20, (4, 99)), Interval(25, 30)))

    assert begun.again_from(22) == Progress(31, (Interval(10, 20), Interval(22, 31)))
    assert begun.again_from(31) == begun
    assert begun.again_from(15).pending[0] == Interval(10, 31)
    assert begun.again_from(15).pending[0].within == (4, 99)
    assert begun.again_from(10).pending[0].within is None
    assert begun.again_from(0).pending[0].within is None


def test_a_flapping_line_does_not_make_ever_more_intervals() -> None:
    progress = Progress(0)
    for number in range(0, 5000, 10):
        progress = progress.skipped_to(number + 5).sent_live(number + (7 if number != 2500 else 6))

    assert len(progress.pending) == MOST_INTERVALS
    assert progress.pending[0].after == 0


@given(st.lists(st.tuples(st.sampled_from(["skip", "live", "replay"]), st.integers(1, 30)), max_size=300))
def test_no_batch_is_ever_passed_over(steps: list[tuple[str, int]]) -> None:
    progress, sent = Progress(0), set()
    for what, count in steps:
        if what == "skip":
            progress = progress.skipped_to(progress.live + count)
        elif what == "live":
            sent |= set(range(progress.live + 1, progress.live + count + 1))
            progress = progress.sent_live(progress.live + count)
        elif progress.pending:
            first = progress.pending[0]
            through = min(first.after + count, first.through)
            sent |= set(range(first.after + 1, through + 1))
            progress = progress.replayed(through)
    unsent = {
        number
        for interval in progress.unsent(progress.live)
        for number in range(interval.after + 1, interval.through + 1)
    }

    assert sent | unsent == set(range(1, progress.live + 1))
