"""What plant folders name things, made fit for Grafana."""

import hashlib
import re
from typing import Final

UID_AT_MOST: Final = 40
_VARIABLE: Final = re.compile(r"(?<=\$)(?=[\w{])|(?<=\[)(?=\[)")
_NOT_IN_UID: Final = re.compile(r"[^A-Za-z0-9_-]+")
_NOT_SHOWN: Final = re.compile(r"[\x00-\x1f\x7f\s]+")


def shown(name: str) -> str:
    """Return a name on one line, in which Grafana sees none of its variables.

    `$name` and `[[name]]` are parted by a word joiner, which is not seen.
    """
    return _VARIABLE.sub("\u2060", _NOT_SHOWN.sub(" ", name).strip())


def uid(plant: str, board: str) -> str:
    """Return a board's lasting uid: 40 characters of those Grafana takes, told apart by a hash."""
    plain = f"outfall-{plant}-{board}"
    if len(plain) <= UID_AT_MOST and not _NOT_IN_UID.search(plain):
        return plain
    digest = hashlib.sha256(plant.encode()).hexdigest()[:12]
    kept = _NOT_IN_UID.sub("", plant)[: UID_AT_MOST - len(f"outfall--{digest}-{board}")]
    return f"outfall-{kept}-{digest}-{board}" if kept else f"outfall-{digest}-{board}"
