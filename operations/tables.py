"""Accounts, what was done to them, and who is signed in.

account          a person; deactivated, never deleted, since records name it
account_audit    append-only: triggers refuse any change (see the migration)
account_session  what a browser's cookie or a bearer token stands for; only its SHA-256 is here
"""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid

from storage.schema import people_metadata

account: Final = Table(
    "account",
    people_metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(256), nullable=False, unique=True),
    Column("role", String(32), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("deactivated_at_us", BigInteger),
)

account_audit: Final = Table(
    "account_audit",
    people_metadata,
    Column("id", Uuid, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("action", String(32), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index(None, "account_id", "at_us"),
)

account_session: Final = Table(
    "account_session",
    people_metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Index(None, "account_id", "kind", "created_at_us"),
    Index(None, "expires_at_us"),
)
