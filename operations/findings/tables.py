"""Findings and what was done about them, and the wages that deductions are held against.

finding        one thing that one person is said to have done; its amount by the rules of that day. What was
               seen and where are the texts `what` and `place`
finding_event  a step of its life; the texts `note` and `witness`
wage           somebody's wage from a day on; the texts `month_yuan` and `day_yuan`
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from operations.records import json_column, record_table

finding: Final[Table] = record_table(
    "finding",
    Column("kind", String(16), nullable=False),
    Column("item", String(40)),
    Column("sentence", String(32), nullable=False),
    Column("person", Uuid, nullable=False),
    Column("post", Uuid),
    Column("crew", Uuid),
    Column("entry", Uuid),
    Column("occasion", Uuid, nullable=False),
    Column("subject", String(64)),
    Column("day", Date, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("minutes", Integer),
    Column("rule_set", String(16), nullable=False),
    Column("clause", String(40), nullable=False),
    Column("amount_yuan", Float, nullable=False),
    Column("takes_day_wage", Boolean, nullable=False),
    json_column("evidence"),
    Index(None, "day"),
    Index(None, "person", "day"),
    UniqueConstraint("plant", "subject"),
    UniqueConstraint("occasion", "person"),
)

finding_event: Final[Table] = record_table(
    "finding_event",
    Column("finding", Uuid, nullable=False),
    Column("step", String(16), nullable=False),
    Column("cause", String(32)),
    Index(None, "finding"),
)

wage: Final[Table] = record_table(
    "wage",
    Column("person", Uuid, nullable=False),
    Column("valid_from", Date, nullable=False),
    Index(None, "person"),
)
