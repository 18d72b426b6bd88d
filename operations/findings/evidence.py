"""What findings rest on: the records they name, looked up so that a page can open them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from alarms.journal import JournalRecord
from operations.attendance.events import AttendanceEvent, AttendanceEvents
from operations.leave.requests import LeaveRequest
from operations.leave.service import LeaveService
from operations.logbook.records import LogEntry
from operations.logbook.service import Logbook
from telemetry.errors import Invalid

ALARMS: Final = "alarms"
LOG_ENTRIES: Final = "log_entries"
PHOTOS: Final = "photos"
ASKED: Final = "asked"
SETTLED: Final = "settled"


class Alarms(Protocol):
    """Knows what happened to an alarm."""

    async def occurrence(self, alarm_id: UUID) -> list[JournalRecord]:
        """Return its records; none for an alarm that nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """The records that evidence names, by id."""

    requests: Mapping[UUID, LeaveRequest]
    settlements: Mapping[UUID, AttendanceEvent]
    entries: Mapping[UUID, LogEntry]


class Evidence:
    """Looks evidence up. Calls raise StoreAway while the people's store is away."""

    def __init__(
        self, leave: LeaveService, attendance: AttendanceEvents, logbook: Logbook, alarms: Alarms
    ) -> None:
        self._leave = leave
        self._attendance = attendance
        self._logbook = logbook
        self._alarms = alarms

    async def opened(self, told: Iterable[Mapping[str, object]], requests: Iterable[UUID] = ()) -> Opened:
        """Return what evidence names, and further requests; what is not there is left out."""
        every = list(told)
        asked = {*requests, *(id for one in every for id in ids_of(one, ASKED))}
        settled = {id for one in every for id in ids_of(one, SETTLED)}
        entries = {id for one in every for id in ids_of(one, LOG_ENTRIES)}
        return Opened(
            requests=await self._leave.some(sorted(asked)) if asked else {},
            settlements=await self._attendance.some(sorted(settled)) if settled else {},
            entries=await self._logbook.some(sorted(entries)) if entries else {},
        )

    async def check(self, told: Mapping[str, object]) -> None:
        """Raise Invalid `evidence_unknown` for what names no record of this plant."""
        entries = ids_of(told, LOG_ENTRIES)
        held = await self._logbook.some(entries) if entries else {}
        for entry in entries:
            if entry not in held:
                raise _unknown("log entry", str(entry))
        photos = names_of(told, PHOTOS)
        known = await self._logbook.photos_held(photos) if photos else set()
        for photo in photos:
            if photo not in known:
                raise _unknown("photo", photo)
        for alarm in ids_of(told, ALARMS):
            if not await self._alarms.occurrence(alarm):
                raise _unknown("alarm", str(alarm))


def names_of(told: Mapping[str, object], name: str) -> Sequence[str]:
    """Return what evidence names of a sort."""
    found = told.get(name)
    if isinstance(found, list):
        return [str(one) for one in found]
    return [] if found is None else [str(found)]


def ids_of(told: Mapping[str, object], name: str) -> Sequence[UUID]:
    """Return the ids that evidence names of a sort."""
    return [UUID(one) for one in names_of(told, name)]


def _unknown(what: str, id: str) -> Invalid:
    return Invalid("evidence_unknown", f"there is no {what} {id}")
