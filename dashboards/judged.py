"""Queries over days and single results that the node has judged, and over the day under way."""

from collections.abc import Sequence
from typing import Final

from dashboards.description import PlantView, Store, Tile
from dashboards.flux import number, one_of, text
from dashboards.month import DAYS, HOURS, SINGLES, by_day, calendar, days_of_month, rows, wide
from dashboards.present import FAR, MARK, REASON, expected, marks, of_value
from dashboards.words import word

WAITING: Final = "WAITING"
"""An hour's cause, in capitals, while its result may still come."""
COMPLIES, EXCEEDS, NOT_JUDGED, NOT_ENTERED, OPEN = range(5)
"""A day's verdict; the node writes none of the day under way."""
RESULTS: Final = "n "
LOW, TO, HIGH = "lo ", "to ", "hi "
OVER: Final = "x "
"""Before a point's tag: how many results hold, the lowest and the highest one, how many exceed a limit."""
_HOLDS: Final = "exists r.valid and exists r.value and r.valid == 1"


def today(store: Store, view: PlantView, tiles: Sequence[Tile]) -> str:
    """Return tables of one row about the report day so far, a column a point.

    Its mean, weighted with the flow where there is one, or for what has a lower limit the lowest and the
    highest result; marks and reasons as of values now; how many results hold of those due, how many exceed.
    """
    tags = [tile.value.tag for tile in tiles]
    flows = list(dict.fromkeys(tile.flow for tile in tiles if tile.flow is not None))
    pairs = [f"{{key: {text(t.value.tag)}, value: {text(t.flow)}}}" for t in tiles if t.flow is not None]
    pairs = pairs or ['{key: "", value: ""}']
    ranged = one_of("point", [tile.value.tag for tile in tiles if tile.ranged])
    language = view.language
    valid = word("valid_of", language) + " "
    return "\n".join(
        [
            *calendar(view),
            *expected([of_value(tile.mean) for tile in tiles]),
            f"flow_of = dict.fromList(pairs: [{', '.join(pairs)}])",
            # Rows that no point answers to, so that all columns are there however little is stored.
            'no_row = array.from(rows: [{point: "", _time: 1970-01-01T00:00:00Z, value: 0.0,'
            " due: 0, valid: 0}])",
            'no_flow = array.from(rows: [{flow: "", _time: 1970-01-01T00:00:00Z, q: 0.0}])',
            f"hours = union(tables: [no_row, {rows(store, view, HOURS, tags, 'day', 'present')}",
            '  |> group() |> keep(columns: ["_time", "point", "value", "due", "valid"])])',
            '  |> map(fn: (r) => ({r with flow: dict.get(dict: flow_of, key: r.point, default: "")}))',
            f"flows = union(tables: [no_flow, from(bucket: {text(store.figures)})"
            " |> range(start: day, stop: present)",
            '  |> filter(fn: (r) => r._measurement == "hour" and r._field == "mean"'
            f" and r.plant == {text(view.plant)} and ({one_of('point', flows)}))",
            '  |> keep(columns: ["_time", "_value", "point"]) |> group()',
            '  |> rename(columns: {point: "flow", _value: "q"})])',
            "sums = join.left(left: hours, right: flows,",
            "  on: (l, r) => l._time == r._time and l.flow == r.flow,",
            "  as: (l, r) => ({l with q: r.q}))",
            f"  |> map(fn: (r) => ({{point: r.point, holds: if {_HOLDS} then 1 else 0,",
            "    due: if exists r.due then r.due else 0, of: if exists r.value then r.value else 0.0,",
            f'    w: if not ({_HOLDS}) then 0.0 else if r.flow == "" then 1.0'
            " else if exists r.q and r.q > 0.0 then r.q else 0.0}))",
            '  |> group(columns: ["point"])',
            "  |> reduce(identity: {n: 0, due: 0, cq: 0.0, w: 0.0,"
            f" lo: {number(FAR)}, hi: {number(-FAR)}}},",
            "    fn: (r, accumulator) => ({n: accumulator.n + (if r.due == 1 then r.holds else 0),",
            "      due: accumulator.due + r.due, cq: accumulator.cq + r.of * r.w, w: accumulator.w + r.w,",
            "      lo: if r.holds == 1 and r.of < accumulator.lo then r.of else accumulator.lo,",
            "      hi: if r.holds == 1 and r.of > accumulator.hi then r.of else accumulator.hi}))",
            "  |> group()",
            'no_single = array.from(rows: [{point: "", over: 0}])',
            f"singles = union(tables: [no_single, {rows(store, view, SINGLES, tags, 'day', 'present')}",
            "  |> filter(fn: (r) => exists r.exceeds and r.exceeds == 1)",
            "  |> map(fn: (r) => ({r with over: 1}))",
            '  |> sum(column: "over") |> group() |> keep(columns: ["point", "over"])])',
            "joined = join.left(left: expected, right: sums, on: (l, r) => l.point == r.point,",
            "  as: (l, r) => ({l with n: r.n, due: r.due, cq: r.cq, w: r.w, lo: r.lo, hi: r.hi}))",
            "said = join.left(left: joined, right: singles, on: (l, r) => l.point == r.point,",
            "  as: (l, r) => ({l with over: r.over}))",
            f"  |> map(fn: (r) => ({{r with ranged: {ranged}, some: exists r.w and r.w > 0.0,",
            "    over: if exists r.over then r.over else 0, value: if exists r.w and r.w > 0.0"
            ' then r.cq / r.w else debug.null(type: "float")}))',
            *_column("not r.ranged and r.some", '""', "r.value", "values"),
            *_column("r.ranged and r.some", text(LOW), "r.lo", "lowest"),
            *_column("r.ranged and r.some", text(HIGH), "r.hi", "highest"),
            *_column("r.ranged and r.some", text(TO), text("–"), "to"),
            *_column("not r.ranged and r.some", text(MARK), marks(), "marks"),
            *_column(
                "not r.some",
                text(REASON),
                # The flow goes to InfluxDB as another point, and may come later than the results.
                f"if exists r.n and r.n > 0 then {text(word('no_flow_today', language))}"
                f" else {text(word('no_result_today', language))}",
                "reasons",
            ),
            *_column(
                "exists r.due and r.due > 0",
                text(RESULTS),
                f'{text(valid)} + string(v: r.n) + "/" + string(v: r.due)',
                "results",
            ),
            *_column(
                "r.over > 0",
                text(OVER),
                f"{text('✗ ' + word('over_single', language) + ' ')} + string(v: r.over)",
                "exceedances",
            ),
        ]
    )


