"""The Analysers board: does each make its target this month, and what was lost why; one screen of 1920×1080.

the plant's figure and each one's uptime, with the hours that may still be lost    7 rows
each one's hours × days                                                            10
hours lost by cause, what was lost when, who is on shift                            9
"""

from itertools import pairwise
from typing import Any, Final

from dashboards import shift, uptime
from dashboards.canvas import Sheet, fitted
from dashboards.colours import CAUSE, OF, TEXT, UNNAMED, VIOLET, thresholds
from dashboards.compliance import HEAD_PX, LABEL_PX, head
from dashboards.description import Bound, PlantView, Reported, Severity, Store
from dashboards.names import uid
from dashboards.panels import COLUMNS, Panel, Query, board, edges, panel_px, sheet_panel
from dashboards.present import REASON
from dashboards.tables import Column, Words, cells, table
from dashboards.words import causes, word

NOW_ROWS: Final = 7
GRID_ROWS: Final = 10
FOOT_ROWS: Final = 9
AT_MOST: Final = 8
"""So many stand side by side."""
LOSSES: Final = 100


def analysers(view: PlantView, store: Store) -> dict[str, Any] | None:
    """Return the Analysers board of a plant, None where nothing is reported to an authority."""
    reported = view.reported[:AT_MOST]
    if not reported:
        return None
    panels = [_now(view, reported, store)]
    panels += [
        _grid(view, each, (left, right), store)
        for each, (left, right) in zip(reported, pairwise(edges(len(reported))), strict=True)
    ]
    panels += _foot(view, reported, NOW_ROWS + GRID_ROWS, store)
    title = f"{view.name} · {word('analysers', view.language)}"
    return board(
        uid=uid(view.plant, "analysers"),
        title=title,
        about=title,
        tags=["outfall", "analysers"],
        zone=view.timezone,
        panels=panels,
        links=[(uid(view.plant, "wall"), word("wall", view.language))],
        hide_times=False,
        month=True,
    )


def _now(view: PlantView, reported: tuple[Reported, ...], store: Store) -> Panel:
    width, height = panel_px(COLUMNS, NOW_ROWS)
    sheet = Sheet(width, height, view.language)
    head(sheet, view, store, ())
    part = width / (len(reported) + 1)
    line = height - HEAD_PX
    sheet.words(8, HEAD_PX, part - 16, 30, word("plants_figure", view.language), 26)
    _figure(view, sheet, "lowest", 8, HEAD_PX + 30, part - 16, line - 88)
    sheet.field(8, height - 56, part - 16, 26, "whose", LABEL_PX)
    sheet.field(8, height - 30, part - 16, 26, "missing", LABEL_PX, colour=VIOLET)
    for place, each in enumerate(reported, 1):
        x, w = place * part + 8, part - 16
        sheet.words(x, HEAD_PX, w, 30, each.label, fitted(each.label, 24, w))
        _figure(view, sheet, each.tag, x, HEAD_PX + 30, w, line - 88)
        sheet.field(x, HEAD_PX + 30, w, line - 88, REASON + each.tag, 22, colour=VIOLET)
        sheet.field(x, height - 56, w, 26, uptime.RESULTS + each.tag, LABEL_PX)
        # Of three fields in one place only one ever says something.
        sheet.field(x, height - 30, w, 26, uptime.LEFT + each.tag, LABEL_PX)
        sheet.field(x, height - 30, w, 26, uptime.SHORT + each.tag, LABEL_PX, colour=OF[Severity.LOW])
        sheet.field(x, height - 30, w, 26, uptime.SPENT + each.tag, LABEL_PX, colour=OF[Severity.HIGH])
    queries: list[Query] = [uptime.uptimes(store, view, reported)]
    if store.people is not None:
        queries.append(shift.on_shift(view))
    title = word("uptime_month", view.language).format(target=f"{view.online_target / 10:g}")
    about = word("about_uptime", view.language)
    return sheet_panel(sheet, title, about, (0, 0, COLUMNS, NOW_ROWS), store, queries)


def _figure(view: PlantView, sheet: Sheet, field: str, x: float, y: float, w: float, h: float) -> None:
    target = view.online_target / 10
    # Uptimes come in whole tenths.
    made = Bound(target, target - 0.05, upper=False, severity=Severity.HIGH, mark="✗")
    sheet.field(x, y, w, h, field, 54)
    sheet.shown_as(
        field,
        decimals=1,
        unit="suffix: %",
        color={"mode": "thresholds"},
        thresholds=thresholds([made]),
    )


def _grid(view: PlantView, each: Reported, ends: tuple[int, int], store: Store) -> Panel:
    hours = [f"{hour:02}" for hour in range(24)]
    named = [(hour, hour if int(hour) % 3 == 0 else "") for hour in hours]
    title = f"{each.label} · {word('hours_days', view.language)}"
    about = word("about_grid", view.language)
    place = (ends[0], NOW_ROWS, ends[1] - ends[0], GRID_ROWS)
    query = uptime.grid(store, view, each.tag)
    says = _says(view.language)
    return cells(title, about, place, store, query, named, says, UNNAMED, legend=False, words=False)


def _says(language: str) -> Words:
    return {code: (said, CAUSE[code]) for code, said in causes(language).items()}


def _foot(view: PlantView, reported: tuple[Reported, ...], y: int, store: Store) -> list[Panel]:
    language = view.language
    ends = [0, 10, 17, COLUMNS] if store.people is not None else [0, 14, COLUMNS]
    places = [(left, y, right - left, FOOT_ROWS) for left, right in pairwise(ends)]
    says, empty = _says(language), word("no_records", language)
    columns = [
        Column("state", word("cause", language), says=says, ground=True, width=150),
        *(Column(f"p{place}", each.label, decimals=0, counts=TEXT) for place, each in enumerate(reported)),
        Column("all", word("all", language), decimals=0, counts=TEXT),
    ]
    title, about = word("lost_by_cause", language), word("about_causes", language)
    query = uptime.causes(store, view, reported)
    made = [table(title, about, places[0], store, [query], columns, empty=empty)]
    columns = [
        Column("at", word("since", language), unit="time:MM-DD HH:mm", width=124),
        Column("h", word("hours", language), decimals=0, width=70),
        Column("item", word("item", language)),
        Column("state", word("cause", language), says=says, ground=True, width=150),
    ]
    title, about = word("lost_hours", language), word("about_losses", language)
    query = uptime.losses(store, view, reported, LOSSES)
    made.append(table(title, about, places[1], store, [query], columns, empty=empty))
    if store.people is not None:
        made.append(shift.turns(view, store, places[2]))
    return made
