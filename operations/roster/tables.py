"""The roster as records: patterns, their publication, and who is to stand where when.

shift_pattern       a repeating pattern; each row is a version, the newest counts
roster_publication  a pattern was published for some days; what it changed are its entries
roster_entry        `assign`: somebody is to stand at a post for a turn. `withdraw`: that no longer
                    holds, from when it was recorded on; `supersedes` names what is withdrawn, or whom
                    one replaces. So what was known at any time can be told
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Date, Index, String, Table, Uuid, text

from operations.records import json_column, record_table

shift_pattern: Final[Table] = record_table(
    "shift_pattern",
    Column("pattern", Uuid, nullable=False),
    Column("code", String(32), nullable=False),
    Column("name_zh", String(64), nullable=False),
    Column("name_en", String(64), nullable=False),
    json_column("shifts"),
    json_column("cycle"),
    json_column("crews"),
    Column("anchor", Date, nullable=False),
    Index(None, "pattern"),
)

roster_publication: Final[Table] = record_table(
    "roster_publication",
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("pattern", Uuid, nullable=False),
    Column("version", Uuid, nullable=False),
    Index(None, "to_day"),
)

roster_entry: Final[Table] = record_table(
    "roster_entry",
    Column("publication", Uuid),
    Column("day", Date, nullable=False),
    Column("shift", String(16), nullable=False),
    Column("shift_zh", String(64), nullable=False),
    Column("shift_en", String(64), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("crew", Uuid),
    Column("person", Uuid, nullable=False),
    Column("post", Uuid, nullable=False),
    Column("action", String(16), nullable=False),
    Column("supersedes", Uuid),
    Column("cause", String(16), nullable=False),
    Column("request", Uuid),
    Index(None, "start_us"),
    Index(None, "person", "start_us"),
    Index(None, "supersedes"),
    Index(
        "uq_roster_entry_withdraw",
        "supersedes",
        unique=True,
        sqlite_where=text("action = 'withdraw'"),
        postgresql_where=text("action = 'withdraw'"),
    ),
)
