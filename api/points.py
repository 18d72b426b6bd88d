"""`/api/v1/points`: what is measured, where, and what it is held against."""

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from alarms.compliance.held import strictest
from alarms.compliance.limits import NOT_KNOWN, LimitBasis, Water
from alarms.judging.reader import JudgementReader
from alarms.settings import RuleKind
from api.diagnosis import (
    QuarantinedShape,
    RawShape,
    TrialShape,
    quarantined_shape,
    raw_shape,
    trial_shape,
)
from api.formats import json_response
from api.latest import LatestShape, latest_shape
from api.names import NameShape, name_shape
from api.paging import Cursor, Page, cursor_to, position_of
from api.problems import invalid
from api.routes import principal_of, stated
from api.services import ApiServices
from collectors.figures import quarantined_of
from config.folder import PlantFolder
from config.point_addresses import point_addresses
from config.point_search import PointFilter, PointSearch
from history.live import Condition
from operations.access import Permission
from telemetry.clock import Clock
from telemetry.errors import NotFound, StoreError
from telemetry.plant import Plant, Point

_LIMITS: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)

_DIAGNOSED: Final = {"address": None}
"""What is not told to those who only see values."""

PointTag = Annotated[str, Path(min_length=1, max_length=64, description="tag of a point")]
UnitFilter = Annotated[str | None, Query(min_length=1, max_length=64, description="id of a process unit")]


class RangeShape(BaseModel):
    """Range of the instrument, engineering units."""

    low: float
    high: float


class BitShape(BaseModel):
    """A named bit of a status word; position 0 is the least significant."""

    name: str
    position: int


class LowerLimits(BaseModel):
    """Limits a value may not fall below."""

    daily: float | None
    single: float | None
    internal: float | None


class DischargeShape(LowerLimits):
    """Discharge limits of today: of the daily mean, of a single sample, and the plant's own."""

    low: LowerLimits | None = Field(description="limits a value may not fall below (pH)")


class PointShape(BaseModel):
    """A point and what holds for it today."""

    tag: str
    unit: str
    name: NameShape
    kind: str = Field(examples=["AI"])
    engineering_unit: str
    range: RangeShape
    source: str
    connection: str | None = Field(description="where it is read from; null for what people enter")
    channel: str | None
    address: str | None = Field(
        description="where it stands in its device, or its topic and key; for those who see connections",
        examples=["FC03 100 F32 CDAB ×0.1", "lift/LS2/readings · LIT"],
    )
    equipment: str | None
    bits: list[BitShape]
    limits: dict[str, float] = Field(description="alarm limits LL, L, H, HH; only those there are")
    discharge: DischargeShape | None
    regulatory: bool
    expected_every_s: float | None


class PointDetail(PointShape):
    """A point with what is known of it now."""

    latest: LatestShape
    raw: RawShape | None = Field(description="what last came for it, as it came")
    quarantined: QuarantinedShape | None = Field(description="why its device is not asked for it every time")
    test_read: bool = Field(description="whether it can be read on demand")


def find_point(plant: Plant, tag: str) -> Point:
    """Return a point; NotFound names those of similar tags."""
    point = plant.point_by_tag.get(tag)
    if point is None:
        near = get_close_matches(tag.upper(), plant.point_by_tag, n=3)
        hint = f"; perhaps {', '.join(near)}" if near else "; /api/v1/points lists all"
        raise NotFound("point_not_found", f"there is no point {tag}{hint}")
    return point


def check_connection(plant: Plant, connection: str | None) -> None:
    """Raise NotFound for a connection that no point comes over."""
    known = dict.fromkeys(point.connection for point in plant.points if point.connection is not None)
    if connection is not None and connection not in known:
        raise NotFound(
            "connection_not_found", f"no point comes over {connection}; there are {', '.join(known)}"
        )


def check_unit(plant: Plant, unit: str | None) -> None:
    """Raise NotFound for a process unit that does not exist."""
    if unit is not None and unit not in plant.unit_by_id:
        raise NotFound("unit_not_found", f"there is no unit {unit}; there are {', '.join(plant.unit_by_id)}")


