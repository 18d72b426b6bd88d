"""What routes of people's work have in common: who acts, names in two languages, turns."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from api.formats import local_time
from api.names import NameShape, name_shape
from api.routes import principal_of
from operations.desk import Desk
from operations.roster.reading import RosterLine
from operations.roster.slots import Cause
from telemetry.duty import Shift

_OPEN_CAUSES: Final = (Cause.PLANNED, Cause.REPUBLISHED)
"""What everybody may know: that a turn was swapped, covered or left tells of somebody's leave."""


class ShiftShape(BaseModel):
    """A turn; `day` is the date it belongs to, the one in which it starts."""

    key: str = Field(examples=["2026-11-21/evening"])
    name: NameShape
    day: str
    start: str
    end: str


class OnShiftShape(BaseModel):
    """Somebody on the roster for a turn; `entry` is the record that says so."""

    entry: str
    shift: ShiftShape
    person: str
    number: str
    name: str
    category: str
    post: str
    post_name: NameShape
    crew: str | None
    crew_name: NameShape | None
    signed: bool | None = Field(
        description="whether somebody signed in; of others' turns only while they go on, or with the right"
    )
    signed_in: str | None = Field(description="of others only with the right to see attendance")
    signed_out: str | None
    replaces: str | None = Field(description="who was released")
    cause: str | None = Field(description="null where it was asked for, and is not the reader's business")
    request: str | None = Field(description="the request for leave, a swap or a cover behind it")
    recorded: str
    by: str | None


def shift_shape(shift: Shift, zone: tzinfo) -> dict[str, Any]:
    """Return a turn."""
    return {
        "key": shift.key,
        "name": name_shape(shift.name),
        "day": shift.day,
        "start": local_time(shift.start_us, zone),
        "end": local_time(shift.end_us, zone),
    }


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the roster: `person` is who they are on it, `all` whether attendance is theirs to see.

    `now_us` is None where the roster of another moment was asked for: then nobody else's turn goes on.
    """

    all: bool
    person: UUID | None
    now_us: int | None

    def sees(self, line: RosterLine) -> bool:
        """Return whether when somebody came, and why they stand there, may be told."""
        return self.all or line.on.person == self.person

    def signed(self, line: RosterLine) -> bool | None:
        """Return whether somebody signed in, as far as it may be told."""
        shift, now_us = line.on.shift, self.now_us
        going_on = now_us is not None and shift.start_us <= now_us < shift.end_us
        return line.on.signed_in_us is not None if going_on or self.sees(line) else None


async def reader_of(request: Request, desk: Desk, now_us: int | None) -> Reader:
    """Return who reads the roster; `now_us` None where it is asked for as it was known before."""
    principal = principal_of(request)
    if principal.sees_attendance:
        return Reader(True, None, now_us)
    own = await desk.staff.person_of(principal.account_id)
    return Reader(False, own.person if own else None, now_us)


def line_shape(line: RosterLine, zone: tzinfo, reader: Reader) -> dict[str, Any]:
    """Return somebody on the roster, as far as its reader may know."""
    on, seen = line.on, reader.sees(line)
    told = seen or line.cause in _OPEN_CAUSES
    return {
        "entry": str(on.assignment),
        "shift": shift_shape(on.shift, zone),
        "person": str(on.person),
        "number": on.number,
        "name": on.name,
        "category": on.category,
        "post": str(on.post),
        "post_name": name_shape(on.post_name),
        "crew": str(on.crew) if on.crew else None,
        "crew_name": name_shape(on.crew_name),
        "signed": reader.signed(line),
        "signed_in": local_time(on.signed_in_us, zone) if seen else None,
        "signed_out": local_time(on.signed_out_us, zone) if seen else None,
        "replaces": str(on.replaces) if on.replaces else None,
        "cause": line.cause.value if told else None,
        "request": str(line.request) if line.request and seen else None,
        "recorded": local_time(line.recorded_us, zone),
        "by": line.by if told else None,
    }
