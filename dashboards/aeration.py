"""The Aeration board: what the blowers do, what the tanks get from it, and what it costs; for a desk."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dashboards import course, present
from dashboards.canvas import Sheet, fitted
from dashboards.description import Aeration, Chart, PlantView, Store, Value
from dashboards.names import uid
from dashboards.panels import COLUMNS, Panel, bars, board, chart, panel_px, sheet_panel, timeline
from dashboards.words import word

NOW_ROWS: Final = 4
CHART_ROWS: Final = 8
A_ROW: Final = 10
"""So many values stand side by side in the strip."""
BLOWER_CHARTS: Final = (("A", "current"), ("Hz", "frequency"), ("degC", "temperature"))


def aeration(view: PlantView, store: Store) -> dict[str, Any] | None:
    """Return the Aeration board of a plant, None where it has no aeration."""
    its = view.aeration
    if its is None:
        return None
    panels, y = _now(view, its, store)
    if its.blowers:
        panels += _machines(view, its, y, store)
        y += CHART_ROWS
    drawn = list(_charts(view, its))
    for index, (title, about, values, legend, banded) in enumerate(drawn):
        row, side = divmod(index, 2)
        place = (side * 12, y + row * CHART_ROWS, 12, CHART_ROWS)
        query = course.course(store, view.plant, values)
        made = chart(title, about, place, store, query, values, legend=legend, band=banded)
        panels.append(made)
    y += -(-len(drawn) // 2) * CHART_ROWS
    if its.energy:
        query = course.hours(store, view.plant, [value.tag for value in its.energy], "total", each=True)
        title, about = f"{word('energy_hours', view.language)} kWh", word("about_energy_hours", view.language)
        place = (0, y, COLUMNS, CHART_ROWS)
        panels.append(chart(title, about, place, store, query, its.energy, legend=True, bars=True))
    return board(
        uid=uid(view.plant, "aeration"),
        title=f"{view.name} · {word('aeration', view.language)}",
        about=f"{view.name} · {word('aeration', view.language)}",
        tags=["outfall", "aeration"],
        zone=view.timezone,
        panels=panels,
        links=[(uid(view.plant, "wall"), word("wall", view.language))],
        hide_times=False,
    )


def _now(view: PlantView, its: Aeration, store: Store) -> tuple[list[Panel], int]:
    """Return the strip of present values, as high as it takes, and the row below it."""
    shown = [value for group in its.groups for value in group.values]
    lines = -(-len(shown) // A_ROW)
    rows = 1 + lines * (NOW_ROWS - 1)
    width, height = panel_px(COLUMNS, rows)
    sheet = Sheet(width, height, view.language)
    cell, line = width / min(len(shown), A_ROW), height / lines
    for index, value in enumerate(shown):
        row, column = divmod(index, A_ROW)
        x, y = column * cell + 8, row * line
        label = f"{value.label} {value.measure}".strip()
        sheet.words(x, y + 4, cell - 16, 24, label, fitted(label, 16, cell - 20))
        sheet.value(x, y + 30, cell - 16, line - 36, value, 36, 16)
    query = present.present(store, view.plant, [present.of_value(value) for value in shown], view.language)
    title, about = word("present", view.language), word("about_present", view.language)
    return [sheet_panel(sheet, title, about, (0, 0, COLUMNS, rows), store, [query])], rows


def _machines(view: PlantView, its: Aeration, y: int, store: Store) -> list[Panel]:
    statuses = [blower.status for blower in its.blowers]
    named = [(blower.status, blower.name) for blower in its.blowers]
    title, about = word("states", view.language), word("about_states", view.language)
    query = course.states(store, view.plant, statuses)
    states = timeline(title, about, (0, y, 16, CHART_ROWS), store, query, named, view.language)
    title, about = f"{word('run_hours', view.language)} h", word("about_run_hours", view.language)
    query = course.hours(store, view.plant, [status.tag for status in statuses], "run_h", each=False)
    names = [(status.tag, name) for status, name in named]
    return [states, bars(title, about, (16, y, 8, CHART_ROWS), store, query, names, "h")]


def _charts(view: PlantView, its: Aeration) -> Iterator[tuple[str, str, Sequence[Value], bool, bool]]:
    """Yield title, description, values, whether a legend is needed, whether limits are bands."""
    about = word("about_chart", view.language)
    for group in its.groups:
        yield _title(group), about, group.values, len(group.values) > 1, bool(group.values[0].bounds)
    for measure, key in BLOWER_CHARTS:
        values = [blower.values[measure] for blower in its.blowers if measure in blower.values]
        if values:
            yield f"{word(key, view.language)} {values[0].measure}", about, values, True, False


def _title(group: Chart) -> str:
    return f"{group.title} {group.values[0].measure}".strip()
