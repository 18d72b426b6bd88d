"""The Compliance board: today against the limits, and the month; one screen of 1920×1080.

what is judged, what of the month is told in one line; each item today    7 rows
the month, days × items                                                    6
daily means beside their limits                                            5
single exceedances, the month's counts, who is on shift                    8
"""

from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from dashboards import judged, shift
from dashboards.canvas import Sheet, fitted, number_px, text_px
from dashboards.colours import (
    ABSENT,
    CELL,
    LABEL,
    LIMIT,
    OF,
    QUIET,
    SHADES,
    TEXT,
    UNNAMED,
    VIOLET,
    thresholds,
)
from dashboards.description import PlantView, Severity, Store, Tile
from dashboards.names import uid
from dashboards.panels import COLUMNS, Panel, Place, Query, board, edges, panel, panel_px, sheet_panel
from dashboards.present import REASON
from dashboards.tables import Column, Words, cells, table
from dashboards.words import word

TODAY_ROWS: Final = 7
DAYS_ROWS: Final = 6
MEANS_ROWS: Final = 5
FOOT_ROWS: Final = 8
AT_MOST: Final = 8
"""So many items stand side by side."""
HEAD_PX: Final = 46
LABEL_PX: Final = 20
SINGLES: Final = 100


def compliance(view: PlantView, store: Store) -> dict[str, Any] | None:
    """Return the Compliance board of a plant, None where no limits are entered."""
    tiles = view.tiles[:AT_MOST]
    if not tiles:
        return None
    panels = [_today(view, tiles, store), _days(view, tiles, TODAY_ROWS, store)]
    y = TODAY_ROWS + DAYS_ROWS
    panels += [
        _means(view, tile, (left, y, right - left, MEANS_ROWS), store)
        for tile, (left, right) in zip(tiles, pairwise(edges(len(tiles))), strict=True)
    ]
    panels += _foot(view, tiles, y + MEANS_ROWS, store)
    return board(
        uid=uid(view.plant, "compliance"),
        title=f"{view.name} · {word('compliance', view.language)}",
        about=f"{view.name} · {word('compliance', view.language)}",
        tags=["outfall", "compliance"],
        zone=view.timezone,
        panels=panels,
        links=[(uid(view.plant, "wall"), word("wall", view.language))],
        hide_times=False,
        month=True,
    )


def head(sheet: Sheet, view: PlantView, store: Store, told: tuple[tuple[str, int, str], ...]) -> None:
    """Write plant, who is on shift, fields (name, width, colour), how far it is judged, and the clock."""
    name = min(text_px(view.name, 32) + 20, sheet.width * 0.3)
    sheet.words(8, 0, name, HEAD_PX - 4, view.name, fitted(view.name, 32, name, 20), colour=TEXT)
    at, line = name + 24, HEAD_PX - 4
    if store.people is not None:
        shift.said(sheet, at, 0, 420, line, 24)
        at += 430
    for field, width, colour in told:
        sheet.field(at, 0, width, line, field, 24, colour=colour)
        at += width + 10
    clock = 150
    sheet.field(sheet.width - clock - 290, 0, 280, line, "judged", LABEL_PX, align="right")
    sheet.field(sheet.width - clock - 290, 0, 280, line, "behind", LABEL_PX, colour=VIOLET, align="right")
    sheet.field(sheet.width - clock - 8, 0, clock, line, "clock", 32, align="right")


def _today(view: PlantView, tiles: tuple[Tile, ...], store: Store) -> Panel:
    width, height = panel_px(COLUMNS, TODAY_ROWS)
    sheet = Sheet(width, height, view.language)
    red = OF[Severity.HIGH]
    head(sheet, view, store, (("month_days", 290, TEXT), ("month_over", 110, red), ("month_rate", 190, TEXT)))
    for tile, (left, right) in zip(tiles, pairwise(edges(len(tiles))), strict=True):
        x, w = left / COLUMNS * width, (right - left) / COLUMNS * width
        _tile(sheet, tile, x + 8, HEAD_PX, w - 16, height - HEAD_PX)
    tags = [tile.value.tag for tile in tiles]
    queries: list[Query] = [judged.today(store, view, tiles), judged.summary(store, view, tags)]
    if store.people is not None:
        queries.append(shift.on_shift(view))
    title, about = word("today_so_far", view.language), word("about_today", view.language)
    return sheet_panel(sheet, f"{view.outlet} · {title}", about, (0, 0, COLUMNS, TODAY_ROWS), store, queries)


