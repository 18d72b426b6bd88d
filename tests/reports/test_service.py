"""Making a report where the figures do not come, where nobody waits for it, and where there is no room."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from history.embedded import EmbeddedHistory
from history.hour_store import Change
from history.hours import Hours
from history.measures import Measure, measures_of
from history.periods import Periods
from reports.archive import Archive, ReportNotMade
from reports.collect import Sources
from reports.service import Reports
from telemetry.errors import TooMany
from tests.clock import MovedClock
from tests.reports.months import month
from tests.reports.sources import FOLDER, sources_of


@dataclass
class Hanging:
    """Figures that do not come before they are told to."""

    periods: Periods
    come: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: int = 0

    async def hours_of_many(
        self, tags: Sequence[str], from_us: int, to_us: int, now_us: int
    ) -> dict[str, Hours]:
        self.asked += 1
        self.begun.set()
        try:
            await self.come.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await self.periods.hours_of_many(tags, from_us, to_us, now_us)

    def measure(self, tag: str) -> Measure:
        return self.periods.measure(tag)

    async def changed(self, before: int | None, limit: int) -> list[Change]:
        return []


@dataclass
class Site:
    """What makes reports, at the end of a month without a reading."""

    sources: Sources
    figures: Hanging
    folder: Path

    def reports(self, failing: str | None = None, patience_s: float = 60.0) -> Reports:
        clock = MovedClock(month().to_us)
        return Reports(self.sources, Archive(self.folder), clock, lambda: 0, lambda: failing, patience_s)

    @property
    def left(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    plant = FOLDER.plant
    history = EmbeddedHistory.open(tmp_path / "readings.duckdb")
    history.series_ids(plant.id, [point.tag for point in plant.points])
    figures = Hanging(Periods(history, measures_of(plant)))
    sources = sources_of(history, figures)
    yield Site(sources, figures, tmp_path / "reports")
    history.close()


async def test_a_month_that_cannot_be_collected_in_time_says_why_and_shuts_nobody_out(site: Site) -> None:
    reports = site.reports("readings.duckdb: 12 MB are left on this disk; free space on it", patience_s=0.05)

    answers = await asyncio.gather(*(reports.make("2026-10") for _ in range(4)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [ReportNotMade] * 3 + [TooMany]
    refused = answers[0]
    assert isinstance(refused, ReportNotMade)
    assert (refused.status, refused.code) == (503, "report_too_slow")
    assert str(refused) == (
        "2026-10 could not be collected within 0 s: hour figures cannot be kept (readings.duckdb: 12 MB are"
        " left on this disk; free space on it); mend that; try again when the node has less to do"
    )
    assert (site.figures.asked, site.figures.given_up, site.left) == (3, 3, [])
    site.figures.come.set()
    assert (await site.reports().make("2026-10")).month == "2026-10"


async def test_who_gives_up_leaves_nothing_running_and_lets_the_next_in(site: Site) -> None:
    reports = site.reports()
    asking = [asyncio.create_task(reports.make("2026-10")) for _ in range(3)]
    await site.figures.begun.wait()

    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)

    assert (site.figures.asked, site.figures.given_up) == (1, 1)
    site.figures.come.set()
    made = await reports.make("2026-10")
    assert [one.name for one in site.left] == [made.id]


async def test_a_disk_with_too_little_room_takes_no_report_and_nothing_is_collected(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=40, f_frsize=1 << 20))

    with pytest.raises(
        ReportNotMade, match=r"^40 MB are left .* and 64 must be.*: free space on it"
    ) as refused:
        await site.reports().make("2026-10")

    assert (refused.value.code, site.figures.asked, site.left) == ("report_no_room", 0, [])
