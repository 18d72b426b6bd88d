"""The hashes of the ledger, as `operations.ledger` says: of texts, of records, of lines. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Table

GENESIS: Final = bytes(32)
Row = RowMapping | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a node's chain ends: the number of its last record, and its hash."""

    records: int
    hash: bytes

    @property
    def short(self) -> str:
        """The first 16 digits of the hash, as they are printed."""
        return self.hash.hex()[:16]


def text_hash(salt: bytes, text: str) -> str:
    """Return the hash of a text, in hex."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


def digest_of(table: Table, row: Row, hashes: Mapping[str, str]) -> bytes:
    """Return the digest of a record, from its row and the hashes of its texts by field."""
    told = [table.name, [_told(row[column.name]) for column in table.columns], sorted(hashes.items())]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).digest()


def line_hash(previous: bytes, line: Row) -> bytes:
    """Return the hash of a line that follows one of the hash `previous`."""
    names = ("node", "seq", "plant", "at_us", "actor_id", "kind", "record", "digest")
    return hashlib.sha256(previous + orjson.dumps([_told(line[name]) for name in names])).digest()


def _told(value: Any) -> Any:
    if isinstance(value, UUID | bytes):
        return value.hex if isinstance(value, UUID) else value.hex()
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