class PointList:
    """The points as the API shows them; limits change with the calendar and the water."""

    def __init__(
        self,
        folder: PlantFolder,
        judgements: JudgementReader,
        clock: Clock,
        condition: Callable[[str], Condition],
    ) -> None:
        self._folder = folder
        self._judgements = judgements
        self._clock = clock
        self._search = PointSearch(folder.plant, condition)
        self._addresses = point_addresses(folder)
        self._of: tuple[date, Water] | None = None
        self._items: dict[str, dict[str, Any]] = {}

    async def find(self, wanted: PointFilter, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` points behind a tag, in the plant's order."""
        if after is not None and after not in self._folder.plant.point_by_tag:
            raise invalid("query.cursor", "leads to a point that is no longer there; begin again")
        items = await self._today()
        return [items[point.tag] for point in islice(self._search.find(wanted, after), limit)]

    async def one(self, tag: str) -> dict[str, Any]:
        """Return a point of the plant."""
        return (await self._today())[tag]

    async def _today(self) -> Mapping[str, dict[str, Any]]:
        day = self._folder.calendar.day_of(self._clock.now_us())
        water = await self._water(day)
        if (day, water) != self._of:
            self._items = _items(self._folder, day, water, self._addresses)
            self._of = day, water
        return self._items

    async def _water(self, day: date) -> Water:
        try:
            return (await self._judgements.water(day, day)).get(day, NOT_KNOWN)
        except StoreError:
            # The list is answered all the same, with the stricter limits.
            return NOT_KNOWN


def add_points(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    plant, live = services.folder.plant, services.live

    def condition(tag: str) -> Condition:
        return live.latest(tag, services.clock.now_us()).condition

    points = PointList(services.folder, services.judgements, services.clock, condition)

    @router.get(
        "/api/v1/points", response_model=Page[PointShape], tags=["points"], **stated(Permission.VIEW, 404)
    )
    async def list_points(
        request: Request,
        unit: UnitFilter = None,
        q: Annotated[str | None, Query(max_length=64, description="words of the tag or the name")] = None,
        connection: Annotated[
            str | None, Query(min_length=1, max_length=128, description="`connection` of points")
        ] = None,
        quality: Annotated[
            list[Condition] | None,
            Query(max_length=5, description="how the newest sample stands now; may be repeated"),
        ] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Points in the order of the plant, with the limits that hold today."""
        check_unit(plant, unit)
        check_connection(plant, connection)
        wanted = PointFilter(unit, q, connection, quality)
        found = await points.find(wanted, position_of("points", cursor, str), limit + 1)
        page = found[:limit]
        more = cursor_to("points", page[-1]["tag"]) if len(found) > limit else None
        hidden = {} if principal_of(request).may(Permission.DIAGNOSE) else _DIAGNOSED
        return json_response({"items": [item | hidden for item in page], "next": more})

    @router.get(
        "/api/v1/points/{tag}", response_model=PointDetail, tags=["points"], **stated(Permission.VIEW, 404)
    )
    async def show_point(request: Request, tag: PointTag) -> Response:
        """One point with its newest sample; for those who see connections, also as its device gave it."""
        find_point(plant, tag)
        item = await points.one(tag)
        latest = latest_shape(live.latest(tag, services.clock.now_us()), plant.timezone)
        if not principal_of(request).may(Permission.DIAGNOSE):
            nothing = {"raw": None, "quarantined": None, "test_read": False}
            return json_response({**item, **_DIAGNOSED, "latest": latest, **nothing})
        refused = quarantined_of(services.connections(), tag)
        raw = services.diagnosis.raw(tag)
        beside = {
            "latest": latest,
            "raw": None if raw is None else raw_shape(raw, plant.timezone),
            "quarantined": None if refused is None else quarantined_shape(refused, plant.timezone),
            "test_read": services.diagnosis.can_try(tag),
        }
        return json_response({**item, **beside})

    @router.post(
        "/api/v1/points/{tag}/test-read",
        response_model=TrialShape,
        tags=["points"],
        **stated(Permission.DIAGNOSE, 404, 409, 429),
    )
    async def test_read(tag: PointTag) -> Response:
        """Read a point once, in its line's turn. Nothing of it is stored; a refusal stands in `error`."""
        find_point(plant, tag)
        return json_response(trial_shape(await services.diagnosis.try_point(tag), plant.timezone))


def _items(
    folder: PlantFolder, day: date, water: Water, addresses: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    limits: dict[str, dict[str, float]] = {}
    for rule in folder.rules_on(day):
        if rule.kind in _LIMITS and math.isfinite(rule.threshold):
            limits.setdefault(rule.tag, {})[rule.kind.value] = rule.threshold
    return {
        point.tag: _item(point, limits.get(point.tag, {}), _discharge(folder, point.tag, day, water))
        | {"address": addresses.get(point.tag)}
        for point in folder.plant.points
    }


def _item(point: Point, limits: dict[str, float], discharge: dict[str, Any] | None) -> dict[str, Any]:
    every = point.expected_every
    return {
        "tag": point.tag,
        "unit": point.unit,
        "name": name_shape(point.name),
        "kind": point.kind.value,
        "engineering_unit": point.engineering_unit,
        "range": {"low": point.range_low, "high": point.range_high},
        "source": point.source,
        "connection": point.connection,
        "channel": point.channel,
        "equipment": point.equipment,
        "bits": [{"name": bit.name, "position": bit.position} for bit in point.bits],
        "limits": limits,
        "discharge": discharge,
        "regulatory": point.regulatory,
        "expected_every_s": None if every is None else every.total_seconds(),
    }


def _discharge(folder: PlantFolder, tag: str, day: date, water: Water) -> dict[str, Any] | None:
    if not any(limit.tag == tag and limit.in_force(day) for limit in folder.limits):
        return None
    ends = {basis.value: strictest(folder.limits, tag, basis, day, water) for basis in LimitBasis}
    low = {basis: end for basis, (end, _) in ends.items()}
    known = any(end is not None for end in low.values())
    high = {basis: _number(end) for basis, (_, end) in ends.items()}
    return {**high, "low": {basis: _number(end) for basis, end in low.items()} if known else None}


def _number(end: Decimal | None) -> float | None:
    return None if end is None else float(end)
