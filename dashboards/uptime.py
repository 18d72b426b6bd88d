"""Queries over the hours of what must report hourly: its month against its target, and what was lost why."""

from collections.abc import Sequence
from typing import Final

from dashboards.description import PlantView, Reported, Store
from dashboards.flux import text
from dashboards.judged import WAITING, stands
from dashboards.month import HOURS, by_day, calendar, days_of_month, rows, wide
from dashboards.present import REASON
from dashboards.words import word

RESULTS, LEFT, SHORT, SPENT = "n ", "left ", "short ", "spent "
"""Before a point's tag: valid of due, and hours that may still be lost: enough, less than a shift's, none."""
SHORT_H: Final = 8
VALID, NOT_DUE, NO_HOUR = "VALID", "NOT_DUE", "NO_HOUR"


def uptimes(store: Store, view: PlantView, reported: Sequence[Reported]) -> str:
    """Return tables of one row about the month so far, a column a point: its uptime in per cent, and texts.

    Uptime is hours that were due and have a valid result ÷ hours that were due; without a result an hour
    counts as not valid. It is cut, not rounded, to a tenth: less than the target never reads as the target.
    The last table: `lowest`, the plant's figure, `whose` it is, and `missing`, the analysers without one.
    """
    language = view.language
    valid = word("valid_of", language) + " "
    short = f"r.due > 0 and r.left >= 0 and r.left < {SHORT_H}"
    return "\n".join(
        [
            *calendar(view),
            *days_of_month(),
            *_sums(store, view, reported),
            *_left(view),
            *_column("r.due > 0", '""', "float(v: r.valid * 1000 / r.due) / 10.0", "uptimes"),
            *_column("r.due == 0", text(REASON), text(word("none_due", language)), "reasons"),
            *_column(
                "r.due > 0",
                text(RESULTS),
                f'(if r.valid * 1000 < r.due * {view.online_target} then "✗ " else "")'
                f' + {text(valid)} + string(v: r.valid) + "/" + string(v: r.due)',
                "results",
            ),
            *_column(
                f"r.due > 0 and r.left >= {SHORT_H}", text(LEFT), _hours("hours_left", view, "r.left"), "left"
            ),
            *_column(short, text(SHORT), _hours("only_left", view, "r.left"), "short"),
            *_column(
                "r.due > 0 and r.left < 0", text(SPENT), _hours("hours_spent", view, "(0 - r.left)"), "spent"
            ),
            *_plant(store, view, reported),
        ]
    )


def _sums(store: Store, view: PlantView, reported: Sequence[Reported]) -> list[str]:
    """Return the lines that make `sums`: a row a point, hours of the month that are decided, due and valid.

    `covered` are the days that have all their hours, or their hour of standard check.
    """
    expected = ", ".join(
        f"{{point: {text(each.tag)}, label: {text(each.label)}, required: {str(each.required).lower()},"
        f" checks: {int(each.checks_itself)}}}"
        for each in reported
    )
    held = rows(store, view, HOURS, [each.tag for each in reported], "month", "end")
    return [
        f"expected = array.from(rows: [{expected}])",
        # A row that no point answers to, so that all columns are there however little is stored.
        'no_row = array.from(rows: [{_time: month, point: "", due: 0, valid: 0, cause: ""}])',
        f"sums = union(tables: [no_row, {held}",
        '  |> group() |> keep(columns: ["_time", "point", "due", "valid", "cause"])])',
        "  |> map(fn: (r) => ({r with due: if exists r.due then r.due else 0,",
        # InfluxDB keeps what a later line leaves out: an hour that is valid now has no cause any more.
        "    cause: if exists r.cause and not (exists r.valid and r.valid == 1)"
        ' then strings.toUpper(v: r.cause) else ""}))',
        f'  |> filter(fn: (r) => r.cause != "{WAITING}")',
        "  |> map(fn: (r) => ({_time: r._time, point: r.point, due: r.due,",
        "    valid: if exists r.valid and r.due == 1 and r.valid == 1 then 1 else 0,",
        '    excused: if r.due == 0 and r.cause == "STANDARD_CHECK" then 1 else 0}))',
        '  |> group(columns: ["point"])',
        by_day(view),
        "  |> reduce(identity: {n: 0, due: 0, valid: 0, excused: 0}, fn: (r, accumulator) => ({",
        "    n: accumulator.n + 1, due: accumulator.due + r.due, valid: accumulator.valid + r.valid,",
        "    excused: accumulator.excused + r.excused}))",
        "  |> map(fn: (r) => ({r with covered: if r.excused > 0 or r.n * 3600000000000 >="
        " int(v: r._stop) - int(v: r._start) then 1 else 0}))",
        '  |> group(columns: ["point"])',
        "  |> reduce(identity: {n: 0, due: 0, valid: 0, covered: 0}, fn: (r, accumulator) => ({",
        "    n: accumulator.n + r.n, due: accumulator.due + r.due, valid: accumulator.valid + r.valid,",
        "    covered: accumulator.covered + r.covered})) |> group()",
    ]