def _tile(sheet: Sheet, tile: Tile, x: float, y: float, w: float, h: float) -> None:
    value = tile.mean
    sheet.words(x, y, w * 0.45, 30, value.label, fitted(value.label, 24, w * 0.44), colour=TEXT)
    sheet.words(x + w * 0.45, y, w * 0.55, 30, value.measure, LABEL_PX, align="right")
    if tile.ranged:
        _range(sheet, tile, x, y + 30, w, h - 114)
    else:
        sheet.value(x, y + 30, w, h - 114, value, 60, 26)
    sheet.words(x, y + h - 82, w, 26, tile.limits, fitted(tile.limits, 22, w, 14))
    sheet.field(x, y + h - 56, w, 26, judged.RESULTS + value.tag, LABEL_PX)
    sheet.field(x, y + h - 30, w, 26, judged.OVER + value.tag, LABEL_PX, colour=OF[Severity.HIGH])


def _range(sheet: Sheet, tile: Tile, x: float, y: float, w: float, h: float) -> None:
    """Write the lowest and the highest result, each in its own colour."""
    value, size = tile.value, 48
    widest = max((bound.limit for bound in value.bounds), default=value.high)
    half = min(w / 2 - 12, number_px(replace(value, low=0.0, high=widest), size) + 8)
    for place, before in enumerate((judged.LOW, judged.HIGH)):
        name = before + value.tag
        sheet.field(x + place * (half + 24), y, half, h, name, size)
        sheet.shown_as(
            name,
            decimals=value.decimals,
            color={"mode": "thresholds"},
            thresholds=thresholds(tile.mean.bounds),
        )
    sheet.field(x + half, y, 24, h, judged.TO + value.tag, 28, colour=LABEL, align="center")
    sheet.field(x, y, w, h, REASON + value.tag, 28, colour=VIOLET)


def _days(view: PlantView, tiles: tuple[Tile, ...], y: int, store: Store) -> Panel:
    tags = [tile.value.tag for tile in tiles]
    named = [(tile.value.tag, tile.value.label) for tile in tiles]
    title, about = word("month_days", view.language), word("about_days", view.language)
    query = judged.verdicts(store, view, tags)
    place = (0, y, COLUMNS, DAYS_ROWS)
    says = _verdicts(view.language)
    return cells(title, about, place, store, query, named, says, UNNAMED, legend=True, words=True)


def _verdicts(language: str) -> Words:
    colours = {
        judged.COMPLIES: ("verdict_complies", QUIET),
        judged.EXCEEDS: ("verdict_exceeds", CELL[Severity.HIGH]),
        judged.NOT_JUDGED: ("verdict_not_judged", CELL[Severity.INSTRUMENT]),
        judged.NOT_ENTERED: ("verdict_not_entered", CELL[Severity.LOW]),
        judged.OPEN: ("verdict_open", ABSENT),
    }
    return {str(code): (word(key, language), colour) for code, (key, colour) in colours.items()}


