"""Tables, and days as cells: what is read as words in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards.colours import LABEL, TEXT, UNNAMED
from dashboards.description import Store
from dashboards.names import shown
from dashboards.panels import Panel, Place, Query, panel

Words = Mapping[str, tuple[str, str]]
"""What a value stands for: (word, colour)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name of the field that it shows, its heading, and how its values are written."""

    name: str
    title: str
    width: int | None = None
    decimals: int | None = None
    unit: str | None = None
    says: Words = field(default_factory=dict)
    ground: bool = False
    """Colours what is behind the words, not the words."""
    wrap: bool = False
    right: bool = False
    counts: str | None = None
    """It counts: in this colour, and a dot for nothing."""


def table(
    title: str, about: str, place: Place, store: Store, queries: Sequence[Query],
    columns: Sequence[Column], *, empty: str,
) -> Panel:  # fmt: skip
    """Return a table; `empty` is what stands there where nothing is found."""
    defaults = {
        "color": {"mode": "fixed", "fixedColor": TEXT},
        "mappings": [],
        "noValue": empty,
        "custom": {
            "align": "auto", "cellOptions": {"type": "auto"}, "filterable": False, "inspect": False,
            "minWidth": 40,
        },
    }  # fmt: skip
    config = {"defaults": defaults, "overrides": [_override(column) for column in columns]}
    options = {"cellHeight": "sm", "showHeader": True, "enablePagination": False}
    made = panel("table", title, about, place, store, queries, config, options)
    made["transformations"] = [in_order([column.name for column in columns])]
    return made


def in_order(fields: Sequence[str]) -> dict[str, Any]:
    """Return the transformation that puts fields into an order: answers have them as they came."""
    order = {name: index for index, name in enumerate(fields)}
    return {"id": "organize", "options": {"indexByName": order, "excludeByName": {}, "renameByName": {}}}


def _override(column: Column) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [{"id": "displayName", "value": shown(column.title) or " "}]
    if column.width is not None:
        properties.append({"id": "custom.width", "value": column.width})
    properties.append(
        {"id": "custom.align", "value": "right" if column.right or column.decimals is not None else "left"}
    )
    if column.decimals is not None:
        properties.append({"id": "decimals", "value": column.decimals})
    if column.unit is not None:
        properties.append({"id": "unit", "value": column.unit})
    if column.counts is not None:
        properties += [
            {"id": "mappings", "value": mappings({"0": ("·", LABEL)})},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": column.counts}},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
    if column.says:
        properties.append({"id": "mappings", "value": mappings(column.says)})
        properties.append({"id": "color", "value": {"mode": "fixed", "fixedColor": UNNAMED}})
        kind = "color-background" if column.ground else "color-text"
        cell = {"type": kind, **({"mode": "basic"} if column.ground else {})}
        properties.append({"id": "custom.cellOptions", "value": cell})
    if column.wrap:
        properties.append({"id": "custom.cellOptions", "value": {"type": "auto", "wrapText": True}})
    return {"matcher": {"id": "byName", "options": column.name}, "properties": properties}


def mappings(says: Words) -> list[dict[str, Any]]:
    """Return the words and colours of values."""
    options = {
        value: {"text": shown(said), "color": colour, "index": index}
        for index, (value, (said, colour)) in enumerate(says.items())
    }
    return [{"type": "value", "options": options}]


def cells(
    title: str, about: str, place: Place, store: Store, query: Query, names: Sequence[tuple[str, str]],
    says: Words, otherwise: str, *, legend: bool, words: bool,
) -> Panel:  # fmt: skip
    """Return a status history: a row a field under its name, a cell a time; `words` writes into the cells."""
    overrides = [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "displayName", "value": shown(label) or " "}],
        }
        for name, label in names
    ]
    overrides.append(
        {
            "matcher": {"id": "byName", "options": "_time"},
            "properties": [{"id": "unit", "value": "time:MM-DD"}],
        }
    )
    defaults = {
        "color": {"mode": "fixed", "fixedColor": otherwise},
        "mappings": mappings(says),
        "custom": {
            "fillOpacity": 100, "lineWidth": 0,
            "hideFrom": {"legend": False, "tooltip": False, "viz": False},
        },
    }  # fmt: skip
    options = {
        "showValue": "auto" if words else "never", "rowHeight": 0.9, "colWidth": 0.92,
        "legend": {"showLegend": legend, "displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "single", "sort": "none", "hideZeros": False},
    }  # fmt: skip
    config = {"defaults": defaults, "overrides": overrides}
    made = panel("status-history", title, about, place, store, [query], config, options)
    made["transformations"] = [in_order(["_time", *(name for name, _ in names)])]
    return made
