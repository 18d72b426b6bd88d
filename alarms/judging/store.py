"""Judgements in the node's SQLite. Every call is one transaction, blocks, and raises StoreError."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, and_, delete, func, insert, or_, select

from alarms.compliance.records import DayJudgement
from alarms.judging.rows import day_of, day_row, hour_of, hour_row
from alarms.judging.tables import days, hours, progress
from alarms.uptime.records import HourJudgement
from storage.portions import portions
from storage.unit_of_work import reading, writing

_KEYS: Final = ("plant", "tag", "start_us")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an item was judged: closed hours up to a time, by figures up to a version."""

    through_us: int
    figures_version: int
    limits_hash: str
    rules: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Judgements of versions above one asked for, and the last version among them."""

    hours: tuple[HourJudgement, ...]
    days: tuple[DayJudgement, ...]
    version: int


class JudgementStore:
    """What was judged of a plant."""

    def __init__(self, engine: Engine, plant: str) -> None:
        self._engine = engine
        self._plant = plant

    def progress(self) -> dict[str, Progress]:
        """Return how far each item was judged, by tag."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(progress).where(progress.c.plant == self._plant)).all()
        return {
            row.tag: Progress(row.through_us, row.figures_version, row.limits_hash, row.rules) for row in rows
        }

    def save(self, tag: str, reached: Progress) -> None:
        """Keep how far an item was judged."""
        mine = and_(progress.c.plant == self._plant, progress.c.tag == tag)
        with writing(self._engine) as connection:
            connection.execute(delete(progress).where(mine))
            connection.execute(
                insert(progress).values(
                    plant=self._plant,
                    tag=tag,
                    through_us=reached.through_us,
                    figures_version=reached.figures_version,
                    limits_hash=reached.limits_hash,
                    rules=reached.rules,
                )
            )

    def write(
        self, of_hours: Iterable[HourJudgement] = (), of_days: Iterable[DayJudgement] = ()
    ) -> tuple[int, int]:
        """Keep hours and days; return how many of each are not as they were."""
        hour_rows = [hour_row(self._plant, hour) for hour in of_hours]
        day_rows = [day_row(self._plant, day) for day in of_days]
        with writing(self._engine) as connection:
            changed_hours = _changed(connection, hours, hour_rows)
            changed_days = _changed(connection, days, day_rows)
            if changed_hours or changed_days:
                version = _newest(connection) + 1
                _put(connection, hours, changed_hours, version)
                _put(connection, days, changed_days, version)
        return len(changed_hours), len(changed_days)

    def forget(self, tag: str, from_us: int) -> None:
        """Forget what was judged from a time on: of readings that are not there any more."""
        with writing(self._engine) as connection:
            for table, behind in ((hours, hours.c.start_us >= from_us), (days, days.c.end_us > from_us)):
                connection.execute(
                    delete(table).where(table.c.plant == self._plant, table.c.tag == tag, behind)
                )

    def hours(self, tag: str, from_us: int, to_us: int) -> list[HourJudgement]:
        """Return the decided hours that start in [from, to), oldest first."""
        found = (
            select(hours)
            .where(hours.c.plant == self._plant, hours.c.tag == tag)
            .where(hours.c.start_us >= from_us, hours.c.start_us < to_us)
            .order_by(hours.c.start_us)
        )
        with reading(self._engine) as connection:
            return [hour_of(row) for row in connection.execute(found).mappings()]

    def days(self, tags: Sequence[str], from_day: date, to_day: date) -> list[DayJudgement]:
        """Return the decided days of [from, to], by tag as asked for, then day."""
        found = (
            select(days)
            .where(days.c.plant == self._plant, days.c.tag.in_(tags))
            .where(days.c.day >= from_day, days.c.day <= to_day)
        )
        with reading(self._engine) as connection:
            rows = [day_of(row) for row in connection.execute(found).mappings()]
        return sorted(rows, key=lambda day: (tags.index(day.tag), day.start_us))

    def spans(self, tag: str) -> list[tuple[date, int, int]]:
        """Return every decided day of an item with its start and end, oldest first."""
        found = (
            select(days.c.day, days.c.start_us, days.c.end_us)
            .where(days.c.plant == self._plant, days.c.tag == tag)
            .order_by(days.c.start_us)
        )
        with reading(self._engine) as connection:
            return [(row.day, row.start_us, row.end_us) for row in connection.execute(found)]

    def newest(self) -> int:
        """Return the newest version; 0 before the first."""
        with reading(self._engine) as connection:
            return _newest(connection)

    def waiting(self, after: int, through: int) -> int:
        """Return how many rows have a version in (after, through]."""
        with reading(self._engine) as connection:
            return sum(
                connection.execute(
                    select(func.count()).select_from(table).where(_between(table, after, through))
                ).scalar_one()
                for table in (hours, days)
            )

    def changed_after(self, version: int, limit: int) -> Changed:
        """Return what changed since a version, whole versions of about `limit` rows."""
        with reading(self._engine) as connection:
            last = _last_of_some(connection, version, limit)
            found = [
                connection.execute(
                    select(table)
                    .where(_between(table, version, last))
                    .order_by(*(table.c[key] for key in _KEYS))
                ).mappings()
                for table in (hours, days)
            ]
            return Changed(tuple(map(hour_of, found[0])), tuple(map(day_of, found[1])), last)

    def version_before(self, start_us: int) -> int:
        """Return a version before those of all hours and days that start then or later."""
        with reading(self._engine) as connection:
            lowest = [
                connection.execute(
                    select(func.min(table.c.version)).where(table.c.start_us >= start_us)
                ).scalar()
                for table in (hours, days)
            ]
            known = [version for version in lowest if version is not None]
            return min(known) - 1 if known else _newest(connection)


