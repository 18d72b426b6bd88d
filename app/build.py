"""The composition root: every part made once, here, and handed to whoever needs it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from sqlalchemy import Engine

from alarms.journal import JournalRepository
from alarms.notify.duty_copy import DutyCopy
from alarms.notify.outbox import Outbox
from alarms.notify.service import Pushes
from alarms.service import AlarmService
from api.stream import Stream
from app.clocks import Clocks
from app.collecting import Collector, Receivers, addresses_of, collectors_of
from app.data import DataFolder
from app.data_disk import DataDisk
from app.diagnosis import PointDiagnosis
from app.duty_copying import DutyCopying
from app.handing_over import handovers_of
from app.integrity_check import IntegrityCheck
from app.journal_check import JournalCheck
from app.judging import JudgingParts, judging_of
from app.keeping import FigureKeeping, Housekeeping
from app.links import Links, channels_of
from app.loop_lag import LoopLag
from app.node_watch import NodeWatch
from app.outage_keeping import OutageKeeping
from app.people import PeopleStore
from app.replicating import figure_replicators_of, judgement_replicators_of, replicators_of
from app.reporting import reports_of
from app.status import Status, Upkeep
from app.supervise import Restarts
from collectors.outages import OutageStore
from collectors.quarantine_store import QuarantineStore
from config.folder import PlantFolder
from config.secrets import fallback_of
from history.embedded import EmbeddedHistory
from history.entries import Entries
from history.influx.figures import FigureReplicator
from history.influx.replicator import Replicator
from history.live import LiveTable
from history.measures import measures_of
from history.periods import Periods
from history.settings import retention_of
from history.writer import BatchWriter
from operations.accounts import Accounts
from operations.assessment.service import Assessments
from operations.calls import StoreCalls
from operations.desk import Desk, desk_of
from operations.handover.service import Handovers
from operations.ledger import Ledger
from operations.logbook.feed import LogbookFeed
from operations.logbook.parts import logbook_of
from operations.logbook.photos import PhotoFiles
from operations.logbook.service import Logbook
from operations.notices import Notices
from reports.service import Reports
from reports.staff_month import StaffOfPlant
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.calendar import Calendar
from telemetry.clock import Clock, SystemClock
from telemetry.samples import CommittedBatch

HISTORY_MEMORY_MB: Final = 128
_DESK_THREADS: Final = 4
_SETTLE: Final = timedelta(seconds=20)
"""How long an hour that late readings touched is left, so that those after them come with it."""


@dataclass(frozen=True)
class Stores:
    """What a node keeps, opened and migrated; but for people's records, where they stand on a server."""

    node: Engine
    data: DataFolder
    history: EmbeddedHistory
    journal: JournalRepository
    accounts: Accounts
    people: PeopleStore
    desk_calls: StoreCalls
    photos: PhotoFiles
    disk: DataDisk


@dataclass(frozen=True)
class Parts:
    """A node's parts, wired but not running."""

    folder: PlantFolder
    clock: Clock
    stores: Stores
    series_ids: Mapping[str, int]
    live: LiveTable
    writer: BatchWriter
    links: Links
    outages: OutageStore
    outage_keeping: OutageKeeping
    diagnosis: PointDiagnosis
    watch: NodeWatch
    alarms: AlarmService
    stream: Stream
    status: Status
    journal_check: JournalCheck
    integrity_check: IntegrityCheck
    periods: Periods
    entries: Entries
    desk: Desk
    handovers: Handovers
    logbook: Logbook
    logbook_feed: LogbookFeed
    assessments: Assessments
    pushes: Pushes
    duty_copying: DutyCopying
    notices: Notices
    reports: Reports
    figures: FigureKeeping
    judging: JudgingParts
    housekeeping: Housekeeping
    lag: LoopLag
    restarts: Restarts
    collectors: dict[str, Collector]
    replicators: dict[str, Replicator | FigureReplicator]


