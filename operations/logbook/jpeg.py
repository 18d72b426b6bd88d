"""What the markers of a JPEG say before anything of it is decoded.

    FF D8 | FF kind, length, … | FF C0–CF frame: …, components | FF DA scan: components, …, its data | FF D9

Pictures in a comment or behind the end (the small one of a camera, a film) are none of its own scans.
"""

import re
from dataclasses import dataclass
from typing import Final

_MARKER: Final = re.compile(rb"\xff([\x01-\xfe])")
# In a scan's data 00 and the restarts are no markers.
_AFTER_DATA: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_END: Final = 0xD9
_SCAN: Final = 0xDA
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_BARE: Final = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True, slots=True)
class Scans:
    """How many scans a JPEG has, and whether it is decoded as it comes, a few lines at a time."""

    count: int
    by_line: bool


def scans_of(content: bytes) -> Scans:
    """Return what a JPEG's markers say; a file that is none has no scans."""
    at, count, components, by_line = 2, 0, 0, False
    marker = _MARKER
    while (found := marker.search(content, at)) is not None:
        kind, at, marker = found[1][0], found.end(), _MARKER
        if kind == _END:
            break
        if kind in _BARE:
            continue
        length = int.from_bytes(content[at : at + 2])
        if kind in _FRAMES:
            components = 0 if kind in _PROGRESSIVE else int.from_bytes(content[at + 7 : at + 8])
        elif kind == _SCAN:
            count += 1
            # One scan of all components: else each waits for the others.
            by_line = count == 1 and int.from_bytes(content[at + 2 : at + 3]) == components
            marker = _AFTER_DATA
        at += max(length, 2)
    return Scans(count, by_line)