def _column(held: str, before: str, value: str, name: str) -> list[str]:
    return [
        f"said |> filter(fn: (r) => {held})",
        f'  |> map(fn: (r) => ({{row: "", point: {before} + r.point, _value: {value}}}))',
        *wide("row"),
        f'  |> drop(columns: ["row"]) |> yield(name: {text(name)})',
    ]


def verdicts(store: Store, view: PlantView, tags: Sequence[str]) -> str:
    """Return a table of the month's days with a column a point: its verdict; today is open."""
    opened = ", ".join(f"{{_time: day, point: {text(tag)}, _value: {OPEN}}}" for tag in tags)
    return "\n".join(
        [
            *calendar(view),
            f"judged = {rows(store, view, DAYS, tags, 'month', 'end')}",
            "  |> filter(fn: (r) => r._time < day and exists r.verdict)",
            "  |> map(fn: (r) => ({_time: r._time, point: r.point, _value: r.verdict})) |> group()",
            f"opened = array.from(rows: [{opened}]) |> filter(fn: (r) => day >= month and day < end)",
            "union(tables: [judged, opened])",
            *wide("_time"),
            '  |> sort(columns: ["_time"])',
        ]
    )


def means(store: Store, view: PlantView, tile: Tile) -> str:
    """Return a table of the month's days: `mean` and `limit`, of what has no mean `lowest` and `highest`."""
    tag = tile.value.tag
    if tile.ranged:
        return "\n".join([*calendar(view), *_ends(store, view, tag)])
    return "\n".join(
        [
            *calendar(view),
            rows(store, view, DAYS, [tag], "month", "end"),
            "  |> filter(fn: (r) => r._time < day)",
            '  |> group() |> keep(columns: ["_time", "mean", "limit"]) |> sort(columns: ["_time"])',
        ]
    )


def _ends(store: Store, view: PlantView, tag: str) -> list[str]:
    return [
        "no_row = array.from(rows: [{_time: 1970-01-01T00:00:00Z, value: 0.0, valid: 0}])",
        f"union(tables: [no_row, {rows(store, view, HOURS, [tag], 'month', 'end')}",
        '  |> group() |> keep(columns: ["_time", "value", "valid"])])',
        f"  |> filter(fn: (r) => {_HOLDS})",
        by_day(view),
        f"  |> reduce(identity: {{lowest: {number(FAR)}, highest: {number(-FAR)}}},",
        "    fn: (r, accumulator) => ({",
        "      lowest: if r.value < accumulator.lowest then r.value else accumulator.lowest,",
        "      highest: if r.value > accumulator.highest then r.value else accumulator.highest}))",
        "  |> map(fn: (r) => ({_time: r._start, lowest: r.lowest, highest: r.highest}))",
        '  |> group() |> sort(columns: ["_time"])',
    ]


