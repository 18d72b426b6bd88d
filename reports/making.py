"""A report's files out of its inputs: what the child process does, and nothing else does.

`python -P -m reports.making`

    stdin   {"folder": "…", "made_us": …, "version": "…"} on a line, then the inputs' JSON to the end
    files   inputs.json, report.json, report.{zh,en}.{pdf,xlsx,html} in the folder, which is there
    stdout  {"files": {"report.json": {"sha256": "…", "bytes": …}, …}, "lacking": "…"} on a line
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from operations.child import stand_back
from reports.document import Block, Document, Heading, Table, Text
from reports.fonts import lacking
from reports.inputs import canonical, of_json, sha256
from reports.layout import laid_out
from reports.monthly import Made, MonthReport, report_of
from reports.page import html_of
from reports.pdf import pdf_of
from reports.spreadsheet import xlsx_of
from reports.words import LANGUAGES
from telemetry.clock import from_us

FORMATS: Final = ("pdf", "xlsx", "html", "json")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: hash and size by name, and the characters that the PDF's font lacks."""

    files: dict[str, dict[str, Any]]
    lacking: str


def file_name(kind: str, language: str) -> str:
    """Return the name of a report's file: the JSON is of no language."""
    return "report.json" if kind == "json" else f"report.{language}.{kind}"


def made_report(inputs_json: bytes, made_us: int, version: str) -> MonthReport:
    """Return the report of a month's inputs."""
    return report_of(of_json(inputs_json), Made(made_us, version, sha256(inputs_json)))


def written(folder: Path, inputs_json: bytes, made_us: int, version: str) -> Written:
    """Write every file of a report into a folder, durably."""
    report = made_report(inputs_json, made_us, version)
    files = {"inputs.json": inputs_json, "report.json": canonical(report)}
    made = from_us(made_us)
    documents = {language: laid_out(report, language) for language in LANGUAGES}
    for language, document in documents.items():
        files[file_name("pdf", language)] = pdf_of(document, made.isoformat())
        files[file_name("xlsx", language)] = xlsx_of(document, made.replace(tzinfo=None))
        files[file_name("html", language)] = html_of(document)
    for name, content in files.items():
        _write(folder / name, content)
    texts = (text for document in documents.values() for text in texts_of(document))
    told = {name: {"sha256": sha256(content), "bytes": len(content)} for name, content in files.items()}
    return Written(told, lacking(texts))


def texts_of(document: Document) -> list[str]:
    """Return the texts of a document that people may have written, names among them."""
    cover = document.cover
    found = [cover.plant, cover.title, cover.banner, cover.warning, document.foot]
    found += [said for fact in cover.facts for said in fact]
    for block in document.blocks:
        found += _texts(block)
    return found


def _texts(block: Block) -> list[str]:
    if isinstance(block, Heading | Text):
        return [block.text]
    if isinstance(block, Table):
        titles = [text for column in block.columns for text in (column.title, column.unit)]
        return [*titles, *(value for row in block.rows for value in row if isinstance(value, str))]
    return []


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def main() -> None:
    """Do what standard input says."""
    stand_back()
    order = json.loads(sys.stdin.buffer.readline())
    inputs_json = sys.stdin.buffer.read()
    done = written(Path(order["folder"]), inputs_json, order["made_us"], order["version"])
    sys.stdout.write(json.dumps({"files": done.files, "lacking": done.lacking}) + "\n")


if __name__ == "__main__":
    main()
