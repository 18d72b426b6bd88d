"""What queries over judged rows share: the month that is looked at, by the plant's calendar.

Rows as the node writes them beside the figures, tags plant and point:

compliance_day      start of the day    mean, limit, valid, due, verdict, load_kg
compliance_single   hour of the result  value, limit, exceeds
analyser_hour       start of the hour   value, due, valid, cause (only where not valid)
"""

from collections.abc import Sequence
from typing import Final

from dashboards.description import PlantView, Store
from dashboards.flux import one_of, text

DAYS: Final = "compliance_day"
SINGLES: Final = "compliance_single"
HOURS: Final = "analyser_hour"


def calendar(view: PlantView) -> list[str]:
    """Return the lines that name `day`, `month`, `next` and `end`, and their imports.

    `day` is the start of today, `month` that of the month in which the shown range ends, `next` that of the
    one after it, `end` the earlier of `next` and now. A report day may start at another hour than midnight.
    """
    starts = f"{view.day_starts_at}h"
    return [
        'import "array"',
        'import "date"',
        'import "dict"',
        'import "internal/debug"',
        'import "join"',
        'import "strings"',
        'import "timezone"',
        f"zone = timezone.location(name: {text(view.timezone)})",
        "begun = (t, unit) => date.add(d: " + starts + ", to: date.truncate("
        f"t: date.sub(d: {starts}, from: t), unit: unit, location: zone), location: zone)",
        "present = date.time(t: now())",
        "day = begun(t: present, unit: 1d)",
        # The end of the range is not in it: a range to the end of a month is that month's.
        "shown = date.sub(d: 1ms, from: v.timeRangeStop)",
        "month = begun(t: if shown < present then shown else present, unit: 1mo)",
        "next = date.add(d: 1mo, to: month, location: zone)",
        "end = if next < present then next else present",
    ]


def days_of_month() -> list[str]:
    """Return the line that names `days`, how many the month has; one of 23 or 25 hours is one too."""
    return ["days = (int(v: next) - int(v: month) + 43200000000000) / 86400000000000"]


def rows(store: Store, view: PlantView, measurement: str, tags: Sequence[str], start: str, stop: str) -> str:
    """Return a source of all rows of a measurement, a row a point and time, fields as columns."""
    held = f"r._measurement == {text(measurement)} and r.plant == {text(view.plant)}"
    return "\n".join(
        [
            f"from(bucket: {text(store.figures)}) |> range(start: {start}, stop: {stop})",
            f"  |> filter(fn: (r) => {held} and ({one_of('point', tags)}))",
            # Each field is a table of its own until here: they have types of their own.
            '  |> keep(columns: ["_time", "_field", "_value", "point"])',
            '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
        ]
    )


def by_day(view: PlantView) -> str:
    """Return the line that parts tables by report days, `_start` to `_stop`: row by row takes seconds."""
    return f"  |> window(every: 1d, offset: {view.day_starts_at}h, location: zone)"


def wide(row: str) -> list[str]:
    """Return the lines that turn rows of point and _value into a column a point."""
    return [
        f'  |> group() |> pivot(rowKey: ["{row}"], columnKey: ["point"], valueColumn: "_value")',
    ]
