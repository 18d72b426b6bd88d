"""Handovers in the people's store: the frozen content, the two signatures, and what was added after."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, UniqueConstraint, Uuid

from operations.records import json_column, record_table

handover = record_table(
    "handover",
    Column("turn", String(64), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("outgoing_crew", Uuid),
    Column("incoming_turn", String(64)),
    Column("incoming_crew", Uuid),
    Column("person", Uuid),
    json_column("unanswered"),
    json_column("content"),
    Column("ledger_records", BigInteger, nullable=False),
    Column("ledger_hash", LargeBinary(32), nullable=False),
    Column("journal_records", BigInteger, nullable=False),
    Column("journal_hash", LargeBinary(32), nullable=False),
    UniqueConstraint("plant", "turn"),
    Index(None, "plant", "end_us"),
)
"""`unanswered` are the high alarms that nobody had acknowledged; texts: instructions, alarm_reason."""

handover_signature = record_table(
    "handover_signature",
    Column("handover", Uuid, nullable=False),
    Column("role", String(16), nullable=False),
    Column("person", Uuid),
    json_column("unanswered"),
    UniqueConstraint("handover", "role"),
)
"""Texts: name, of an account that belongs to nobody of the staff; reason; note."""

handover_addendum = record_table(
    "handover_addendum",
    Column("handover", Uuid, nullable=False),
    Column("person", Uuid),
    Index(None, "handover"),
)
"""Texts: text, name."""
