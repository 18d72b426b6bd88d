"""What the pushes keep in the node's own SQLite.

    push           the outbox: one row for one alarm, one step, one recipient; never deleted
    push_attempt   each try of each target, written before it is made
    push_link      digests of the words in links
    push_cursor    one row: how far the journal was looked at
    duty_copy      who answers when, from the roster, some days ahead
    duty_contact   by which targets these are told
    duty_copied    one row: when the roster was last copied, and up to when

Rows of the outbox and the cursor are written in one transaction.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

_SEQUENCE: Final = BigInteger().with_variant(Integer, "sqlite")

push: Final = Table(
    "push",
    node_metadata,
    Column("number", _SEQUENCE, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("plant", String(64), nullable=False),
    Column("node", String(64), nullable=False),
    Column("occurrence", Uuid, nullable=False),
    Column("step", String(16), nullable=False),
    Column("recipient", String(36), nullable=False),
    Column("rule", String(128), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("person", Uuid),
    Column("account_id", Uuid),
    Column("name", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("waits", Boolean(name="waits"), nullable=False),
    Column("under", Uuid),
    Column("title", Text),
    Column("body", Text),
    Column("settled_us", BigInteger),
    # Planned again after a kill, the same push fails on this, whatever else went wrong.
    UniqueConstraint("occurrence", "step", "recipient"),
    Index("ix_push_state", "state"),
    Index("ix_push_waits", "waits"),
    Index("ix_push_recipient_created_us", "recipient", "created_us"),
    Index("ix_push_under", "under"),
    sqlite_autoincrement=True,
)

attempt: Final = Table(
    "push_attempt",
    node_metadata,
    Column("id", _SEQUENCE, primary_key=True),
    Column("push", Uuid, ForeignKey(push.c.id), nullable=False),
    Column("target", String(16), nullable=False),
    Column("target_kind", String(32), nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("took_ms", BigInteger),
    Column("outcome", String(16)),
    Column("error", Text),
    Index("ix_push_attempt_push", "push"),
    sqlite_autoincrement=True,
)

link: Final = Table(
    "push_link",
    node_metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("push", Uuid, ForeignKey(push.c.id), nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Index("ix_push_link_expires_us", "expires_us"),
)

cursor: Final = Table(
    "push_cursor",
    node_metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("journal_seq", BigInteger, nullable=False),
)

duty: Final = Table(
    "duty_copy",
    node_metadata,
    Column("person", Uuid, primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("step", SmallInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False),
    Index("ix_duty_copy_end_us", "end_us"),
)

contact: Final = Table(
    "duty_contact",
    node_metadata,
    Column("person", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("name", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("targets", Text, nullable=False),
)

copied: Final = Table(
    "duty_copied",
    node_metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("through_us", BigInteger, nullable=False),
)
