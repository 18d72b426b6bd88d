"""The tables of hour figures: read from a snapshot, written in the store's transactions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from history.arrays import columns
from history.figures import HOUR_US, changes
from history.hours import DTYPES, NAMES, Hours, emptied
from history.queries import Snapshot
from history.segments import NO_END_US
from telemetry.quality import BoolArray
from telemetry.samples import TimeArray

_STORED: Final = """
SELECT * EXCLUDE version FROM hours
WHERE series >= $1 AND series <= $2 AND start_us >= $3 AND start_us < $4 ORDER BY series, start_us
"""
_STATE: Final = "SELECT through_us, version FROM figures"
_DIRTY_OF: Final = """
SELECT DISTINCT start_us FROM dirty WHERE series IN (0, $2, $3) AND start_us < $1 ORDER BY start_us
"""
_DIRTY: Final = """
SELECT series, start_us, max(batch) AS batch FROM dirty WHERE start_us < $1
GROUP BY series, start_us HAVING min(batch) <= $2 ORDER BY start_us, series LIMIT $3
"""
_GIVEN_UP: Final = """
SELECT series, min(from_us) AS from_us, max(to_us) AS to_us FROM given_up GROUP BY series
"""
_MOST_SERIES: Final = "SELECT coalesce(max(id), 0) AS id FROM series"
_TOLD_OF: Final = """
    if({it}.weight > 0, {it}.weighted / {it}.weight, NULL) AS {as_}_mean, {it}.minimum AS {as_}_minimum,
    {it}.maximum AS {as_}_maximum, {it}.count AS {as_}_count, {it}.total AS {as_}_total,
    {it}.starts AS {as_}_starts
"""
# What a change made of an hour is what the next change of it took the place of, or what it is now.
_CHANGED: Final = f"""
WITH former AS (
    SELECT rowid AS position, * FROM former_hours
    WHERE rowid < $1 AND series IN (SELECT unnest($3::INTEGER[])) ORDER BY position DESC LIMIT $2
),
later AS (
    SELECT former.position, min(next.rowid) AS place
    FROM former JOIN former_hours AS next USING (series, start_us)
    WHERE next.rowid > former.position GROUP BY former.position
),
new AS (
    SELECT later.position, next.* EXCLUDE changed_us
    FROM later JOIN former_hours AS next ON next.rowid = later.place
    UNION ALL
    SELECT former.position, hours.* FROM (SELECT * FROM former ANTI JOIN later USING (position)) AS former
    JOIN hours USING (series, start_us)
)
SELECT former.position, former.series, former.start_us, former.changed_us,
    {_TOLD_OF.format(it="former", as_="former")}, {_TOLD_OF.format(it="new", as_="new")}
