"""A node's parts behind a real API: the demo's plant, a real history, real alarms, no collectors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import URL
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from alarms.journal import JournalRepository
from alarms.notify.duty_copy import DutyCopy
from alarms.notify.outbox import Outbox
from alarms.notify.permitted import KINDS
from alarms.notify.service import Pushes
from alarms.notify.settings import PushSettings
from alarms.service import AlarmService
from api.admission import HostRule
from api.build import api_router, install_error_handlers
from api.feed import NodeStatus
from api.metrics import MetricsSources
from api.services import ApiServices, Health
from api.stream import Stream, StreamSettings
from app.data import DataFolder
from app.handing_over import handovers_of
from app.judging import JudgingParts, judging_of
from app.middleware import AccessMiddleware
from app.reporting import reports_of
from collectors.figures import ConnectionFigures
from config.folder import PlantFolder
from config.rule_sets import shipped_rule_sets
from history.embedded import EmbeddedHistory, Note
from history.entries import Entries
from history.live import LiveTable
from history.measures import measures_of
from history.periods import Periods
from history.targets import DeadLetter, TargetState, TargetStatus
from operations.accounts import Accounts
from operations.assessment.service import Assessments
from operations.calls import StoreCalls
from operations.desk import Desk, desk_of
from operations.handover.service import Handovers
from operations.ledger import Ledger
from operations.logbook.parts import logbook_of
from operations.logbook.photos import PhotoFiles
from operations.logbook.service import Logbook
from reports.service import Reports
from reports.staff_month import StaffOfPlant
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.calendar import Calendar
from telemetry.clock import US_PER_S, to_us
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.clock import MovedClock

NOW = datetime.fromisoformat("2026-11-21T08:00:00+08:00")


@dataclass
class Writer:
    """Figures of a writer, as the test sets them."""

    queued_rows: int = 3
    lost_rows: int = 0
    committed_rows: int = 0
    last_commit_seconds: float = 0.004
    failing: str | None = None


@dataclass
class Upkeep:
    """Figures of what is kept going beside, as the test sets them."""

    people_away: str | None = None
    figures_failing: str | None = None
    figures_behind_us: int = 0
    judging_failing: str | None = None
    judging_behind_us: int = 0
    housekeeping_failing: str | None = None
    compacted_us: int | None = None


@dataclass
class Influx:
    """A replication target that stands as the test says."""

    status: TargetStatus
    letters: list[DeadLetter] = field(default_factory=list)

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[DeadLetter]:
        newest = sorted(self.letters, key=lambda letter: -letter.id)
        return [letter for letter in newest if before is None or letter.id < before][:limit]


@dataclass
class Noting:
    """Commits at once what people made."""

    history: EmbeddedHistory
    clock: MovedClock

    async def append_noted(self, note: Note) -> int:
        """Keep what a note makes."""
        return self.history.commit_noted(note, self.clock.now_us()).number


@dataclass
class Node:
    """The parts, and a way to have readings come in."""

    app: ASGIApp
    routes: Sequence[BaseRoute]
    folder: PlantFolder
    clock: MovedClock
    history: EmbeddedHistory
    periods: Periods
    judging: JudgingParts
    entries: Entries
    desk: Desk
    handovers: Handovers
    logbook: Logbook
    assessments: Assessments
    live: LiveTable
    alarms: AlarmService
    accounts: Accounts
    stream: Stream
    writer: Writer
    series_ids: dict[str, int]
    connections: list[ConnectionFigures]
    targets: dict[str, Influx]
    upkeep: Upkeep
    pushes: Pushes
    duty_copy: DutyCopy
    reports: Reports
    health: Health = field(default_factory=Health)

    def read(self, *rows: tuple[str, float, float], quality: int = Quality.GOOD) -> None:
        """Commit samples: tag, seconds from now, value."""
        tags, seconds, values = zip(*rows, strict=True)
        now_us = self.clock.now_us()
        times_us = [now_us + round(offset * US_PER_S) for offset in seconds]
        samples = SampleBatch.of([self.series_ids[tag] for tag in tags], times_us, values, quality)
        batch = self.history.commit(samples, now_us)
        self.writer.committed_rows += len(batch.samples)
        self.live.update(batch.samples, now_us)
        self.alarms.submit(batch)


@asynccontextmanager
async def running_node(
    folder: PlantFolder,
    accounts: Accounts,
    data: Path,
    settings: StreamSettings | None = None,
    people_url: URL | None = None,
) -> AsyncIterator[Node]:
    """Yield a node whose alarms and stream run; people's work is kept in a SQLite file if nowhere else."""
    clock, writer = MovedClock(to_us(NOW)), Writer()
    engine = open_engine(sqlite_url(data / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    history = EmbeddedHistory.open(data / "readings.duckdb")
    series_ids = history.series_ids(folder.plant.id, [point.tag for point in folder.plant.points])
    periods = Periods(history, measures_of(folder.plant))
    live = LiveTable(folder.plant.points, series_ids)
    journal = JournalRepository(engine, plant=folder.plant.id, node=folder.node)
    alarms = AlarmService(
        rules_on=folder.rules_on,
        plant=folder.plant,
        series_ids=series_ids,
        journal=journal,
        history=history,
        clock=clock,
    )
    people = open_engine(people_url or sqlite_url(data / "people.sqlite"))
    migrate(people, StoreKind.PEOPLE)
    ledger = Ledger(people, clock, plant=folder.plant.id, node=folder.node)
    desk = desk_of(
        ledger, StoreCalls(2, "desk"), Calendar(folder.plant.timezone), shipped_rule_sets().leave_steps
    )
    entries = Entries(history, Noting(history, clock), folder.plant, clock)
    photos = PhotoFiles(data)
    logbook = logbook_of(desk, folder.plant, entries, live, history, photos, clock)
    assessments = Assessments(ledger, desk.calls, folder.rule_sets, folder.plant.timezone, alarms)
    judging = judging_of(folder, history, periods, engine, clock)
    handovers = handovers_of(folder, desk, live, periods, alarms, journal, logbook, judging.judgements)
    reports = reports_of(
        folder,
        DataFolder(data),
        history,
        periods,
        entries,
        journal,
        desk,
        clock,
        judging.judgements,
        StaffOfPlant(assessments, logbook.counted, handovers.signed, clock),
    )
    links = {"PLC1": LinkState.UP, "MQTT.LS2": LinkState.DOWN}
    connections = [connection(clock.now_us())]
    targets: dict[str, Influx] = {}
    stream = Stream(
        live=live,
        alarms=alarms,
        clock=clock,
        zone=folder.plant.timezone,
        accounts=accounts,
        status=lambda: NodeStatus(
            writer.committed_rows,
            writer.queued_rows,
            writer.lost_rows,
            120,
            links,
            {name: target.status for name, target in targets.items()},
        ),
        settings=settings,
    )
    duty_copy = DutyCopy(engine)
    pushes = Pushes(
        settings=PushSettings(
            public_url="http://127.0.0.1:8080",
            gather=timedelta(0),
            kinds=(*KINDS, "json"),
            private=("127.0.0.1",),
        ),
        plant=folder.plant,
        limited=folder.limits_in_force,
        journal=JournalRepository(engine, plant=folder.plant.id, node=folder.node),
        outbox=Outbox(engine, plant=folder.plant.id, node=folder.node),
        on_call=duty_copy,
        fallback=tuple,
        clock=clock,
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    door = AccessMiddleware(app, accounts, HostRule.of("127.0.0.1"))
    node = Node(
        door,
        app.router.routes,
        folder,
        clock,
        history,
        periods,
        judging,
        entries,
        desk,
        handovers,
        logbook,
        assessments,
        live,
        alarms,
        accounts,
        stream,
        writer,
        series_ids,
        connections,
        targets,
        Upkeep(),
        pushes,
        duty_copy,
        reports,
    )
    services = ApiServices(
        folder=folder,
        clock=clock,
        live=live,
        history=history,
        origins=history,
        periods=periods,
        judgements=node.judging.judgements,
        entries=node.entries,
        reports=reports,
        desk=desk,
        assessments=assessments,
        handovers=handovers,
        alarms=alarms,
        accounts=accounts,
        stream=stream,
        health=lambda: node.health,
        metrics=MetricsSources(
            writer=writer,
            upkeep=node.upkeep,
            committed_batches=lambda: history.last_number,
            connections=lambda: connections,
            targets=lambda: [target.status for target in targets.values()],
            loop_lag_s=lambda: 0.003,
            task_restarts=lambda: {"links": 1},
            version="0.1.0",
        ),
        targets=targets,
        logbook=logbook,
        pushes=pushes,
    )
    app.include_router(api_router(services))
    install_error_handlers(app)
    await alarms.start()
    tasks = [
        asyncio.create_task(alarms.run(), name="alarms"),
        asyncio.create_task(stream.run(), name="stream"),
    ]
    try:
        await asyncio.sleep(0)
        yield node
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        history.close()
        photos.close()
        desk.calls.close()
        people.dispose()
        engine.dispose()


def connection(since_us: int) -> ConnectionFigures:
    """Return a device that answers."""
    return ConnectionFigures(
        name="PLC1",
        kind="modbus",
        state=LinkState.UP,
        since_us=since_us,
        last_error=None,
        latency_s=0.012,
        requests=40,
        failures=2,
        samples=900,
        set_aside={"missed": 7},
    )


def influx(**changed: Any) -> Influx:
    """Return a target that has everything, but as far as `changed` says otherwise."""
    well: dict[str, Any] = {
        "name": "influxdb",
        "state": TargetState.UP,
        "since_us": to_us(NOW),
        "lag_s": 0.0,
        "queued_rows": 0,
        "lost_rows": 0,
        "sent_rows": 1200,
        "last_error": None,
    }
    return Influx(TargetStatus(**well | changed))


async def until(seen: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return the first thing that is there; fails when nothing comes."""
    for _ in range(round(seconds / 0.01)):
        if found := seen():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def mask(node: Node, tag: str, bit: str) -> float:
    """Return the value of a status word with only this bit set."""
    found = node.folder.plant.point_by_tag[tag].bit(bit)
    assert found is not None
    return float(found.mask)


def tags_of(items: Sequence[dict[str, Any]]) -> list[str]:
    """Return the tags of items."""
    return [item["tag"] for item in items]
