"""Pages of lists: an opaque cursor says where the next one begins.

A cursor is base64url of a JSON list, the list's name first, so that none is taken for another's.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from api.problems import invalid

LONGEST_CURSOR: Final = 256
T = TypeVar("T")

Cursor = Annotated[
    str | None,
    Query(max_length=LONGEST_CURSOR, description="`next` of the page before; absent for the first"),
]


class Page(BaseModel, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(description="`cursor` of the next page, null at the end")


def cursor_to(list_name: str, position: Any) -> str:
    """Return the cursor to a position of a list."""
    return urlsafe_b64encode(orjson.dumps([list_name, position])).decode().rstrip("=")


def position_of(list_name: str, cursor: str | None, kind: type[T]) -> T | None:
    """Return the position a cursor stands for, None without one; InvalidRequest for any other text."""
    if cursor is None:
        return None
    try:
        name, position = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        name, position = None, None
    if name != list_name or type(position) is not kind or not _is_kept(position):
        raise invalid("query.cursor", "not a cursor of this list; take `next` of the page before")
    return position


def _is_kept(position: Any) -> bool:
    """Return whether a store can be asked for a position: numbers of 63 bits, and none before the first."""
    if isinstance(position, list):
        return all(abs(part) < 1 << 63 for part in position if isinstance(part, int))
    return not isinstance(position, int) or 0 <= position < 1 << 63