FROM former JOIN new USING (position) ORDER BY former.position DESC
"""
_AFTER: Final = """
SELECT * FROM hours WHERE version > $1 AND version <= (
    SELECT max(version) FROM (SELECT version FROM hours WHERE version > $1 ORDER BY version LIMIT $2)
) ORDER BY version, series, start_us
"""
_TOLD: Final = ("mean", "minimum", "maximum", "count", "total", "starts")

Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """Hours that end by then are closed; the newest version of any."""

    through_us: int
    version: int


@dataclass(frozen=True, slots=True)
class Versioned:
    """Hour figures of versions above one asked for, and the last version among them."""

    hours: Hours
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """A closed hour computed anew; `position` orders changes, the newest highest."""

    position: int
    tag: str
    start_us: int
    changed_us: int
    before: dict[str, float | int]
    after: dict[str, float | int]


class GivenUp:
    """Of which time the samples of each series were given up by age."""

    def __init__(self, snapshot: Snapshot) -> None:
        spans = columns(snapshot.cursor, _GIVEN_UP, [])
        count = int(columns(snapshot.cursor, _MOST_SERIES, [])["id"][0]) + 1
        self._from_us, self._to_us = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        self._from_us[spans["series"]], self._to_us[spans["series"]] = spans["from_us"], spans["to_us"]

    def covers(self, series: npt.NDArray[np.integer[Any]], start_us: TimeArray) -> BoolArray:
        """Return which hours lie in such a time of their series."""
        found: BoolArray = (start_us >= self._from_us[series]) & (start_us < self._to_us[series])
        return found


def state_of(snapshot: Snapshot) -> State:
    """Return how far the figures that a snapshot sees have come."""
    found = columns(snapshot.cursor, _STATE, [])
    if not len(found["version"]):
        return State(0, 0)
    return State(int(found["through_us"][0]), int(found["version"][0]))


def stored_hours(snapshot: Snapshot, first: int, last: int, from_us: int, to_us: int) -> Hours:
    """Return the stored hours of the series first to last that start in [from, to)."""
    return hours_in(columns(snapshot.cursor, _STORED, [first, last, from_us, to_us]))


def hours_in(found: Columns) -> Hours:
    """Return rows of the table of hours as hours."""
    return Hours(*(found[name].astype(DTYPES[name], copy=False) for name in NAMES))


def _change(found: Columns, row: int, tags: Mapping[int, str]) -> Change:
    told = {name: found[name][row].item() for name in found}
    return Change(
        position=told["position"],
        tag=tags[told["series"]],
        start_us=told["start_us"],
        changed_us=told["changed_us"],
        before={name: told[f"former_{name}"] for name in _TOLD},
        after={name: told[f"new_{name}"] for name in _TOLD},
    )


def first_dirty(snapshot: Snapshot, before_us: int, through: int, limit: int) -> Columns:
    """Return the first hours before a time that were made dirty by batches through a number.

    series (0 for all), start_us, and the last batch that did.
    """
    return columns(snapshot.cursor, _DIRTY, [before_us, through, limit])


def dirty_of(snapshot: Snapshot, series: tuple[int, int], before_us: int) -> list[int]:
    """Return the hours before a time that are dirty of one of two series, oldest first."""
    found: list[int] = columns(snapshot.cursor, _DIRTY_OF, [before_us, *series])["start_us"].tolist()
    return found


def stored_after(snapshot: Snapshot, version: int, limit: int) -> Versioned:
    """Return the hours that were stored since a version, whole versions of about `limit` rows."""
    found = columns(snapshot.cursor, _AFTER, [version, limit])
    last = int(found["version"][-1]) if len(found["version"]) else version
    return Versioned(hours_in(found), last)


def changes_of(snapshot: Snapshot, tags: Mapping[int, str], before: int | None, limit: int) -> list[Change]:
    """Return the hours of these series that were computed anew, newest first; `before` is a position."""
    asked = [before if before is not None else NO_END_US, limit, list(tags)]
    found = columns(snapshot.cursor, _CHANGED, asked)
    return [_change(found, row, tags) for row in range(len(found["position"]))]


def among(hours: Hours, others: Hours) -> BoolArray:
    """Return which hours the others have too."""
    keys = [(of.series.astype(np.int64) << 32) + of.start_us // HOUR_US for of in (hours, others)]
    return np.isin(keys[0], keys[1])


def differing(found: Hours, stored: Hours) -> tuple[Hours, Hours]:
    """Return the figures that are not stored just so, and what is stored in their place.

    Where nothing is, what was before is an hour without a sample.
    """
    both = Hours.concat([stored, found])
    is_new = np.arange(len(both)) >= len(stored)
    order = np.lexsort((is_new, both.start_us, both.series))
    both, is_new = both.select(order), is_new[order]
    alike = ~changes(both.series, both.start_us)
    for name in NAMES:
        column = getattr(both, name)
        same = column[1:] == column[:-1]
        if column.dtype.kind == "f":
            same |= np.isnan(column[1:]) & np.isnan(column[:-1])
        alike &= same
    new = is_new & ~np.append(False, alike)[: len(both)]
    before = ~is_new & np.append(~changes(both.series, both.start_us) & new[1:], False)[: len(both)]
    found, former = both.select(new), both.select(before)
    return found, Hours.concat([former, emptied(found.select(~among(found, former)))])


def write_closed(connection: duckdb.DuckDBPyConnection, hours: Hours, through_us: int, version: int) -> None:
    """Add hours, and say by when all are closed; within a transaction."""
    _insert(connection, "hours", hours, version)
    connection.execute("DELETE FROM figures")
    connection.execute("INSERT INTO figures VALUES (?, ?)", [through_us, version])


def write_again(connection: duckdb.DuckDBPyConnection, new: Hours, former: Hours, now_us: int) -> None:
    """Replace hours by what they are now, and keep what they were; within a transaction."""
    if not len(new):
        return
    connection.execute("UPDATE figures SET version = version + 1")
    version = int(columns(connection, _STATE, [])["version"][0])
    connection.register("given", {"series": new.series, "start_us": new.start_us})
    connection.execute(
        "DELETE FROM hours USING given WHERE hours.series = given.series AND hours.start_us = given.start_us"
    )
    connection.unregister("given")
    _insert(connection, "hours", new, version)
    _insert(connection, "former_hours", former, version, now_us)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, hours: Hours, version: int, *more: int
) -> None:
    if not len(hours):
        return
    connection.register("given", {name: getattr(hours, name) for name in NAMES})
    values = ", ".join((*NAMES, "$1", *(f"${n}" for n, _ in enumerate(more, 2))))
    connection.execute(f"INSERT INTO {table} SELECT {values} FROM given", [version, *more])
    connection.unregister("given")


def forget_dirty(connection: duckdb.DuckDBPyConnection, rows: Columns, number: int) -> None:
    """Take marks off as far as they were seen, those of batches through a number; within a transaction."""
    connection.register("given", dict(rows))
    connection.execute(
        "DELETE FROM dirty USING given WHERE dirty.series = given.series"
        " AND dirty.start_us = given.start_us AND dirty.batch <= least(given.batch, $1)",
        [number],
    )
    connection.unregister("given")
