"""What replication keeps in the node's own SQLite.

replication_targets       how far the newest was sent to each target, and what it refused in all;
                          readings go by batch numbers, figures by versions of hour figures; figures of
                          periods that start up to `reached_us` it may have already
replication_pending       batches with after < number ≤ through that are still to be sent; of the first
                          of them, where it is large, what comes behind (series, t_us)
replication_requests      what somebody asked to be sent again: what came since `from_us`
replication_dead_letters  readings a target refused, the newest 10,000 of each
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.schema import node_metadata

_SEQUENCE: Final = BigInteger().with_variant(Integer, "sqlite")

targets: Final = Table(
    "replication_targets",
    node_metadata,
    Column("name", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("live", BigInteger, nullable=False),
    Column("lost_rows", BigInteger, nullable=False),
    Column("saved_us", BigInteger, nullable=False),
    Column("reached_us", BigInteger, nullable=False, server_default="0"),
)

pending: Final = Table(
    "replication_pending",
    node_metadata,
    Column("target", String(64), ForeignKey(targets.c.name), primary_key=True),
    Column("after", BigInteger, primary_key=True, autoincrement=False),
    Column("through", BigInteger, nullable=False),
    Column("series", BigInteger),
    Column("t_us", BigInteger),
)

# Of no foreign key: it may be asked before anything was sent.
requests: Final = Table(
    "replication_requests",
    node_metadata,
    Column("target", String(64), primary_key=True),
    Column("from_us", BigInteger, nullable=False),
    Column("asked_us", BigInteger, nullable=False),
)

dead_letters: Final = Table(
    "replication_dead_letters",
    node_metadata,
    # Never reused, so that a page's cursor means the same tomorrow.
    Column("id", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("target", String(64), ForeignKey(targets.c.name), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("t_us", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index("ix_replication_dead_letters_target_id", "target", "id"),
    sqlite_autoincrement=True,
)
