"""When channels were lost and back, kept in the node's SQLite.

    outage   one row for one channel from its loss to its return; bounded by age and by number

A row is written when its outage begins and again when it ends: an outage that is open when the node is killed
stands there, open, at the next start.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    String,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from storage.schema import node_metadata
from storage.unit_of_work import reading, writing
from telemetry.clock import US_PER_S

MOST_KEPT: Final = 100_000
KEPT_US: Final = 366 * 86_400 * US_PER_S
LONGEST_CAUSE: Final = 500

outage: Final = Table(
    "outage",
    node_metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", String(128), nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("cause", Text, nullable=False),
    Column("missed", BigInteger),
    Index("ix_outage_began_us", "began_us"),
    Index("ix_outage_channel_began_us", "channel", "began_us"),
    Index("ix_outage_ended_us", "ended_us"),
)


@dataclass(frozen=True, slots=True)
class Outage:
    """A channel was lost from `began_us` on; `ended_us` is None while it is, `missed` where nobody knows."""

    id: UUID
    channel: str
    began_us: int
    ended_us: int | None
    cause: str
    missed: int | None


@dataclass(frozen=True, slots=True)
class OutageQuery:
    """Outages of some channels (None: of all) that touch [from_us, to_us), each end open where it is None."""

    channels: Collection[str] | None = None
    from_us: int | None = None
    to_us: int | None = None


class OutageStore:
    """Keeps outages. Every call is one transaction, blocks, and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, outages: Iterable[Outage], now_us: int) -> None:
        """Keep outages as they stand now, all or none, and let go what is too old or too much."""
        with writing(self._engine) as connection:
            for each in outages:
                same = update(outage).where(outage.c.id == each.id)
                if connection.execute(same.values(_row(each))).rowcount == 0:
                    connection.execute(insert(outage).values(_row(each)))
            over = and_(outage.c.began_us < now_us - KEPT_US, outage.c.ended_us.is_not(None))
            connection.execute(delete(outage).where(over))
            newest = select(outage.c.began_us).order_by(outage.c.began_us.desc())
            last_us = connection.execute(newest.offset(MOST_KEPT).limit(1)).scalar()
            if last_us is not None:
                connection.execute(delete(outage).where(outage.c.began_us <= last_us))

    def still_open(self) -> list[Outage]:
        """Return the outages without an end, oldest first."""
        rows = select(outage).where(outage.c.ended_us.is_(None)).order_by(outage.c.began_us, outage.c.id)
        with reading(self._engine) as connection:
            return [_outage(row) for row in connection.execute(rows).mappings()]

    def page(self, asked: OutageQuery, before: tuple[int, UUID] | None, limit: int) -> list[Outage]:
        """Return outages, those that began last first, behind (began_us, id) of the page before."""
        rows = select(outage).order_by(outage.c.began_us.desc(), outage.c.id.desc()).limit(limit)
        if asked.channels is not None:
            rows = rows.where(outage.c.channel.in_(asked.channels))
        if asked.from_us is not None:
            rows = rows.where(or_(outage.c.ended_us.is_(None), outage.c.ended_us > asked.from_us))
        if asked.to_us is not None:
            rows = rows.where(outage.c.began_us < asked.to_us)
        if before is not None:
            rows = rows.where(tuple_(outage.c.began_us, outage.c.id) < tuple_(*before))
        with reading(self._engine) as connection:
            return [_outage(row) for row in connection.execute(rows).mappings()]


def _row(each: Outage) -> dict[str, Any]:
    return {
        "id": each.id,
        "channel": each.channel,
        "began_us": each.began_us,
        "ended_us": each.ended_us,
        "cause": each.cause,
        "missed": each.missed,
    }


def _outage(row: Any) -> Outage:
    return Outage(**row)
