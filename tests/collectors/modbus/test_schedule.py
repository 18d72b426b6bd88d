from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.schedule import Due, Schedule


def test_all_classes_are_due_at_the_start_and_then_each_at_its_own_slots() -> None:
    schedule = Schedule([10, 25], start_us=100)

    taken = {at: schedule.take(at) for at in (99, 100, 109, 110, 120, 125, 130)}

    assert taken == {
        99: [],
        100: [Due(0, 1), Due(1, 1)],
        109: [],
        110: [Due(0, 1)],
        120: [Due(0, 1)],
        125: [Due(1, 1)],
        130: [Due(0, 1)],
    }
    assert schedule.next_us == 140


def test_slots_that_passed_are_counted_and_the_beat_is_kept() -> None:
    schedule = Schedule([10], start_us=0)

    assert schedule.take(47) == [Due(0, 5)]
    assert schedule.next_us == 50


def test_a_class_taken_before_its_slot_keeps_it() -> None:
    schedule = Schedule([10, 1000], start_us=0)
    schedule.take(0)

    assert schedule.take_all(35) == [Due(0, 3), Due(1, 0)]
    assert schedule.next_us == 40
    assert schedule.take(1000) == [Due(0, 97), Due(1, 1)]


@given(st.integers(1, 50), st.lists(st.integers(0, 200), min_size=1))
def test_no_slot_is_lost_or_counted_twice(every: int, steps: list[int]) -> None:
    schedule = Schedule([every], start_us=0)
    now = seen = 0
    for step in steps:
        now += step
        seen += sum(due.slots for due in schedule.take(now))

    assert seen == now // every + 1
    assert schedule.next_us == seen * every
