"""The logbook's tables.

log_entry   one row a thing that was written. A thread is an entry with what belongs to it: `thread` is the
            entry's own id in all of its rows.
              an entry       entry = thread
              an amendment   amends = thread: its words stand instead of the former ones, which stay
              a follow-up    amends is null: something that was added later
            `turn` is the shift's key, `on_shift` the records of the roster that say who stood on it then.
            `alarm` is the occurrence that the row was made of by itself, `rule` its key; there is one row
            an occurrence, whatever is tried twice. `subjects` is what a filter looks for, `|tag:AE_DO1|`,
            `about` the names that a search finds it by.
log_photo   the photos of an entry; the files are content-addressed, see photos.py
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint, Uuid

from operations.records import json_column, record_table

KIND_LENGTH: Final = 16
KEY_LENGTH: Final = 160

log_entry: Final = record_table(
    "log_entry",
    Column("entry", Uuid, nullable=False, unique=True),
    Column("thread", Uuid, nullable=False),
    Column("amends", Uuid),
    Column("kind", String(KIND_LENGTH), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("person", Uuid),
    Column("turn", String(KEY_LENGTH)),
    Column("unit", String(64)),
    json_column("tags"),
    json_column("equipment"),
    json_column("on_shift"),
    json_column("readings"),
    json_column("entered"),
    Column("alarm", Uuid, unique=True),
    Column("rule", String(KEY_LENGTH)),
    json_column("raised"),
    Column("subjects", Text, nullable=False),
    Column("about", Text, nullable=False),
    Index(None, "at_us"),
    Index(None, "thread"),
    Index(None, "rule"),
)

log_photo: Final = record_table(
    "log_photo",
    Column("entry", Uuid, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    UniqueConstraint("entry", "sha256"),
)
