"""`/api/v1/readings`: the latest sample of each point, and what the store holds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import QUALITIES, QualityShape, Time, Window, json_response, local_times
from api.latest import LatestShape, latest_shape
from api.origins import WithOrigins, origins_of
from api.paging import Cursor, Page, cursor_to, position_of
from api.points import UnitFilter, check_unit, find_point
from api.problems import invalid
from api.routes import stated
from api.services import ApiServices
from operations.access import Permission
from telemetry.clock import US_PER_S, Clock, duration_us, to_us, window_offset_us
from telemetry.errors import TooMany
from telemetry.protocols import Aggregate, HistoryReader, Windows
from telemetry.samples import SampleBatch

LONGEST_PAGE: Final = 20_000
_DEFAULT_RANGE_US: Final = 3600 * US_PER_S
_LONGEST_LOOK_US: Final = 400 * 86400 * US_PER_S
_READS_AT_ONCE: Final = 4
_READS_WAITING: Final = 64
_LIST: Final = "readings"

Tag = Annotated[str, Query(min_length=1, max_length=64, description="tag of a point")]
Tags = Annotated[list[str] | None, Query(max_length=1000, description="tag of a point; may be repeated")]


class Shape(StrEnum):
    """How a page of readings is laid out."""

    ITEMS = "items"
    COLUMNS = "columns"


class SampleShape(BaseModel):
    """A sample as it was stored."""

    time: str = Field(examples=["2026-11-21T08:00:00+08:00"])
    value: float | None
    quality: QualityShape


class WindowShape(BaseModel):
    """Figure of a window without what was bad; null where all was."""

    time: str = Field(description="start of the window")
    value: float | None
    good: float = Field(ge=0, le=1, description="share of the window's time in which the value was good")


class SampleColumns(WithOrigins):
    """Samples as columns of equal length."""

    times: list[int] = Field(description="ms since the epoch, UTC")
    values: list[float | None]
    quality: list[int] = Field(description="OPC quality byte")
    next: str | None


class WindowColumns(WithOrigins):
    """Windows as columns of equal length."""

    times: list[int] = Field(description="start of the window, ms since the epoch, UTC")
    values: list[float | None]
    good: list[float]
    next: str | None


class SamplePage(Page[SampleShape], WithOrigins):
    """A page of samples."""


class WindowPage(Page[WindowShape], WithOrigins):
    """A page of windows."""


class Turnstile:
    """Lets a few reads of the store run at once and some more wait; further ones are told to come again."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._places = at_once + waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a place; TooMany when there is none to wait at."""
        if not self._places:
            raise TooMany("readings_busy", "too many readings are asked for at this moment; try again", 1)
        self._places -= 1
        try:
            async with self._free:
                yield
        finally:
            self._places += 1


