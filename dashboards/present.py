"""What holds now of some points, and how the data stands as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.description import STATUS_PLACES, Bound, Status, Store, Value
from dashboards.flux import DEAD, masks_of, number, one_of, places, text
from dashboards.words import reasons, word

FAR: Final = 1e15
"""A limit that nothing passes."""
SIDES: Final = 3
"""So many limits on each side of a value at most."""
REASON: Final = "! "
MARK: Final = "^ "
"""Before a point's tag: the column with why it does not hold, and the one with what stands beside it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A point of which it is asked what holds now."""

    tag: str
    stale_s: int | None
    masks: tuple[int, ...] = ()
    bounds: tuple[Bound, ...] = ()
    is_time: bool = False
    """Its value is a time, Unix seconds, of which the age is told."""
    brief: bool = False
    """How long it has not held is not told: there is no room for it."""


def of_value(value: Value, *, brief: bool = False) -> Asked:
    """Return what is asked of a measured value."""
    return Asked(value.tag, value.stale_s, bounds=value.bounds, brief=brief)


def of_status(status: Status) -> Asked:
    """Return what is asked of a status word."""
    return Asked(status.tag, status.stale_s, masks=masks_of(status))


def present(store: Store, plant: str, asked: Sequence[Asked], language: str, look_back: str = "-1d") -> str:
    """Return three tables of one row: values that hold, marks, and reasons of those that do not.

    A status word comes as the place of the gravest it says, IDLE for nothing, DEAD for no valid word.
    """
    unique = list({item.tag: item for item in asked}.values())
    count = max((len(item.masks[:STATUS_PLACES]) for item in unique), default=0) or 1
    return "\n".join(
        [
            'import "array"',
            'import "bitwise"',
            'import "dict"',
            'import "join"',
            *_ages(language),
            f"words = dict.fromList(pairs: [{_pairs(language)}])",
            *expected(unique, count),
            *newest(store, plant, [item.tag for item in unique], look_back),
            _JOINED,
            "said = joined |> map(fn: (r) => ({r with why:",
            f"  if not exists r.quality then {text(word('no_reading', language))}",
            "  else if r.quality < 64 then dict.get(dict: words, key: bitwise.sand(a: r.quality, b: 252),"
            f" default: {text(reasons(language)[0])})"
            ' + (if r.age_s > r.stale_s and not r.brief then " " + ago(s: r.age_s) else "")',
            f"  else if not exists r.value then {text(word('no_reading', language))}",
            f"  else if r.age_s > r.stale_s then {text(word('stale', language))}"
            ' + (if r.brief then "" else " " + ago(s: r.age_s)) else ""}))',
            'said |> filter(fn: (r) => r.why == "" or r.m0 > 0)',
            '  |> map(fn: (r) => ({plant: "", point: r.point, _value:',
            f'    if r.m0 == 0 then r.value else if r.why != "" then {DEAD}.0',
            *places(count),
            "  }))",
            *_wide("values"),
            'said |> filter(fn: (r) => r.why == "" and r.m0 == 0)',
            f'  |> map(fn: (r) => ({{plant: "", point: {text(MARK)} + r.point, _value:',
            f"    if r.clock then {_since(language)} else {marks()}}}))",
            '  |> filter(fn: (r) => r._value != "")',
            *_wide("marks"),
            'said |> filter(fn: (r) => r.why != "" and r.m0 == 0)',
            f'  |> map(fn: (r) => ({{plant: "", point: {text(REASON)} + r.point, _value: r.why}}))',
            *_wide("reasons"),
        ]
    )


_JOINED: Final = """joined = join.left(
  left: expected, right: newest, on: (l, r) => l.point == r.point,
  as: (l, r) => ({l with value: r.value, quality: r.quality, age_s:
    if not exists r.quality then 0
    else if r.quality >= 64 and exists r.valued then (int(v: now()) - int(v: r.valued)) / 1000000000
    else (int(v: now()) - int(v: r._time)) / 1000000000}))"""


