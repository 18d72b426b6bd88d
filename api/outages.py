"""`/api/v1/outages`: when channels were lost and back, and why."""

import asyncio
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import stated
from api.services import ApiServices
from collectors.outages import Outage, OutageQuery
from operations.access import Permission
from telemetry.clock import US_PER_S, to_us
from telemetry.errors import NotFound
from telemetry.plant import Plant

_LIST: Final = "outages"


class OutageShape(BaseModel):
    """A channel was lost; `ended` is null while it is."""

    id: str
    channel: str = Field(examples=["PLC2"])
    began: str = Field(examples=["2026-11-21T08:00:00+08:00"])
    ended: str | None
    duration_s: float | None = Field(description="null while it lasts")
    cause: str = Field(examples=["no answer within 3 s"])
    missed: int | None = Field(
        description="samples due meanwhile; null while it lasts, and where the node was started anew in it"
    )


def add_outages(router: APIRouter, services: ApiServices) -> None:
    """Add the route."""
    plant, store = services.folder.plant, services.outages

    @router.get(
        "/api/v1/outages",
        response_model=Page[OutageShape],
        tags=["connections"],
        **stated(Permission.DIAGNOSE, 404, 503),
    )
    async def list_outages(
        channel: Annotated[
            str | None,
            Query(min_length=1, max_length=128, description="a channel, such as `PLC2` or `MQTT.LS2`"),
        ] = None,
        from_: Annotated[Time | None, Query(alias="from", description="those that ended after this")] = None,
        to: Annotated[Time | None, Query(description="those that began before this")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Outages of a channel, or of all; those that began last first. A year of them is kept."""
        if channel is not None:
            check_channel(plant, channel)
        asked = _query(channel, from_, to)
        position = position_of(_LIST, cursor, list)
        before = None if position is None else _before(position)
        found = await asyncio.to_thread(store.page, asked, before, limit + 1)
        page = found[:limit]
        last = page[-1] if len(found) > limit else None
        following = None if last is None else cursor_to(_LIST, [last.began_us, last.id.hex])
        return json_response(
            {"items": [outage_shape(each, plant.timezone) for each in page], "next": following}
        )


def check_channel(plant: Plant, channel: str) -> None:
    """Raise NotFound for a channel that no point of the plant has."""
    known = {point.channel for point in plant.points if point.channel is not None}
    if channel not in known:
        near = get_close_matches(channel, known, n=3)
        hint = f"; perhaps {', '.join(near)}" if near else "; /api/v1/connections lists all"
        raise NotFound("channel_not_found", f"there is no channel {channel}{hint}")


def outage_shape(each: Outage, zone: tzinfo) -> dict[str, Any]:
    """Return an outage as it is written."""
    lasted = None if each.ended_us is None else (each.ended_us - each.began_us) / US_PER_S
    return {
        "id": str(each.id),
        "channel": each.channel,
        "began": local_time(each.began_us, zone),
        "ended": local_time(each.ended_us, zone),
        "duration_s": lasted,
        "cause": each.cause,
        "missed": each.missed,
    }


def _query(channel: str | None, from_: datetime | None, to: datetime | None) -> OutageQuery:
    from_us = None if from_ is None else to_us(from_)
    until_us = None if to is None else to_us(to)
    if from_us is not None and until_us is not None and from_us >= until_us:
        raise invalid("query.from", "must be before `to`")
    return OutageQuery(None if channel is None else (channel,), from_us, until_us)


def _before(position: list[Any]) -> tuple[int, UUID]:
    try:
        began_us, id_ = position
        if type(began_us) is int:
            return began_us, UUID(hex=id_)
    except (ValueError, TypeError, AttributeError):
        pass
    raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
