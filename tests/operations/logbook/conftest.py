"""A logbook on a real SQLite and a real PostgreSQL, a real history, and a roster as the test says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from history.embedded import EmbeddedHistory, Note
from history.entries import Entries
from history.live import LiveTable
from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.logbook.moments import Moments
from operations.logbook.photos import PhotoFiles
from operations.logbook.service import Logbook
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift, Shift
from telemetry.errors import StoreAway
from telemetry.people import Actor
from telemetry.plant import Name
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.clock import MovedClock

HOUR_US = 3_600 * US_PER_S
LI, WANG = Actor(UUID(int=7), "li"), Actor(UUID(int=8), "wang")
CREW = UUID(int=70)


@dataclass
class Roster:
    """A roster whose turns are of eight hours, one person on each; it may be away."""

    away: bool = False
    empty: bool = False
    asked: int = 0

    async def on_shift(self, at_us: int, post: UUID | None = None) -> Sequence[OnShift]:
        self.asked += 1
        if self.away:
            raise StoreAway("the people's store is away")
        return () if self.empty else (self._turn(at_us // (8 * HOUR_US)),)

    async def between(self, from_us: int, to_us: int) -> Sequence[OnShift]:
        first, last = from_us // (8 * HOUR_US), (to_us - 1) // (8 * HOUR_US)
        return [self._turn(number) for number in range(first, last + 1)]

    def _turn(self, number: int) -> OnShift:
        start_us = number * 8 * HOUR_US
        shift = Shift(
            f"turn/{number}", Name("中班", "evening"), "2026-11-21", start_us, start_us + 8 * HOUR_US
        )
        return OnShift(
            UUID(int=1000 + number),
            shift,
            UUID(int=50),
            "017",
            "李静",
            "operator",
            UUID(int=60),
            Name("中控", "control room"),
            CREW,
            Name("甲班", "crew A"),
        )


@dataclass
class Noting:
    """Commits at once what people made."""

    history: EmbeddedHistory
    clock: MovedClock

    async def append_noted(self, note: Note) -> int:
        return self.history.commit_noted(note, self.clock.now_us()).number


@dataclass
class Site:
    """A logbook with what stands behind it."""

    logbook: Logbook
    ledger: Ledger
    history: EmbeddedHistory
    live: LiveTable
    entries: Entries
    roster: Roster
    clock: MovedClock
    series_ids: dict[str, int]
    folder: PlantFolder
    people: dict[UUID, UUID] = field(default_factory=dict)

    def read(self, tag: str, value: float, seconds: float = 0, quality: int = Quality.GOOD) -> None:
        """Have a sample of so many seconds from now come in."""
        at_us = self.clock.now_us() + round(seconds * US_PER_S)
        samples = SampleBatch.of([self.series_ids[tag]], [at_us], [value], quality)
        batch = self.history.commit(samples, self.clock.now_us())
        self.live.update(batch.samples, self.clock.now_us())


@pytest.fixture(scope="session")
def folder() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


@pytest.fixture
def site(engine: Engine, clock: MovedClock, folder: PlantFolder, tmp_path: Path) -> Iterator[Site]:
    plant = folder.plant
    history = EmbeddedHistory.open(tmp_path / "readings.duckdb")
    ids = history.series_ids(plant.id, [point.tag for point in plant.points])
    live = LiveTable(plant.points, ids)
    ledger = Ledger(engine, clock, plant=plant.id, node="n1")
    entries = Entries(history, Noting(history, clock), plant, clock)
    roster, people = Roster(), {LI.account_id: UUID(int=50)}
    calls = StoreCalls(2, "desk")

    async def person_of(account: UUID) -> UUID | None:
        return people.get(account)

    logbook = Logbook(
        ledger=ledger,
        calls=calls,
        plant=plant,
        entries=entries,
        moments=Moments(live, history, clock),
        photos=PhotoFiles(tmp_path),
        clock=clock,
        duty=roster,
        person_of=person_of,
    )
    yield Site(logbook, ledger, history, live, entries, roster, clock, ids, folder, people)
    calls.close()
    history.close()
