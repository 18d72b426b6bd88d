"""Grafana panels as the JSON of schema version 42 (Grafana 12)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.canvas import Sheet
from dashboards.colours import CELLS, LIMIT, LINE, SHADES, TEXT, status_mappings, thresholds
from dashboards.description import Status, Store, Value
from dashboards.names import shown
from dashboards.people import KIND
from dashboards.sql import Sql
from dashboards.words import word

SCHEMA_VERSION: Final = 42
PLUGIN_VERSION: Final = "12.3.3"
COLUMNS: Final = 24
ROW_PX: Final = 30
STROKES: Final = (
    {"fill": "solid"},
    {"fill": "solid"},
    {"fill": "dash", "dash": [8, 6]},
    {"fill": "dash", "dash": [8, 6]},
    {"fill": "dot", "dash": [2, 6]},
    {"fill": "dot", "dash": [2, 6]},
)
MARGIN_PX: Final = 8
SCREEN_PX: Final = (1920, 1080)
PAGE_PX: Final = 16
"""Around the panels of a page."""
HEADER_PX: Final = 32
WALL_ROWS: Final = 27
"""27 rows are 1018 px: as many as stand on a screen of 1080."""
MONTH_ROWS: Final = 26
"""As many as stand there below the choice of time and the links."""
MIXED: Final[Mapping[str, str]] = {"type": "datasource", "uid": "-- Mixed --"}

Panel = dict[str, Any]
Place = tuple[int, int, int, int]
"""x, y, columns, rows."""
Query = str | Sql
"""In Flux, or in SQL for the people's store."""


def panel_px(columns: int, rows: int) -> tuple[float, float]:
    """Return the size inside a panel below its title, on a screen of 1920 pixels."""
    column = (SCREEN_PX[0] - 2 * PAGE_PX + MARGIN_PX) / COLUMNS
    width, height = columns * column - MARGIN_PX, rows * (ROW_PX + MARGIN_PX) - MARGIN_PX
    return width - 2, height - HEADER_PX - 2


def edges(count: int, whole: int = COLUMNS) -> list[int]:
    """Return where each of so many like parts of the grid begins, and where the last ends."""
    return [round(whole * index / count) for index in range(count + 1)]


def panel(
    kind: str, title: str, about: str, place: Place, store: Store, queries: Sequence[Query],
    field_config: Mapping[str, Any], options: Mapping[str, Any],
) -> Panel:  # fmt: skip
    """Return a panel at (x, y, columns, rows); its id is given when the board is put together."""
    targets = [_target(store, chr(ord("A") + index), query) for index, query in enumerate(queries)]
    sources = [target["datasource"] for target in targets]
    x, y, w, h = place
    return {
        "type": kind,
        "title": shown(title),
        "description": shown(about),
        "gridPos": {"x": x, "y": y, "w": w, "h": h},
        "datasource": sources[0] if all(its == sources[0] for its in sources) else MIXED,
        "targets": targets,
        "fieldConfig": field_config,
        "options": options,
        "pluginVersion": PLUGIN_VERSION,
        "transparent": False,
    }


def _target(store: Store, reference: str, query: Query) -> dict[str, Any]:
    if isinstance(query, str):
        source = {"type": "influxdb", "uid": store.source}
        return {"refId": reference, "datasource": source, "query": query}
    source = {"type": KIND, "uid": store.people or ""}
    its = {"rawSql": query.text, "rawQuery": True, "format": "table", "editorMode": "code"}
    return {"refId": reference, "datasource": source, **its}


def sheet_panel(
    sheet: Sheet, title: str, about: str, place: Place, store: Store, queries: Sequence[Query]
) -> Panel:  # fmt: skip
    """Return a Canvas panel of a sheet."""
    return panel("canvas", title, about, place, store, queries, sheet.field_config(), sheet.options())


def chart(
    title: str, about: str, place: Place, store: Store, query: str,
    values: Sequence[Value], *, legend: bool, bars: bool = False, band: bool = False,
) -> Panel:  # fmt: skip
    """Return a chart of alike values with the limits of the first; `band` tints what is beyond them."""
    first = values[0]
    steps = thresholds(first.bounds, "transparent") if band else _lines(first)
    low, high = scale(values)
    defaults: dict[str, Any] = {
        # The title says what it is measured in; on the axis it would take the room of the curve.
        "unit": "none",
        "decimals": first.decimals,
        "color": {"mode": "fixed", "fixedColor": LINE},
        "thresholds": steps,
        "mappings": [],
        "custom": {
            "drawStyle": "bars" if bars else "line",
            "lineInterpolation": "linear",
            "lineWidth": 1 if bars else 2,
            "fillOpacity": 60 if bars else 0,
            "showPoints": "never",
            "pointSize": 4,
            "gradientMode": "none",
            # Up to three intervals without a value are no gap.
            "spanNulls": max((value.stale_s or 0) for value in values) * 1000 or False,
            "axisPlacement": "auto",
            "axisLabel": "",
            "axisSoftMin": low,
            "axisSoftMax": high,
            "axisGridShow": True,
            "scaleDistribution": {"type": "linear"},
            "stacking": {"mode": "none", "group": "A"},
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
            "thresholdsStyle": {"mode": _style(first, band=band)},
        },
    }
    overrides = [
        {
            "matcher": {"id": "byName", "options": value.tag},
            "properties": [
                {"id": "displayName", "value": shown(value.label)},
                {"id": "color", "value": {"mode": "fixed", "fixedColor": SHADES[index % len(SHADES)]}},
                {"id": "custom.lineStyle", "value": STROKES[index % len(STROKES)]},
            ],
        }
        for index, value in enumerate(values)
    ]
    options = {
        "legend": {"showLegend": legend, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    config = {"defaults": defaults, "overrides": overrides}
    return panel("timeseries", title, about, place, store, [query], config, options)


def _style(first: Value, *, band: bool) -> str:
    if not first.bounds:
        return "off"
    return "dashed+area" if band else "dashed"


def _lines(first: Value) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "transparent", "value": None}]
    steps += [{"color": LIMIT, "value": limit} for limit in sorted({bound.limit for bound in first.bounds})]
    return {"mode": "absolute", "steps": steps}


