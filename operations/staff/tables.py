"""People, crews and posts as records: each row is a version, and the newest that is in force counts.

staff        somebody from a day on; names and contacts stand in the texts `name` and `contact`
crew         a crew (班组), with its code and names
post         a post (岗位): how many a turn needs, what one must be able to do, whether pushes go to it
crew_member  somebody stands in a crew at a post, from a day to another, both included
"""

from typing import Final

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Uuid

from operations.records import json_column, record_table

staff: Final[Table] = record_table(
    "staff",
    Column("person", Uuid, nullable=False),
    Column("number", String(32), nullable=False),
    Column("category", String(32), nullable=False),
    json_column("qualifications"),
    Column("account_id", Uuid),
    Column("active", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Index(None, "person"),
)

crew: Final[Table] = record_table(
    "crew",
    Column("crew", Uuid, nullable=False),
    Column("code", String(32), nullable=False),
    Column("name_zh", String(64), nullable=False),
    Column("name_en", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
    Index(None, "crew"),
)

post: Final[Table] = record_table(
    "post",
    Column("post", Uuid, nullable=False),
    Column("code", String(32), nullable=False),
    Column("name_zh", String(64), nullable=False),
    Column("name_en", String(64), nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("qualification", String(32)),
    Column("rank", Integer, nullable=False),
    Column("answers", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Index(None, "post"),
)

crew_member: Final[Table] = record_table(
    "crew_member",
    Column("membership", Uuid, nullable=False),
    Column("person", Uuid, nullable=False),
    Column("crew", Uuid, nullable=False),
    Column("post", Uuid, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("withdrawn", Boolean, nullable=False),
    Index(None, "membership"),
    Index(None, "person"),
)
