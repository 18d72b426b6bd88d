"""A node in small, for being killed: a store that goes on taking readings, and its replication.

    python -m bench.influx_site FOLDER URL POINTS [quiet]

commits a reading of every point each second, unless it is to be quiet. Says `late SECONDS PENDING` for
each batch the target took within the live lane, `status STATE QUEUED LOST SENT` each second.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bench.influxd import BUCKET, ORG, TOKEN
from history.embedded import EmbeddedHistory
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository, Letter
from history.influx.delivery import Delivery
from history.influx.lines import LineWriter
from history.influx.progress import Progress
from history.influx.replicator import Replicator
from history.influx.settings import InfluxSettings
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import US_PER_S, SystemClock
from telemetry.plant import Name, Plant, Point, PointKind, Unit, UnitStage
from telemetry.samples import SampleBatch

UNITS: Final = ("aerobic", "anoxic", "blowers", "effluent")


def unit_of(index: int) -> str:
    """Return the unit of a point: two stand in the effluent, the others elsewhere in turn."""
    return UNITS[3] if index < 2 else UNITS[index % 3]


def plant(points: int) -> Plant:
    """Return a plant of so many points."""
    return Plant(
        id="bench",
        name=Name("厂", "plant"),
        timezone=ZoneInfo("Asia/Shanghai"),
        design_flow_m3_d=20000.0,
        outlet=Name("口", "outlet"),
        units=tuple(Unit(name, Name(name, name), UnitStage.WATER) for name in UNITS),
        equipment=(),
        points=tuple(
            Point(f"P{n}", unit_of(n), Name("", ""), PointKind.ANALOG, "mg/L", 0.0, 10.0, "PLC1")
            for n in range(points)
        ),
    )


def open_history(folder: Path, points: int) -> tuple[EmbeddedHistory, dict[str, int]]:
    """Return a site's open history and its series."""
    history = EmbeddedHistory.open(folder / "readings.duckdb")
    made = plant(points)
    return history, history.series_ids(made.id, [point.tag for point in made.points])


class _Watched(CursorRepository):
    """Says how late the live lane was with each batch."""

    def __init__(self, folder: Path, settings: InfluxSettings) -> None:
        engine = open_engine(sqlite_url(folder / "node.sqlite"))
        migrate(engine, StoreKind.NODE)
        super().__init__(engine, "influxdb", settings.address)
        self._clock = SystemClock()
        self.committed: dict[int, int] = {}

    def save(
        self,
        progress: Progress,
        letters: Sequence[Letter],
        lost: int,
        at_us: int,
        reached_us: int | None = None,
    ) -> None:
        super().save(progress, letters, lost, at_us, reached_us)
        now_us = self._clock.monotonic_us()
        for number in [each for each in self.committed if each <= progress.live]:
            late_s = (now_us - self.committed.pop(number)) / US_PER_S
            print(f"late {late_s:.3f} {len(progress.pending)}", flush=True)


async def run(folder: Path, url: str, points: int, quiet: bool) -> None:
    """Take readings and replicate, for good."""
    clock = SystemClock()
    settings = InfluxSettings(url=url, org=ORG, bucket=BUCKET)
    history, series_ids = open_history(folder, points)
    cursor = _Watched(folder, settings)
    lines, client = LineWriter(plant(points), series_ids), InfluxClient(settings, lambda: TOKEN)
    delivery = Delivery(lines, client, settings.rows_per_request)
    replicator = Replicator("influxdb", settings, history, delivery, cursor, clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(replicator.run())
        if not quiet:
            group.create_task(_read(history, list(series_ids.values()), clock, cursor))
        group.create_task(_tell(replicator))


async def _read(history: EmbeddedHistory, ids: list[int], clock: SystemClock, cursor: _Watched) -> None:
    while True:
        await asyncio.sleep(1)
        now_us = clock.now_us()
        samples = SampleBatch.of(ids, now_us, [now_us % 1000 / 7 + each for each in ids], 192)
        batch = await asyncio.to_thread(history.commit, samples, now_us)
        cursor.committed[batch.number] = clock.monotonic_us()


async def _tell(replicator: Replicator) -> None:
    while True:
        await asyncio.sleep(1)
        status = replicator.status
        print(f"status {status.state} {status.queued_rows} {status.lost_rows} {status.sent_rows}", flush=True)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "quiet" in sys.argv))
