"""What the logbook's answers look like."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.formats import QUALITIES, QualityShape, local_time
from api.names import name_shape
from operations.logbook.records import Author, LogEntry, LogKind, Raised
from telemetry.duty import OnShift


class ReadingOfMoment(BaseModel):
    """What a point said at the moment of the entry."""

    tag: str
    value: float | None
    quality: QualityShape
    time: str
    stale: bool


class EnteredShape(BaseModel):
    """A value entered with the entry; `entry` is an id of /api/v1/entries."""

    tag: str
    value: float
    entry: UUID


class RaisedShape(BaseModel):
    """The alarm that an entry was made of."""

    alarm: UUID
    rule: str
    tag: str
    priority: str
    value: float | None
    limit: float | None


class OnShiftShape(BaseModel):
    """Who stood on the roster then, as it is known now."""

    person: UUID
    number: str
    name: str
    post: dict[str, str]
    crew: dict[str, str] | None
    shift: str


class AmendmentShape(BaseModel):
    """Other words: `former` stood before, `text` after."""

    id: UUID
    former: str
    text: str
    reason: str
    by: str
    recorded: str


class FollowUpShape(BaseModel):
    """What was added."""

    id: UUID
    at: str
    recorded: str
    text: str
    by: str | None
    raised: RaisedShape | None


class PhotoShape(BaseModel):
    """A photo, to be had at `href`; `?small=true` is 480 px wide or high."""

    href: str
    width: int
    height: int
    by: str
    recorded: str


class LogEntryShape(BaseModel):
    """An entry as it stands; `by` is null where the node wrote it."""

    id: UUID
    kind: LogKind
    at: str
    recorded: str
    by: str | None
    person: UUID | None
    turn: str | None
    unit: str | None
    tags: list[str]
    equipment: list[str]
    text: str
    readings: list[ReadingOfMoment]
    values: list[EnteredShape]
    raised: RaisedShape | None
    on_shift: list[OnShiftShape]
    amendments: list[AmendmentShape]
    follow_ups: list[FollowUpShape]
    photos: list[PhotoShape]


def shape_of(entry: LogEntry, on_shift: Sequence[OnShift], zone: tzinfo) -> dict[str, Any]:
    """Return an entry as it is answered, with who stood on the roster then."""
    return {
        "id": str(entry.id),
        "kind": entry.kind.value,
        "at": local_time(entry.at_us, zone),
        "recorded": local_time(entry.recorded_us, zone),
        "by": _name(entry.by),
        "person": str(entry.person) if entry.person else None,
        "turn": entry.turn,
        "unit": entry.unit,
        "tags": entry.tags,
        "equipment": entry.equipment,
        "text": entry.text,
        "readings": [
            {
                "tag": one.tag,
                "value": one.value,
                "quality": QUALITIES[one.quality],
                "time": local_time(one.time_us, zone),
                "stale": one.stale,
            }
            for one in entry.readings
        ],
        "values": [{"tag": one.tag, "value": one.value, "entry": str(one.entry)} for one in entry.entered],
        "raised": _raised(entry.raised, entry.alarm),
        "on_shift": [_stands(one) for one in on_shift],
        "amendments": [
            {
                "id": str(one.id),
                "former": one.former,
                "text": one.text,
                "reason": one.reason,
                "by": one.by.name,
                "recorded": local_time(one.recorded_us, zone),
            }
            for one in entry.amendments
        ],
        "follow_ups": [
            {
                "id": str(one.id),
                "at": local_time(one.at_us, zone),
                "recorded": local_time(one.recorded_us, zone),
                "text": one.text,
                "by": _name(one.by),
                "raised": _raised(one.raised, one.alarm),
            }
            for one in entry.follow_ups
        ],
        "photos": [
            {
                "href": f"/api/v1/logbook/photos/{one.sha256}.jpg",
                "width": one.width,
                "height": one.height,
                "by": one.by.name,
                "recorded": local_time(one.recorded_us, zone),
            }
            for one in entry.photos
        ],
    }


def _raised(found: Raised | None, alarm: UUID | None) -> dict[str, Any] | None:
    if found is None:
        return None
    kept = {name: getattr(found, name) for name in ("rule", "tag", "priority", "value", "limit")}
    return {"alarm": str(alarm), **kept}


def _stands(one: OnShift) -> dict[str, Any]:
    crew = one.crew_name
    return {
        "person": str(one.person),
        "number": one.number,
        "name": one.name,
        "post": name_shape(one.post_name),
        "crew": name_shape(crew),
        "shift": one.shift.key,
    }


def _name(author: Author | None) -> str | None:
    return None if author is None else author.name