def _means(view: PlantView, tile: Tile, place: Place, store: Store) -> Panel:
    value = tile.value
    highs = [bound.limit for bound in value.bounds if bound.upper]
    lows = [bound.limit for bound in value.bounds if not bound.upper]
    custom = {
        "drawStyle": "bars", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 60,
        "barAlignment": 1, "showPoints": "never", "pointSize": 4, "gradientMode": "none", "spanNulls": False,
        "axisPlacement": "auto", "axisLabel": "", "axisGridShow": True,
        "scaleDistribution": {"type": "linear"},
        "axisSoftMin": min(lows) - 0.5 if lows else 0,
        "axisSoftMax": min(highs) * 1.1 if highs else value.high,
        "stacking": {"mode": "none", "group": "A"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        # What has a lower limit too has none in its rows: its limits are drawn as they are today.
        "thresholdsStyle": {"mode": "dashed" if lows else "off"},
    }  # fmt: skip
    steps: list[dict[str, Any]] = [{"color": "transparent", "value": None}]
    steps += [{"color": LIMIT, "value": limit} for limit in sorted({*lows, *highs})]
    defaults = {
        "unit": "none", "decimals": value.decimals, "mappings": [], "custom": custom,
        "color": {"mode": "fixed", "fixedColor": SHADES[2]},
        "thresholds": {"mode": "absolute", "steps": steps},
    }  # fmt: skip
    drawn = {
        "custom.drawStyle": "line", "custom.lineInterpolation": "stepAfter", "custom.fillOpacity": 0,
        "custom.lineStyle": {"fill": "dash", "dash": [8, 6]}, "custom.lineWidth": 2,
        "color": {"mode": "fixed", "fixedColor": OF[Severity.MEDIUM]},
        "displayName": word("limit", view.language),
    }  # fmt: skip
    line = {"custom.drawStyle": "line", "custom.fillOpacity": 0, "custom.lineWidth": 2}
    overrides = [
        _override("mean", {"displayName": word("daily_mean", view.language)}),
        _override("limit", drawn),
        *(_override(end, {**line, "displayName": word(end, view.language)}) for end in ("lowest", "highest")),
    ]
    options = {
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    kind = word("daily_ends" if tile.ranged else "daily_mean", view.language)
    title = f"{value.label} {value.measure} · {kind}"
    about = word("about_means", view.language)
    query = judged.means(store, view, tile)
    config = {"defaults": defaults, "overrides": overrides}
    return panel("timeseries", title, about, place, store, [query], config, options)


def _override(field: str, properties: dict[str, Any]) -> dict[str, Any]:
    listed = [{"id": key, "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": field}, "properties": listed}


def _foot(view: PlantView, tiles: tuple[Tile, ...], y: int, store: Store) -> list[Panel]:
    language = view.language
    ends = [0, 7, 16, COLUMNS] if store.people is not None else [0, 10, COLUMNS]
    places = [(left, y, right - left, FOOT_ROWS) for left, right in pairwise(ends)]
    title, about = word("single_exceedances", language), word("about_singles", language)
    columns = [
        Column("at", word("at", language), unit="time:MM-DD HH:mm", width=130),
        Column("item", word("item", language)),
        Column("value", word("value", language), decimals=2, width=100),
        Column("limit", word("limit", language), width=90, right=True),
    ]
    query = judged.singles(store, view, tiles, SINGLES)
    empty = word("no_records", language)
    made = [table(title, about, places[0], store, [query], columns, empty=empty)]
    columns = [
        Column("item", word("item", language)),
        Column("complies", word("verdict_complies", language), decimals=0, width=70, counts=TEXT),
        Column("exceeds", word("verdict_exceeds", language), decimals=0, width=70, counts=OF[Severity.HIGH]),
        Column("unjudged", word("verdict_not_judged", language), decimals=0, width=86, counts=VIOLET),
        Column(
            "unlimited", word("verdict_not_entered", language), decimals=0, width=80, counts=OF[Severity.LOW]
        ),
        Column("mean", word("month_mean", language), decimals=2, width=120),
        Column("load", word("load", language), decimals=2, width=90),
    ]
    title, about = word("month_counts", language), word("about_counts", language)
    query = judged.counts(store, view, tiles)
    made.append(table(title, about, places[1], store, [query], columns, empty="–"))
    if store.people is not None:
        made.append(shift.turns(view, store, places[2]))
    return made
