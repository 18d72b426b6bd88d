"""limits.csv: discharge limits and internal control values, effective-dated."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from alarms.compliance.limits import ColdWater, DischargeLimit, LimitBasis
from config.cells import Row
from config.csv_file import read_table
from config.equipment_file import known
from config.problems import Problems, quoted

COLUMNS: Final = (
    "tag", "basis", "source", "valid_from", "valid_to", "low", "high", "alternative_high",
    "alternative_when", "alternative_from", "alternative_to", "temperature", "remark",
)  # fmt: skip
HOLDS: Final = f"the discharge limits, under the header {','.join(COLUMNS)}"
LEAP_YEAR: Final = 2024
DATES: Final = "dates"
COLD: Final = "temp_le_12"
_COLD: Final = re.compile(r"temp_le_([0-9]{1,2}(?:\.[0-9])?)", re.ASCII)
_OF_DATES: Final = ("alternative_from", "alternative_to")
_ALTERNATIVE: Final = ("alternative_high", *_OF_DATES, "temperature")
LATER: Final = frozenset({"alternative_when", "temperature"})
"""Columns that folders of before do not have: without them the calendar alone says when."""
_WHEN: Final = f"write {DATES}, or {COLD} for days on which the water has at most 12 °C"


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit and the line it stands on."""

    row: Row
    limit: DischargeLimit


def read_limits(folder: Path, tags: Collection[str] | None, problems: Problems) -> tuple[LimitRow, ...]:
    """Read limits.csv; `tags` None lets every tag pass."""
    table = read_table(folder / "limits.csv", COLUMNS, "limit of", HOLDS, problems, LATER)
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
    low, high = row.decimal("low"), row.decimal("high")
    alternative = _alternative(row, tags)
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
        row.add(f"low {low:f} is not below high {high:f}", "write the lower one in low")
    _check_alternative(row)
    if alternative.high is not None and high is None:
        row.add("alternative_high without high", "write what holds for the rest of the year in high")
    if row.problems.count > before:
        return None
    return DischargeLimit(
        tag=tag, basis=LimitBasis(basis), source=source, valid_from=valid_from, valid_to=valid_to, low=low,
        high=high, alternative_high=alternative.high, alternative_from=alternative.start,
        alternative_to=alternative.end, cold_water=alternative.cold,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Alternative:
    """What stands in for the upper limit, and when: from day to day of a year, or in cold water."""

    high: Decimal | None
    start: tuple[int, int] | None
    end: tuple[int, int] | None
    cold: ColdWater | None


def _alternative(row: Row, tags: Collection[str] | None) -> _Alternative:
    when = row.text("alternative_when")
    told = _COLD.fullmatch(when)
    if when and when != DATES and told is None:
        row.add(f"alternative_when is {quoted(when)}", _WHEN)
    tag = known(row, "temperature", tags, "points.csv has") if row.text("temperature") else None
    return _Alternative(
        high=row.decimal("alternative_high"),
        start=_month_day(row, "alternative_from"),
        end=_month_day(row, "alternative_to"),
        cold=ColdWater(tag, Decimal(told[1])) if told and tag else None,
    )


def _check_alternative(row: Row) -> None:
    """Tell of an alternative what is missing, and what belongs to another kind of it."""
    written = {column for column in _ALTERNATIVE if row.text(column)}
    when = row.text("alternative_when")
    if not when and not written & {*_OF_DATES}:
        if written:
            row.add(f"{min(written)} without alternative_when", _WHEN)
        return
    by_dates = when in ("", DATES)
    needed = ("alternative_high", *_OF_DATES) if by_dates else ("alternative_high", "temperature")
    if not written >= {*needed}:
        all_of = "all of alternative_high, _from and _to" if by_dates else "alternative_high and temperature"
        row.add("the alternative is half written", f"write {all_of}, or none")
    for column in sorted(written - {*needed}):
        what = f"{column} stands beside alternative_when {when or DATES}"
        row.add(what, "leave it blank, or write when the alternative holds in alternative_when")


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
