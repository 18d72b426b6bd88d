"""What holds now of the batches somebody has not had yet."""

from history.embedded import EmbeddedHistory
from telemetry.protocols import Emptied
from tests.contracts.samples import batch_of, rows_of

DEVICE, NODE = 1, 2
S = 1_000_000
GOOD, UNCERTAIN, BAD = 192, 64, 24


def choose(history: EmbeddedHistory) -> None:
    history.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"], stamped_by_node=["AE_DO2"])


async def test_batches_come_whole_and_oldest_first(history: EmbeddedHistory) -> None:
    for number in range(1, 5):
        history.commit(batch_of((DEVICE, (10 * number + n) * S, float(n), GOOD) for n in range(3)), number)

    first = await history.standing(0, 4, limit=7)
    rest = await history.standing(first.through, 4, limit=7)

    assert (first.through, rows_of(first.samples)) == (
        2,
        [(DEVICE, (10 * number + n) * S, float(n), GOOD) for number in (1, 2) for n in range(3)],
    )
    assert (rest.through, len(rest.samples)) == (4, 6)
    assert await history.rows_between(1, 4) == 9


async def test_a_batch_above_the_limit_comes_alone(history: EmbeddedHistory) -> None:
    history.commit(batch_of((DEVICE, n * S, 0.0, GOOD) for n in range(9)), 1)

    found = await history.standing(0, 1, limit=2)

    assert (found.through, len(found.samples)) == (1, 9)


async def test_what_was_corrected_since_is_left_out(history: EmbeddedHistory) -> None:
    history.commit(batch_of([(DEVICE, 1 * S, 1.0, GOOD), (DEVICE, 2 * S, 2.0, GOOD)]), 1)
    history.commit(batch_of([(DEVICE, 1 * S, 7.0, GOOD)]), 2)
    history.commit(batch_of([(DEVICE, 1 * S, 8.0, GOOD)]), 3)

    old = await history.standing(0, 1, limit=10)
    between = await history.standing(1, 2, limit=10)
    new = await history.standing(2, 3, limit=10)

    assert rows_of(old.samples) == [(DEVICE, 2 * S, 2.0, GOOD)]
    assert (between.through, rows_of(between.samples)) == (2, [])
    assert rows_of(new.samples) == [(DEVICE, 1 * S, 8.0, GOOD)]


async def test_what_a_node_stamped_twice_goes_out_as_it_was_first(history: EmbeddedHistory) -> None:
    choose(history)
    history.commit(batch_of([(NODE, 1 * S, 1.0, GOOD), (NODE, 9 * S, 9.0, GOOD)]), 1)
    history.commit(batch_of([(NODE, 1 * S, 5.0, GOOD), (NODE, 2 * S, 2.0, GOOD)]), 2)

    late = await history.standing(1, 2, limit=10)

    assert rows_of(late.samples) == [(NODE, 2 * S, 2.0, UNCERTAIN)]


async def test_where_there_is_nothing_the_end_asked_for_is_reached(history: EmbeddedHistory) -> None:
    found = await history.standing(0, 7, limit=10)

    assert (found.through, len(found.samples)) == (7, 0)


async def test_what_lost_its_value_is_told_and_what_came_in_order_without_one_is_not(
    history: EmbeddedHistory,
) -> None:
    none = float("nan")
    history.commit(batch_of((DEVICE, n * S, 1.0, GOOD) for n in range(1, 10)), 1)
    history.commit(batch_of((DEVICE, n * S, none, BAD) for n in range(10, 13)), 2)
    # 4 keeps what it was, so nothing may go there; 3 has a value still, and stands among the others.
    late = [(DEVICE, n * S, 7.0 if n == 3 else none, BAD) for n in (2, 3, 5, 6, 11)]
    history.commit(batch_of([(DEVICE, 9 * S, none, BAD), (DEVICE, 1 * S, none, BAD)]), 3)
    history.commit(batch_of(late), 4)

    found = [(await history.standing(number - 1, number, limit=10)).emptied for number in (1, 2, 3, 4)]

    assert found == [
        (),
        (),
        (Emptied(DEVICE, 1 * S, 1 * S), Emptied(DEVICE, 9 * S, 9 * S)),
        (Emptied(DEVICE, 2 * S, 2 * S), Emptied(DEVICE, 5 * S, 6 * S)),
    ]
    assert (await history.standing(0, 4, limit=99)).emptied == (Emptied(DEVICE, 1 * S, 9 * S),)


async def test_what_lost_its_value_is_told_of_month_files_too(history: EmbeddedHistory) -> None:
    none = float("nan")
    history.commit(batch_of((DEVICE, n * S, 1.0, GOOD) for n in range(1, 5)), 1)
    history.commit(batch_of([(DEVICE, 5 * S, none, BAD), (DEVICE, 200_000 * S, 1.0, GOOD)]), 2)
    history.commit(batch_of([(DEVICE, 2 * S, none, BAD)]), 3)
    history.compact(86_400 * S, 200_000 * S)
    history.commit(batch_of([(DEVICE, 3 * S, none, BAD)]), 4)

    found = [(await history.standing(number - 1, number, limit=10)).emptied for number in (2, 3, 4)]

    assert found == [(), (Emptied(DEVICE, 2 * S, 2 * S),), (Emptied(DEVICE, 3 * S, 3 * S),)]
    assert (await history.piece(3, None, limit=10)).emptied == found[1]


async def test_what_never_had_a_value_has_lost_none(history: EmbeddedHistory) -> None:
    choose(history)
    history.commit(batch_of([(DEVICE, 5 * S, 1.0, GOOD)]), 1)
    history.commit(batch_of([(DEVICE, 1 * S, None, BAD), (DEVICE, 2 * S, None, BAD)]), 2)
    history.commit(batch_of([(DEVICE, 1 * S, None, UNCERTAIN), (DEVICE, 3 * S, None, BAD)]), 3)

    found = [(await history.standing(number - 1, number, limit=10)).emptied for number in (1, 2, 3)]

    assert found == [(), (), ()]