def newest(store: Store, plant: str, tags: Sequence[str], look_back: str) -> list[str]:
    """Return the lines that make the table `newest`: a row a point, latest quality and latest value.

    The two are read one after the other, and between them a sample may arrive; so the age of what is good
    is its value's (`valued`), of what is bad its quality's (`_time`).
    """
    return [
        # Rows that no point answers to, so that all columns are there however little is stored.
        'no_quality = array.from(rows: [{point: "", _time: 1970-01-01T00:00:00Z, _value: 0}])',
        'no_value = array.from(rows: [{point: "", _time: 1970-01-01T00:00:00Z, _value: 0.0}])',
        # A function, so that each reading of the store is its own: one that is shared is read whole.
        f"stored = (field) => from(bucket: {text(store.bucket)}) |> range(start: {look_back})",
        f"  |> filter(fn: (r) => r.plant == {text(plant)} and ({one_of('point', tags)}))",
        "  |> filter(fn: (r) => r._field == field) |> last()",
        # No pivot: a row picked after one has 0 where there is no value.
        '  |> keep(columns: ["_time", "_value", "point"]) |> group(columns: ["point"])',
        '  |> sort(columns: ["_time"]) |> last() |> group()',
        'qualities = union(tables: [no_quality, stored(field: "quality")])',
        'values = union(tables: [no_value, stored(field: "value")])',
        "newest = join.left(left: qualities, right: values, on: (l, r) => l.point == r.point,",
        "  as: (l, r) => ({point: l.point, _time: l._time, quality: l._value,",
        "    value: r._value, valued: r._time}))",
    ]


def expected(asked: Sequence[Asked], count: int = 1) -> list[str]:
    """Return the lines that make the table `expected`: a row a point with what is known of it beforehand."""
    rows = [_row(item, count) for item in asked or [Asked("", None)]]
    return ["expected = array.from(rows: [", *(f"  {row}," for row in rows), "])"]


def _masks(item: Asked, count: int) -> tuple[int, ...]:
    return (item.masks + (0,) * count)[:count]


def _row(item: Asked, count: int) -> str:
    uppers = [bound for bound in item.bounds if bound.upper][:SIDES]
    lowers = [bound for bound in item.bounds if not bound.upper][:SIDES]
    columns = [f"point: {text(item.tag)}", f"stale_s: {item.stale_s if item.stale_s is not None else 10**12}"]
    columns += [f"m{place}: {mask}" for place, mask in enumerate(_masks(item, count))]
    columns += [f"clock: {str(item.is_time).lower()}", f"brief: {str(item.brief).lower()}"]
    for place in range(SIDES):
        high = uppers[place] if place < len(uppers) else None
        low = lowers[place] if place < len(lowers) else None
        columns.append(f"h{place}: {number(high.beyond if high else FAR)}")
        columns.append(f"l{place}: {number(low.beyond if low else -FAR)}")
        columns.append(f"hw{place}: {text(high.mark if high else '')}")
        columns.append(f"lw{place}: {text(low.mark if low else '')}")
    return "{" + ", ".join(columns) + "}"


def marks() -> str:
    """Return the expression for what stands beside `value`, by the limits of its row."""
    upper = "".join(f"if r.value >= r.h{place} then r.hw{place} else " for place in reversed(range(SIDES)))
    lower = "".join(f"if r.value <= r.l{place} then r.lw{place} else " for place in reversed(range(SIDES)))
    return f'{upper}{lower}""'


def _wide(name: str) -> list[str]:
    return [
        '  |> pivot(rowKey: ["plant"], columnKey: ["point"], valueColumn: "_value")',
        f'  |> drop(columns: ["plant"]) |> yield(name: {text(name)})',
    ]


