"""The lines of a CSV text with their true numbers; one that is broken costs itself only."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A record and the line it starts on; of a broken one the cells are a guess, and `broken` says why."""

    number: int
    cells: list[str]
    broken: tuple[str, str] | None = None


def csv_lines(text: str, separator: str = ",") -> Iterator[CsvLine]:
    """Yield the records that are not blank, cells stripped."""
    lines = list(io.StringIO(text, newline=""))
    start = 0
    while start < len(lines):
        reader = csv.reader(
            (lines[index] for index in range(start, len(lines))), strict=True, delimiter=separator
        )
        done = 0
        try:
            for record in reader:
                cells = [cell.strip() for cell in record]
                if any(cells):
                    yield CsvLine(start + done + 1, cells)
                done = reader.line_num
            return
        except csv.Error as error:
            # An open quote swallows what follows: take it up again on the next line.
            guess = [cell.strip() for cell in lines[start + done].split(separator)]
            yield CsvLine(start + done + 1, guess, _explain(str(error)))
            start += done + 1


def _explain(error: str) -> tuple[str, str]:
    if "expected after" in error:
        return "text follows a closing quote", 'close every quote, and double one ("") that is meant'
    if "end of data" in error or "field larger" in error:
        return "a quote opened in this line is never closed", 'close it, or double it ("") where it is meant'
    return f"this line is not CSV ({error})", "check its quotes and commas"
