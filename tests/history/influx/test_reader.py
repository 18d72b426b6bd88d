"""The history of an InfluxDB, against a real one."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from bench.influxd import BUCKET, ORG, TOKEN
from history.embedded import EmbeddedHistory
from history.influx.client import InfluxClient
from history.influx.lines import LineWriter
from history.influx.reader import InfluxHistory
from history.influx.settings import InfluxSettings
from telemetry.errors import ConfigError, StoreError
from telemetry.plant import Plant
from telemetry.protocols import Aggregate
from telemetry.samples import SampleBatch
from tests.contracts.history_reader import BAD, GOOD, TAGS, UNCERTAIN, A, Filling, HistoryReaderContract, S
from tests.contracts.samples import Row, batch_of, rows_of
from tests.history.influx.influxd import Server, influxd
from tests.history.influx.plants import plant, point

pytestmark = [pytest.mark.influxd, pytest.mark.timeout(120)]

IDS = {tag: series for series, tag in TAGS.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


def settings_of(server: Server) -> InfluxSettings:
    return InfluxSettings(url=server.url, org=ORG, bucket=BUCKET)


def plant_of(name: str, tags: Iterable[str]) -> Plant:
    return replace(plant(0), id=name, points=tuple(point(tag) for tag in tags))


@dataclass
class InfluxFilling:
    """One plant in a server that holds those of other tests too."""

    reader: InfluxHistory
    lines: LineWriter
    client: InfluxClient

    async def put(self, rows: Iterable[Row]) -> int:
        return await self.write(batch_of(rows))

    async def write(self, samples: SampleBatch) -> int:
        known, _ = self.lines.known(samples)
        written = self.lines.lines(known)
        for start in range(0, len(known), 20_000):
            await asyncio.to_thread(self.client.write, written.body(slice(start, start + 20_000)))
        return 0


def filled(server: Server, name: str, ids: dict[str, int]) -> Iterator[InfluxFilling]:
    settings = settings_of(server)
    client = InfluxClient(settings, lambda: TOKEN)
    reader = InfluxHistory(settings, lambda: TOKEN, name, ids)
    yield InfluxFilling(reader, LineWriter(plant_of(name, ids), ids), client)
    reader.close()
    client.close()


class TestInfluxHistory(HistoryReaderContract):
    @pytest.fixture
    def filling(self, server: Server, request: pytest.FixtureRequest) -> Iterator[Filling]:
        yield from filled(server, request.node.name, IDS)


@pytest.fixture
def filling(server: Server, request: pytest.FixtureRequest) -> Iterator[InfluxFilling]:
    yield from filled(server, request.node.name, IDS)


async def test_both_stores_give_the_same_samples_and_windows_to_the_last_bit(
    filling: InfluxFilling, history: EmbeddedHistory
) -> None:
    chance = np.random.default_rng(1)
    count = 60_000
    times_us = 1_780_000_000 * S + np.cumsum(chance.integers(1, 20 * S, count))
    values = chance.normal(size=count) * 10.0 ** chance.integers(-9, 9, count)
    values[chance.random(count) < 0.02] = np.nan
    values[200:206] = [5e-324, 1.7976931348623157e280, -0.0, 0.1 + 0.2, -2.2250738585072014e-308, 2.0**53 + 2]
    quality = chance.choice([GOOD, GOOD, GOOD, UNCERTAIN, BAD], count)
    samples = SampleBatch.of(A, times_us, values, quality)
    await asyncio.to_thread(history.commit, samples, int(times_us[-1]))
    await filling.write(samples)
    from_us, to_us, hour = int(times_us[100]) + 1, int(times_us[-100]) + 1, 3600 * S

    for limit in (1_000_000, 30_000):
        here = await history.samples(TAGS[A], from_us, to_us, limit)
        there = await filling.reader.samples(TAGS[A], from_us, to_us, limit)
        for name in ("series", "times_us", "values", "quality"):
            assert getattr(here, name).tobytes() == getattr(there, name).tobytes()
    for aggregate in Aggregate:
        ours = await history.windows(TAGS[A], from_us, to_us, hour, aggregate, 8 * hour)
        theirs = await filling.reader.windows(TAGS[A], from_us, to_us, hour, aggregate, 8 * hour)
        for name in ("times_us", "values", "good"):
            assert getattr(ours, name).tobytes() == getattr(theirs, name).tobytes()


@pytest.mark.parametrize(
    "tag",
    [
        'A"B',
        "A\\B",
        "A\\\\",
        "${r.point}",
        "$A",
        "A,B=C D",
        "点位",
        'A" or r.point != "',
        "A\nB",
        '\\" or true or r.point == \\"',
    ],
)
async def test_a_tag_is_never_taken_for_a_part_of_the_query(server: Server, tag: str) -> None:
    name = f"injected {tag.encode().hex()}"
    for filling in filled(server, name, {tag: 7, "OTHER": 8}):
        await filling.put([(7, S, 1.5, GOOD), (8, S, 2.5, GOOD)])

        found = await filling.reader.samples(tag, 0, 10 * S, 10)

        assert rows_of(found) == [(7, S, 1.5, GOOD)]


async def test_a_plant_sees_nothing_of_another(server: Server, filling: InfluxFilling) -> None:
    await filling.put([(A, S, 1.0, GOOD)])
    other = InfluxHistory(settings_of(server), lambda: TOKEN, 'other" or r.plant != "', IDS)
    try:
        assert rows_of(await other.samples(TAGS[A], 0, 10 * S, 10)) == []
    finally:
        other.close()


async def test_a_point_that_moved_to_another_unit_is_read_as_one(
    filling: InfluxFilling, request: pytest.FixtureRequest
) -> None:
    await filling.put((A, second * S, float(second), GOOD) for second in range(5))
    moved = replace(plant_of(request.node.name, ()), points=(point(TAGS[A], "effluent"),))
    later = InfluxFilling(filling.reader, LineWriter(moved, IDS), filling.client)
    await later.put((A, second * S, float(second), GOOD) for second in range(5, 10))

    found = await filling.reader.samples(TAGS[A], 2 * S, 20 * S, 6)
    windows = await filling.reader.windows(TAGS[A], 0, 10 * S, 5 * S, Aggregate.MEAN)

    assert rows_of(found) == [(A, n * S, float(n), GOOD) for n in range(2, 8)]
    assert windows.values.tolist() == [2.0, 7.0]


async def test_what_cannot_be_read_says_why_and_never_with_the_token(server: Server) -> None:
    def refused() -> str:
        raise ConfigError("no token: set INFLUX_TOKEN")

    settings = settings_of(server)
    nowhere = settings.model_copy(update={"bucket": "nowhere"})
    away = settings.model_copy(update={"url": "http://127.0.0.1:9"})
    cases = [
        (nowhere, lambda: TOKEN, "no such organisation or bucket"),
        (away, lambda: TOKEN, "does not answer"),
        (settings, lambda: "wrong-token", "does not know the token"),
        (settings, refused, "set INFLUX_TOKEN"),
    ]
    for chosen, token, said in cases:
        reader = InfluxHistory(chosen, token, "fangcheng1", IDS)
        try:
            with pytest.raises(StoreError, match=said) as refusal:
                await reader.samples(TAGS[A], 0, 10 * S, 10)
            assert "wrong-token" not in str(refusal.value)
            assert TOKEN not in str(refusal.value)
        finally:
            reader.close()
        with pytest.raises(StoreError, match="closed"):
            await reader.samples(TAGS[A], 0, 10 * S, 10)
