"""Queries over the hours of what must report every hour: its month against 95 %, and what was lost why."""

from collections.abc import Sequence
from typing import Final

from dashboards.description import PlantView, Reported, Store
from dashboards.flux import text
from dashboards.judged import stands
from dashboards.month import HOURS, calendar, rows, wide
from dashboards.present import REASON
from dashboards.words import word

TARGET: Final = 95
RESULTS, LEFT, SHORT, SPENT = "n ", "left ", "short ", "spent "
"""Before a point's tag: valid of due, and hours that may still be lost: enough, less than a shift's, none."""
SHORT_H: Final = 8
VALID, NOT_DUE = "VALID", "NOT_DUE"


def uptimes(store: Store, view: PlantView, reported: Sequence[Reported]) -> str:
    """Return tables of one row about the month so far, a column a point: its uptime in per cent, and texts.

    Uptime is hours that were due and have a valid result ÷ hours that were due; without a result an hour
    counts as not valid. It is cut, not rounded, to a tenth: less than the target never reads as the target.
    What may still be lost supposes that as many hours are due in the rest of the month as so far.

    Fields of the last table: `lowest`, the plant's figure, and `whose` it is; or `missing`, the analysers
    that have none.
    """
    language = view.language
    valid = word("valid_of", language) + " "
    tags = [each.tag for each in reported]
    expected = ", ".join(
        f"{{point: {text(each.tag)}, label: {text(each.label)}, required: {str(each.required).lower()}}}"
        for each in reported
    )
    hours = 'string(v: {0} / 10) + "." + string(v: {0} - {0} / 10 * 10) + " h"'
    left, spent = hours.format("r.tenths"), hours.format("(0 - r.tenths)")
    return "\n".join(
        [
            *calendar(view),
            f"expected = array.from(rows: [{expected}])",
            # A row that no point answers to, so that all columns are there however little is stored.
            'no_row = array.from(rows: [{point: "", due: 0, valid: 0}])',
            f"sums = union(tables: [no_row, {rows(store, view, HOURS, tags, 'month', 'end')}",
            '  |> group() |> keep(columns: ["point", "due", "valid"])])',
            "  |> map(fn: (r) => ({point: r.point, due: if exists r.due then r.due else 0,",
            "    valid: if exists r.due and exists r.valid and r.due == 1 and r.valid == 1 then 1 else 0}))",
            '  |> group(columns: ["point"])',
            "  |> reduce(identity: {due: 0, valid: 0}, fn: (r, accumulator) =>"
            " ({due: accumulator.due + r.due, valid: accumulator.valid + r.valid})) |> group()",
            "gone_h = float(v: int(v: end) - int(v: month)) / 3600000000000.0",
            "whole_h = float(v: int(v: next) - int(v: month)) / 3600000000000.0",
            "said = join.left(left: expected, right: sums, on: (l, r) => l.point == r.point,",
            "  as: (l, r) => ({l with due: if exists r.due then r.due else 0,"
            " valid: if exists r.valid then r.valid else 0}))",
            # In tenths of hours, cut towards less.
            f"  |> map(fn: (r) => ({{r with tenths: int(v: float(v: r.due) * {(100 - TARGET) / 10}"
            " * whole_h / gone_h) - (r.due - r.valid) * 10}))",
            *_column("r.due > 0", '""', "float(v: r.valid * 1000 / r.due) / 10.0", "uptimes"),
            *_column("r.due == 0", text(REASON), text(word("none_due", language)), "reasons"),
            *_column(
                "r.due > 0",
                text(RESULTS),
                f'{text(valid)} + string(v: r.valid) + "/" + string(v: r.due)',
                "results",
            ),
            *_column(
                f"r.due > 0 and r.tenths >= {SHORT_H * 10}",
                text(LEFT),
                f"{text(word('hours_left', language) + ' ')} + {left}",
                "left",
            ),
            *_column(
                f"r.due > 0 and r.tenths >= 0 and r.tenths < {SHORT_H * 10}",
                text(SHORT),
                f"{text(word('only_left', language) + ' ')} + {left}",
                "short",
            ),
            *_column(
                "r.due > 0 and r.tenths < 0",
                text(SPENT),
                f"{text('✗ ' + word('hours_spent', language) + ' ')} + {spent}",
                "spent",
            ),
            "absent = said |> filter(fn: (r) => r.required and r.due == 0)"
            ' |> findColumn(fn: (key) => true, column: "label")',
            "there = said |> filter(fn: (r) => r.due > 0)",
            "  |> map(fn: (r) => ({label: r.label, of: float(v: r.valid) / float(v: r.due),",
            '    tenths: r.valid * 1000 / r.due})) |> sort(columns: ["of"])',
            'labels = there |> findColumn(fn: (key) => true, column: "label")',
            'figures = there |> findColumn(fn: (key) => true, column: "tenths")',
            "known = length(arr: absent) == 0 and length(arr: figures) > 0",
            *stands(store, view, tags),
            "array.from(rows: [{",
            '  lowest: if known then float(v: figures[0]) / 10.0 else debug.null(type: "float"),',
            f'  whose: if known then {text(word("lowest", language) + " ")} + labels[0] else "",',
            f'  missing: if known then "" else {text(word("without_results", language) + " ")}'
            ' + strings.joinStr(arr: absent, v: " "),',
            '  judged: judged_until, behind: behind, clock: clock}]) |> yield(name: "plant")',
        ]
    )


def _column(held: str, before: str, value: str, name: str) -> list[str]:
    return [
        f"said |> filter(fn: (r) => {held})",
        f'  |> map(fn: (r) => ({{row: "", point: {before} + r.point, _value: {value}}}))',
        *wide("row"),
        f'  |> drop(columns: ["row"]) |> yield(name: {text(name)})',
    ]


_STATE: Final = (
    f'if exists r.due and r.due == 0 then "{NOT_DUE}"'
    f' else if exists r.valid and r.valid == 1 then "{VALID}"'
    ' else if exists r.cause and r.cause != "" then strings.toUpper(v: r.cause) else "NO_RESULT"'
)


def grid(store: Store, view: PlantView, tag: str) -> str:
    """Return a table of the month's days with a column an hour of the clock, `00` to `23`: its state."""
    return "\n".join(
        [
            *calendar(view),
            'two = (n) => if n < 10 then "0" + string(v: n) else string(v: n)',
            *_states(store, view, [tag]),
            "states |> map(fn: (r) => ({hour: two(n: date.hour(t: r._time, location: zone)), state: r.state,",
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
            f'states |> filter(fn: (r) => r.state != "{VALID}") |> group(columns: ["state"])',
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
            f'states |> filter(fn: (r) => r.state != "{VALID}" and r.state != "{NOT_DUE}")',
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
