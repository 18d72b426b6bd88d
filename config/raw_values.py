"""Raw values as people write them in points.csv: what stands for no value, and where a counter rolls over."""

import math
import re
import struct
from typing import Final

from collectors.modbus.settings import DataType
from config.problems import quoted

MOST_INVALID: Final = 8
LONGEST_COUNTER: Final = 2**64
_HEX: Final = re.compile(r"0[xX]([0-9A-Fa-f]{1,16})", re.ASCII)
_HEX_OTHERWISE: Final = re.compile(
    r"(?:16#|\$|#|[hH]')([0-9A-Fa-f]{1,16})'?|([0-9][0-9A-Fa-f]{0,15})[hH]|([0-9A-Fa-f]*[A-Fa-f][0-9A-Fa-f]*)",
    re.ASCII,
)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,20}", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", re.ASCII)
_POWER: Final = re.compile(r"(2|10)\^([0-9]{1,2})", re.ASCII)
_NO_NUMBER: Final = frozenset({"nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "null", "none"})
_FORMATS: Final = {DataType.F32: ("<f", "<I"), DataType.F64: ("<d", "<Q")}


class RawMistake(ValueError):
    """What is written is no raw value of the type."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}: {mend}")
        self.what = what
        self.mend = mend


def invalid_bits(text: str, data_type: DataType) -> tuple[int, ...]:
    """Return the bits of each raw value in `0x7FFF -9999`, as unsigned numbers; RawMistake.

    In hexadecimal the bits themselves are written, else the number they stand for: -1 and 65535 are
    the same 16 bits, -9999 of a float those of -9999.0, 9999 in BCD those of 0x9999.
    """
    words = text.replace(";", " ").split()
    if len(words) > MOST_INVALID:
        raise RawMistake(f"invalid has {len(words)} values", f"write at most {MOST_INVALID}")
    return tuple(dict.fromkeys(bits for word in words for bits in _bits_of(word, data_type)))


def _bits_of(word: str, data_type: DataType) -> tuple[int, ...]:
    width = 16 * data_type.registers
    if word.casefold() in _NO_NUMBER:
        if data_type.is_float:
            raise _mistake(word, "leave it out: NaN and infinity never count as values")
        raise _mistake(word, f"write what {data_type} gives instead, such as 0xFFFF")
    if found := _HEX.fullmatch(word):
        if (bits := int(found[1], 16)) < 1 << width:
            return (bits,)
        raise _mistake(word, f"write at most {width // 4} hexadecimal digits: {data_type} has {width} bits")
    if data_type.is_float:
        return _bits_of_float(word, data_type)
    if not _INTEGER.fullmatch(word):
        raise _mistake(
            word, _meant(word) or "write a whole number such as 65535 or 0xFFFF: the value before scale"
        )
    value = int(word)
    if data_type.is_bcd:
        if 0 <= value < 10 ** (width // 4):
            return (int(str(value), 16),)
        raise _mistake(word, f"write 0 to {10 ** (width // 4) - 1}, which is what {data_type} can show")
    if -(1 << width - 1) <= value < 1 << width:
        return (value % (1 << width),)
    raise _mistake(word, f"write a raw value that fits into the {width} bits of {data_type}")


def _bits_of_float(word: str, data_type: DataType) -> tuple[int, ...]:
    if not _NUMBER.fullmatch(word):
        raise _mistake(word, _meant(word) or "write a number such as -9999, or its bits such as 0xC61C3C00")
    packed_as, bits_as = _FORMATS[data_type]
    value = float(word)
    try:
        if math.isinf(value):
            raise OverflowError
        bits = struct.unpack(bits_as, struct.pack(packed_as, value))[0]
    except OverflowError:
        raise _mistake(word, f"write a number that {data_type} can hold") from None
    # Zero has two sets of bits, and a device may give either.
    return (0, 1 << 16 * data_type.registers - 1) if value == 0 else (bits,)


def _meant(word: str) -> str:
    found = _HEX_OTHERWISE.fullmatch(word)
    digits = next((group for group in found.groups() if group), "") if found else ""
    if digits:
        return f"write 0x{digits.upper()}"
    return (
        f"write {word.replace(',', '.')}" if "," in word and _NUMBER.fullmatch(word.replace(",", ".")) else ""
    )


def _mistake(word: str, mend: str) -> RawMistake:
    return RawMistake(f"invalid has {quoted(word)}", mend)


def modulus(text: str) -> float:
    """Return where a counter is at 0 again, from `65536`, `0x10000`, `2^32` or `1000000`; RawMistake."""
    what, value = f"rollover is {quoted(text)}", math.nan
    if power := _POWER.fullmatch(text):
        value = float(int(power[1]) ** int(power[2]))
    elif found := _HEX.fullmatch(text):
        value = float(int(found[1], 16))
    elif _NUMBER.fullmatch(text):
        value = float(text)
    if math.isnan(value):
        plain = text.replace("**", "^").replace(",", "").replace(" ", "")
        written = _POWER.fullmatch(plain) or _NUMBER.fullmatch(plain)
        mend = f"write {plain}" if written and plain != text else "write it such as 65536, 2^32 or 1000000"
        raise RawMistake(what, mend)
    if not 1 < value <= LONGEST_COUNTER:
        raise RawMistake(what, "write what its raw value starts at 0 again at, 2 to 2^64")
    if (shown := _as_highest(value)) is not None:
        raise RawMistake(f"{what}, the highest it shows", f"write what would come next: {shown}")
    return value


def _as_highest(value: float) -> str | None:
    """Return the round number above 65535 or 999999, None for others: no counter leaves out its last."""
    if not value.is_integer() or value >= 2**53:
        return None
    above = int(value) + 1
    if above in (2**15, 2**16, 2**24, 2**31, 2**32):
        return str(above)
    return str(above) if above >= 1000 and above == 10 ** (len(str(above)) - 1) else None
