"""A file of a plant folder as text: UTF-8, with or without a byte order mark."""

import codecs
import os
import re
import stat
from itertools import islice
from pathlib import Path
from typing import Final

from config.problems import Problems, nearest, quoted

MOST_CONTROLS: Final = 20
MOST_NAMES: Final = 200
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffd\ufffe\uffff]"
)
_CHINESE: Final = re.compile("[\u4e00-\u9fff]+")
_WIDE_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SAVE_AS: Final = 'save it as UTF-8 (in Excel: "CSV UTF-8")'


def read_text(file: Path, most_bytes: int, holds: str, problems: Problems) -> str | None:
    """Return the text of a file, None where it cannot be had; `holds` says what stands in it."""
    data = _read_bytes(file, most_bytes, holds, problems)
    if data is None:
        return None
    text = _decode(file, data, problems)
    return None if text is None else _without_controls(file, text, problems)


def _read_bytes(file: Path, most_bytes: int, holds: str, problems: Problems) -> bytes | None:
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder stands here" if stat.S_ISDIR(mode) else "this is not a plain file"
            problems.add(file, 1, what, f"put a file here; it holds {holds}")
            return None
        # A pipe put here after the look above would hang an open that waits.
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            data = opened.read(most_bytes + 1)
    except FileNotFoundError:
        problems.add(file, 1, "the file is missing", f"{_renamed(file)}; it holds {holds}")
        return None
    except PermissionError:
        problems.add(file, 1, "the file cannot be read", "give this user the right to read it")
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.add(file, 1, f"the file cannot be read ({reason})", f"put a file here; it holds {holds}")
        return None
    if len(data) > most_bytes:
        problems.add(
            file, 1, f"the file is larger than {most_bytes:,} bytes", f"check that it is the one with {holds}"
        )
        return None
    return data


def _renamed(file: Path) -> str:
    try:
        near = nearest(file.name, [other.name for other in islice(file.parent.iterdir(), MOST_NAMES)])
    except OSError:
        return "add it"
    return f"add it, or rename {quoted(near)}" if near else "add it"


def _decode(file: Path, data: bytes, problems: Problems) -> str | None:
    for mark, encoding in _WIDE_MARKS:
        if data.startswith(mark):
            problems.add(file, 1, f"the file is {encoding}, not UTF-8", _SAVE_AS)
            return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + len(_LINE_END.findall(data, 0, error.start))
        problems.add(file, line, f"this line is not UTF-8{_as_gbk(data, error.start)}", _SAVE_AS)
        return None


def _as_gbk(data: bytes, start: int) -> str:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    words = _CHINESE.search(text, len(data[:start].decode("gb18030", "ignore")))
    return f"; read as GBK it says {quoted(words[0])}" if words else ""


def _without_controls(file: Path, text: str, problems: Problems) -> str:
    found = CONTROL.search(text)
    if found is None:
        return text
    for number, match in enumerate(CONTROL.finditer(text)):
        if number == MOST_CONTROLS:
            break
        line = 1 + len(_LINE_END.findall(text[: match.start()].encode("utf-8", "replace")))
        character = ord(match[0])
        what = f"an invisible character (U+{character:04X}) stands in this line"
        if character == 0xFFFD:
            what = "a character of this line was lost when it was converted (U+FFFD)"
        problems.add(file, line, what, "remove it, or type the line anew")
    return CONTROL.sub("", text)
