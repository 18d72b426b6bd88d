"""The workbook recalculated by LibreOffice says what the JSON says."""

import io
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from reports.document import Document, Figures, Rounded, Table
from reports.inputs import as_json
from reports.layout import laid_out
from reports.making import made_report
from reports.spreadsheet import xlsx_of
from tests.reports.months import MADE_US, month, whole_month

FIRST = 5
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
SOFFICE = shutil.which("soffice")


def document(language: str = "zh") -> Document:
    return laid_out(made_report(as_json(whole_month()), MADE_US, "0.1.0"), language)


def book(document: Document, *, with_values: bool) -> bytes:
    return xlsx_of(document, datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None), with_values=with_values)


def recalculated(content: bytes, folder: Path) -> openpyxl.Workbook:
    if SOFFICE is None:
        if os.environ.get("OUTFALL_CI"):
            pytest.fail("LibreOffice is missing; .ci/run installs it")
        pytest.skip("needs LibreOffice (libreoffice-calc-nogui)")
    (folder / "report.xlsx").write_bytes(content)
    (folder / "out").mkdir()
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
    subprocess.run(
        [
            *(SOFFICE, "--headless", f"-env:UserInstallation=file://{folder}/profile"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out")),
            str(folder / "report.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=110,
    )
    return openpyxl.load_workbook(folder / "out" / "report.xlsx", data_only=True)


def formulas(content: bytes) -> int:
    sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return sum(cell.data_type == "f" for sheet in sheets for row in sheet.iter_rows() for cell in row)


def number(value: object) -> float | None:
    found = value.value if isinstance(value, Rounded) else value
    return float(found) if isinstance(found, int | float) else None


def sheet_of(found: openpyxl.Workbook, table: Table) -> Worksheet:
    return next(sheet for sheet in found.worksheets if sheet["A1"].value == table.title)


@pytest.mark.system
@pytest.mark.timeout(120)
def test_recalculated_by_libreoffice_every_cell_equals_the_json(tmp_path: Path) -> None:
    shown = document()
    # Without the values that we wrote: whatever stands there was computed.
    content = book(shown, with_values=False)

    found = recalculated(content, tmp_path)

    assert formulas(content) > 300
    compared = 0
    for table in shown.tables():
        sheet = sheet_of(found, table)
        for row, values in enumerate(table.rows, FIRST):
            for column, value in enumerate(values, 1):
                wanted, cell = number(value), sheet.cell(row, column).value
                if wanted is not None:
                    assert cell == pytest.approx(wanted, rel=1e-9, abs=1e-12), (table.name, row, column)
                    compared += 1
                elif value is None:
                    assert cell in (None, ""), (table.name, row, column)
        for column, of in enumerate(table.columns, 1):
            total = number((table.totals or {}).get(of.key))
            if total is not None:
                cell = sheet.cell(FIRST + len(table.rows), column).value
                assert cell == pytest.approx(total, rel=1e-9), (table.name, of.key)
                compared += 1
    assert compared > 1000
    figures = {f.label: f.value for block in shown.blocks if isinstance(block, Figures) for f in block.items}
    summary = {row[0].value: row[1].value for row in found.worksheets[0].iter_rows(max_col=2)}
    for label, figure in figures.items():
        assert summary[label] == pytest.approx(figure, rel=1e-9), label


def test_a_viewer_that_computes_nothing_shows_the_same() -> None:
    shown = document("en")

    found = openpyxl.load_workbook(io.BytesIO(book(shown, with_values=True)), data_only=True)

    loads = next(table for table in shown.tables() if table.name == "loads")
    last = FIRST + len(loads.rows)
    row = [cell.value for cell in sheet_of(found, loads)[last]][: len(loads.columns)]
    assert loads.totals is not None
    assert row[1:] == [pytest.approx(loads.totals[column.key]) for column in loads.columns[1:]]


def test_what_is_missing_is_blank_and_never_a_zero() -> None:
    shown = document()

    found = openpyxl.load_workbook(io.BytesIO(book(shown, with_values=True)), data_only=True)

    water = next(table for table in shown.tables() if table.name == "water")
    assert [cell.value for cell in sheet_of(found, water)[FIRST + 20]][1:3] == [pytest.approx(19_140.0), None]


def test_the_two_workbooks_have_the_same_sheets_in_two_languages() -> None:
    names = [
        openpyxl.load_workbook(io.BytesIO(book(document(language), with_values=True))).sheetnames
        for language in ("zh", "en")
    ]

    assert len(names[0]) == len(names[1]) == len(set(names[1])) > 10
    assert (names[0][0], names[1][0]) == ("摘要", "Summary")


def test_a_month_in_course_has_no_rows_for_days_to_come() -> None:
    through = month().starts_us[10] + 5 * 3_600_000_000
    inputs = replace(whole_month(), through_us=through)

    shown = laid_out(made_report(as_json(inputs), MADE_US, "0.1.0"), "en")

    assert [len(table.rows) for table in shown.tables() if table.name in ("water", "energy")] == [11, 11]
    assert shown.cover.banner.startswith("Provisional")