def _left(view: PlantView) -> list[str]:
    """Return the lines that make `said`: with whole hours that may still be lost before the month misses it.

    What is to come is taken as hours of discharge, one of each day for the check of what checks itself.
    """
    return [
        "month_h = (int(v: next) - int(v: month)) / 3600000000000",
        "said = join.left(left: expected, right: sums, on: (l, r) => l.point == r.point,",
        "  as: (l, r) => ({l with n: if exists r.n then r.n else 0, due: if exists r.due then r.due else 0,",
        "    valid: if exists r.valid then r.valid else 0,",
        "    covered: if exists r.covered then r.covered else 0}))",
        "  |> map(fn: (r) => ({r with left:",
        f"    (r.due + month_h - r.n - r.checks * (days - r.covered)) * {1000 - view.online_target} / 1000",
        "    - (r.due - r.valid)}))",
    ]


def _hours(key: str, view: PlantView, hours: str) -> str:
    said = ("✗ " if key == "hours_spent" else "") + word(key, view.language) + " "
    return f"{text(said)} + string(v: {hours}) + {text(' h')}"


def _plant(store: Store, view: PlantView, reported: Sequence[Reported]) -> list[str]:
    lowest, without = (word(key, view.language) + " " for key in ("lowest", "without_results"))
    return [
        "absent = said |> filter(fn: (r) => r.required and r.due == 0)"
        ' |> findColumn(fn: (key) => true, column: "label")',
        "there = said |> filter(fn: (r) => r.due > 0)",
        "  |> map(fn: (r) => ({label: r.label, of: float(v: r.valid) / float(v: r.due),",
        '    tenths: r.valid * 1000 / r.due})) |> sort(columns: ["of"])',
        'labels = there |> findColumn(fn: (key) => true, column: "label")',
        'figures = there |> findColumn(fn: (key) => true, column: "tenths")',
        *stands(store, view, [each.tag for each in reported]),
        "array.from(rows: [{",
        '  lowest: if length(arr: figures) == 0 then debug.null(type: "float")'
        " else float(v: figures[0]) / 10.0,",
        f'  whose: if length(arr: labels) == 0 then "" else'
        f' (if figures[0] < {view.online_target} then "✗ " else "") + {text(lowest)} + labels[0],',
        '  missing: if length(arr: absent) == 0 then ""'
        f' else {text(without)} + strings.joinStr(arr: absent, v: " "),',
        '  judged: judged_until, behind: behind, clock: clock}]) |> yield(name: "plant")',
    ]


def _column(held: str, before: str, value: str, name: str) -> list[str]:
    return [
        f"said |> filter(fn: (r) => {held})",
        f'  |> map(fn: (r) => ({{row: "", point: {before} + r.point, _value: {value}}}))',
        *wide("row"),
        f'  |> drop(columns: ["row"]) |> yield(name: {text(name)})',
    ]


_STATE: Final = (
    f'if exists r.valid and r.valid == 1 then "{VALID}"'
    f' else if exists r.cause and strings.toUpper(v: r.cause) == "{WAITING}" then "{WAITING}"'
    f' else if exists r.due and r.due == 0 then "{NOT_DUE}"'
    ' else if exists r.cause and r.cause != "" then strings.toUpper(v: r.cause) else "NO_RESULT"'
)


