"""Journals and histories for tests."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from alarms.journal import Entry, JournalRecord, JournalRepository, Progress
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition, next_state
from storage.engine import open_engine, sqlite_url
from storage.ids import uuid7
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.errors import StoreError
from telemetry.people import Actor
from telemetry.protocols import Aggregate, Windows
from telemetry.samples import CommittedBatch, SampleBatch
from tests.alarms.plants import T0, S

WANG = Actor(UUID("0199c000-0000-7000-8000-000000000001"), "王磊")
LI = Actor(UUID("0199c000-0000-7000-8000-000000000002"), "李静")


def node_engine(folder: Path) -> Engine:
    engine = open_engine(sqlite_url(folder / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    return engine


def repository(engine: Engine) -> JournalRepository:
    return JournalRepository(engine, plant="fangcheng1", node="node-1")


def transition(
    event: AlarmEvent = AlarmEvent.RAISE,
    state: AlarmState = AlarmState.NORMAL,
    *,
    at_s: float = 0.0,
    key: str = "AE_DO1.H",
    value: float = 5.0,
    limit: float = 4.0,
    batch: int = 1,
) -> Transition:
    after = next_state(state, event)
    assert after is not None
    return Transition(key, event, state, after, T0 + round(at_s * S), value, limit, batch)


def entry(
    done: Transition, occurrence: UUID | None = None, actor: Actor | None = None, comment: str = ""
) -> Entry:
    made = uuid7(done.at_us)
    tag = done.key.rpartition(".")[0]
    return Entry(
        made, done, tag, RuleKind.HIGH, Priority.MEDIUM, occurrence or made, actor=actor, comment=comment
    )


def progress(through: int = 1, snapshot: bytes = b"s", at_s: float = 0.0) -> Progress:
    return Progress(through, T0 + round(at_s * S), snapshot)


class ManualClock:
    """A clock whose time of day is set by hand; waiting takes real time."""

    speed = 1.0

    def __init__(self) -> None:
        self.at_s = 0.0

    def now_us(self) -> int:
        return T0 + round(self.at_s * S)

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1000


class ShakyJournal(JournalRepository):
    """A journal that can be made to refuse, or to take its time."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, plant="fangcheng1", node="node-1")
        self.refuses: str | None = None
        self.open = threading.Event()
        self.open.set()
        self.tries = 0

    def write(self, entries: Sequence[Entry], progress: Progress, recorded_us: int) -> list[JournalRecord]:
        self.tries += 1
        self.open.wait(timeout=9)
        if self.refuses is not None:
            raise StoreError(self.refuses)
        return super().write(entries, progress, recorded_us)


class MemoryHistory:
    """A history of batches in memory; `failing` makes it refuse."""

    def __init__(self, batches: Sequence[CommittedBatch] = ()) -> None:
        self.batches = list(batches)
        self.failing = False
        self.reads = 0

    def commit(self, samples: SampleBatch, at_s: float) -> CommittedBatch:
        number = self.batches[-1].number + 1 if self.batches else 1
        self.batches.append(CommittedBatch(number, T0 + round(at_s * S), samples))
        return self.batches[-1]

    async def batches_after(self, number: int, limit: int) -> list[CommittedBatch]:
        self.reads += 1
        if self.failing:
            raise StoreError("readings.duckdb: disk I/O error")
        return [batch for batch in self.batches if batch.number > number][:limit]

    async def samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        raise NotImplementedError

    async def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int, aggregate: Aggregate, offset_us: int = 0
    ) -> Windows:
        raise NotImplementedError
