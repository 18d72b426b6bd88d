"""An XLSX file as sheets: only cell values, merged ranges and date formats are ever looked at.

A file from elsewhere is not trusted: parts are read as a stream up to a bound, a document type is
refused, formulas give the value that was stored with them, and nothing they name is opened.

    xl/workbook.xml              sheets in their order, hidden or not; whether days count from 1904
    xl/_rels/workbook.xml.rels   where each sheet stands
    xl/sharedStrings.xml         the texts
    xl/styles.xml                which number formats are dates
    xl/worksheets/sheet1.xml     the cells, then the merged ranges
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from xml.parsers import expat

from config.point_lists.sheet import Cell, Place, Sheet, UnreadableList, place_of, range_of

MOST_FILE_BYTES: Final = 32_000_000
MOST_PART_BYTES: Final = 96_000_000
MOST_ALL_BYTES: Final = 256_000_000
MOST_SHEETS: Final = 60
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 256
MOST_CELLS: Final = 600_000
MOST_TEXTS: Final = 400_000
MOST_MERGED: Final = 20_000
LONGEST_TEXT: Final = 2_000
_CHUNK: Final = 1 << 16
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The built-in number formats that are dates or times, those of East Asia included."""
_TOO_LARGE: Final = "keep the point list alone in a workbook, without pictures and other sheets"
_AS_TEXT: Final = "format the column as text, and type it again"
_ERRORS: Final = "mend the formula in Excel, or write the value"


