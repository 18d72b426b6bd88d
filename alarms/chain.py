"""The journal's hash chain: one a node, each record over the one before.

    text_hash = sha256(salt | ["name", "comment"])          none without a person
    hash      = sha256(prev_hash | [every other column, in the order of the table])

Both lists are compact JSON, UTF-8; ids and hashes in hex, a missing number null. Names and comments
are in the chain as salted hashes only, so that they can be deleted and the chain stands.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from alarms.tables import journal

GENESIS: Final = bytes(32)
_COLUMNS: Final = tuple(column.name for column in journal.columns if column.name not in ("prev_hash", "hash"))


def text_hash(salt: bytes, actor_name: str, comment: str) -> bytes:
    """Return the hash that stands for a person's words."""
    return hashlib.sha256(salt + orjson.dumps([actor_name, comment])).digest()


def record_hash(prev_hash: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the hash of a journal row, given by column name."""
    told = [_told(row[name]) for name in _COLUMNS]
    return hashlib.sha256(prev_hash + orjson.dumps(told)).digest()


def _told(value: Any) -> Any:
    if isinstance(value, UUID | bytes):
        return value.hex if isinstance(value, UUID) else value.hex()
    return value
