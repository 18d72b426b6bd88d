"""The report as PDF, and its pages as pictures, by typst; it needs no network and no system font."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from reports import fonts
from reports.document import (
    Block,
    Calendar,
    Charts,
    Document,
    Figures,
    Heading,
    Notes,
    Signatures,
    Table,
    Text,
    number,
    shown,
)
from telemetry.errors import StoreError

_ANY_TIME: Final = "2026-01-01T00:00:00+00:00"
TEMPLATE: Final = Path(__file__).parent / "templates" / "monthly.typ"


def pdf_of(document: Document, created: str) -> bytes:
    """Return the PDF (A4, PDF/A-2b); `created` is the moment it states, RFC 3339."""
    with _laid_out(document, created) as (main, root):
        return typst.compile(
            main, root=root, font_paths=_fonts(), ignore_system_fonts=True, format="pdf", pdf_standards="a-2b"
        )


def pages_of(document: Document, ppi: float = 110.0) -> list[bytes]:
    """Return the pages as PNG."""
    with _laid_out(document, _ANY_TIME) as (main, root):
        made: bytes | list[bytes] = typst.compile(
            main, root=root, font_paths=_fonts(), ignore_system_fonts=True, format="png", ppi=ppi
        )
    return made if isinstance(made, list) else [made]


@cache
def _fonts() -> typst.Fonts:
    """Return our fonts, read once."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.FOLDER)])


@contextmanager
def _laid_out(document: Document, created: str) -> Iterator[tuple[str, str]]:
    """Yield the main file and its folder; StoreError with what typst says of it."""
    with tempfile.TemporaryDirectory(prefix="outfall-report-") as place:
        folder = Path(place)
        told = _told(document, folder)
        told["created"] = created
        text = fonts.showable(json.dumps(told, ensure_ascii=False))
        (folder / "document.json").write_text(text, encoding="utf-8")
        main = folder / "main.typ"
        main.write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        try:
            yield str(main), str(folder)
        except (typst.TypstError, RuntimeError) as error:
            raise StoreError(f"the report's pages could not be set: {error}") from error


def _told(document: Document, folder: Path) -> dict[str, Any]:
    cover = document.cover
    return {
        "language": document.language,
        "family": fonts.FAMILY,
        "foot": document.foot,
        "page_of": document.page_of,
        "cover": {
            "plant": cover.plant,
            "title": cover.title,
            "period": cover.period,
            "facts": [list(fact) for fact in cover.facts],
            "banner": cover.banner,
            "warning": cover.warning,
        },
        "blocks": [_block(block, folder) for block in document.blocks],
    }


def _block(block: Block, folder: Path) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": block.text, "new_page": block.new_page}
        case Text():
            return {"kind": "text", "text": block.text, "warning": block.warning}
        case Figures():
            items = [
                {
                    "label": item.label,
                    "value": number(item.value, item.decimals),
                    "unit": item.unit,
                    "note": item.note,
                    "bad": item.bad,
                }
                for item in block.items
            ]
            return {"kind": "figures", "items": items}
        case Charts():
            items = []
            for chart in block.items:
                (folder / f"{chart.name}.svg").write_text(fonts.showable(chart.svg), encoding="utf-8")
                items.append(
                    {"file": f"{chart.name}.svg", "title": chart.title, "alt": chart.alt, "half": chart.half}
                )
            return {"kind": "charts", "items": items}
        case Calendar():
            rows = [
                {"label": row.label, "cells": list(row.cells), "counts": row.counts} for row in block.rows
            ]
            legend = [list(pair) for pair in block.legend.items()]
            return {"kind": "calendar", "days": list(block.days), "rows": rows, "legend": legend}
        case Notes():
            return {"kind": "notes", "items": list(block.items)}
        case Signatures():
            return {"kind": "signatures", "roles": list(block.roles), "date": block.date}
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    columns, rows = (
        table.columns,
        [
            [shown(value, column) for value, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ],
    )
    flagged = [index in table.flagged for index in range(len(rows))]
    if table.fold > 1:
        # Beside each other, each part read from top to bottom.
        height = -(-len(rows) // table.fold)
        blank = [""] * len(columns)
        parts = [rows[part * height : (part + 1) * height] for part in range(table.fold)]
        marks = [flagged[part * height : (part + 1) * height] for part in range(table.fold)]
        cells = [
            [
                {"text": text, "flagged": index < len(mark) and mark[index]}
                for part, mark in zip(parts, marks, strict=True)
                for text in (part[index] if index < len(part) else blank)
            ]
            for index in range(height)
        ]
    else:
        cells = [
            [{"text": text, "flagged": mark} for text in row] for row, mark in zip(rows, flagged, strict=True)
        ]
    totals = None
    if table.totals is not None:
        totals = [
            table.total_title
            if index == 0
            else shown(table.totals[column.key], column)
            if column.key in table.totals
            else ""
            for index, column in enumerate(columns)
        ]
    return {
        "kind": "table",
        "title": table.title,
        "columns": [
            {
                "title": column.title,
                "unit": column.unit,
                "number": column.is_number,
                "weight": column.weight,
            }
            for column in columns
        ]
        * table.fold,
        "every": len(columns),
        "fold": table.fold > 1,
        "rows": cells,
        "totals": totals,
        "known": table.known,
    }
