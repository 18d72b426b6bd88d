"""The word in a push's link: 128 bits of chance, of which the node keeps a digest only."""

import hashlib
import re
import secrets
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def new_token() -> str:
    """Return a word that nobody can guess."""
    return secrets.token_urlsafe(16)


def token_digest(token: str) -> bytes | None:
    """Return what the node keeps of a word, None for what cannot be one."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None


def address(public_url: str | None, token: str | None) -> str | None:
    """Return a link, None where phones cannot reach the node."""
    return None if public_url is None or token is None else f"{public_url}/a/{token}"