def _between(table: Table, after: int, through: int) -> Any:
    return and_(table.c.version > after, table.c.version <= through)


def _newest(connection: Connection) -> int:
    found = [connection.execute(select(func.max(table.c.version))).scalar() for table in (hours, days)]
    return max((version for version in found if version is not None), default=0)


def _last_of_some(connection: Connection, version: int, limit: int) -> int:
    """Return the version up to which there are about so many rows, one whole version at least."""
    found: list[int] = []
    for table in (hours, days):
        of_table = select(table.c.version).where(table.c.version > version)
        found += connection.execute(of_table.order_by(table.c.version).limit(limit)).scalars()
    found.sort()
    return found[: limit or 1][-1] if found else version


def _changed(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are not stored just so."""
    found: list[dict[str, Any]] = []
    for some in portions(rows):
        keys = [tuple(row[key] for key in _KEYS) for row in some]
        stored = {
            tuple(row[key] for key in _KEYS): row
            for row in connection.execute(select(table).where(_with_keys(table, keys))).mappings()
        }
        found += [dict(row) for row, key in zip(some, keys, strict=True) if not _alike(stored.get(key), row)]
    return found


def _alike(stored: Mapping[Any, Any] | None, row: Mapping[str, Any]) -> bool:
    return stored is not None and all(stored[name] == value for name, value in row.items())


def _put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], version: int) -> None:
    for some in portions(rows):
        keys = [tuple(row[key] for key in _KEYS) for row in some]
        connection.execute(delete(table).where(_with_keys(table, keys)))
        connection.execute(insert(table), [row | {"version": version} for row in some])


def _with_keys(table: Table, keys: Sequence[tuple[Any, ...]]) -> Any:
    """Return a condition on keys; of one item, which they mostly are, a list of times is enough."""
    by_item: dict[tuple[str, str], list[int]] = {}
    for plant, tag, start_us in keys:
        by_item.setdefault((plant, tag), []).append(start_us)
    return or_(
        *(
            and_(table.c.plant == plant, table.c.tag == tag, table.c.start_us.in_(starts))
            for (plant, tag), starts in by_item.items()
        )
    )
