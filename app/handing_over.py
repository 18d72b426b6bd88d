"""Handovers wired: what a node knows of its plant, behind what a handover is filled from."""

from alarms.journal import JournalRepository
from alarms.service import AlarmService
from config.folder import PlantFolder
from history.live import LiveTable
from history.periods import Periods
from operations.desk import Desk
from operations.handover.service import Handovers
from operations.handover.sources import Sources
from operations.handover.staff import StaffNames


def handovers_of(
    folder: PlantFolder,
    desk: Desk,
    live: LiveTable,
    periods: Periods,
    alarms: AlarmService,
    journal: JournalRepository,
) -> Handovers:
    """Return the handovers of a node."""

    def journal_head() -> tuple[int, bytes]:
        head = journal.head()
        return head.records, head.head

    sources = Sources(
        plant=folder.plant,
        limits=folder.limits,
        latest=live.latest,
        active=alarms.active,
        journal_head=journal_head,
        figures=periods,
    )
    return Handovers(desk.ledger, desk.calls, desk.duty, StaffNames(desk.staff), sources, folder.handover)