def add_readings(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    _add_latest(router, services)
    plant, history = services.folder.plant, services.history
    turnstile = Turnstile(_READS_AT_ONCE, _READS_WAITING)

    @router.get(
        "/api/v1/readings",
        response_model=SamplePage | WindowPage | SampleColumns | WindowColumns,
        tags=["readings"],
        **stated(Permission.VIEW, 404, 429, 503),
    )
    async def list_readings(
        point: Tag,
        from_: Annotated[
            Time | None,
            Query(alias="from", description="first time, included; an hour before `to` if absent"),
        ] = None,
        to: Annotated[Time | None, Query(description="last time, not included; now if absent")] = None,
        every: Annotated[
            Window | None,
            Query(
                description="width of windows; those of an hour or more start with the plant's day, as it"
                " was at `from`, shorter ones with the UTC hour; raw samples if absent"
            ),
        ] = None,
        aggregate: Annotated[
            Aggregate | None, Query(description="what a window is reduced to; mean if absent")
        ] = None,
        shape: Annotated[
            Shape, Query(description="one object for each row, or columns for charts")
        ] = Shape.ITEMS,
        cursor: Cursor = None,
        limit: Annotated[
            int, Query(ge=1, le=LONGEST_PAGE, description="most samples, or windows looked at, in a page")
        ] = 1000,
    ) -> Response:
        """Samples of a point as they were stored, or figures of equal windows; oldest first.

        What was not measured is named beside them, in `origins`.

        Windows without any sample are left out, and a page of windows looks at 400 days at most, so
        it may hold fewer than `limit` while `next` still leads on.
        """
        find_point(plant, point)
        if aggregate is not None and every is None:
            raise invalid("query.aggregate", "means nothing without `every`")
        from_us, until_us = _range(from_, to, services.clock)
        start_us = _start(cursor, from_us, until_us)
        found: SampleBatch | Windows
        async with turnstile.turn():
            if every is None:
                found, next_us = await _samples(history, point, start_us, until_us, limit)
            else:
                width_us = duration_us(every)
                offset_us = window_offset_us(width_us, plant.timezone, from_us)
                found, next_us = await _windows(
                    history,
                    point,
                    start_us,
                    until_us,
                    width_us,
                    aggregate or Aggregate.MEAN,
                    limit,
                    offset_us,
                )
        beside = {
            "next": None if next_us is None else cursor_to(_LIST, next_us),
            **origins_of(services.origins, from_us, until_us, plant.timezone),
        }
        # Twenty thousand rows take some tens of milliseconds to write: too long for the loop.
        return await asyncio.to_thread(_page, found, shape, plant.timezone, beside)


def _add_latest(router: APIRouter, services: ApiServices) -> None:
    plant, live = services.folder.plant, services.live

    @router.get(
        "/api/v1/readings/latest",
        response_model=Page[LatestShape],
        tags=["readings"],
        **stated(Permission.VIEW, 404),
    )
    async def list_latest(tag: Tags = None, unit: UnitFilter = None) -> Response:
        """The newest sample of every point, or of those named, or of a unit's."""
        check_unit(plant, unit)
        points = plant.points if tag is None else [find_point(plant, name) for name in dict.fromkeys(tag)]
        now_us = services.clock.now_us()
        items = [
            latest_shape(live.latest(point.tag, now_us), plant.timezone)
            for point in points
            if unit in (None, point.unit)
        ]
        return json_response({"items": items, "next": None})


async def _samples(
    history: HistoryReader, tag: str, start_us: int, until_us: int, limit: int
) -> tuple[SampleBatch, int | None]:
    """Return a page of samples, and when the next one begins."""
    found = await history.samples(tag, start_us, until_us, limit + 1)
    if len(found) <= limit:
        return found, None
    return found.select(slice(limit)), int(found.times_us[limit])


async def _windows(
    history: HistoryReader,
    tag: str,
    start_us: int,
    until_us: int,
    width_us: int,
    aggregate: Aggregate,
    limit: int,
    offset_us: int,
) -> tuple[Windows, int | None]:
    """Return the figures of at most `limit` windows, and when the next page begins."""
    limit = min(limit, max(_LONGEST_LOOK_US // width_us, 1))
    end_us = min(((start_us + offset_us) // width_us + limit) * width_us - offset_us, until_us)
    found = await history.windows(tag, start_us, end_us, width_us, aggregate, offset_us)
    if end_us >= until_us:
        return found, None
    # The way over years without a sample is one step, not a page for each day of them.
    coming = await history.samples(tag, end_us, until_us, 1)
    if not len(coming):
        return found, None
    return found, max((int(coming.times_us[0]) + offset_us) // width_us * width_us - offset_us, end_us)


def _range(from_: datetime | None, to: datetime | None, clock: Clock) -> tuple[int, int]:
    until_us = clock.now_us() if to is None else to_us(to)
    from_us = until_us - _DEFAULT_RANGE_US if from_ is None else to_us(from_)
    if from_us >= until_us:
        raise invalid("query.from", "must be before `to`" if to is not None else "must be before now")
    return from_us, until_us


def _start(cursor: str | None, from_us: int, until_us: int) -> int:
    position = position_of(_LIST, cursor, int)
    if position is None:
        return from_us
    if not from_us <= position < until_us:
        raise invalid("query.cursor", "lies outside `from` and `to`; keep them as for the first page")
    return position


def _page(found: SampleBatch | Windows, shape: Shape, zone: tzinfo, beside: Mapping[str, Any]) -> Response:
    if shape is Shape.COLUMNS:
        return json_response({**_columns(found), **beside})
    times, values = local_times(found.times_us.tolist(), zone), found.values.tolist()
    items: list[dict[str, Any]]
    if isinstance(found, SampleBatch):
        items = [
            {"time": time, "value": value, "quality": QUALITIES[code]}
            for time, value, code in zip(times, values, found.quality.tolist(), strict=True)
        ]
    else:
        items = [
            {"time": time, "value": value, "good": good}
            for time, value, good in zip(times, values, found.good.tolist(), strict=True)
        ]
    return json_response({"items": items, **beside})


def _columns(found: SampleBatch | Windows) -> dict[str, Any]:
    columns = {"times": found.times_us // 1000, "values": found.values}
    if isinstance(found, SampleBatch):
        return {**columns, "quality": found.quality}
    return {**columns, "good": found.good}
