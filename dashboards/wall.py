"""The Wall: one screen of 1920×1080 without scrolling, read from five metres.

what leaves the plant now, with its limits; age of the data, lines          6 rows
its last 24 hours, under each                                               4
the process                                                                 11 or what is left
analysers, charts of what comes in and what it is treated with, power       6
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from dashboards import course, present, process, shift
from dashboards.canvas import Sheet, fitted, text_px
from dashboards.colours import TEXT, VIOLET
from dashboards.description import PlantView, Store, Tile, Value
from dashboards.names import uid
from dashboards.panels import (
    COLUMNS,
    WALL_ROWS,
    Panel,
    Place,
    Query,
    board,
    chart,
    edges,
    panel_px,
    sheet_panel,
)
from dashboards.words import word

NOW_ROWS: Final = 6
COURSE_ROWS: Final = 4
FOOT_ROWS: Final = 6
TILES_A_ROW: Final = 8
HEAD_PX: Final = 46
LABEL: Final = 20
"""The least that is read from five metres."""
FOOT_SHARES: Final = {"analysers": 10, "chart": 5, "energy": 4}


def wall(view: PlantView, store: Store) -> dict[str, Any]:
    """Return the Wall of a plant."""
    panels = [_now(view, store)]
    y = NOW_ROWS
    courses = view.tiles[:TILES_A_ROW]
    if courses:
        panels += _courses(view, courses, y, store)
        y += COURSE_ROWS
    foot = bool(view.analysers or view.charts or view.power)
    rows = WALL_ROWS - y - (FOOT_ROWS if foot else 0)
    panels.append(_process(view, y, rows, store))
    if foot:
        panels += _foot(view, y + rows, store)
    return board(
        uid=uid(view.plant, "wall"),
        title=f"{view.name} · {word('wall', view.language)}",
        about=f"{view.name} · {view.outlet}",
        tags=["outfall", "wall"],
        zone=view.timezone,
        panels=panels,
        # A link to the other board would stand above the panels, in kiosk mode too.
        links=[],
        hide_times=True,
    )


def _now(view: PlantView, store: Store) -> Panel:
    width, height = panel_px(COLUMNS, NOW_ROWS)
    sheet = Sheet(width, height, view.language)
    _head(sheet, view, store)
    tiles = view.tiles[: TILES_A_ROW * 2]
    if tiles:
        rows = -(-len(tiles) // TILES_A_ROW)
        line = (height - HEAD_PX) / rows
        for row in range(rows):
            own = tiles[row * TILES_A_ROW : (row + 1) * TILES_A_ROW]
            columns = pairwise(edges(len(own)))
            for tile, (left, right) in zip(own, columns, strict=True):
                x, w = left / COLUMNS * width, (right - left) / COLUMNS * width
                _tile(sheet, tile, x + 8, HEAD_PX + row * line, w - 16, line)
    else:
        said = word("no_limits", view.language)
        sheet.words(0, HEAD_PX, width, height - HEAD_PX, said, 32, align="center")
    asked = [present.of_value(tile.value) for tile in tiles]
    queries: list[Query] = [present.present(store, view.plant, asked, view.language)] if tiles else []
    links = [(link.tag, link.name) for link in view.links]
    tags = [tile.value.tag for tile in tiles] + _walked(view)
    queries.append(present.standing(store, view.plant, tags, links, view.timezone, view.language))
    if store.people is not None:
        queries.append(shift.on_shift(view))
    title = f"{view.outlet} · {word('now', view.language)}"
    about = word("about_now", view.language)
    return sheet_panel(sheet, title, about, (0, 0, COLUMNS, NOW_ROWS), store, queries)


def _head(sheet: Sheet, view: PlantView, store: Store) -> None:
    name = min(text_px(view.name, 32) + 20, sheet.width * 0.36)
    sheet.words(8, 0, name, HEAD_PX - 4, view.name, 32, colour=TEXT)
    at = name + 24
    # Of two fields in one place only one ever says something.
    sheet.field(at, 0, 260, HEAD_PX - 4, "age", 24)
    sheet.field(at, 0, 260, HEAD_PX - 4, "old", 26, colour=VIOLET)
    sheet.field(at + 270, 0, 130, HEAD_PX - 4, "links", 24)
    clock = 250.0
    rest = sheet.width - at - 405 - clock
    people = 0.0 if store.people is None else min(rest * 0.6, 560)
    if people:
        shift.said(sheet, at + 405, 0, people - 10, HEAD_PX - 4, 24)
    sheet.field(at + 405 + people, 0, rest - people, HEAD_PX - 4, "lost", 24, colour=VIOLET)
    sheet.words(sheet.width - clock - 8, 0, 90, HEAD_PX - 4, word("picture_of", view.language), 20)
    sheet.field(sheet.width - clock + 50, 0, clock - 58, HEAD_PX - 4, "clock", 36, align="right")


def _tile(sheet: Sheet, tile: Tile, x: float, y: float, w: float, h: float) -> None:
    low = h < 100
    label, line = (24, 30) if not low else (LABEL, 24)
    value = tile.value
    sheet.words(x, y, w * 0.45, line, value.label, label, colour=TEXT)
    sheet.words(x + w * 0.45, y, w * 0.55, line, value.measure, LABEL, align="right")
    sheet.value(x, y + line, w, h - line - (28 if not low else 0), value, 60 if not low else 30, 26)
    if not low:
        sheet.words(x, y + h - 28, w, 26, tile.limits, fitted(tile.limits, 22, w, 14))


def _courses(view: PlantView, tiles: Sequence[Tile], y: int, store: Store) -> list[Panel]:
    made = []
    for tile, (left, right) in zip(tiles, pairwise(edges(len(tiles))), strict=True):
        query = course.course(store, view.plant, [tile.value])
        title = f"{tile.value.label} {tile.value.measure} · 24 h".strip()
        about = word("about_chart", view.language)
        place = (left, y, right - left, COURSE_ROWS)
        made.append(chart(title, about, place, store, query, [tile.value], legend=False))
    return made


def _process(view: PlantView, y: int, rows: int, store: Store) -> Panel:
    width, height = panel_px(COLUMNS, rows)
    sheet = Sheet(width, height, view.language)
    process.draw(sheet, view.water, view.beside, view.left_out)
    drawn = sheet.overrides
    asked = [
        present.of_value(value, brief=value.tag in sheet.brief)
        for value in _values(view)
        if value.tag in drawn
    ]
    asked += [
        present.of_status(machine)
        for box in (*view.water, *view.beside)
        for machine in box.machines
        if machine.tag in drawn
    ]
    query = present.present(store, view.plant, asked, view.language)
    title, about = word("process", view.language), word("about_process", view.language)
    return sheet_panel(sheet, title, about, (0, y, COLUMNS, rows), store, [query])


def _values(view: PlantView) -> list[Value]:
    boxes = (*view.water, *view.beside)
    return [value for box in boxes for metric in box.metrics for value in metric.values]


def _walked(view: PlantView) -> list[str]:
    """Return what is read most often: by these it is told how old the data is."""
    timed = [value for value in _values(view) if value.stale_s is not None]
    fastest = min((value.stale_s or 0 for value in timed), default=0)
    return [value.tag for value in timed if value.stale_s == fastest]


def _foot(view: PlantView, y: int, store: Store) -> list[Panel]:
    kinds = ["analysers"] if view.analysers else []
    kinds += ["chart"] * len(view.charts) + (["energy"] if view.power else [])
    shares = [FOOT_SHARES[kind] for kind in kinds]
    ends = [round(COLUMNS * sum(shares[:index]) / sum(shares)) for index in range(len(shares) + 1)]
    charts = iter(view.charts)
    made = []
    for kind, (left, right) in zip(kinds, pairwise(ends), strict=True):
        place = (left, y, right - left, FOOT_ROWS)
        if kind == "analysers":
            made.append(_analysers(view, place, store))
        elif kind == "energy":
            made.append(_energy(view, place, store))
        else:
            its = next(charts)
            query = course.course(store, view.plant, its.values)
            title = f"{its.title} {its.values[0].measure} · 24 h"
            about = word("about_chart", view.language)
            made.append(chart(title, about, place, store, query, its.values, legend=False))
    return made


def _analysers(view: PlantView, place: Place, store: Store) -> Panel:
    width, height = panel_px(place[2], place[3])
    sheet = Sheet(width, height, view.language)
    columns = 1 if len(view.analysers) <= 4 else 2
    shown = view.analysers[: columns * 6]
    rows = -(-len(shown) // columns)
    line, column = min(height / rows, 48), width / columns
    asked = []
    for index, analyser in enumerate(shown):
        side, row = divmod(index, rows)
        x, y = side * column + 8, row * line
        label = analyser.status.label
        sheet.words(x, y, column * 0.3, line, label, fitted(label, LABEL, column * 0.29), colour=TEXT)
        longest = max((said for _, said, _ in analyser.status.says), key=len, default="")
        size = fitted(longest, LABEL, column * 0.27, 14)
        sheet.state(x + column * 0.3, y, column * 0.28, line, analyser.status, size)
        asked.append(present.of_status(analyser.status))
        if analyser.sampled is not None:
            here = (x + column * 0.57, y, column * 0.43 - 16, line)
            sheet.field(*here, present.MARK + analyser.sampled, LABEL, colour=TEXT, align="right")
            sheet.field(*here, present.REASON + analyser.sampled, LABEL, colour=VIOLET, align="right")
            asked.append(present.Asked(analyser.sampled, analyser.sampled_stale_s, is_time=True))
    query = present.present(store, view.plant, asked, view.language)
    title, about = word("analysers", view.language), word("about_analysers", view.language)
    return sheet_panel(sheet, title, about, place, store, [query])


def _energy(view: PlantView, place: Place, store: Store) -> Panel:
    assert view.power is not None
    width, height = panel_px(place[2], place[3])
    sheet = Sheet(width, height, view.language)
    sheet.words(8, 0, width - 16, 26, f"{word('power_now', view.language)} {view.power.measure}", 20)
    sheet.value(8, 26, width - 16, 58, view.power, 52, 24)
    queries = [present.present(store, view.plant, [present.of_value(view.power)], view.language)]
    if view.energy:
        queries.append(course.consumption(store, view.plant, view.energy, view.volume))
        line = (height - 88) / 3
        names = (
            ("energy", "energy_24h", " kWh"),
            ("volume", "volume_24h", " m³"),
            ("specific", "specific", ""),
        )
        for index, (field, key, measure) in enumerate(names[: 3 if view.volume else 1]):
            y = 86 + index * line
            sheet.words(8, y, width * 0.5, line, word(key, view.language), LABEL)
            sheet.field(width * 0.42, y, width * 0.58 - 8, line, field, 24, align="right")
            said = measure or " kWh/m³"
            sheet.shown_as(field, unit=f"suffix:{said}", decimals=2 if field == "specific" else 0)
    title, about = word("energy", view.language), word("about_energy", view.language)
    return sheet_panel(sheet, title, about, place, store, queries)
