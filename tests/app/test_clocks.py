from datetime import timedelta

from app.clocks import Clocks
from telemetry.samples import CommittedBatch, SampleBatch
from tests.contracts.samples import Row, batch_of

S = 1_000_000
MIN = 60 * S
NODE, LIT, FOREIGN = 1, 2, 77
GOOD = 192
T0 = 1_780_000_000 * S


def clocks(known_us: int = T0) -> Clocks:
    return Clocks({NODE: "AE_DO1"}, {LIT: "LS1_LIT"}, timedelta(seconds=60), known_us)


def commit(of: Clocks, at_us: int, *rows: Row, came_us: int = 0) -> None:
    of.committed(CommittedBatch(1, at_us, batch_of(rows) if rows else SampleBatch.empty()), came_us)


def test_a_clock_that_goes_on_is_well() -> None:
    of = clocks()

    for second in range(3):
        commit(of, T0 + second * S, (NODE, T0 + second * S, 1.0, GOOD), (LIT, T0 + 30 * S, 1.0, GOOD))

    assert (of.behind_s(T0 + 3 * S), of.ahead_s(0)) == (0.0, 0.0)


def test_a_clock_set_back_is_behind_until_it_has_caught_up() -> None:
    of = clocks()
    commit(of, T0 + 60 * S)

    found = []
    for now_us in (T0, T0 + 10 * S, T0 + 59 * S, T0 + 70 * S):
        found.append(of.behind_s(now_us))
        of.told(now_us)

    assert found == [60.0, 50.0, 1.0, 0.0]


def test_what_was_known_before_the_start_counts() -> None:
    assert clocks(T0 + 3600 * S).behind_s(T0) == 3600.0


def test_a_clock_set_back_by_little_is_told_though_it_has_caught_up_and_told_again_by_a_newer_sample() -> (
    None
):
    of = clocks()
    of.told(T0)
    commit(of, T0 + 5 * S)
    commit(of, T0 - 2 * S)
    commit(of, T0 + 6 * S)

    first = of.behind_s(T0 - S)
    of.told(T0 - S)
    second = of.behind_s(T0 + 6 * S)
    of.told(T0 + 6 * S)

    assert (first, second, of.behind_s(T0 + 7 * S)) == (7.0, 7.0, 0.0)


def test_what_was_stamped_before_the_clock_was_set_back_and_committed_after_shows_it() -> None:
    of = clocks()

    commit(of, T0, (NODE, T0 + 3600 * S, 1.0, GOOD))

    assert (of.behind_s(T0), of.ahead_s(0)) == (3600.0, 0.0)


def test_a_device_within_the_tolerance_is_not_ahead() -> None:
    of = clocks()

    commit(of, T0, (LIT, T0 + 60 * S, 1.0, GOOD))

    assert of.furthest_ahead(0) is None


def test_the_furthest_of_the_last_ten_minutes_is_told_and_whose_it_was() -> None:
    of = clocks()
    for minute, ahead_s in [(0, 3600), (3, 100), (4, 300), (6, 200)]:
        row = (LIT, T0 + ahead_s * S, 1.0, GOOD)
        commit(of, T0, row, (LIT, T0, 1.0, GOOD), (NODE, T0 + 9999 * S, 1.0, GOOD), came_us=minute * MIN)

    found = [of.ahead_s(minute * MIN) for minute in (6, 10, 11, 14, 15, 16, 17)]

    assert found == [3600.0, 3600.0, 300.0, 300.0, 200.0, 200.0, 0.0]
    commit(of, T0, (FOREIGN, T0 + 3600 * S, 1.0, GOOD), (LIT, T0 + 70 * S, 1.0, GOOD), came_us=20 * MIN)
    furthest = of.furthest_ahead(20 * MIN)
    assert furthest is not None
    assert (furthest.tag, furthest.ahead_us) == ("", 3600 * S)


def test_a_device_that_is_always_ahead_takes_little_memory_and_is_told_all_the_while() -> None:
    of = clocks()

    for tick in range(20_000):
        commit(of, T0, (LIT, T0 + (9000 * S) - tick, 1.0, GOOD), came_us=tick * S // 10)

    assert of.ahead_s(2000 * S) == 8999.9
    assert of.ahead_s(2590 * S) == 8999.9
    assert of.ahead_s(2601 * S) == 0.0
