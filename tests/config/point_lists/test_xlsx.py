"""Workbooks of others, and workbooks that mean harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from config.point_lists import xlsx
from config.point_lists.files import read_list
from config.point_lists.sheet import Cell, UnreadableList

FILE = Path("list.xlsx")


def saved(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    """Return a workbook as openpyxl writes it."""
    book = openpyxl.Workbook()
    fill(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(data: bytes, part: str, text: bytes) -> bytes:
    """Return a workbook with another text for one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, text)
    return out.getvalue()


def plain(book: openpyxl.Workbook) -> None:
    sheet = book.active
    assert sheet is not None
    sheet.append(["位号", 40101, 0.1, True, None, "x"])


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableList) as told:
        list(xlsx.read_xlsx(FILE, data))
    return str(told.value)


def test_cells_are_read_as_excel_shows_them() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        plain(book)
        sheet = book.active
        assert sheet is not None
        sheet["A2"] = "=1+1"
        sheet["B2"] = date(2026, 1, 2)
        sheet["C2"] = 1e-7
        sheet.merge_cells("A3:B4")
        book.create_sheet("隐藏").sheet_state = "hidden"
        book.create_sheet("二")["C3"] = "y"

    first, second = xlsx.read_xlsx(FILE, saved(fill))

    assert first.cells == {
        (1, 1): Cell("位号"),
        (1, 2): Cell("40101", is_number=True),
        (1, 3): Cell("0.1", is_number=True),
        (1, 4): Cell("1"),
        (1, 6): Cell("x"),
        (2, 1): Cell(
            "",
            is_formula=True,
            odd=("a formula without a stored value", "mend the formula in Excel, or write the value"),
        ),
        (2, 2): Cell(
            "46024",
            odd=(
                "Excel made a date of it (2026-01-02)",
                "format the column as text, and type it again",
            ),
        ),
        (2, 3): Cell("1e-07", is_number=True),
    }
    assert first.merged == (((3, 1), (4, 2)),)
    assert (second.name, second.cells) == ("二", {(3, 3): Cell("y")})


def test_another_writer_s_workbook_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("点表")
        sheet.write_row(0, 0, ["位号", 40101, 0.25])
        sheet.write_formula(1, 0, "=[other.xlsx]S!A1", None, 12.5)
        sheet.merge_range(2, 0, 4, 0, "PLC1")
        sheet.write_column(2, 1, ["a", "b", "c"])

    (sheet_read,) = read_list(file)

    assert sheet_read.cells == {
        (1, 1): Cell("位号"),
        (1, 2): Cell("40101", is_number=True),
        (1, 3): Cell("0.25", is_number=True),
        (2, 1): Cell("12.5", is_number=True, is_formula=True),
        **{(row, 1): Cell("PLC1") for row in (3, 4, 5)},
        **{(row, 2): Cell(text) for row, text in ((3, "a"), (4, "b"), (5, "c"))},
    }


def test_a_cell_merged_over_the_whole_sheet_is_not_written_out() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        plain(book)

    data = saved(fill)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml")
    merged = text.replace(
        b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )

    (sheet,) = xlsx.read_xlsx(FILE, changed(data, "xl/worksheets/sheet1.xml", merged))

    assert len(sheet.filled().cells) == 5


def test_a_zip_bomb_is_refused_before_it_is_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_PART_BYTES", 1_000_000)
    bomb = b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 200_000

    told = refusal(changed(saved(plain), "xl/sharedStrings.xml", b"<sst>" + b" " * 2_000_000))

    assert "xl/sharedStrings.xml is larger than any point list" in told
    assert "more than 20,000 rows" in refusal(
        changed(saved(plain), "xl/worksheets/sheet1.xml", bomb[:900_000])
    )


def test_entities_are_refused() -> None:
    laughs = b'<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'

    assert refusal(changed(saved(plain), "xl/sharedStrings.xml", laughs)) == (
        "list.xlsx: xl/sharedStrings.xml declares a document type: save the list as a new workbook in Excel"
    )


def test_a_part_outside_the_file_is_not_opened() -> None:
    rels = (
        b'<Relationships><Relationship Id="rId1" TargetMode="External" Target="file:///etc/passwd"/>'
        b'<Relationship Id="rId9" Target="../../../../etc/worksheets/passwd"/></Relationships>'
    )

    assert list(xlsx.read_xlsx(FILE, changed(saved(plain), "xl/_rels/workbook.xml.rels", rels))) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "list.xlsx: this is an old workbook (.xls), or one with a password: save it as .xlsx",
        ),
        (b"PK\x03\x04nonsense", "list.xlsx: this is no XLSX (File is not a zip file): open it in Excel"),
    ],
)
def test_what_is_no_workbook_is_told(data: bytes, told: str) -> None:
    assert refusal(data).startswith(told)


def test_a_table_beyond_all_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.point_lists.files.MOST_CELLS", 50)
    file = tmp_path / "list.csv"
    file.write_text("a,b,c\n" * 40, "utf-8")

    with pytest.raises(UnreadableList, match="more than 50 cells: check that it is the point list"):
        read_list(file)


WHOLE = saved(plain)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_workbook_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, byte in damage:
        data[at] = byte
    try:
        sheets = list(xlsx.read_xlsx(FILE, bytes(data)))
    except UnreadableList:
        return
    assert len(sheets) <= 1
