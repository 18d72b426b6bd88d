"""Which row of a sheet is its header, and what each of its columns means."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from config.point_lists.sheet import Cell, Sheet
from config.point_lists.vocabulary import vocabulary

DEEPEST: Final = 40
"""A header stands within the first rows: above it there are titles, dates and who checked it."""


def plain(text: str) -> str:
    """Return a header in one way of writing: narrow, small, without blanks, brackets and what is in them."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    bare = re.sub(r"[(\[【〔<].*?[)\]】〕>]", "", narrow)
    kept = re.sub(r"[\s_\-*:：.。/、,，;'\"“”]+", "", bare)
    return kept or re.sub(r"\s+", "", narrow)


def _meanings() -> dict[str, str]:
    found: dict[str, str] = {}
    for column, words in vocabulary("headers").items():
        for word in words:
            known = found.setdefault(plain(word), column)
            assert known == column, f"{word} is {known} and {column}"
    return found


UNUSED: Final = "unused"
"""What columns mean that are known to be of no use here: numbers, remarks, terminals."""
MEANINGS: Final = _meanings()
KNOWN: Final = frozenset(MEANINGS.values())
"""Everything that a column can mean."""
_UNIT: Final = re.compile(r"[(\[（【]\s*([^)\]）】]{1,12})\s*[)\]）】]")
_AFFIXES: Final = re.compile("^(modbus|plc|仪表|测点|点位|参数)|(值|设定值|设定)$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its number, its header as it stands, and what it means, None where unknown."""

    number: int
    header: str
    meaning: str | None

    @property
    def unit(self) -> str:
        """What the header says in brackets: `采集周期(ms)`."""
        found = _UNIT.search(self.header)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: its rows, and its columns by number."""

    first: int
    last: int
    columns: Mapping[int, Column]

    def by_meaning(self) -> Mapping[str, list[Column]]:
        """Return the columns of each meaning, known and of use."""
        found: dict[str, list[Column]] = {}
        for column in self.columns.values():
            if column.meaning and column.meaning != UNUSED:
                found.setdefault(column.meaning, []).append(column)
        return found


def meaning_of(header: str, own: Mapping[str, str]) -> str | None:
    """Return what a header means: as the caller says, as engineers say; None where it is unknown."""
    if header in own:
        return own[header]
    name = plain(header)
    if name in MEANINGS:
        return MEANINGS[name]
    return MEANINGS.get(_AFFIXES.sub("", name))


def find_header(sheet: Sheet, own: Mapping[str, str]) -> Header | None:
    """Return a sheet's header, of one row or two; None where no row is one."""
    rows = sheet.by_row()
    best: tuple[int, int] = (1, 0)
    for number in sorted(rows)[:DEEPEST]:
        found = {meaning_of(cell.text, own) for cell in rows[number].values()} - {None, UNUSED}
        if "tag" in found or {"desc_zh", "address"} <= found:
            best = max(best, (len(found), -number))
    if best[1] == 0:
        return None
    number = -best[1]
    upper = _spread(sheet, rows[number], number)
    columns = {at: Column(at, text, meaning_of(text, own)) for at, text in upper.items()}
    lower = rows.get(number + 1, {})
    below = dict(_two_rows(upper, lower, own))
    own_tag = next((at for at, column in columns.items() if column.meaning == "tag"), None)
    merged_down = own_tag is not None and lower.get(own_tag) == rows[number].get(own_tag)
    # A second row of the header says nothing under the tag, and more than the first under some others.
    if below and (own_tag not in lower or merged_down):
        return Header(number, number + 1, columns | below)
    return Header(number, number, columns)


def _spread(sheet: Sheet, cells: Mapping[int, Cell], row: int) -> dict[int, str]:
    """Return the texts of a row by column, with what is merged sideways in each of its columns."""
    texts = {at: cell.text for at, cell in cells.items()}
    for (top, left), (bottom, right) in sheet.merged:
        if top <= row <= bottom and left in texts and right - left < 64:
            texts |= {at: texts[left] for at in range(left, right + 1) if at not in texts}
    return texts


def _two_rows(
    upper: Mapping[int, str], lower: Mapping[int, Cell], own: Mapping[str, str]
) -> Iterator[tuple[int, Column]]:
    said = ""
    for at in sorted({*upper, *lower}):
        said = upper.get(at, said)
        cell = lower.get(at)
        if cell is None or cell.text == upper.get(at):
            continue
        for text in (f"{said}{cell.text}", cell.text):
            meaning = meaning_of(text, own)
            if meaning:
                yield at, Column(at, text, meaning)
                break