def grid(store: Store, view: PlantView, tag: str) -> str:
    """Return a table of the month's days with a column an hour of the clock, `00` to `23`: its state."""
    return "\n".join(
        [
            *calendar(view),
            'two = (n) => if n < 10 then "0" + string(v: n) else string(v: n)',
            *_states(store, view, [tag]),
            # A chart wants a time, even where there is nothing.
            'none = length(arr: states |> findColumn(fn: (key) => true, column: "state")) == 0',
            f'nothing = array.from(rows: [{{_time: month, point: "", state: "{NO_HOUR}"}}])'
            " |> filter(fn: (r) => none)",
            "union(tables: [nothing, states]) |> map(fn: (r) => ({state: r.state,",
            "    hour: two(n: date.hour(t: r._time, location: zone)),",
            "    _time: date.truncate(t: r._time, unit: 1d, location: zone)}))",
            '  |> pivot(rowKey: ["_time"], columnKey: ["hour"], valueColumn: "state")',
            '  |> sort(columns: ["_time"])',
        ]
    )


def _states(store: Store, view: PlantView, tags: Sequence[str]) -> list[str]:
    return [
        'no_row = array.from(rows: [{_time: 1970-01-01T00:00:00Z, point: "", due: 0, valid: 0, cause: ""}])',
        f"states = union(tables: [no_row, {rows(store, view, HOURS, tags, 'month', 'end')}",
        '  |> group() |> keep(columns: ["_time", "point", "due", "valid", "cause"])])',
        '  |> filter(fn: (r) => r.point != "")',
        f"  |> map(fn: (r) => ({{_time: r._time, point: r.point, state: {_STATE}}}))",
    ]


def causes(store: Store, view: PlantView, reported: Sequence[Reported]) -> str:
    """Return a row a cause, most hours first: `state`, hours lost of each point, `all`; not due is last."""
    zeros = ", ".join(f"p{place}: 0" for place in range(len(reported)))
    added = ", ".join(
        f"p{place}: accumulator.p{place} + (if r.point == {text(each.tag)} then 1 else 0)"
        for place, each in enumerate(reported)
    )
    return "\n".join(
        [
            *calendar(view),
            *_states(store, view, [each.tag for each in reported]),
            f'states |> filter(fn: (r) => r.state != "{VALID}" and r.state != "{WAITING}")',
            '  |> group(columns: ["state"])',
            f"  |> reduce(identity: {{all: 0, {zeros}}},",
            f"    fn: (r, accumulator) => ({{all: accumulator.all + 1, {added}}}))",
            "  |> group() |> map(fn: (r) => ({r with rank:"
            f' if r.state == "{NOT_DUE}" then -1 else r.all}}))',
            '  |> sort(columns: ["rank"], desc: true) |> drop(columns: ["rank"])',
        ]
    )


def losses(store: Store, view: PlantView, reported: Sequence[Reported], most: int) -> str:
    """Return the month's lost hours, those in a row of one cause as one, newest first: at, item, state, h."""
    named = ", ".join(f"{{key: {text(each.tag)}, value: {text(each.label)}}}" for each in reported)
    return "\n".join(
        [
            *calendar(view),
            f"names = dict.fromList(pairs: [{named}])",
            *_states(store, view, [each.tag for each in reported]),
            f'states |> filter(fn: (r) => r.state != "{VALID}" and r.state != "{NOT_DUE}"'
            f' and r.state != "{WAITING}")',
            '  |> group(columns: ["point", "state"]) |> sort(columns: ["_time"])',
            '  |> map(fn: (r) => ({r with h: 1, number: 1})) |> cumulativeSum(columns: ["number"])',
            # Hours in a row are as far apart as their numbers.
            "  |> map(fn: (r) => ({r with run: int(v: r._time) / 3600000000000 - r.number}))",
            '  |> group(columns: ["point", "state", "run"])',
            "  |> reduce(identity: {at: 2262-01-01T00:00:00Z, h: 0}, fn: (r, accumulator) => ({",
            "    at: if r._time < accumulator.at then r._time else accumulator.at, h: accumulator.h + 1}))",
            "  |> group() |> map(fn: (r) => ({at: r.at, state: r.state, h: r.h,",
            '    item: dict.get(dict: names, key: r.point, default: "")}))',
            f'  |> sort(columns: ["at"], desc: true) |> limit(n: {most})',
        ]
    )
