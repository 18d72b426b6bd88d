"""`/api/v1/connections`: how each device and broker does, what it refuses, and its outages."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta, tzinfo
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.diagnosis import QuarantinedShape, quarantined_shape
from api.formats import json_response, local_time
from api.outages import OutageShape, outage_shape
from api.routes import stated
from api.services import ApiServices
from collectors.figures import ChannelFigures, ConnectionFigures
from collectors.outages import OutageQuery
from operations.access import Permission
from telemetry.clock import duration_us
from telemetry.errors import NotFound
from telemetry.protocols import LinkState

OUTAGES_OF: Final = timedelta(days=30)
_MOST_OUTAGES: Final = 200


class ChannelShape(BaseModel):
    """A part of a connection that is lost by itself: a unit on a line, a topic's station."""

    name: str
    state: LinkState
    since: str | None
    cause: str = Field(description="why it was lost; empty while it is not")


class ConnectionShape(BaseModel):
    """A device or a broker; counts are since the node's start."""

    id: str = Field(examples=["PLC1"])
    kind: str = Field(examples=["modbus"])
    address: str = Field(examples=["192.168.10.11:502/1"])
    state: LinkState
    since: str | None
    latency_s: float | None
    requests: int = Field(description="messages, of a broker")
    failures: int = Field(description="requests without a usable answer; of a broker messages not readable")
    samples: int
    schedule_kept: float | None = Field(description="share of the samples due that was read, 0 to 1")
    set_aside: dict[str, int] = Field(description="what was due or came and became no sample, by reason")
    silent_topics: int
    last_error: str | None
    quarantined: list[QuarantinedShape]


class ConnectionDetail(ConnectionShape):
    """One connection with its channels, what its device says of itself, and its outages of 30 days."""

    channels: list[ChannelShape]
    attributes: dict[str, str] = Field(examples=[{"serial_number": "A1-2207"}])
    outages: list[OutageShape] = Field(description="the newest 200; /api/v1/outages has all")


class ConnectionPage(BaseModel):
    """All connections."""

    items: list[ConnectionShape]
    next: None = None


def add_connections(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone = services.folder.plant.timezone

    @router.get(
        "/api/v1/connections",
        response_model=ConnectionPage,
        tags=["connections"],
        **stated(Permission.DIAGNOSE),
    )
    async def list_connections() -> Response:
        """Every device and broker, and how it does."""
        items = [_connection(figures, zone) for figures in services.connections()]
        return json_response({"items": items, "next": None})

    @router.get(
        "/api/v1/connections/{connection_id}",
        response_model=ConnectionDetail,
        tags=["connections"],
        **stated(Permission.DIAGNOSE, 404, 503),
    )
    async def show_connection(
        connection_id: Annotated[str, Path(max_length=128, description="`id` of a connection")],
    ) -> Response:
        """One connection, with its outages of the last 30 days."""
        figures = _named(services.connections, connection_id)
        since_us = services.clock.now_us() - duration_us(OUTAGES_OF)
        asked = OutageQuery(figures.channel_names, since_us)
        outages = await asyncio.to_thread(services.outages.page, asked, None, _MOST_OUTAGES)
        return json_response(
            {
                **_connection(figures, zone),
                "channels": [_channel(channel, zone) for channel in figures.channels],
                "attributes": dict(figures.attributes),
                "outages": [outage_shape(each, zone) for each in outages],
            }
        )


def _connection(figures: ConnectionFigures, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": figures.name,
        "kind": figures.kind,
        "address": figures.address,
        "state": figures.state.value,
        "since": local_time(figures.since_us or None, zone),
        "latency_s": figures.latency_s,
        "requests": figures.requests,
        "failures": figures.failures,
        "samples": figures.samples,
        "schedule_kept": figures.schedule_kept,
        "set_aside": dict(figures.set_aside),
        "silent_topics": figures.silent_topics,
        "last_error": figures.last_error,
        "quarantined": [quarantined_shape(each, zone) for each in figures.quarantined],
    }


def _channel(channel: ChannelFigures, zone: tzinfo) -> dict[str, Any]:
    return {
        "name": channel.name,
        "state": channel.state.value,
        "since": local_time(channel.since_us or None, zone),
        "cause": channel.cause,
    }


def _named(connections: Callable[[], Sequence[ConnectionFigures]], name: str) -> ConnectionFigures:
    """Return a connection; NotFound names those there are."""
    found = {figures.name: figures for figures in connections()}
    if name not in found:
        raise NotFound("connection_not_found", f"there is no connection {name}; there are {', '.join(found)}")
    return found[name]
