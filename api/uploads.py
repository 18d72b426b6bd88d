"""Routes that take more than a request usually may, by whom and how much: looked at before a body is read."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from operations.access import Permission
from operations.logbook.records import LARGEST_PHOTO_BYTES

_ID: Final = r"[0-9a-fA-F-]{32,36}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A route whose bodies may be larger, for those with a permission, a few at a time."""

    path: re.Pattern[str]
    permission: Permission
    largest_bytes: int
    longest: timedelta
    at_once: int


PHOTOS: Final = Upload(
    re.compile(rf"/api/v1/logbook/{_ID}/photos"),
    Permission.WRITE_LOG,
    LARGEST_PHOTO_BYTES,
    # A phone between two pump houses.
    timedelta(seconds=120),
    at_once=4,
)
UPLOADS: Final = (PHOTOS,)


def upload_of(method: str, path: str) -> Upload | None:
    """Return the rule of a request that uploads something."""
    if method != "POST":
        return None
    return next((upload for upload in UPLOADS if upload.path.fullmatch(path)), None)