@contextmanager
def opened_stores(data: DataFolder, folder: PlantFolder) -> Iterator[Stores]:
    """Yield a data folder's stores; StoreError says which cannot be opened, why, and what to do."""
    with ExitStack() as stack:
        node = open_engine(sqlite_url(data.node))
        stack.callback(node.dispose)
        migrate(node, StoreKind.NODE)
        people = PeopleStore(data.people_url)
        stack.callback(people.close)
        # Sessions and tokens end by the real time, however fast the plant's runs.
        accounts = Accounts(people.engine, SystemClock())
        stack.callback(accounts.close)
        desk_calls = StoreCalls(_DESK_THREADS, "desk")
        stack.callback(desk_calls.close)
        photos = PhotoFiles(data.path)
        stack.callback(photos.close)
        stack.callback(people.end)
        # Closed before all that: it waits for no server, nor for threads that do.
        history = EmbeddedHistory.open(
            data.readings, memory_limit_mb=HISTORY_MEMORY_MB, ahead=folder.node_alarms.device_ahead
        )
        stack.callback(history.close)
        yield Stores(
            node=node,
            data=data,
            history=history,
            journal=JournalRepository(node, plant=folder.plant.id, node=folder.node),
            accounts=accounts,
            people=people,
            desk_calls=desk_calls,
            photos=photos,
            disk=DataDisk(data.reserve),
        )


def wire(folder: PlantFolder, stores: Stores, clock: Clock) -> Parts:
    """Return a node's parts; the collectors come last, with `add_collectors`."""
    plant = folder.plant
    polled = {channel for name, line in folder.modbus.items() for channel in line.by_channel(name)}
    stamped_here = [point.tag for point in plant.points if point.is_own or point.source in polled]
    measures = measures_of(plant)
    series_ids = stores.history.series_ids(
        plant.id,
        [point.tag for point in plant.points],
        stamped_here,
        retention={point.tag: retention_of(point) for point in plant.points},
        hold_us={tag: measure.hold_us for tag, measure in measures.items()},
    )
    periods = Periods(stores.history, measures, settle=_SETTLE)
    live = LiveTable(plant.points, series_ids)
    live.update(stores.history.latest(), stores.history.last_committed_us)
    alarms = AlarmService(
        rules_on=folder.rules_on,
        plant=plant,
        series_ids=series_ids,
        journal=stores.journal,
        history=stores.history,
        clock=clock,
    )
    clocks = _clocks(folder, stores.history, series_ids, frozenset(stamped_here))
    writer = BatchWriter(stores.history, clock, _passing_on(live, alarms, clocks, clock))
    outages = OutageStore(stores.node)
    channels = channels_of(plant)
    outage_keeping = OutageKeeping(outages, channels, clock, stores.history.last_committed_us)
    links = Links(channels, series_ids, writer, outage_keeping)
    watch = NodeWatch(stores.disk, clocks, series_ids, writer, alarms, clock)
    lag, restarts = LoopLag(), Restarts()
    collectors: dict[str, Collector] = {}
    journal_check = JournalCheck(stores.journal)
    readings = replicators_of(folder, stores.history, stores.node, series_ids, clock)
    judging = judging_of(folder, stores.history, periods, stores.node, clock)
    replicators = (
        readings
        | figure_replicators_of(folder, stores.history, periods, stores.node, series_ids, clock, readings)
        | judgement_replicators_of(folder, judging.store, stores.node, clock, readings)
    )
    ledger = Ledger(stores.people.engine, clock, plant=plant.id, node=folder.node)
    integrity_check = IntegrityCheck(stores.data, stores.history, ledger)
    # Turns belong to dates, whatever the hour at which the plant's report day starts.
    desk = desk_of(ledger, stores.desk_calls, Calendar(plant.timezone), folder.rule_sets.leave_steps)
    entries = Entries(stores.history, writer, plant, clock)
    logbook = logbook_of(desk, plant, entries, live, stores.history, stores.photos, clock)
    figures = FigureKeeping(periods, clock)
    housekeeping = Housekeeping(stores.history, folder.history, folder.calendar, clock)
    pushes, duty_copying = _pushes(folder, stores, desk, clock)
    alarms.on_change.append(pushes.wake)
    assessments = Assessments(
        ledger, stores.desk_calls, folder.rule_sets, plant.timezone, alarms, judging.judgements
    )
    handovers = handovers_of(folder, desk, live, periods, alarms, stores.journal, logbook, judging.judgements)
    notices = Notices(plant.id, handovers, desk.leave, pushes, clock, plant.timezone)
    reports = reports_of(
        folder,
        stores.data,
        stores.history,
        periods,
        entries,
        stores.journal,
        desk,
        clock,
        judging.judgements,
        StaffOfPlant(assessments, logbook.counted, handovers.signed, clock),
        failing=lambda: figures.failing or housekeeping.failing,
    )
    status = Status(
        clock,
        stores.history,
        writer,
        links,
        alarms,
        journal_check,
        integrity_check,
        Upkeep(stores.people, figures, housekeeping, judging.task),
        lag,
        restarts,
        collectors,
        replicators,
        pushes,
        duty_copying,
    )
    stream = Stream(
        live=live,
        alarms=alarms,
        clock=clock,
        zone=plant.timezone,
        accounts=stores.accounts,
        status=status.node,
    )
    return Parts(
        folder=folder,
        clock=clock,
        stores=stores,
        series_ids=series_ids,
        live=live,
        writer=writer,
        links=links,
        outages=outages,
        outage_keeping=outage_keeping,
        diagnosis=PointDiagnosis(plant, collectors),
        watch=watch,
        alarms=alarms,
        stream=stream,
        status=status,
        journal_check=journal_check,
        integrity_check=integrity_check,
        periods=periods,
        entries=entries,
        desk=desk,
        handovers=handovers,
        logbook=logbook,
        logbook_feed=LogbookFeed(alarms, logbook, clock),
        assessments=assessments,
        pushes=pushes,
        duty_copying=duty_copying,
        notices=notices,
        reports=reports,
        figures=figures,
        judging=judging,
        housekeeping=housekeeping,
        lag=lag,
        restarts=restarts,
        collectors=collectors,
        replicators=replicators,
    )


