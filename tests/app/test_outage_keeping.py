import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

import app.outage_keeping as keeping
from app.outage_keeping import OutageKeeping
from collectors.outages import LONGEST_CAUSE, Outage, OutageQuery, OutageStore
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.errors import StoreError
from tests.api.node import until
from tests.clock import MovedClock

NOW_US = 1_795_000_000_000_000
CHANNELS = ("PLC1", "PLC2")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(opened, StoreKind.NODE)
    yield opened
    opened.dispose()


def told(store: OutageStore) -> list[tuple[str, int, int | None, str, int | None]]:
    """What is kept, oldest first; times from NOW_US on."""
    return [
        (
            one.channel,
            one.began_us - NOW_US,
            None if one.ended_us is None else one.ended_us - NOW_US,
            one.cause,
            one.missed,
        )
        for one in reversed(store.page(OutageQuery(), None, 1000))
    ]


def keeper(store: OutageStore, known_us: int = NOW_US) -> OutageKeeping:
    return OutageKeeping(store, CHANNELS, MovedClock(NOW_US), known_us)


@asynccontextmanager
async def running(kept: OutageKeeping) -> AsyncIterator[None]:
    task = asyncio.create_task(kept.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_outage_is_kept_from_its_beginning_to_its_end(engine: Engine) -> None:
    store = OutageStore(engine)
    kept = keeper(store)
    async with running(kept):
        kept.back("PLC1", NOW_US, 0)
        kept.lost("PLC1", NOW_US + 10, "no answer within 3 s")
        begun = await until(lambda: told(store))
        kept.lost("PLC1", NOW_US + 20, "refused")
        kept.back("PLC1", NOW_US + 90, 252)
        ended = await until(lambda: [one for one in told(store) if one[2] is not None])

    assert begun == [("PLC1", 10, None, "no answer within 3 s", None)]
    assert ended == [("PLC1", 10, 90, "no answer within 3 s", 252)]


async def test_an_outage_that_was_open_when_the_node_was_killed_goes_on_as_one(engine: Engine) -> None:
    store = OutageStore(engine)
    killed = keeper(store)
    async with running(killed):
        killed.lost("PLC1", NOW_US + 10, "no answer within 3 s")
        await until(lambda: told(store))

    started = keeper(store)
    async with running(started):
        started.lost("PLC1", NOW_US + 500, "no route to host")
        started.back("PLC1", NOW_US + 900, 7)
        first = await until(lambda: [one for one in told(store) if one[2] is not None])
        started.lost("PLC1", NOW_US + 1000, "no route to host")
        started.back("PLC1", NOW_US + 1100, 3)
        both = await until(lambda: [one for one in told(store) if one[4] is not None] and told(store))

    # What was missed by the process that is gone nobody knows.
    assert first == [("PLC1", 10, 900, "no answer within 3 s", None)]
    assert both == [*first, ("PLC1", 1000, 1100, "no route to host", 3)]


async def test_a_channel_that_the_plant_has_no_longer_was_lost_until_readings_were_last_kept(
    engine: Engine,
) -> None:
    store = OutageStore(engine)
    killed = OutageKeeping(store, ("PLC9",), MovedClock(NOW_US), NOW_US)
    async with running(killed):
        killed.lost("PLC9", NOW_US + 10, "no answer")
        await until(lambda: told(store))

    async with running(keeper(store, NOW_US + 400)):
        found = await until(lambda: [one for one in told(store) if one[2] is not None])

    assert found == [("PLC9", 10, 400, "no answer", None)]


async def test_an_outage_under_a_clock_that_was_set_back_has_no_length(engine: Engine) -> None:
    store = OutageStore(engine)
    kept = keeper(store)
    async with running(kept):
        kept.lost("PLC1", NOW_US + 10, "x" * 2 * LONGEST_CAUSE)
        kept.back("PLC1", NOW_US - 3600, 1)
        found = await until(lambda: told(store))

    assert found == [("PLC1", 10, 10, "x" * LONGEST_CAUSE, 1)]


class Refusing(OutageStore):
    """Refuses until it is told not to."""

    refuses = True

    def keep(self, outages: Iterable[Outage], now_us: int) -> None:
        if self.refuses:
            raise StoreError("node.sqlite: not written: database is locked")
        super().keep(outages, now_us)


async def test_while_the_store_refuses_outages_wait_and_of_too_many_the_oldest_go(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(keeping, "_RETRY_S", 0.01)
    monkeypatch.setattr(keeping, "MOST_WAITING", 2)
    store = Refusing(engine)
    kept = keeper(store)
    async with running(kept):
        for number in range(3):
            kept.lost("PLC1", NOW_US + 10 * number, "no answer")
            kept.back("PLC1", NOW_US + 10 * number + 5, number)
        kept.lost("PLC2", NOW_US + 100, "no answer")
        await until(lambda: "outages are not kept" in caplog.text)
        store.refuses = False
        found = await until(lambda: told(store))
        await until(lambda: "kept again" in caplog.text)

    assert found == [("PLC1", 20, 25, "no answer", 2), ("PLC2", 100, None, "no answer", None)]
    assert kept.dropped == 2
    assert caplog.text.count("outages are not kept") == 1
