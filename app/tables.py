"""Tables on a terminal: columns side by side, Chinese characters counting twice."""

import unicodedata
from collections.abc import Iterator, Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; a cell never holds a line break or a control character."""
    shown = [[_shown(cell) for cell in row] for row in (header, *rows)]
    widths = [max(width(row[at]) for row in shown) for at in range(len(header))]
    for row in shown:
        cells = (cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(row))
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text
    )


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