def add_collectors(parts: Parts, folder: PlantFolder) -> None:
    """Make the collectors; `folder` may have its connections at other addresses than the plant's own."""
    quarantine = QuarantineStore(parts.stores.node)
    receivers = Receivers(parts.series_ids, parts.writer, parts.links, parts.clock, quarantine)
    parts.collectors.update(collectors_of(folder, receivers))
    parts.status.addresses.update(addresses_of(folder))


def _pushes(folder: PlantFolder, stores: Stores, desk: Desk, clock: Clock) -> tuple[Pushes, DutyCopying]:
    copy = DutyCopy(stores.node)
    settings = folder.push
    # Read once, so that a start says what is wrong; ConfigError where they cannot be had.
    fallback = () if settings is None else fallback_of(settings, folder.path)
    pushes = Pushes(
        settings=settings,
        plant=folder.plant,
        limited=folder.limits_in_force,
        journal=stores.journal,
        outbox=Outbox(stores.node, plant=folder.plant.id, node=folder.node),
        on_call=copy,
        fallback=lambda: fallback,
        clock=clock,
        target_on=folder.rule_sets.online_target,
    )
    return pushes, DutyCopying(desk, copy, clock)


def _clocks(
    folder: PlantFolder, history: EmbeddedHistory, ids: Mapping[str, int], stamped_here: Collection[str]
) -> Clocks:
    own = {series: tag for tag, series in ids.items() if tag in stamped_here}
    others = {series: tag for tag, series in ids.items() if tag not in stamped_here}
    newest = history.latest()
    stamped = newest.select(np.isin(newest.series, list(own)))
    known_us = max(stamped.latest_us, history.last_committed_us)
    return Clocks(own, others, folder.node_alarms.device_ahead, known_us)


def _passing_on(
    live: LiveTable, alarms: AlarmService, clocks: Clocks, clock: Clock
) -> Callable[[CommittedBatch], None]:
    def on_commit(batch: CommittedBatch) -> None:
        clocks.committed(batch, clock.monotonic_us())
        live.update(batch.samples, batch.committed_us)
        alarms.submit(batch)

    return on_commit
