"""Keys for many nodes: UUIDv7 (RFC 9562), sorted by the time they were made."""

import secrets
from uuid import UUID


def uuid7(at_us: int) -> UUID:
    """Return a UUIDv7 of a time given in µs; the 74 bits beside the ms are random."""
    ms = (at_us // 1000) & (1 << 48) - 1
    return UUID(int=ms << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))
