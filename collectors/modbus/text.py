"""Registers that hold a text: a serial number, a model, a version. Pure."""

import codecs
import unicodedata
from typing import Final

LONGEST: Final = 120
_FEW: Final = 2


def text_of(data: bytes, swap_bytes: bool = False) -> str:
    """Return the text in registers as one line of at most 120 characters, empty where there is none.

    ASCII, UTF-8, else GBK; what is neither shows as �. `swap_bytes` where the second character of each
    register stands in its high byte.
    """
    if swap_bytes:
        data = b"".join(data[at : at + 2][::-1] for at in range(0, len(data), 2))
    # Unused registers are zero, or FF as an erased memory is; behind the end of a text anything may stand.
    held = _narrow(data).lstrip(b"\0\xff \t")
    written = held.partition(b"\0")[0].rstrip(b"\xff")
    plain = "".join(_shown(character) for character in _decoded(written, whole=len(written) < len(held)))
    return " ".join(plain.split())[:LONGEST].rstrip()


def _narrow(data: bytes) -> bytes:
    """Return one byte of each register where the other one is always zero: one character each."""
    for empty, full in ((data[0::2], data[1::2]), (data[1::2], data[0::2])):
        if not empty.strip(b"\0") and len(full.strip(b"\0")) >= _FEW:
            return full
    return data


def _decoded(data: bytes, whole: bool) -> str:
    """Return the characters; where a text is not whole, its last one may be cut in two, and is left out."""
    for encoding in ("utf-8", "gbk"):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
        except UnicodeDecodeError:
            continue
    return data.decode("ascii", "replace")


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("Z") or character in "\t\r\n":
        return " "
    return "" if category.startswith("C") else character