def _since(language: str) -> str:
    age = "ago(s: int(v: now()) / 1000000000 - int(v: r.value))"
    before, after = word("sampled_ago", language, age="\0").split("\0")
    return f'(if r.value > 0.0 then {text(before)} + {age} + {text(after)} else "")'


def _ages(language: str) -> list[str]:
    """Return a function that tells seconds in their largest unit."""
    units = (" s", " min", " h", " d") if language == "en" else (" 秒", " 分", " 小时", " 天")
    seconds, minutes, hours, days = map(text, units)
    return [
        f"ago = (s) => if s < 60 then string(v: s) + {seconds}"
        f" else if s < 3600 then string(v: s / 60) + {minutes}"
        f" else if s < 172800 then string(v: s / 3600) + {hours} else string(v: s / 86400) + {days}"
    ]


def _pairs(language: str) -> str:
    return ", ".join(f"{{key: {code}, value: {text(said)}}}" for code, said in reasons(language).items())


def standing(
    store: Store, plant: str, tags: Sequence[str], links: Sequence[tuple[str, str]], zone: str, language: str
) -> str:
    """Return one row of texts: `age` of the newest reading that holds, `links`, `lost`, and `clock`.

    `old` holds the age instead where it is beyond half a minute.
    """
    before, after = word("data_age", language, age="\0").split("\0")
    named = [f"{{key: {text(tag)}, value: {text(name)}}}" for tag, name in links] or ['{key: "", value: ""}']
    up, lost = text(word("links", language) + " "), text(word("lost", language) + " ")
    return "\n".join(
        [
            'import "array"',
            'import "date"',
            'import "dict"',
            'import "join"',
            'import "strings"',
            'import "timezone"',
            *_ages(language),
            f"names = dict.fromList(pairs: [{', '.join(named)}])",
            *newest(store, plant, tags, "-1d"),
            'age_s = (newest |> filter(fn: (r) => r.point == "" or r.quality >= 64)'
            ' |> max(column: "_time") |> findRecord(fn: (key) => true, idx: 0))._time',
            "s = (int(v: now()) - int(v: age_s)) / 1000000000",
            f"age = if s > 86400 then {text(word('no_data_at_all', language))}"
            f" else {text(before)} + ago(s: s) + {text(after)}",
            # A line tells its state when it changes, so its last word may be old.
            f"told = from(bucket: {text(store.bucket)}) |> range(start: 0)",
            f'  |> filter(fn: (r) => r.plant == {text(plant)} and r._field == "value"'
            f" and ({one_of('point', [tag for tag, _ in links])}))",
            '  |> last() |> keep(columns: ["point", "_value"]) |> group()',
            'unsaid = array.from(rows: [{point: "", _value: 1.0}])',
            "known = union(tables: [unsaid, told])",
            "down = known |> filter(fn: (r) => r._value < 0.5) |> map(fn: (r) => ({point: r.point, name:"
            ' dict.get(dict: names, key: r.point, default: "")})) |> sort(columns: ["name"])'
            ' |> findColumn(fn: (key) => true, column: "name")',
            'up = length(arr: known |> filter(fn: (r) => r._value >= 0.5 and r.point != "")'
            ' |> findColumn(fn: (key) => true, column: "point"))',
            "t = date.time(t: now())",
            f"zone = timezone.location(name: {text(zone)})",
            'two = (n) => if n < 10 then "0" + string(v: n) else string(v: n)',
            'clock = two(n: date.hour(t: t, location: zone)) + ":"'
            ' + two(n: date.minute(t: t, location: zone)) + ":" + two(n: date.second(t: t))',
            "array.from(rows: [{",
            '  age: if s > 30 then "" else age, old: if s > 30 then age else "",',
            f"  links: {up} + string(v: up) + {text(f'/{len(links)}')},",
            f'  lost: if length(arr: down) == 0 then "" else {lost} + strings.joinStr(arr: down, v: " "),',
            "  clock: clock}])",
        ]
    )
