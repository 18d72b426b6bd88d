"""`/api/v1/alarms`: what is wrong now, acknowledging it, and what was."""

from datetime import tzinfo
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from alarms.active import rank
from alarms.journal import JournalRecord
from alarms.settings import RuleKind
from alarms.states import AlarmEvent, AlarmState
from api.alarm_shape import AlarmShape, alarm_shape
from api.formats import Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.points import find_point
from api.problems import invalid
from api.routes import actor_of, stated
from api.services import ApiServices
from operations.access import Permission
from telemetry.clock import to_us
from telemetry.people import TEXT_LENGTH

LONGEST_JOURNAL_PAGE: Final = 1000
_ACTIVE: Final = "alarms"
_JOURNAL: Final = "journal"


class Acknowledgement(BaseModel):
    """What somebody says when acknowledging."""

    model_config = ConfigDict(extra="forbid")

    comment: str = Field(default="", max_length=TEXT_LENGTH, examples=["备用风机已投入"])


class JournalShape(BaseModel):
    """One step of one alarm; `from` and `to` are its states."""

    id: UUID
    seq: int
    at: str
    key: str
    tag: str
    kind: RuleKind
    priority: str
    event: AlarmEvent
    from_state: AlarmState = Field(alias="from")
    to_state: AlarmState = Field(alias="to")
    value: float | None
    limit: float | None
    occurrence: UUID = Field(description="id of the alarm this was a step of")
    actor: str | None = Field(description="who did it, by account; null for the node itself")
    comment: str | None


def add_alarms(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    plant, alarms = services.folder.plant, services.alarms
    zone = plant.timezone

    @router.get("/api/v1/alarms", response_model=Page[AlarmShape], tags=["alarms"], **stated(Permission.VIEW))
    async def list_alarms(
        cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
    ) -> Response:
        """Alarms that are not normal: the highest priority first, then unacknowledged, then the newest."""
        last = _rank_of(position_of(_ACTIVE, cursor, list))
        behind = [alarm for alarm in alarms.active() if last is None or rank(alarm) > last]
        page = sorted(behind, key=rank)[:limit]
        following = cursor_to(_ACTIVE, rank(page[-1])) if len(behind) > limit else None
        return json_response({"items": [alarm_shape(alarm, zone) for alarm in page], "next": following})

    @router.post(
        "/api/v1/alarms/{alarm_id}/acknowledge",
        response_model=AlarmShape,
        tags=["alarms"],
        **stated(Permission.ACKNOWLEDGE, 404, 409, 503),
    )
    async def acknowledge_alarm(
        request: Request,
        alarm_id: Annotated[UUID, Path(description="`id` of an active alarm")],
        body: Annotated[Acknowledgement | None, Body()] = None,
    ) -> Response:
        """Acknowledge an alarm; it is in the journal when this is answered."""
        acknowledged = await alarms.acknowledge(alarm_id, actor_of(request), body.comment if body else "")
        return json_response(alarm_shape(acknowledged, zone))

    @router.get(
        "/api/v1/alarms/journal",
        response_model=Page[JournalShape],
        tags=["alarms"],
        **stated(Permission.VIEW, 404, 503),
    )
    async def list_journal(
        tag: Annotated[str | None, Query(min_length=1, max_length=64, description="tag of a point")] = None,
        from_: Annotated[Time | None, Query(alias="from", description="first time, included")] = None,
        to: Annotated[Time | None, Query(description="last time, not included")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_JOURNAL_PAGE)] = 100,
    ) -> Response:
        """Every step of every alarm, the newest first."""
        if tag is not None:
            find_point(plant, tag)
        if from_ is not None and to is not None and from_ >= to:
            raise invalid("query.from", "must be before `to`")
        before = position_of(_JOURNAL, cursor, int)
        records = await alarms.journal(
            before=before if before is None else _bounded(before),
            limit=min(limit + 1, LONGEST_JOURNAL_PAGE),
            tag=tag,
            from_us=None if from_ is None else to_us(from_),
            to_us=None if to is None else to_us(to),
        )
        page = records[:limit]
        more = len(records) > limit or len(records) == LONGEST_JOURNAL_PAGE
        following = cursor_to(_JOURNAL, page[-1].seq) if more else None
        return json_response({"items": [_journal_shape(record, zone) for record in page], "next": following})


def _journal_shape(record: JournalRecord, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": record.id,
        "seq": record.seq,
        "at": local_time(record.at_us, zone),
        "key": record.key,
        "tag": record.tag,
        "kind": record.kind.value,
        "priority": record.priority.word,
        "event": record.event.value,
        "from": record.from_state.value,
        "to": record.to_state.value,
        "value": record.value,
        "limit": record.limit,
        "occurrence": record.occurrence,
        "actor": record.actor,
        "comment": record.comment,
    }


def _rank_of(position: list[Any] | None) -> tuple[int, int, int, str] | None:
    match position:
        case None:
            return None
        case [int(priority), int(state), int(raised), str(key)]:
            return priority, state, raised, key
    raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")


def _bounded(seq: int) -> int:
    if not 0 < seq < 1 << 63:
        raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
    return seq
