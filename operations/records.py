"""What every record of people's work has in common, and the tables of the ledger.

record tables   one a kind of record: `staff`, `roster_entry`, `log_entry` …; rows are only added, and
                what changes later is a further row. Two times: what a row speaks of (its own columns),
                and `recorded_us`, when it was written
record_text     people's words and names of a record, beside it, so that they can be deleted
ledger          one line a record, in the order of writing, chained by hash: one chain a node
ledger_head     where each node's chain ends; the lock of whoever writes

All of it is written through `operations.ledger`, and carries plant and node, so that the records of
many nodes may stand in one store.
"""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.schema import SchemaItem

from storage.schema import people_metadata

RECORDS: Final[dict[str, Table]] = {}
"""The record tables by kind, which is the table's name."""


def record_columns() -> tuple[Column[Any], ...]:
    """Return the columns with which every record table begins; for the tables and their migrations."""
    return (
        Column("id", Uuid, primary_key=True),
        Column("plant", String(64), nullable=False),
        Column("node", String(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("recorded_us", BigInteger, nullable=False),
        Column("actor_id", Uuid),
    )


def record_table(kind: str, *items: SchemaItem) -> Table:
    """Declare the table of a kind of record."""
    table = Table(kind, people_metadata, *record_columns(), *items, Index(None, "recorded_us"))
    RECORDS[kind] = table
    return table


def json_column(name: str) -> Column[Any]:
    """Return a column of lists and objects: ids and numbers, never a person's words."""
    return Column(name, JSON(none_as_null=True))


record_text: Final = Table(
    "record_text",
    people_metadata,
    Column("record", Uuid, nullable=False),
    Column("field", String(32), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("record", "field"),
)

ledger: Final = Table(
    "ledger",
    people_metadata,
    Column("node", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("plant", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor_id", Uuid),
    Column("kind", String(32), nullable=False),
    Column("record", Uuid, nullable=False, unique=True),
    Column("texts", JSON(none_as_null=True)),
    Column("digest", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("node", "seq"),
    Index(None, "at_us"),
)

ledger_head: Final = Table(
    "ledger_head",
    people_metadata,
    Column("node", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
