"""What routes of people's work have in common: who acts, names in two languages, turns."""

from datetime import tzinfo
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.formats import local_time
from api.routes import principal_of
from operations.roster.reading import RosterLine
from telemetry.duty import Shift
from telemetry.people import Actor
from telemetry.plant import Name


class NameShape(BaseModel):
    """A name in Chinese and in English."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1, max_length=64, examples=["甲班"])
    en: str = Field(min_length=1, max_length=64, examples=["Crew A"])

    @property
    def name(self) -> Name:
        """The name."""
        return Name(self.zh, self.en)


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
    signed_in: str | None
    signed_out: str | None
    replaces: str | None = Field(description="who was released")
    cause: str
    request: str | None = Field(description="the request for leave, a swap or a cover behind it")
    recorded: str
    by: str | None


def actor_of(request: Request) -> Actor:
    """Return who asks, as records name it."""
    principal = principal_of(request)
    return Actor(principal.account_id, principal.name)


def name_shape(name: Name | None) -> dict[str, str] | None:
    """Return a name in both languages."""
    return None if name is None else {"zh": name.zh, "en": name.en}


def shift_shape(shift: Shift, zone: tzinfo) -> dict[str, Any]:
    """Return a turn."""
    return {
        "key": shift.key,
        "name": name_shape(shift.name),
        "day": shift.day,
        "start": local_time(shift.start_us, zone),
        "end": local_time(shift.end_us, zone),
    }


def line_shape(line: RosterLine, zone: tzinfo) -> dict[str, Any]:
    """Return somebody on the roster."""
    on = line.on
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
        "signed_in": local_time(on.signed_in_us, zone),
        "signed_out": local_time(on.signed_out_us, zone),
        "replaces": str(on.replaces) if on.replaces else None,
        "cause": line.cause.value,
        "request": str(line.request) if line.request else None,
        "recorded": local_time(line.recorded_us, zone),
        "by": line.by,
    }
