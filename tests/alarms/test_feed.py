"""Batches handed over and batches read from history: each once, in order."""

import logging

import pytest

from alarms.feed import Feed
from telemetry.samples import CommittedBatch, SampleBatch
from tests.alarms.plants import DO, GOOD, T0, batch
from tests.alarms.stores import MemoryHistory

MANY = 1_000_000


def history_of(count: int) -> MemoryHistory:
    history = MemoryHistory()
    for number in range(count):
        history.commit(batch((DO, number, 1.0)), number)
    return history


async def drained(feed: Feed) -> list[int]:
    found = []
    while batches := await feed.next(MANY):
        found += [batch.number for batch in batches]
    return found


async def test_what_history_holds_comes_before_what_is_handed_over() -> None:
    history = history_of(50)
    feed = Feed(history)
    await feed.begin(10)
    for number in range(48, 53):
        feed.put(
            history.batches[number - 1] if number <= 50 else history.commit(batch((DO, number, 1.0)), number)
        )

    assert await drained(feed) == list(range(11, 53))
    assert feed.idle


async def test_live_batches_do_not_ask_history() -> None:
    history = MemoryHistory()
    feed = Feed(history)
    await feed.begin(0)
    await drained(feed)
    reads = history.reads

    for number in range(5):
        feed.put(history.commit(batch((DO, number, 1.0)), number))

    assert await drained(feed) == [1, 2, 3, 4, 5]
    assert history.reads == reads


async def test_a_batch_that_was_not_handed_over_is_read() -> None:
    history = MemoryHistory()
    feed = Feed(history)
    await feed.begin(0)
    await drained(feed)
    committed = [history.commit(batch((DO, number, 1.0)), number) for number in range(5)]

    feed.put(committed[0])
    feed.put(committed[3])

    assert await drained(feed) == [1, 2, 3, 4, 5]
    feed.put(committed[4])
    assert await drained(feed) == []


async def test_large_batches_are_read_few_at_a_time() -> None:
    history = MemoryHistory()
    large = SampleBatch.of([10] * 20_000, T0, 1.0, GOOD)
    history.batches = [CommittedBatch(number, T0, large) for number in range(1, 61)]
    feed = Feed(history)
    await feed.begin(0)

    sizes = []
    while batches := await feed.next(MANY):
        sizes.append(len(batches))

    assert sizes == [20, 10, 10, 10, 10]


async def test_while_history_cannot_be_read_nothing_comes_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    history = history_of(3)
    feed = Feed(history)
    await feed.begin(1)
    history.failing = True

    assert [await feed.next(MANY), await feed.next(MANY)] == [[], []]
    assert (feed.failing, feed.idle) == ("readings.duckdb: disk I/O error", False)

    history.failing = False
    assert await drained(feed) == [2, 3]
    assert (feed.failing, feed.idle) == (None, True)
    assert caplog.messages == [
        "history cannot be read, alarms wait for it: readings.duckdb: disk I/O error",
        "history is read again",
    ]


@pytest.mark.parametrize("left", [0, 1, 6, 99])
async def test_a_history_that_was_replaced_does_not_silence_the_alarms(
    left: int, caplog: pytest.LogCaptureFixture
) -> None:
    history = history_of(left)
    feed = Feed(history)

    assert await feed.begin(100) == left

    feed.put(history.commit(batch((DO, 200, 1.0)), 200))
    assert await drained(feed) == [left + 1]
    assert caplog.messages == [
        f"history ends at batch {left}, and 100 was evaluated already: it was replaced; alarms go on with"
        " what comes"
    ]


async def test_a_history_that_goes_on_is_taken_up_where_it_was_left() -> None:
    history = history_of(8)
    feed = Feed(history)

    assert await feed.begin(8) == 8
    assert await drained(feed) == []
