"""Names of accounts: the way they are written, and the way they are compared."""

import unicodedata
from typing import Final

from telemetry.errors import Invalid

LONGEST_NAME: Final = 64
_LONGEST_INPUT: Final = 256


def normalised_name(text: str) -> str:
    """Return the name as it is kept: NFKC, one space between words; Invalid when it cannot be one."""
    name = " ".join(unicodedata.normalize("NFKC", text[:_LONGEST_INPUT]).split())
    if not 1 <= len(name) <= LONGEST_NAME or len(text) > _LONGEST_INPUT:
        raise Invalid("invalid_name", f"a name has 1 to {LONGEST_NAME} characters")
    # Control characters and marks of direction would let one name pass for another in a list.
    if not name.isprintable():
        raise Invalid("invalid_name", "a name has printable characters only")
    return name


def name_key(name: str) -> str:
    """Return what two spellings of the same name have in common."""
    return unicodedata.normalize("NFKC", name.casefold())
