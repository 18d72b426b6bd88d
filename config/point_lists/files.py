"""A point list's file as sheets: XLSX, or CSV in whatever encoding and with whatever separator."""

import codecs
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

from config.csv_lines import CsvLine, csv_lines
from config.point_lists.sheet import Cell, Sheet, UnreadableList
from config.point_lists.xlsx import MOST_CELLS, MOST_COLUMNS, MOST_FILE_BYTES, MOST_ROWS, read_xlsx
from config.text import CONTROL

_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_SEPARATORS: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", "，": "full-width commas"}
_LOOKED_AT: Final = 40
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_list(file: Path) -> list[Sheet]:
    """Return a list's sheets with what is merged written out; UnreadableList says why it has none."""
    data = _bytes(file)
    if data.startswith((_ZIP, _OLD_OFFICE)):
        sheets = list(read_xlsx(file, data))
    else:
        sheets = [_csv(file, data)]
    return [sheet.filled() for sheet in sheets]


def _bytes(file: Path) -> bytes:
    try:
        if not file.is_file():
            what = "this is no file" if file.exists() else "there is no such file"
            raise UnreadableList(file, what, "write the path of a point list, .csv or .xlsx")
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            data = opened.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadableList(
            file, f"it cannot be read ({error.strerror})", "give this user the right to read it"
        ) from error
    if len(data) > MOST_FILE_BYTES:
        raise UnreadableList(
            file, f"it is larger than {MOST_FILE_BYTES:,} bytes", "check that it is the point list"
        )
    return data


def _csv(file: Path, data: bytes) -> Sheet:
    text, encoding = _decoded(file, data)
    text = CONTROL.sub("", text)
    separator = _separator(text)
    cells: dict[tuple[int, int], Cell] = {}
    for count, line in enumerate(csv_lines(text, separator)):
        if count == MOST_ROWS:
            raise UnreadableList(file, f"more than {MOST_ROWS:,} lines", "check that it is the point list")
        if len(cells) > MOST_CELLS:
            raise UnreadableList(file, f"more than {MOST_CELLS:,} cells", "check that it is the point list")
        for column, words in enumerate(line.cells[:MOST_COLUMNS], 1):
            if words or line.broken:
                cells[line.number, column] = Cell(words, odd=line.broken)
    notes = [f"read as {encoding}"] if encoding else []
    notes += [f"separated by {_SEPARATORS[separator]}"] if separator != "," else []
    return Sheet("", cells, note=", ".join(notes))


def _decoded(file: Path, data: bytes) -> tuple[str, str]:
    """Return the text, and the name of its encoding where that is not UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            return text, "" if mark is codecs.BOM_UTF8 else "UTF-16"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), "GBK"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableList(
            file, f"line {line} is neither UTF-8 nor GBK", 'save it as UTF-8 (in Excel: "CSV UTF-8")'
        ) from None


def _separator(text: str) -> str:
    """Return what parts the most cells over the first lines."""

    def width(separator: str) -> float:
        widths = [len(line.cells) for line in _first(text, separator)]
        return median(widths) if widths else 0.0

    return max(_SEPARATORS, key=width)


def _first(text: str, separator: str) -> Iterator[CsvLine]:
    # A few lines tell, and a quote that is never closed would swallow all of a long file.
    beginning = "".join(islice(text.splitlines(keepends=True), _LOOKED_AT))
    return csv_lines(beginning, separator)
