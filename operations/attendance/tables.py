"""What was signed: sign-ins and sign-outs as they happened, and what was settled where one is missing.

`settles` says which of the two a settlement stands for; its reason is the text `reason`.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, String, Table, Uuid

from operations.records import record_table

attendance_event: Final[Table] = record_table(
    "attendance_event",
    Column("person", Uuid, nullable=False),
    Column("entry", Uuid),
    Column("action", String(16), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("device", String(16), nullable=False),
    Column("settles", String(16)),
    Index(None, "person", "at_us"),
    Index(None, "entry"),
    Index(None, "at_us"),
)