class _Refused(Exception):
    """What is wrong with a file, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str, str], None]


def read_xlsx(file: Path, data: bytes) -> Iterator[Sheet]:
    """Yield the sheets that are not hidden; UnreadableList says why the file cannot be read."""
    if data.startswith(_OLD_OFFICE):
        what = "this is an old workbook (.xls), or one with a password"
        raise UnreadableList(file, what, "save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _Book(archive).sheets()
    except _Refused as refused:
        raise UnreadableList(file, refused.what, refused.mend) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableList(
            file, f"this is no XLSX ({error})", "open it in Excel and save it again"
        ) from error
    except (expat.ExpatError, ValueError, OverflowError) as error:
        raise UnreadableList(
            file, f"a part of the workbook is damaged ({error})", "open it in Excel and save it again"
        ) from error


@dataclass(slots=True)
class _Listed:
    """A sheet as the workbook lists it."""

    name: str
    relation: str
    hidden: bool


@dataclass(slots=True)
class _Book:
    """A workbook on its way to sheets."""

    archive: zipfile.ZipFile
    texts: list[str] = field(default_factory=list)
    dates: frozenset[int] = frozenset()
    since: datetime = datetime(1899, 12, 30)
    read: int = 0
    cells: int = 0

    def sheets(self) -> Iterator[Sheet]:
        """Yield the sheets in their order."""
        listed = self._listed()
        targets = self._targets()
        if any(name.endswith("sharedStrings.xml") for name in self.archive.namelist()):
            self._read_texts()
        self._read_styles()
        for one in [one for one in listed if not one.hidden][:MOST_SHEETS]:
            target = targets.get(one.relation)
            if target is not None and "worksheets" in target:
                yield self._sheet(one.name, target)

    def _parse(self, part: str, start: Start, end: End) -> None:
        """Run through a part; `end` gets the text of the element that ends."""
        try:
            info = self.archive.getinfo(part)
        except KeyError:
            raise _Refused(f"{part} is missing in it", "open it in Excel and save it again") from None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        words: list[str] = []
        kept = 0

        def starts(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal kept
            words.clear()
            kept = 0
            start(name.rpartition(":")[2], attributes)

        def ends(name: str) -> None:
            nonlocal kept
            end(name.rpartition(":")[2], "".join(words))
            words.clear()
            kept = 0

        def says(text: str) -> None:
            nonlocal kept
            if kept < LONGEST_TEXT:
                words.append(text[: LONGEST_TEXT - kept])
                kept += len(text)

        def refuses(*_: object) -> None:
            raise _Refused(f"{part} declares a document type", "save the list as a new workbook in Excel")

        parser.StartElementHandler, parser.EndElementHandler = starts, ends
        parser.CharacterDataHandler = says
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuses
        size = 0
        with self.archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                self.read += len(chunk)
                if size > MOST_PART_BYTES or self.read > MOST_ALL_BYTES:
                    raise _Refused(f"{part} is larger than any point list", _TOO_LARGE)
                parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _listed(self) -> list[_Listed]:
        found: list[_Listed] = []

        def start(name: str, attributes: Mapping[str, str]) -> None:
            if name == "sheet" and len(found) < 10 * MOST_SHEETS:
                relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                hidden = attributes.get("state", "visible") != "visible"
                found.append(_Listed(attributes.get("name", "")[:60], relation, hidden))
            elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.since = datetime(1904, 1, 1)

        self._parse("xl/workbook.xml", start, _nothing)
        return found

    def _targets(self) -> dict[str, str]:
        found: dict[str, str] = {}

        def start(name: str, attributes: Mapping[str, str]) -> None:
            # What stands outside the file is never opened.
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                found[attributes.get("Id", "")] = posixpath.normpath(path)

        self._parse("xl/_rels/workbook.xml.rels", start, _nothing)
        return found

    def _read_texts(self) -> None:
        part = next(name for name in self.archive.namelist() if name.endswith("sharedStrings.xml"))
        pieces: list[str] = []
        phonetic = 0

        def start(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal phonetic
            phonetic += name == "rPh"
            if name == "si":
                pieces.clear()

        def end(name: str, text: str) -> None:
            nonlocal phonetic
            phonetic -= name == "rPh"
            if name == "t" and not phonetic:
                pieces.append(text)
            elif name == "si":
                if len(self.texts) == MOST_TEXTS:
                    raise _Refused(f"it holds more than {MOST_TEXTS:,} texts", _TOO_LARGE)
                self.texts.append("".join(pieces)[:LONGEST_TEXT])

        self._parse(part, start, end)

    def _read_styles(self) -> None:
        if "xl/styles.xml" not in self.archive.namelist():
            return
        custom: set[int] = set()
        formats: list[int] = []
        within = ""

        def start(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal within
            if name == "numFmt" and _is_date(attributes.get("formatCode", "")):
                custom.add(_number(attributes.get("numFmtId")))
            elif name in ("cellXfs", "cellStyleXfs"):
                within = name
            elif name == "xf" and within == "cellXfs" and len(formats) < MOST_TEXTS:
                formats.append(_number(attributes.get("numFmtId")))

        self._parse("xl/styles.xml", start, _nothing)
        self.dates = frozenset(index for index, one in enumerate(formats) if one in _DATES or one in custom)

    def _sheet(self, name: str, part: str) -> Sheet:
        cells: dict[Place, Cell] = {}
        merged: list[tuple[Place, Place]] = []
        at, kind, style, formula = (0, 0), "n", 0, False
        value: str | None = None
        pieces: list[str] = []

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            nonlocal at, kind, style, formula, value
            if tag == "row":
                at = (_number(attributes.get("r")) or at[0] + 1, 0)
            elif tag == "c":
                said = place_of(attributes.get("r", ""))
                at = said if said is not None else (at[0], at[1] + 1)
                kind, style = attributes.get("t", "n"), _number(attributes.get("s"))
                formula, value = False, None
                pieces.clear()
            elif tag == "f":
                formula = True
            elif tag == "mergeCell" and len(merged) < MOST_MERGED:
                found = range_of(attributes.get("ref", ""))
                merged.extend([found] if found else [])

        def end(tag: str, text: str) -> None:
            nonlocal value
            if tag == "v":
                value = text
            elif tag == "t":
                pieces.append(text)
            elif tag == "c":
                self._take(cells, at, self._cell(kind, style, formula, value, pieces))

        self._parse(part, start, end)
        return Sheet(name, cells, tuple(merged))

    def _take(self, cells: dict[Place, Cell], at: Place, cell: Cell) -> None:
        if not cell.text and cell.odd is None:
            return
        self.cells += 1
        if at[0] > MOST_ROWS or self.cells > MOST_CELLS:
            what = f"more than {MOST_ROWS:,} rows" if at[0] > MOST_ROWS else f"more than {MOST_CELLS:,} cells"
            raise _Refused(what, _TOO_LARGE)
        if at[1] <= MOST_COLUMNS:
            cells[at] = cell

    def _cell(self, kind: str, style: int, formula: bool, value: str | None, pieces: list[str]) -> Cell:
        if kind == "inlineStr":
            return Cell("".join(pieces)[:LONGEST_TEXT].strip(), is_formula=formula)
        if not value:
            if not formula:
                return Cell("")
            return Cell("", is_formula=True, odd=("a formula without a stored value", _ERRORS))
        if kind == "s":
            index = int(value)
            return Cell(self.texts[index].strip() if 0 <= index < len(self.texts) else "", is_formula=formula)
        if kind == "e":
            return Cell(value, is_formula=formula, odd=(f"a formula failed ({value[:20]})", _ERRORS))
        if kind == "b":
            return Cell(value.strip(), is_formula=formula)
        if kind in ("str", "d"):
            return Cell(value.strip(), is_formula=formula)
        number = float(value)
        if style in self.dates:
            return Cell(value, odd=(f"Excel made a date of it ({self._day(number)})", _AS_TEXT))
        return Cell(_plain(number), is_number=True, is_formula=formula)

    def _day(self, number: float) -> str:
        try:
            return f"{self.since + timedelta(days=number):%Y-%m-%d}"
        except (OverflowError, ValueError):
            return "beyond every calendar"


def _nothing(_: str, __: str) -> None:
    return None


def _number(text: str | None) -> int:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,9}", text) else 0


def _plain(number: float) -> str:
    """Return a number as Excel shows it: 15 digits, no exponent where it can be without."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


def _is_date(code: str) -> bool:
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code)
    return bool(re.search("[ymdhs]", bare, re.IGNORECASE)) and "general" not in bare.casefold()
