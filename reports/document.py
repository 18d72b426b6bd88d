"""The report laid out for reading in one language: blocks that PDF, HTML and XLSX show each in their way.

Cells hold values, not text: a table knows its columns' decimals, what its totals are, and by which formula a
spreadsheet comes to the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number with decimals of its own, where a column's numbers are of several kinds."""

    value: float | None
    decimals: int


Value = str | float | int | Rounded | None
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `formula` is how a spreadsheet comes to a row's cell, `total` to that of the last row. There `{key}` is
    the cell of this row, `{key:all}` those of all rows, `{key:total}` the last row's, `{#name}` a constant
    of the table; `{table!key}` is the same of another table, whose rows are the same days.
    """

    key: str
    title: str
    unit: str = ""
    decimals: int | None = None
    formula: str | None = None
    total: str | None = None
    weight: float | None = None
    """How wide it is beside other weighted ones; None for as wide as what stands in it."""

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.decimals is not None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `totals` is its last row, by column, where it has one.

    `given` are constants that formulas need; `flagged` the rows that are to be seen. On paper rows stand in
    `fold` columns beside each other.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    totals: Mapping[str, Value] | None = None
    total_title: str = ""
    given: Mapping[str, float] = field(default_factory=dict)
    known: str = ""
    flagged: frozenset[int] = frozenset()
    fold: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure; `bad` where it is to be seen, `formula` where a spreadsheet has it in a table."""

    label: str
    value: float | None
    decimals: int
    unit: str
    note: str = ""
    bad: bool = False
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures, the most important first."""

    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading, with what it answers; `new_page` where it starts one."""

    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a `warning` is to be seen."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG of ours; `alt` says what it shows."""

    name: str
    title: str
    svg: str
    alt: str
    half: bool = True


@dataclass(frozen=True, slots=True)
class Charts:
    """Charts beside each other."""

    items: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """An item's month in cells, a mark each, and what they come to."""

    label: str
    cells: tuple[str, ...]
    counts: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Items by days; the marks are the words of `legend`."""

    days: tuple[str, ...]
    rows: tuple[CalendarRow, ...]
    legend: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notes:
    """A numbered list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on."""

    roles: tuple[str, ...]
    date: str


Block = Heading | Text | Figures | Table | Charts | Calendar | Notes | Signatures


@dataclass(frozen=True, slots=True)
class Cover:
    """The report's head."""

    plant: str
    title: str
    period: str
    facts: tuple[tuple[str, str], ...]
    banner: str
    warning: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report in one language; `foot` stands on every page."""

    language: str
    cover: Cover
    blocks: tuple[Block, ...]
    foot: str
    page_of: str

    def tables(self) -> tuple[Table, ...]:
        """Return the tables, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))


def shown(value: Value, column: Column) -> str:
    """Return a cell as it is read: figures with their decimals and thin groups, what is missing as –."""
    if isinstance(value, Rounded):
        return number(value.value, value.decimals)
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str) or column.decimals is None:
        return str(value)
    return number(value, column.decimals)


def number(value: float | None, decimals: int) -> str:
    """Return a number with its decimals, thousands apart; – for none."""
    if value is None:
        return NOTHING
    text = f"{value:,.{decimals}f}"
    # A rounded −0.00 is nothing.
    return text.removeprefix("-") if not text.strip("-0.,") else text.replace("-", "−")
