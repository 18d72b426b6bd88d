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


def resolve(text: str, bits_by_tag: Mapping[str, tuple[Bit, ...] | None]) -> Enable | None:
    """Return the condition with tags and masks, None for always; raises EnableMistake.

    `bits_by_tag` has every point, None where its bits cannot be told: such a term is left out.
    """
    if not text or text == LIMITS_IN_FORCE:
        return None
    match = _TERM.fullmatch(text)
    if match is None:
        mend = f"write TAG.bit, any(TAG*.bit), all(TAG*.bit) or {LIMITS_IN_FORCE}"
        raise EnableMistake(f"enable {quoted(text)} cannot be read", mend)
    name = match["bit"] or match["each"]
    tags = _tags(match["tag"], match["glob"], bits_by_tag)
    terms = tuple(_term(tag, name, bits) for tag in tags if (bits := bits_by_tag[tag]) is not None)
    return Enable(terms, match["mode"] or "any", text)


def _tags(tag: str | None, glob: str, known: Mapping[str, tuple[Bit, ...] | None]) -> list[str]:
    if tag is None:
        tags = [candidate for candidate in known if fnmatchcase(candidate, glob)]
        if not tags:
            raise EnableMistake(
                f"enable: no tag fits {quoted(glob)}", "write a pattern that fits one at least"
            )
        return tags
    if tag not in known:
        words = [candidate for candidate, bits in known.items() if bits]
        raise EnableMistake(
            f"enable names {quoted(tag)}, which is no point", choose(tag, words, "write one such as")
        )
    return [tag]


def _term(tag: str, name: str, bits: tuple[Bit, ...]) -> tuple[str, int]:
    bit = next((bit for bit in bits if bit.name == name), None)
    if bit is not None:
        return tag, bit.mask
    if not bits:
        raise EnableMistake(
            f"enable asks for a bit of {quoted(tag)}, which has none", f"name its set in bits of {tag}"
        )
    mend = choose(name, [bit.name for bit in bits], "write")
    raise EnableMistake(f"enable asks for bit {quoted(name)}, which {quoted(tag)} does not have", mend)