def counts(store: Store, view: PlantView, tiles: Sequence[Tile]) -> str:
    """Return a row an item: its days of the month by verdict, the mean of its daily means, its load in t.

    A month's mean is that of its judged days, and needs three quarters of all its days.
    """
    tags = [tile.value.tag for tile in tiles]
    names = ", ".join(
        f"{{point: {text(t.value.tag)}, item: {text(t.value.label)}, place: {place}}}"
        for place, t in enumerate(tiles)
    )
    judged_ = f"exists r.mean and (r.verdict == {COMPLIES} or r.verdict == {EXCEEDS})"
    kinds = (
        ("complies", COMPLIES),
        ("exceeds", EXCEEDS),
        ("unjudged", NOT_JUDGED),
        ("unlimited", NOT_ENTERED),
    )
    return "\n".join(
        [
            *calendar(view),
            f"named = array.from(rows: [{names}])",
            *days_of_month(),
            *_days(store, view, tags),
            '  |> group(columns: ["point"])',
            "  |> reduce(identity: {" + ", ".join(f"{name}: 0" for name, _ in kinds)
            + ", n: 0, sum: 0.0, kg: 0.0},",
            "    fn: (r, accumulator) => ({",
            *(
                f"      {name}: accumulator.{name} + (if r.verdict == {code} then 1 else 0),"
                for name, code in kinds
            ),
            f"      n: accumulator.n + (if {judged_} then 1 else 0),",
            f"      sum: accumulator.sum + (if {judged_} then r.mean else 0.0),",
            "      kg: accumulator.kg + (if exists r.load_kg then r.load_kg else 0.0)}))",
            "  |> group()",
            "join.left(left: named, right: judged, on: (l, r) => l.point == r.point,",
            "  as: (l, r) => ({place: l.place, item: l.item, "
            + ", ".join(f"{name}: r.{name}" for name, _ in kinds)
            + ",",
            "    mean: if exists r.n and r.n > 0 and r.n * 4 >= days * 3"
            ' then r.sum / float(v: r.n) else debug.null(type: "float"),',
            "    load: if exists r.kg and r.kg > 0.0"
            ' then r.kg / 1000.0 else debug.null(type: "float")}))',
            '  |> sort(columns: ["place"]) |> drop(columns: ["place"])',
        ]
    )  # fmt: skip


def _days(store: Store, view: PlantView, tags: Sequence[str]) -> list[str]:
    """Return the lines that begin the table `judged`: every row of the month's days that are over."""
    return [
        'no_day = array.from(rows: [{point: "", _time: 1970-01-01T00:00:00Z, verdict: 0, mean: 0.0,'
        " load_kg: 0.0}])",
        f"judged = union(tables: [no_day, {rows(store, view, DAYS, tags, 'month', 'end')}",
        "  |> filter(fn: (r) => r._time < day) |> group()",
        '  |> keep(columns: ["_time", "point", "verdict", "mean", "load_kg"])])',
        "  |> filter(fn: (r) => exists r.verdict)",
    ]


def singles(store: Store, view: PlantView, tiles: Sequence[Tile], most: int) -> str:
    """Return the month's single results beyond their limit, newest first: at, item, value, limit."""
    named = ", ".join(f"{{key: {text(t.value.tag)}, value: {text(t.value.label)}}}" for t in tiles)
    return "\n".join(
        [
            *calendar(view),
            f"names = dict.fromList(pairs: [{named}])",
            rows(store, view, SINGLES, [tile.value.tag for tile in tiles], "month", "end"),
            "  |> filter(fn: (r) => exists r.exceeds and r.exceeds == 1) |> group()",
            '  |> map(fn: (r) => ({at: r._time, item: dict.get(dict: names, key: r.point, default: ""),',
            "    value: r.value, limit: r.limit}))",
            f'  |> sort(columns: ["at"], desc: true) |> limit(n: {most})',
        ]
    )


