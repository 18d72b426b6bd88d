"""Requests for leave, swaps and covers, and what was decided of them; each decision is a row of its own."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint, Uuid

from operations.records import record_table

leave_request: Final[Table] = record_table(
    "leave_request",
    Column("kind", String(16), nullable=False),
    Column("person", Uuid, nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("to_us", BigInteger, nullable=False),
    Column("entry", Uuid),
    Column("in_return", Uuid),
    Column("substitute", Uuid),
    Column("leave_kind", String(16)),
    Index(None, "person", "from_us"),
)

leave_decision: Final[Table] = record_table(
    "leave_decision",
    Column("request", Uuid, nullable=False),
    Column("step", String(16), nullable=False),
    UniqueConstraint("request", "step"),
)
