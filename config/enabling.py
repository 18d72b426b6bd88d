"""The `enable` column: when a point's alarms are looked at.

blank                     always
TAG.bit                   while this bit is set
any(GLOB.bit)             while any of these words has its bit set
all(GLOB.bit)             while all of them have
limits in force           always; the limits come from limits.csv (see config.folder)
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from alarms.settings import Enable
from config.problems import choose, quoted
from telemetry.plant import Bit

LIMITS_IN_FORCE: Final = "limits in force"
_TERM: Final = re.compile(
    r"(?:(?P<mode>any|all)\((?P<glob>[^()]+)\.(?P<each>\w+)\)|(?P<tag>[\w-]+)\.(?P<bit>\w+))"
)


class EnableMistake(Exception):
    """What is wrong with a condition, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def resolve(text: str, bits_by_tag: Mapping[str, tuple[Bit, ...]]) -> Enable | None:
    """Return the condition with tags and masks, None for always; raises EnableMistake."""
    if not text or text == LIMITS_IN_FORCE:
        return None
    match = _TERM.fullmatch(text)
    if match is None:
        raise EnableMistake(
            f"enable {quoted(text)} cannot be read", f"write TAG.bit, any(TAG*.bit) or {LIMITS_IN_FORCE}"
        )
    name = match["bit"] or match["each"]
    if match["tag"]:
        tags = [match["tag"]] if match["tag"] in bits_by_tag else []
    else:
        tags = [tag for tag in bits_by_tag if fnmatchcase(tag, match["glob"])]
    if not tags:
        wanted = match["tag"] or match["glob"]
        near = choose(wanted, bits_by_tag, "name a point with bits, such as") if match["tag"] else (
            "write a pattern that fits at least one tag")  # fmt: skip
        raise EnableMistake(f"enable names {quoted(wanted)}, which no point is called", near)
    return Enable(tuple(_term(tag, name, bits_by_tag[tag]) for tag in tags), match["mode"] or "any", text)


def _term(tag: str, name: str, bits: tuple[Bit, ...]) -> tuple[str, int]:
    bit = next((bit for bit in bits if bit.name == name), None)
    if bit is not None:
        return tag, bit.mask
    if not bits:
        raise EnableMistake(f"enable asks for a bit of {tag}, which has none", f"name bits for {tag}")
    names = [bit.name for bit in bits]
    raise EnableMistake(
        f"enable asks for bit {quoted(name)}, which {tag} does not have",
        choose(name, names, "write one of"),
    )