def summary(store: Store, view: PlantView, tags: Sequence[str]) -> str:
    """Return one row of texts: `month_days`, `month_rate`, `month_over` and `clock`, `judged` or `behind`.

    A day exceeds where one item does, and complies where all do that have a limit.
    """
    language = view.language
    return "\n".join(
        [
            *calendar(view),
            *_days(store, view, tags),
            '  |> filter(fn: (r) => r.point != "")',
            '  |> group(columns: ["_time"])',
            "  |> reduce(identity: {over: 0, open: 0, ok: 0}, fn: (r, accumulator) => ({",
            f"    over: accumulator.over + (if r.verdict == {EXCEEDS} then 1 else 0),",
            "    open: accumulator.open"
            f" + (if r.verdict == {NOT_JUDGED} or r.verdict == {OPEN} then 1 else 0),",
            f"    ok: accumulator.ok + (if r.verdict == {COMPLIES} then 1 else 0)}}))",
            "  |> group()",
            "count = (fn) => length(arr: judged |> filter(fn: fn)"
            ' |> findColumn(fn: (key) => true, column: "ok"))',
            "over = count(fn: (r) => r.over > 0)",
            "held = count(fn: (r) => r.over == 0 and r.open == 0 and r.ok > 0)",
            "other = count(fn: (r) => r.over == 0 and r.open > 0)",
            "all = over + held + other",
            "tenths = if over + held == 0 then 0 else held * 1000 / (over + held)",
            *stands(store, view, tags),
            "array.from(rows: [{",
            f"  month_days: if all == 0 then {text(word('no_days', language))} else"
            f" {text(word('days_held', language) + ' ')} + string(v: held)"
            f" + {text(' · ' + word('days_unjudged', language) + ' ')} + string(v: other),",
            f'  month_over: if over == 0 then "" else {text("✗ " + word("days_over", language) + " ")}'
            " + string(v: over),",
            f'  month_rate: if over + held == 0 then "" else {text(word("days_rate", language) + " ")}'
            ' + string(v: tenths / 10) + "." + string(v: tenths - tenths / 10 * 10) + " %",',
            "  judged: judged_until, behind: behind, clock: clock}])",
        ]
    )


def stands(store: Store, view: PlantView, tags: Sequence[str]) -> list[str]:
    """Return the lines that name the texts `clock`, and `judged_until` or, if that is long ago, `behind`."""
    language = view.language
    return [
        "no_hour = array.from(rows: [{_time: 1970-01-01T00:00:00Z}])",
        f"hours = from(bucket: {text(store.figures)}) |> range(start: -40d)",
        f"  |> filter(fn: (r) => r._measurement == {text(HOURS)} and r.plant == {text(view.plant)}"
        f' and r._field == "valid" and ({one_of("point", tags)}))',
        '  |> last() |> keep(columns: ["_time"]) |> group()',
        "newest = (union(tables: [no_hour, hours])"
        ' |> max(column: "_time") |> findRecord(fn: (key) => true, idx: 0))._time',
        "recent = date.sub(d: 2d, from: present)",
        f"waiting = union(tables: [array.from(rows: [{{_time: present, valid: 0, cause: {text(WAITING)}}}]),",
        f"  {rows(store, view, HOURS, tags, 'recent', 'present')}",
        '  |> group() |> keep(columns: ["_time", "valid", "cause"])])',
        "  |> filter(fn: (r) => exists r.valid and r.valid != 1 and exists r.cause"
        f" and strings.toUpper(v: r.cause) == {text(WAITING)})",
        # A result that may still come: what is behind it is not judged.
        'open = (waiting |> min(column: "_time") |> findRecord(fn: (key) => true, idx: 0))._time',
        "heard = date.add(d: 1h, to: newest)",
        "until = if open < heard then open else heard",
        'two = (n) => if n < 10 then "0" + string(v: n) else string(v: n)',
        "minute = (t) => two(n: date.hour(t: t, location: zone))"
        ' + ":" + two(n: date.minute(t: t, location: zone))',
        'clock = minute(t: present) + ":" + two(n: date.second(t: present))',
        'dated = two(n: date.month(t: until, location: zone)) + "-"'
        ' + two(n: date.monthDay(t: until, location: zone)) + " " + minute(t: until)',
        # The result of an hour may take two more to come.
        "late = int(v: present) - int(v: until) > int(v: 3h)",
        'judged_until = if late then "" else '
        f"{text(word('judged_until', language) + ' ')} + minute(t: until)",
        'behind = if not late then "" else if newest < 1971-01-01T00:00:00Z'
        f" then {text(word('nothing_judged', language))}"
        f" else {text(word('judged_only_until', language) + ' ')} + dated",
    ]
