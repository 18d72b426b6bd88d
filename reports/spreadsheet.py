"""The report as XLSX: numbers as numbers, and what follows from them as formulas.

A formula comes with the value that the JSON has, so that a viewer that computes nothing shows the same; one
that computes comes to it again.
"""

import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from reports.document import Column, Document, Figure, Figures, Notes, Rounded, Table, Text, Value
from reports.words import Words

_HEADER: Final = 2
_UNITS: Final = 3
_FIRST: Final = 4
"""Rows of a sheet: title, nothing, header, units, then the table's rows."""
_PLACE: Final = re.compile(r"\{(?:(?P<table>\w+)!)?(?P<given>#)?(?P<key>\w+)(?::(?P<part>all|total))?\}")
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\']")
_FONT: Final = "Noto Sans SC"
_Formats = Callable[..., Any]


def xlsx_of(document: Document, made: datetime, *, with_values: bool = True) -> bytes:
    """Return the workbook; without values every formula says 0 until somebody computes it."""
    into = io.BytesIO()
    book = xlsxwriter.Workbook(into, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    cover = document.cover
    book.set_properties(
        {"title": f"{cover.plant} {cover.title} {cover.period}", "author": cover.plant, "created": made}
    )
    _Book(book, document, with_values).write()
    book.close()
    return into.getvalue()


class _Book:
    def __init__(self, book: Any, document: Document, with_values: bool) -> None:
        self._book = book
        self._document = document
        self._with_values = with_values
        self._words = Words(document.language)
        self._tables = {table.name: table for table in document.tables()}
        self._sheets = _sheet_names(self._tables, self._words("Summary"))
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self) -> None:
        """Write every sheet."""
        self._summary()
        for table in self._tables.values():
            self._table(table)
        self._notes()

    def _format(self, **properties: Any) -> Any:
        properties.setdefault("font_name", _FONT)
        properties.setdefault("font_size", 10)
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def _summary(self) -> None:
        cover, words = self._document.cover, self._words
        sheet = self._book.add_worksheet(words("Summary"))
        self._print(sheet)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 18)
        sheet.set_column(2, 3, 34)
        sheet.write(
            0, 0, f"{cover.plant} {cover.title} · {cover.period}", self._format(bold=True, font_size=15)
        )
        row = 1
        for text in (cover.banner, cover.warning):
            if text:
                sheet.write(row, 0, text, self._format(bold=True, font_color="#b3261e"))
                row += 1
        for label, said in cover.facts:
            sheet.write(row, 0, label, self._format(font_color="#5f666d"))
            sheet.write(row, 1, said, self._format())
            row += 1
        row += 1
        figures = [
            one for block in self._document.blocks if isinstance(block, Figures) for one in block.items
        ]
        for figure in figures:
            sheet.write(row, 0, figure.label, self._format(bottom=4))
            self._figure(sheet, row, figure)
            sheet.write(row, 2, figure.unit, self._format(bottom=4, font_color="#5f666d"))
            sheet.write(row, 3, figure.note, self._format(bottom=4, font_color="#5f666d"))
            row += 1

    def _figure(self, sheet: Any, row: int, figure: Figure) -> None:
        colour = {"font_color": "#b3261e"} if figure.bad else {}
        style = self._format(bottom=4, bold=True, num_format=_places(figure.decimals), **colour)
        if figure.value is None:
            sheet.write_blank(row, 1, None, style)
        elif figure.formula and (formula := self._resolved(figure.formula, None, 0)):
            sheet.write_formula(row, 1, f"={formula}", style, self._value(figure.value))
        else:
            sheet.write_number(row, 1, figure.value, style)

    def _table(self, table: Table) -> None:
        sheet = self._book.add_worksheet(self._sheets[table.name])
        self._print(sheet, landscape=len(table.columns) > 8)
        sheet.write(0, 0, table.title, self._format(bold=True, font_size=13))
        for index, column in enumerate(table.columns):
            align = "right" if column.is_number else "left"
            sheet.write(
                _HEADER, index, column.title, self._format(bold=True, top=1, align=align, text_wrap=True)
            )
            sheet.write(_UNITS, index, column.unit, self._format(bottom=1, align=align, font_color="#5f666d"))
            sheet.set_column(index, index, _width(table, index))
        for number, row in enumerate(table.rows):
            for index, (value, column) in enumerate(zip(row, table.columns, strict=True)):
                formula = column.formula and self._resolved(column.formula, table, number)
                self._cell(sheet, _FIRST + number, index, value, column, formula, number in table.flagged)
        last = _FIRST + len(table.rows)
        if table.totals is not None:
            for index, column in enumerate(table.columns):
                self._total(sheet, last, index, table, column)
            last += 1
        for index, (name, value) in enumerate(table.given.items()):
            sheet.write(0, _given_column(table, index), name, self._format(font_color="#5f666d"))
            sheet.write_number(1, _given_column(table, index), value, self._format())
        if table.known:
            sheet.write(last + 1, 0, table.known, self._format(font_color="#5f666d"))
        sheet.freeze_panes(_FIRST, 1)
        sheet.repeat_rows(_HEADER, _UNITS)

    def _cell(
        self,
        sheet: Any,
        row: int,
        index: int,
        value: Value,
        column: Column,
        formula: str | None,
        flagged: bool,
    ) -> None:
        colour = {"font_color": "#b3261e"} if flagged else {}
        if isinstance(value, Rounded):
            style = self._format(num_format=_places(value.decimals), **colour)
            value = value.value
        else:
            style = self._format(
                **({"num_format": _places(column.decimals)} if column.is_number else {}), **colour
            )
        # What is missing stays blank: sums and means pass over it, and no formula makes a zero of it.
        if value is None or value == "":
            sheet.write_blank(row, index, None, style)
        elif isinstance(value, str):
            sheet.write_string(row, index, value, style)
        elif formula:
            sheet.write_formula(row, index, f"={formula}", style, self._value(value))
        else:
            sheet.write_number(row, index, value, style)

    def _total(self, sheet: Any, row: int, index: int, table: Table, column: Column) -> None:
        style = self._format(bold=True, top=1, bottom=1, num_format=_places(column.decimals))
        if index == 0:
            sheet.write_string(row, index, table.total_title, style)
            return
        value = (table.totals or {}).get(column.key)
        formula = column.total and self._resolved(column.total, table, 0)
        if value is None or isinstance(value, str | Rounded):
            sheet.write_blank(row, index, None, style)
        elif formula:
            sheet.write_formula(row, index, f"={formula}", style, self._value(value))
        else:
            sheet.write_number(row, index, value, style)

    def _notes(self) -> None:
        sheet = self._book.add_worksheet(self._words("Notes on method")[:31])
        self._print(sheet)
        sheet.set_column(0, 0, 110)
        row = 0
        for block in self._document.blocks:
            for text in block.items if isinstance(block, Notes) else ():
                sheet.write(row, 0, text, self._format(text_wrap=True, valign="top"))
                row += 1
            if isinstance(block, Text):
                sheet.write(
                    row, 0, block.text, self._format(text_wrap=True, valign="top", font_color="#5f666d")
                )
                row += 1

    def _resolved(self, formula: str, own: Table | None, number: int) -> str | None:
        """Return a formula with cells for its places; None where one of them is not in the workbook."""
        found: list[str | None] = []

        def cell(match: re.Match[str]) -> str:
            found.append(self._place(match, own, number))
            return found[-1] or ""

        resolved = _PLACE.sub(cell, formula)
        return None if None in found else resolved

    def _place(self, match: re.Match[str], own: Table | None, number: int) -> str | None:
        table = self._tables.get(match["table"]) if match["table"] else own
        if table is None:
            return None
        sheet = "" if table is own else f"'{self._sheets[table.name]}'!"
        if match["given"]:
            index = list(table.given).index(match["key"])
            return sheet + str(xl_rowcol_to_cell(1, _given_column(table, index), row_abs=True, col_abs=True))
        keys = [column.key for column in table.columns]
        if match["key"] not in keys:
            return None
        index = keys.index(match["key"])
        last = _FIRST + len(table.rows)
        if match["part"] == "all":
            first, end = (xl_rowcol_to_cell(row, index, row_abs=True) for row in (_FIRST, last - 1))
            return f"{sheet}{first}:{end}"
        return sheet + str(xl_rowcol_to_cell(last if match["part"] == "total" else _FIRST + number, index))

    def _value(self, value: float) -> float:
        return value if self._with_values else 0

    def _print(self, sheet: Any, *, landscape: bool = False) -> None:
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self._document.foot.replace('&', '&&')}&R&8&P / &N")
        if landscape:
            sheet.set_landscape()


def _sheet_names(tables: Mapping[str, Table], taken: str) -> dict[str, str]:
    """Return a name for each table's sheet: short, and no other's."""
    names: dict[str, str] = {}
    used = {taken.casefold()}
    for name, table in tables.items():
        plain = _FORBIDDEN.sub(" ", table.title)[:31].strip()
        chosen, count = plain, 2
        while chosen.casefold() in used:
            chosen = f"{plain[:28]} {count}"
            count += 1
        used.add(chosen.casefold())
        names[name] = chosen
    return names


def _given_column(table: Table, index: int) -> int:
    return len(table.columns) + 1 + index


def _places(decimals: int | None) -> str:
    if decimals is None:
        return "General"
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _width(table: Table, index: int) -> float:
    """Return a column's width in characters; hanzi are twice as wide."""
    column = table.columns[index]
    if column.is_number:
        return max(11.0, _length(column.title) / 2 + 2, _length(column.unit) + 2)
    longest = max((_length(str(row[index] or "")) for row in table.rows), default=0)
    return float(min(max(longest, _length(column.title)) + 2, 60))


def _length(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
