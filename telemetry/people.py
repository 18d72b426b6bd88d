"""Who did something, and what they wrote about it."""

import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from telemetry.errors import Invalid

TEXT_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, and by what name that is shown."""

    account_id: UUID
    name: str


def clean(text: str) -> str:
    """Return a text without spaces around it or control characters; Invalid when it is too long."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if len(kept) > TEXT_LENGTH:
        raise Invalid("comment_too_long", f"a comment has at most {TEXT_LENGTH} characters")
    return kept
