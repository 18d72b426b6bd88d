"""Who did something, and what they wrote about it."""

import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from telemetry.errors import Invalid

TEXT_LENGTH: Final = 500
_UNSEEN: Final = ("Cc", "Cf", "Cn", "Co", "Cs")
"""Control, format (which turns text around), and what is no character."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, and by what name that is shown."""

    account_id: UUID
    name: str


def clean(text: str, longest: int = TEXT_LENGTH) -> str:
    """Return a text without spaces around it, control characters or what cannot be seen.

    Invalid when it is too long.
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN).strip()
    if len(kept) > longest:
        raise Invalid("comment_too_long", f"a comment has at most {longest} characters")
    return kept


def is_text(value: str) -> bool:
    """Return whether a store can be asked for a text: without control characters, of which NUL is one."""
    return not any(letter < " " or letter == "\x7f" for letter in value)


def is_written(value: str) -> bool:
    """Return whether a store can keep what somebody wrote: of control characters new lines and tabs only.

    Half a surrogate pair is none of Unicode's characters, and cannot be encoded.
    """
    return not any(
        (letter < " " and letter not in "\n\r\t") or letter == "\x7f" or "\ud800" <= letter <= "\udfff"
        for letter in value
    )
