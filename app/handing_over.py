"""Handovers wired: what a node knows of its plant, behind what a handover is filled from."""

from collections.abc import Callable, Sequence

from alarms.active import ActiveAlarm
from alarms.compliance.limits import NOT_KNOWN, Water
from alarms.journal import JournalRepository
from alarms.judging.reader import JudgementReader
from alarms.service import AlarmService
from config.folder import PlantFolder
from history.live import Latest, LiveTable
from history.periods import Periods
from operations.desk import Desk
from operations.handover.content import LogLine
from operations.handover.logged import lines
from operations.handover.service import Handovers
from operations.handover.sources import Sources
from operations.handover.staff import StaffNames
from operations.logbook.service import Logbook


def handovers_of(
    folder: PlantFolder,
    desk: Desk,
    live: LiveTable,
    periods: Periods,
    alarms: AlarmService,
    journal: JournalRepository,
    logbook: Logbook,
    judgements: JudgementReader,
) -> Handovers:
    """Return the handovers of a node."""
    sources = sources_of(folder, live.latest, alarms.active, journal, periods, logbook, judgements)
    return Handovers(desk.ledger, desk.calls, desk.duty, StaffNames(desk.staff), sources, folder.handover)


def sources_of(
    folder: PlantFolder,
    latest: Callable[[str, int], Latest],
    active: Callable[[], Sequence[ActiveAlarm]],
    journal: JournalRepository,
    periods: Periods,
    logbook: Logbook,
    judgements: JudgementReader,
) -> Sources:
    """Return what a handover is filled from, by what tells the readings and the alarms that stand."""

    def journal_head() -> tuple[int, bytes]:
        head = journal.head()
        return head.records, head.head

    async def log(from_us: int, to_us: int) -> list[LogLine]:
        return lines(await logbook.listed(from_us, to_us))

    async def water(at_us: int) -> Water:
        day = folder.calendar.day_of(at_us)
        return (await judgements.water(day, day)).get(day, NOT_KNOWN)

    return Sources(
        plant=folder.plant,
        limits=folder.limits,
        latest=latest,
        active=active,
        journal_head=journal_head,
        figures=periods,
        log=log,
        water=water,
    )
