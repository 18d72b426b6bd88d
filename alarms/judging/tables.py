"""What was judged, in the node's own SQLite: derived from readings and limits, and made again from them.

judged_hour       hours that are decided, with their results; an hour that nobody can decide is not there
judged_day        days whose hours are all decided
judging_progress  how far each item was judged, by which figures and with which limits

`version` is that of the transaction that last changed the row, one above any before: whoever keeps a
copy asks for what is above the version it has.
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
    SmallInteger,
    String,
    Table,
    Text,
)

from storage.schema import node_metadata

hours: Final = Table(
    "judged_hour",
    node_metadata,
    Column("plant", String(64), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Float),
    Column("due", Boolean, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("excused", Boolean, nullable=False),
    Column("cause", String(32)),
    Column("flow_m3", Float),
    Column("within", Boolean),
    Column("results", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("ix_judged_hour_version", "version"),
)

days: Final = Table(
    "judged_day",
    node_metadata,
    Column("plant", String(64), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("mean", Float),
    Column("rounded", String(32)),
    Column("lowest", Float),
    Column("highest", Float),
    Column("valid", SmallInteger, nullable=False),
    Column("due", SmallInteger, nullable=False),
    Column("excused", SmallInteger, nullable=False),
    Column("flow_m3", Float),
    Column("load_kg", Float),
    Column("limits", Text, nullable=False),
    Column("exceedances", Text, nullable=False),
    Column("control", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("ix_judged_day_version", "version"),
)

progress: Final = Table(
    "judging_progress",
    node_metadata,
    Column("plant", String(64), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Column("through_us", BigInteger, nullable=False),
    Column("figures_version", BigInteger, nullable=False),
    Column("limits_hash", String(64), nullable=False),
    Column("rules", Integer, nullable=False),
)
