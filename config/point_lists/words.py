"""Single cells of point lists: data types, orders, kinds, units, numbers. Pure; Unclear says why not."""

import re
import unicodedata
from typing import Final

from collectors.modbus.settings import DataType
from config.point_lists.addresses import Unclear
from config.point_lists.vocabulary import by_word, vocabulary

DATA_TYPES: Final = by_word("types")
_EITHER: Final = frozenset(
    {"整型", "整数", "16位整数", "16位整型", "16位", "integer", "int16/uint16", "16bit"}
)
_EITHER_WIDE: Final = frozenset({"32位整数", "32位整型", "32位", "双字整数", "32bit"})
_SIGNALS: Final = frozenset(
    {"模拟量", "模拟量输入", "ai", "ao", "4-20ma", "脉冲", "累计量", "累积量", "遥测"}
)
_ORDERS: Final = by_word("orders")
_IN_TYPE: Final = re.compile(
    r"(abcd|cdab|badc|dcba|1234|3412|2143|4321|大端|小端|字交换|inverse|swapped|swap)"
)
_KINDS: Final = by_word("kinds")
_FUNCTIONS: Final = {word: int(code) for word, code in by_word("functions").items()}
_WRITES: Final = frozenset({"05", "5", "06", "6", "0f", "15", "10", "16", "fc05", "fc06", "fc15", "fc16"})
UNITS: Final = {
    word.casefold(): unit for unit in vocabulary("units") for word in (unit, *vocabulary("units")[unit])
}
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]{1,3})?", re.IGNORECASE)
_THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_RANGE: Final = re.compile(
    rf"({_NUMBER.pattern})\s*[^0-9.+\-~…至到]*\s*(?:~|-|\.\.\.|\.\.|…|至|到|—|–|to)\s*({_NUMBER.pattern})\s*([^0-9].*)?",
    re.IGNORECASE,
)
_WRITTEN_SCALE: Final = re.compile(r"(?:[x×*乘]\s*)?(.+?)(?:\s*倍)?")
_DIVIDED: Final = re.compile(r"(?:(1)\s*)?(?:/|÷|除以?)\s*([0-9.]+)")


def narrow(text: str) -> str:
    """Return a text with its full-width characters made narrow, without blanks around it."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def _bare(text: str) -> str:
    return re.sub(r"[\s_()（）]+", "", narrow(text).casefold())


def data_type(text: str) -> tuple[str, str | None, str]:
    """Return a data type, the word order that stands beside it or None, and what was taken for granted."""
    word = _bare(text)
    order = None
    if word not in DATA_TYPES and (found := _IN_TYPE.search(word)):
        order = _ORDERS.get(found[1], "CDAB")
        word = (word[: found.start()] + word[found.end() :]).strip("-,/.:;，")
    if word in DATA_TYPES:
        name = DATA_TYPES[word]
        if name not in set(DataType):
            raise Unclear(f'"{text}" is a type that cannot be read', "write another type")
        return name, order, ""
    if word in _EITHER | _EITHER_WIDE:
        wide = "32" if word in _EITHER_WIDE else "16"
        return f"S{wide}", order, f'"{text}" does not say whether it has a sign: taken as S{wide}'
    raise Unclear(f'"{text}" is no data type', f"write {', '.join(DataType)}")


def is_signal(text: str) -> bool:
    """Whether a type column's word says what the signal is, and not how it is stored."""
    word = _bare(text)
    return word in _KINDS and (word not in DATA_TYPES or word in _SIGNALS | {"开关量", "数字量"})


def kind(text: str) -> str:
    """Return the kind of a point."""
    found = _KINDS.get(_bare(text))
    if found is None:
        raise Unclear(f'"{text}" is no kind of point', "write AI, DI, TOT, SYS or MAN")
    return found


def word_order(text: str) -> str:
    """Return a word order."""
    found = _ORDERS.get(re.sub(r"[\s_,，]+", "", narrow(text).casefold()))
    if found is None:
        raise Unclear(
            f'"{text}" is no word order', "write ABCD, CDAB, BADC or DCBA; outfall probe tells which"
        )
    return found


def function_code(text: str) -> int:
    """Return a function code that reads."""
    word = _bare(text)
    found = _FUNCTIONS.get(word)
    if found is None:
        # 03(保持寄存器), 03读保持寄存器, FC03 holding
        beginning = re.match("(?:fc)?0?([1-4])(?![0-9])", word)
        found = int(beginning[1]) if beginning else None
    if found is not None:
        return found
    if word in _WRITES:
        raise Unclear(
            f"function code {text} writes", "write the one that reads it, 01 to 04: Outfall only reads"
        )
    raise Unclear(f'"{text}" is no function code', "write 01, 02, 03 or 04")


def unit(text: str) -> str:
    """Return a unit as the folder writes it."""
    bare = narrow(text)
    return UNITS.get(text.strip().casefold(), UNITS.get(bare.casefold(), bare))


def number(text: str) -> float:
    """Return a number, with whatever unit stands behind it."""
    bare = (
        narrow(text).replace(",", "")
        if re.fullmatch(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", narrow(text))
        else narrow(text)
    )
    found = _NUMBER.match(bare)
    if found is None or re.search("[0-9]", bare[found.end() :].lstrip("m³/h%℃")):
        raise Unclear(f'"{text}" is no number', "write a number such as 12.5")
    return float(found[0])


def spread(text: str) -> tuple[float, float, str]:
    """Return both ends of a range written in one cell, and the unit behind it."""
    found = _RANGE.fullmatch(narrow(text))
    if found is None:
        raise Unclear(f'"{text}" is no range', "write it such as 0-100, or in two columns")
    return float(found[1]), float(found[2]), (found[3] or "").strip()


def scale(text: str) -> float:
    """Return what a raw value is multiplied by."""
    bare = narrow(text)
    divided = _DIVIDED.fullmatch(bare)
    try:
        value = 1 / float(divided[2]) if divided else float(_WRITTEN_SCALE.fullmatch(bare)[1])  # type: ignore[index]
    except (TypeError, ValueError, ZeroDivisionError):
        value = 0.0
    if value == 0:
        raise Unclear(f'"{text}" is no factor', "write what the raw value is multiplied by, such as 0.1")
    return float(f"{value:.12g}")


def seconds(text: str, header_unit: str) -> float:
    """Return an interval; `header_unit` is what the column's header says in brackets."""
    bare = narrow(text).casefold()
    found = re.fullmatch(r"([0-9.]+)\s*(ms|毫秒|s|秒|sec|min|分|分钟)?", bare)
    if found is None or found[1].count(".") > 1 or found[1] == ".":
        raise Unclear(f'"{text}" is no interval', "write seconds, such as 5")
    word = found[2] or narrow(header_unit).casefold()
    factor = 0.001 if word in ("ms", "毫秒") else 60.0 if word in ("min", "分", "分钟") else 1.0
    return float(f"{float(found[1]) * factor:.6g}")


def flag(text: str) -> bool:
    """Return whether a cell says yes."""
    word = narrow(text).casefold()
    if word in ("1", "y", "yes", "true", "是", "√", "✓", "有", "上传"):
        return True
    if word in ("0", "n", "no", "false", "否", "×", "x", "-", "无", "不上传"):
        return False
    raise Unclear(f'"{text}" says neither yes nor no', "write 1 or 0")


def tag(text: str) -> str:
    """Return a tag that the folder can have."""
    bare = narrow(text)
    made = re.sub(r"[\s./\\:]+", "_", bare)
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", made):
        return made
    raise Unclear(f'the tag "{text}" cannot be used', "write letters, digits, _ and -, at most 64")
