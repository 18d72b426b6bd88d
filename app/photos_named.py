"""Which photos the log names, asked of a SQLite people's store that lies still or is open."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app import manifest
from storage import copies

_TABLE: Final = "log_photo"


def photos_named(people: Path, *, still: bool = False) -> Sequence[str]:
    """Return the paths of all photos that the log names, `photos/ab/cdef….jpg`; StoreError."""
    return [
        f"{manifest.PHOTOS}/{name[:2]}/{name[2:]}.jpg"
        for name in copies.column_of(people, _TABLE, "sha256", still=still)
    ]
