"""A point list as a whole: every sheet with a header, every row below it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from config.point_lists.files import read_list
from config.point_lists.headers import DEEPEST, KNOWN, UNUSED, Header, find_header
from config.point_lists.plant import Plant
from config.point_lists.rows import Listed, Reading, Wishes
from config.point_lists.sheet import Cell, Sheet
from config.point_lists.telling import Told, Where
from config.problems import listed, nearest, quoted

_WHOLE: Final = frozenset({"tag", "desc_zh", "address", "offset0"})


def read_point_list(
    file: Path, plant: Plant, wishes: Wishes, own: Mapping[str, str], only: Sequence[str] = ()
) -> tuple[list[Listed], Told]:
    """Return a list's points in their order, and everything that is told of it.

    `own` says what columns mean by their headers, `only` which sheets are read. UnreadableList where the
    file is no list.
    """
    told = Told(file)
    points: list[Listed] = []
    sheets = read_list(file)
    names = [sheet.name for sheet in sheets]
    for name in only:
        if name not in names:
            near = nearest(name, names)
            mend = f"did you mean {quoted(near)}?" if near else f"it has {listed(names)}"
            told.add(Where(str(file), "", 0), f"there is no sheet {quoted(name)}", mend)
    for sheet in sheets:
        if only and sheet.name not in only:
            continue
        if sheet.note:
            told.note(sheet.name, sheet.note)
        header = find_header(sheet, own)
        if header is None:
            told.note(sheet.name, f"passed over: none of its first {DEEPEST} rows is a header with a tag")
            continue
        points += _SheetReading(sheet, header, plant, wishes, told).points()
    if not points and not told.unclear:
        what = "no point was found in it"
        told.add(Where(str(file), "", 0), what, "give a header row with 位号 (tag) and 寄存器地址 (address)")
    _tell_twice(points, told)
    return points, told


class _SheetReading:
    """One sheet on its way to points."""

    def __init__(self, sheet: Sheet, header: Header, plant: Plant, wishes: Wishes, told: Told) -> None:
        self._sheet, self._header, self._plant = sheet, header, plant
        self._wishes, self._told = wishes, told
        self._columns = header.by_meaning()

    def points(self) -> list[Listed]:
        """Return the points of the sheet."""
        self._tell_columns()
        found: list[Listed] = []
        heading, passed, formulas = "", [0, 0], 0
        for row, cells in self._sheet.by_row().items():
            if row <= self._header.last:
                continue
            formulas += sum(cell.is_formula for cell in cells.values())
            alone = self._heading(cells)
            if alone is not None:
                heading = alone
                passed[0] += 1
            elif self._is_header(cells):
                passed[1] += 1
            elif any(column.number in cells for known in self._columns.values() for column in known):
                where = Where(str(self._told.file), self._sheet.name, row)
                reading = Reading(where, self._columns, cells, self._plant, self._wishes, self._told, heading)
                point = reading.read()
                found += [] if point is None else [point]
        self._tell_passed(passed, formulas)
        return self._counted(found)

    def _heading(self, cells: Mapping[int, Cell]) -> str | None:
        """Return the one text of a row that has no more: a section's title, a remark below the table."""
        said = {cell.text for cell in cells.values() if cell.text}
        if len(said) != 1:
            return None
        (column,) = list(cells)[:1]
        text = next(iter(said))
        tags = {one.number for one in self._columns.get("tag", ())}
        # A tag alone in its row is a point that nothing is said of, and no title.
        looks_like_tag = text.isascii() and " " not in text
        return None if column in tags and looks_like_tag and len(cells) == 1 else text

    def _is_header(self, cells: Mapping[int, Cell]) -> bool:
        texts = {number: cell.text for number, cell in cells.items()}
        columns = self._header.columns
        same = sum(text == columns[number].header for number, text in texts.items() if number in columns)
        return same >= 2 and same * 2 > len(texts)

    def _tell_columns(self) -> None:
        unknown = [
            one for one in self._header.columns.values() if one.meaning in (None, UNUSED) and one.header
        ]
        if unknown:
            names = ", ".join(quoted(" ".join(column.header.split())) for column in unknown[:20])
            words = f"not used: {names}; where one of them matters, say --column HEADER=MEANING"
            self._told.note(self._sheet.name, words)
        for meaning, columns in self._columns.items():
            if len(columns) > 1 and meaning in _WHOLE | {"dtype", "modbus_fc", "source"}:
                first, *others = columns
                for other in others:
                    where = Where(
                        str(self._told.file), self._sheet.name, self._header.first, other.number, other.header
                    )
                    what = f"two columns say {meaning}: this one and {quoted(first.header)}"
                    mend = f'say which: --column "{other.header}={UNUSED}" leaves this one out'
                    self._told.add(where, what, mend)

    def _tell_passed(self, passed: list[int], formulas: int) -> None:
        name = self._sheet.name
        if passed[0]:
            self._told.note(name, f"rows with a single text, taken for headings or remarks: {passed[0]}")
        if passed[1]:
            self._told.note(name, f"rows that repeat the header: {passed[1]}")
        if formulas:
            self._told.note(name, f"formulas, of which the stored value was taken: {formulas}")

    def _counted(self, points: list[Listed]) -> list[Listed]:
        """Tell from what bare addresses count: 0 where one of them is 0; without that, it must be said."""
        bare = [point for point in points if point.bare_offset]
        if not bare or self._wishes.first_address is not None:
            return points
        if any(point.said.get("offset0") == "0" for point in bare):
            self._told.note(self._sheet.name, "addresses count from 0: one of them is 0")
            return points
        first = bare[0]
        column = next(iter(self._columns["address"]))
        where = Where(str(self._told.file), self._sheet.name, first.where.row, column.number, column.header)
        what = f"address {first.address}: nothing tells whether counting begins at 0 or at 1"
        self._told.add(
            where, what, "give --first 0 or --first 1: `outfall probe` shows which values are right"
        )
        return points


def _tell_twice(points: Sequence[Listed], told: Told) -> None:
    first: dict[str, Listed] = {}
    for point in points:
        other = first.setdefault(point.tag.casefold(), point)
        if other is not point:
            sheet = f" of {other.where.sheet}" if other.where.sheet != point.where.sheet else ""
            what = f'the tag "{point.tag}" stands here again, first in row {other.where.row}{sheet}'
            told.add(point.where, what, "give it its own, or remove one of the two")


def own_meanings(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield header and meaning of each `HEADER=MEANING`; ValueError for a meaning that there is not."""
    for words in given:
        header, _, meaning = words.rpartition("=")
        if not header or meaning not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise ValueError(f"--column {words}: write HEADER=MEANING, with a meaning of {known}")
        yield header, meaning
