"""How points went over the time that is looked at, and what the hours' figures add up to."""

from collections.abc import Sequence

from dashboards.description import Status, Store, Value
from dashboards.flux import DEAD, RANGE, masks_of, one_of, places, text


def course(store: Store, plant: str, values: Sequence[Value]) -> str:
    """Return a table of times with a column a point: readings up to 48 h, the hours' figures beyond.

    A window in which anything was bad has no value, and so has one in which nothing came.
    """
    held = f"r.plant == {text(plant)} and ({one_of('point', [value.tag for value in values])})"
    return "\n".join(
        [
            'import "internal/debug"',
            f"raw = (field) => from(bucket: {text(store.bucket)}) |> {RANGE}",
            f"  |> filter(fn: (r) => {held}) |> filter(fn: (r) => r._field == field)",
            _window([value.stale_s for value in values]),
            'values = raw(field: "value") |> aggregateWindow(every: every, fn: mean, createEmpty: true)',
            'worst = raw(field: "quality")',
            "  |> aggregateWindow(every: every, fn: min, createEmpty: true) |> toFloat()",
            "windows = union(tables: [values, worst])",
            '  |> keep(columns: ["_time", "_value", "_field", "point"]) |> group(columns: ["point"])',
            '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
            "  |> map(fn: (r) => ({_time: r._time, point: r.point, _value:",
            '    if exists r.quality and r.quality >= 64.0 then r.value else debug.null(type: "float")}))',
            f"hours = from(bucket: {text(store.figures)}) |> {RANGE}",
            f'  |> filter(fn: (r) => r._measurement == "hour" and r._field == "mean" and {held})',
            '  |> keep(columns: ["_time", "_value", "point"])',
            "long = int(v: v.timeRangeStop) - int(v: v.timeRangeStart) > int(v: 48h)",
            "shown = if long then hours else windows",
            "shown |> group()",
            '  |> pivot(rowKey: ["_time"], columnKey: ["point"], valueColumn: "_value")',
            '  |> sort(columns: ["_time"])',
        ]
    )


def _window(stale_s: Sequence[int | None]) -> str:
    """Return how wide windows are: in narrower ones what comes in time would seem to be missing."""
    least = max((each or 60 for each in stale_s), default=60)
    return f"every = if int(v: v.windowPeriod) < int(v: {least}s) then {least}s else v.windowPeriod"


def states(store: Store, plant: str, statuses: Sequence[Status]) -> str:
    """Return a table of times with a column a status word: the place of the gravest it says."""
    tags = one_of("point", [status.tag for status in statuses])
    count = max((len(masks_of(status)) for status in statuses), default=0) or 1
    return "\n".join(
        [
            'import "bitwise"',
            'import "dict"',
            _window([status.stale_s for status in statuses]),
            *(_bits(statuses, place) for place in range(count)),
            f"from(bucket: {text(store.bucket)}) |> {RANGE}",
            f"  |> filter(fn: (r) => r.plant == {text(plant)} and ({tags}))",
            "  |> aggregateWindow(every: every, fn: last, createEmpty: true)",
            # The last window has hardly begun; that nothing came in it means nothing.
            "  |> filter(fn: (r) => r._time < v.timeRangeStop)",
            '  |> keep(columns: ["_time", "_value", "_field", "point"])',
            '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()',
            "  |> map(fn: (r) => ({r with " + ", ".join(_mask(place) for place in range(count)) + "}))",
            "  |> map(fn: (r) => ({_time: r._time, point: r.point, _value:",
            f"    if not exists r.quality or not exists r.value or r.quality < 64 then {DEAD}.0",
            *places(count),
            "  }))",
            '  |> pivot(rowKey: ["_time"], columnKey: ["point"], valueColumn: "_value")',
            '  |> sort(columns: ["_time"])',
        ]
    )


def _bits(statuses: Sequence[Status], place: int) -> str:
    """Return a dictionary of what stands at a place, by status word. A join would fail without data."""
    held = [(status.tag, masks_of(status)) for status in statuses]
    pairs = ", ".join(
        f"{{key: {text(tag)}, value: {masks[place] if place < len(masks) else 0}}}" for tag, masks in held
    )
    return f"bits{place} = dict.fromList(pairs: [{pairs}])"


def _mask(place: int) -> str:
    return f"m{place}: dict.get(dict: bits{place}, key: r.point, default: 0)"


def hours(store: Store, plant: str, tags: Sequence[str], field: str, *, each: bool) -> str:
    """Return a table of times with a column a point: a figure of each hour, or its sum over the range."""
    lines = [
        f"from(bucket: {text(store.figures)}) |> {RANGE}",
        f'  |> filter(fn: (r) => r._measurement == "hour" and r._field == {text(field)})',
        f"  |> filter(fn: (r) => r.plant == {text(plant)} and ({one_of('point', tags)}))",
    ]
    if not each:
        lines.append("  |> sum() |> map(fn: (r) => ({r with _time: v.timeRangeStop}))")
    return "\n".join(
        [
            *lines,
            '  |> keep(columns: ["_time", "_value", "point"]) |> group()',
            '  |> pivot(rowKey: ["_time"], columnKey: ["point"], valueColumn: "_value")',
            '  |> sort(columns: ["_time"])',
        ]
    )


def consumption(store: Store, plant: str, energy: str, volume: str | None) -> str:
    """Return one row: energy and volume of the last 24 whole hours, and their quotient if both are."""
    sums = [
        f"{name} = from(bucket: {text(store.figures)}) |> range(start: start, stop: stop)\n"
        f'  |> filter(fn: (r) => r._measurement == "hour" and r._field == "total"'
        f" and r.plant == {text(plant)} and r.point == {text(tag)})\n"
        '  |> group() |> sum() |> toFloat() |> findColumn(fn: (key) => true, column: "_value")'
        for name, tag in (("energies", energy), ("volumes", volume or energy))
    ]
    columns = [
        ("energy", "length(arr: energies) > 0", "energies[0]"),
        ("volume", "length(arr: volumes) > 0", "volumes[0]"),
        ("specific", "length(arr: energies) > 0 and length(arr: volumes) > 0 and volumes[0] > 0.0",
         "energies[0] / volumes[0]"),
    ]  # fmt: skip
    rows = ", ".join(
        f"{name}: if {known} then {value} else debug.null(type: {text('float')})"
        for name, known, value in columns[: 3 if volume else 1]
    )
    whole = [
        "stop = date.truncate(t: now(), unit: 1h)",
        "start = date.sub(d: 24h, from: stop)",
    ]
    imports = ['import "array"', 'import "date"', 'import "internal/debug"']
    return "\n".join([*imports, *whole, *sums, f"array.from(rows: [{{{rows}}}])"])
