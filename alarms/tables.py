"""What the alarms keep in the node's own SQLite.

    alarm_journal       append-only, one row a transition, chained by hash; triggers refuse change
    alarm_journal_text  names and comments of people, beside it so that they can be deleted
    alarm_state         one row: how far was evaluated, the engine's snapshot, the chain's head

A transition's row, its text and the state are written in one transaction.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from storage.schema import node_metadata

# Only an INTEGER key is SQLite's own row number, which every index then carries for nothing.
_SEQUENCE: Final = BigInteger().with_variant(Integer, "sqlite")

journal: Final = Table(
    "alarm_journal",
    node_metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("plant", String(64), nullable=False),
    Column("node", String(64), nullable=False),
    Column("rule", String(128), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("event", String(16), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("batch", BigInteger, nullable=False),
    Column("value", Float),
    Column("threshold", Float),
    Column("occurrence", Uuid, nullable=False),
    Column("actor_id", Uuid),
    Column("text_hash", LargeBinary(32)),
    Column("prev_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    # A replay that would write a transition again fails on this, whatever else went wrong.
    UniqueConstraint("batch", "rule", "event", "at_us"),
    Index("ix_alarm_journal_rule", "rule"),
    Index("ix_alarm_journal_tag", "tag"),
    Index("ix_alarm_journal_at_us", "at_us"),
    Index("ix_alarm_journal_occurrence", "occurrence"),
)

journal_text: Final = Table(
    "alarm_journal_text",
    node_metadata,
    Column("seq", _SEQUENCE, ForeignKey(journal.c.seq), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("comment", Text, nullable=False),
)

state: Final = Table(
    "alarm_state",
    node_metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("evaluated_through", BigInteger, nullable=False),
    Column("saved_us", BigInteger, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("journal_seq", BigInteger, nullable=False),
    Column("journal_hash", LargeBinary(32), nullable=False),
)