def scale(values: Sequence[Value]) -> tuple[float, float]:
    """Return where the axis begins and ends at least: the mildest limits are seen with room beyond."""
    first = values[0]
    highs = [bound.limit for bound in first.bounds if bound.upper]
    lows = [bound.limit for bound in first.bounds if not bound.upper]
    high = min(highs) if highs else None
    low = max(lows) if lows else max(first.low, 0.0) if high is not None else None
    if high is None:
        return (first.low, first.low) if low is None else (low, low)
    assert low is not None
    margin = (high - low) * 0.15
    return (low - margin if lows else low), high + margin


def timeline(
    title: str, about: str, place: Place, store: Store, query: str,
    statuses: Sequence[tuple[Status, str]], language: str,
) -> Panel:  # fmt: skip
    """Return the states of machines over time, each under its name."""
    unknown = word("no_reading", language)
    overrides = [
        {
            "matcher": {"id": "byName", "options": status.tag},
            "properties": [
                {"id": "displayName", "value": shown(name)},
                {"id": "mappings", "value": status_mappings(status, ground=CELLS, unknown=unknown)},
            ],
        }
        for status, name in statuses
    ]
    defaults = {
        "color": {"mode": "fixed", "fixedColor": TEXT},
        "mappings": [],
        "custom": {
            "fillOpacity": 90, "lineWidth": 0, "spanNulls": False,
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        },
    }  # fmt: skip
    options = {
        "mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.8,
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "single", "sort": "none"},
    }  # fmt: skip
    config = {"defaults": defaults, "overrides": overrides}
    return panel("state-timeline", title, about, place, store, [query], config, options)


def bars(
    title: str, about: str, place: Place, store: Store, query: str,
    names: Sequence[tuple[str, str]], measure: str,
) -> Panel:  # fmt: skip
    """Return one horizontal bar a point, from nothing to the longest."""
    overrides = [
        {
            "matcher": {"id": "byName", "options": tag},
            "properties": [{"id": "displayName", "value": shown(name)}],
        }
        for tag, name in names
    ]
    defaults = {
        "unit": unit(measure), "decimals": 1, "min": 0, "mappings": [],
        "color": {"mode": "fixed", "fixedColor": LINE},
        "thresholds": {"mode": "absolute", "steps": [{"color": LINE, "value": None}]},
    }  # fmt: skip
    options = {
        "displayMode": "basic", "orientation": "horizontal", "valueMode": "text", "showUnfilled": True,
        "minVizHeight": 16, "minVizWidth": 8, "namePlacement": "left", "sizing": "auto",
        "text": {"titleSize": 14, "valueSize": 18},
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
    }  # fmt: skip
    return panel(
        "bargauge",
        title,
        about,
        place,
        store,
        [query],
        {"defaults": defaults, "overrides": overrides},
        options,
    )


def unit(measure: str) -> str:
    """Return Grafana's unit for a measure as it is written on site; its own `m` would be minutes."""
    return f"suffix: {measure}" if measure else "none"


def board(
    *, uid: str, title: str, about: str, tags: Sequence[str], zone: str, panels: Sequence[Panel],
    links: Sequence[tuple[str, str]], hide_times: bool, month: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return a dashboard, of the last day or of this `month`; its panels get their ids by their order."""
    return {
        "id": None,
        "uid": uid,
        "title": shown(title),
        "description": shown(about),
        "tags": list(tags),
        "timezone": zone,
        "time": {"from": "now/M", "to": "now/M"} if month else {"from": "now-24h", "to": "now"},
        "timepicker": {"hidden": hide_times, "refresh_intervals": ["5s", "10s", "30s", "1m", "5m"]},
        "refresh": "1m" if month else "10s" if hide_times else "30s",
        "fiscalYearStartMonth": 0,
        "weekStart": "monday",
        "graphTooltip": 1,
        "editable": True,
        "liveNow": False,
        "preload": False,
        "schemaVersion": SCHEMA_VERSION,
        "annotations": {"list": []},
        "templating": {"list": []},
        "links": [
            {
                "type": "link", "title": shown(name), "url": f"/d/{target}", "icon": "dashboard",
                "asDropdown": False, "includeVars": False, "keepTime": False, "tags": [],
                "targetBlank": False, "tooltip": "",
            }
            for target, name in links
        ],
        "panels": [{"id": index, **each} for index, each in enumerate(panels, 1)],
    }  # fmt: skip
