"""limits.csv: discharge limits and internal control values, effective-dated."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from alarms.compliance.limits import DischargeLimit, LimitBasis
from config.cells import Row
from config.csv_file import read_table
from config.equipment_file import known
from config.problems import Problems

COLUMNS: Final = (
    "tag", "basis", "source", "valid_from", "valid_to", "low", "high", "alternative_high",
    "alternative_from", "alternative_to", "remark",
)  # fmt: skip
HOLDS: Final = f"the discharge limits, under the header {','.join(COLUMNS)}"
LEAP_YEAR: Final = 2024


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit and the line it stands on."""

    row: Row
    limit: DischargeLimit


def read_limits(folder: Path, tags: Collection[str] | None, problems: Problems) -> tuple[LimitRow, ...]:
    """Read limits.csv; `tags` None lets every tag pass."""
    table = read_table(folder / "limits.csv", COLUMNS, "limit of", HOLDS, problems)
    if table is None:
        return ()
    limits = []
    for row in table.rows:
        limit = _read_row(row, tags)
        if limit is not None:
            limits.append(LimitRow(row, limit))
    return tuple(limits)


def _read_row(row: Row, tags: Collection[str] | None) -> DischargeLimit | None:
    before = row.problems.count
    tag = known(row, "tag", tags, "points.csv has")
    basis = row.choice("basis", tuple(item.value for item in LimitBasis))
    source = row.need("source", "write the standard, the permit or plant")
    valid_from = row.day("valid_from", need="write its first day, YYYY-MM-DD")
    valid_to = row.day("valid_to")
    low, high = row.number("low"), row.number("high")
    alternative = row.number("alternative_high")
    start, end = _month_day(row, "alternative_from"), _month_day(row, "alternative_to")
    if row.problems.count > before or not (tag and basis and source) or valid_from is None:
        return None
    if valid_to is not None and valid_to < valid_from:
        row.add(f"valid_to {valid_to} is before valid_from {valid_from}", "write the last day in valid_to")
    if low is None and high is None:
        row.add(
            "neither low nor high is written",
            "write the limit, or remove the line: it then shows as not entered",
        )
    if low is not None and high is not None and not low < high:
        row.add(f"low {low:g} is not below high {high:g}", "write the lower one in low")
    if len({alternative is None, start is None, end is None}) > 1:
        row.add("the alternative is half written", "write all of alternative_high, _from and _to, or none")
    if alternative is not None and high is None:
        row.add("alternative_high without high", "write what holds for the rest of the year in high")
    if row.problems.count > before:
        return None
    return DischargeLimit(
        tag=tag, basis=LimitBasis(basis), source=source, valid_from=valid_from, valid_to=valid_to, low=low,
        high=high, alternative_high=alternative, alternative_from=start, alternative_to=end,
    )  # fmt: skip


def _month_day(row: Row, column: str) -> tuple[int, int] | None:
    text = row.text(column)
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{2})-([0-9]{2})", text, re.ASCII)
    try:
        if match is not None:
            day = date(LEAP_YEAR, int(match[1]), int(match[2]))
            return day.month, day.day
    except ValueError:
        pass
    row.add(f'{column} is "{text}"', "write month and day as MM-DD")
    return None
