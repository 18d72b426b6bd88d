"""The logbook, put together on the desk's ledger, threads and roster."""

from uuid import UUID

from history.entries import Entries
from history.live import LiveTable
from operations.desk import Desk
from operations.logbook.moments import Moments
from operations.logbook.photos import PhotoFiles
from operations.logbook.service import Logbook
from telemetry.clock import Clock
from telemetry.plant import Plant
from telemetry.protocols import HistoryReader


def logbook_of(
    desk: Desk,
    plant: Plant,
    entries: Entries,
    live: LiveTable,
    history: HistoryReader,
    photos: PhotoFiles,
    clock: Clock,
) -> Logbook:
    """Return the logbook of a plant."""

    async def person_of(account_id: UUID) -> UUID | None:
        member = await desk.staff.person_of(account_id)
        return None if member is None else member.person

    return Logbook(
        ledger=desk.ledger,
        calls=desk.calls,
        plant=plant,
        entries=entries,
        moments=Moments(live, history, clock),
        photos=photos,
        clock=clock,
        duty=desk.duty,
        person_of=person_of,
    )
