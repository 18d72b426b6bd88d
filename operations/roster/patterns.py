"""Patterns as they are kept: versions, of which the newest counts."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, select

from operations.ledger import Writing
from operations.roster.pattern import Pattern, ShiftTimes, checked
from operations.roster.tables import shift_pattern
from operations.staff import checks, people
from operations.staff.people import EVER
from storage.ids import uuid7
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class KeptPattern:
    """A version of a pattern; `id` stays through its versions, `version` is the record."""

    id: UUID
    version: UUID
    code: str
    name: Name
    pattern: Pattern


def patterns(connection: Connection, plant: str, known_us: int = EVER) -> list[KeptPattern]:
    """Return the newest version of each pattern, by code."""
    query = (
        select(shift_pattern)
        .where(shift_pattern.c.plant == plant, shift_pattern.c.recorded_us <= known_us)
        .order_by(shift_pattern.c.seq)
    )
    newest = {row["pattern"]: _kept(row) for row in connection.execute(query).mappings()}
    return sorted(newest.values(), key=lambda kept: kept.code)


def version(connection: Connection, record: UUID) -> KeptPattern:
    """Return one version."""
    query = select(shift_pattern).where(shift_pattern.c.id == record)
    return _kept(connection.execute(query).mappings().one())


def newest(connection: Connection, plant: str, pattern: UUID) -> KeptPattern:
    """Return the newest version of a pattern; NotFound for none."""
    found = next((kept for kept in patterns(connection, plant) if kept.id == pattern), None)
    if found is None:
        raise NotFound("pattern_not_found", f"there is no pattern of id {pattern}")
    return found


def write(
    page: Writing,
    plant: str,
    known: UUID | None,
    code: str,
    name: Name,
    pattern: Pattern,
    by: Actor | None,
) -> UUID:
    """Write a pattern, or a further version of the one given; what is published stays as it is."""
    crews = people.crews(page.connection, plant)
    for crew in checked(pattern).crews:
        if not checks.crew_of(crews, crew).active:
            raise Conflict("crew_inactive", f"the crew {crews[crew].name.en} is no longer in use")
    kept = patterns(page.connection, plant)
    if known is not None and all(found.id != known for found in kept):
        raise NotFound("pattern_not_found", f"there is no pattern of id {known}")
    if any(found.code == code and found.id != known for found in kept):
        raise Conflict("code_taken", f"another one has the code {code}")
    values = _row(pattern) | {
        "pattern": known or uuid7(page.at_us),
        "code": checks.code(code),
        "name_zh": checks.name(name.zh),
        "name_en": checks.name(name.en),
    }
    page.add(shift_pattern, values, None, by)
    found: UUID = values["pattern"]
    return found


def _row(pattern: Pattern) -> dict[str, Any]:
    for shift in pattern.shifts:
        if len(checks.code(shift.code)) > 16:
            raise Invalid("bad_pattern", f"the code of shift {shift.code} has more than 16 characters")
    return {
        "shifts": [
            {
                "code": shift.code,
                "name_zh": checks.name(shift.name.zh),
                "name_en": checks.name(shift.name.en),
                "start": shift.start.strftime("%H:%M"),
                "hours": shift.minutes / 60,
            }
            for shift in pattern.shifts
        ],
        "cycle": [list(row) for row in pattern.cycle],
        "crews": [crew.hex for crew in pattern.crews],
        "anchor": pattern.anchor,
    }


def _kept(row: RowMapping) -> KeptPattern:
    shifts = tuple(
        ShiftTimes(
            shift["code"],
            Name(shift["name_zh"], shift["name_en"]),
            time.fromisoformat(shift["start"]),
            round(shift["hours"] * 60),
        )
        for shift in row["shifts"]
    )
    anchor: date = row["anchor"]
    pattern = Pattern(
        shifts, tuple(tuple(day) for day in row["cycle"]), tuple(UUID(crew) for crew in row["crews"]), anchor
    )
    return KeptPattern(row["pattern"], row["id"], row["code"], Name(row["name_zh"], row["name_en"]), pattern)
