"""The bounded queue of committed batches."""

from collections.abc import Sequence

from alarms import inbox
from alarms.inbox import Inbox
from telemetry.samples import CommittedBatch, SampleBatch
from tests.alarms.plants import GOOD, T0


def one(number: int, rows: int = 1) -> CommittedBatch:
    return CommittedBatch(number, T0, SampleBatch.of([1] * rows, T0, 1.0, GOOD))


def numbers(batches: Sequence[CommittedBatch]) -> list[int]:
    return [batch.number for batch in batches]


def live(due: int = 1) -> Inbox:
    box = Inbox()
    box.due = due
    box.caught_up()
    return box


def test_batches_come_out_in_order_and_once() -> None:
    box = live(due=3)
    for number in (1, 2, 3, 3, 4):
        box.put(one(number))

    assert numbers(box.take(100)) == [3, 4]
    assert (box.due, box.rows, len(box), box.behind) == (5, 0, 0, False)


def test_a_gap_is_to_be_read_from_history() -> None:
    box = live()
    for number in (1, 3, 4):
        box.put(one(number))

    assert numbers(box.take(100)) == [1]
    assert (box.behind, box.due) == (True, 2)
    assert box.take(100) == []

    box.due = 4  # 2 and 3 were read
    box.caught_up()
    assert numbers(box.take(100)) == [4]


def test_numbers_history_does_not_have_are_passed_over() -> None:
    box = live()
    box.put(one(5))
    assert box.take(100) == []

    box.caught_up()

    assert numbers(box.take(100)) == [5]


def test_no_more_rows_come_at_once_than_asked_for() -> None:
    box = live()
    for number in (1, 2, 3):
        box.put(one(number, rows=10))

    assert numbers(box.take(15)) == [1, 2]
    assert box.rows == 10


def test_too_many_batches_or_rows_are_forgotten_and_counted() -> None:
    box = live()
    for number in range(1, inbox._MOST_BATCHES + 2):
        box.put(one(number))

    assert (len(box), box.rows, box.behind, box.overflows) == (0, 0, True, 1)

    box.caught_up()
    for number in range(1, 4):
        box.put(one(number, rows=inbox._MOST_ROWS // 2))

    assert (len(box), box.rows, box.behind, box.overflows) == (0, 0, True, 2)
