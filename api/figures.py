"""`/api/v1/figures`: minutes, hours, days and months of a point, and what of them changed."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import Time, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.points import find_point
from api.problems import invalid
from api.readings import Tag, Turnstile
from api.routes import stated
from api.services import ApiServices
from history.figures import FOREVER_US, HOUR_US, ONCE_US
from history.hours import Hours, flow_weighted, folded, period_starts
from history.measures import Measure, MeasureKind
from operations.access import Permission
from telemetry.calendar import Calendar, Period
from telemetry.clock import to_us
from telemetry.errors import Invalid

_MOST_PERIODS: Final = {
    Period.MINUTE: 2 * 24 * 60,
    Period.HOUR: 400 * 24,
    Period.DAY: 10 * 366,
    Period.MONTH: 10 * 12,
}
_US: Final = {
    Period.MINUTE: HOUR_US // 60,
    Period.HOUR: HOUR_US,
    Period.DAY: 24 * HOUR_US,
    Period.MONTH: 31 * 24 * HOUR_US,
}
_DEFAULT: Final = {Period.MINUTE: 60, Period.HOUR: 24, Period.DAY: 31, Period.MONTH: 12}
_CHANGES: Final = "figure changes"


class FigureShape(BaseModel):
    """Figures of a period; what the point has none of is null."""

    time: str = Field(description="start of the period", examples=["2026-11-21T08:00:00+08:00"])
    mean: float | None = Field(description="weighted by time; of results each counts once")
    minimum: float | None
    maximum: float | None
    first: float | None
    last: float | None
    count: int = Field(description="usable samples, or results")
    good: float | None = Field(
        ge=0, le=1, description="share of the period's time with a good value; null for what people enter"
    )
    total: float | None = Field(description="what a totaliser went on by, in its unit")
    resets: int | None = Field(description="how often a totaliser was set back")
    run_hours: float | None = Field(description="hours that the running bit was set")
    starts: int | None = Field(description="how often the running bit became set")
    flow_weighted: float | None = Field(
        description="days and months of a concentration: Σ(C·Q)/ΣQ of its hours with its unit's flow"
    )


class ChangeShape(BaseModel):
    """An hour that was closed and whose figures changed later."""

    tag: str
    time: str
    changed: str = Field(description="when it was computed again")
    before: dict[str, float | int | None]
    after: dict[str, float | int | None]


def add_figures(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    plant, periods, calendar = services.folder.plant, services.periods, services.folder.calendar
    turnstile = Turnstile(4, 64)

    @router.get(
        "/api/v1/figures",
        response_model=Page[FigureShape],
        tags=["readings"],
        **stated(Permission.VIEW, 404, 429, 503),
    )
    async def list_figures(
        point: Tag,
        period: Annotated[Period, Query(description="what the figures are of")] = Period.HOUR,
        from_: Annotated[Time | None, Query(alias="from", description="first time, included")] = None,
        to: Annotated[Time | None, Query(description="last time, not included; now if absent")] = None,
    ) -> Response:
        """Figures of a point by period, oldest first; days and months as the plant's calendar has them.

        The same at any moment as if computed from all samples. Periods without a sample are left out.
        """
        find_point(plant, point)
        now_us = services.clock.now_us()
        from_us, until_us = _span(period, calendar, from_, to, now_us)
        flow = plant.flow_of(point)
        async with turnstile.turn():
            if period is Period.MINUTE:
                found, of_flow = await periods.minutes(point, from_us, until_us, now_us), None
            else:
                found = await periods.hours(point, from_us, until_us, now_us)
                of_flow = await periods.hours(flow, from_us, until_us, now_us) if flow else None
        measure = periods.measure(point)
        return await asyncio.to_thread(_page, found, of_flow, period, calendar, measure, now_us)

    @router.get(
        "/api/v1/figures/changes",
        response_model=Page[ChangeShape],
        tags=["readings"],
        **stated(Permission.VIEW, 429, 503),
    )
    async def list_changes(
        cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """Closed hours whose figures changed since, by late or corrected samples; newest first."""
        before = position_of(_CHANGES, cursor, int)
        async with turnstile.turn():
            found = await periods.changed(before, limit + 1)
        more = len(found) > limit
        items = [
            {
                "tag": change.tag,
                "time": local_time(change.start_us, plant.timezone),
                "changed": local_time(change.changed_us, plant.timezone),
                "before": _clean(change.before),
                "after": _clean(change.after),
            }
            for change in found[:limit]
        ]
        return json_response(
            {"items": items, "next": cursor_to(_CHANGES, found[limit - 1].position) if more else None}
        )


def _clean(figures: dict[str, float | int]) -> dict[str, float | int | None]:
    return {name: None if value != value else value for name, value in figures.items()}


def _span(
    period: Period, calendar: Calendar, from_: datetime | None, to: datetime | None, now_us: int
) -> tuple[int, int]:
    """Return the span asked for, from the start of its first period."""
    until_us = now_us if to is None else to_us(to)
    from_us = until_us - _DEFAULT[period] * _US[period] if from_ is None else to_us(from_)
    if from_us >= until_us:
        raise invalid("query.from", "is not before `to`")
    if (until_us - from_us) // _US[period] > _MOST_PERIODS[period]:
        most = _MOST_PERIODS[period]
        raise Invalid("too_many_periods", f"more than {most} {period.value}s: ask for a shorter time")
    # A period is whole, or open: never cut where somebody happened to ask.
    if period in (Period.DAY, Period.MONTH):
        end_us = calendar.period_end_us(until_us - 1, period)
        return calendar.period_start_us(from_us, period), min(end_us, max(now_us, until_us))
    every_us = _US[period]
    return from_us // every_us * every_us, min(-(-until_us // every_us) * every_us, max(now_us, until_us))


def _page(
    found: Hours, flow: Hours | None, period: Period, calendar: Calendar, measure: Measure, now_us: int
) -> Response:
    weighted: dict[int, float] = {}
    if period in (Period.DAY, Period.MONTH):
        starts = period_starts(found.start_us, calendar, period)
        if flow is not None:
            days, means = flow_weighted(found, flow, starts)
            weighted = dict(zip(days.tolist(), means.tolist(), strict=True))
        found = folded(found, starts)
    return json_response(
        {"items": list(_items(found, weighted, period, calendar, measure, now_us)), "next": None}
    )


def _items(
    found: Hours,
    weighted: dict[int, float],
    period: Period,
    calendar: Calendar,
    measure: Measure,
    now_us: int,
) -> list[dict[str, Any]]:
    kind = measure.kind
    runs = kind is MeasureKind.WORD and measure.run_mask
    measured = ONCE_US < measure.hold_us < FOREVER_US
    has_values = kind in (MeasureKind.VALUE, MeasureKind.RESULT)
    columns = zip(
        found.start_us.tolist(),
        found.mean.tolist(),
        found.minimum.tolist(),
        found.maximum.tolist(),
        found.first.tolist(),
        found.last.tolist(),
        found.count.tolist(),
        found.good_us.tolist(),
        found.total.tolist(),
        found.resets.tolist(),
        found.weighted.tolist(),
        found.starts.tolist(),
        strict=True,
    )
    items = []
    for start, mean, low, high, first, last, count, good_us, total, resets, ran_us, began in columns:
        end_us = start + _US[period]
        if period in (Period.DAY, Period.MONTH):
            end_us = calendar.period_end_us(start, period)
        items.append(
            {
                "time": local_time(start, calendar.zone),
                "mean": mean if has_values else None,
                "minimum": low if has_values else None,
                "maximum": high if has_values else None,
                "first": first if kind is not MeasureKind.WORD else None,
                "last": last if kind is not MeasureKind.WORD else None,
                "count": count,
                "good": good_us / max(min(end_us, now_us) - start, 1) if measured else None,
                "total": total if kind is MeasureKind.TOTAL else None,
                "resets": resets if kind is MeasureKind.TOTAL else None,
                "run_hours": ran_us / HOUR_US if runs else None,
                "starts": began if runs else None,
                "flow_weighted": weighted.get(start),
            }
        )
    return items
