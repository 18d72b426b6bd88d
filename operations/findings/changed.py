"""Findings whose turn was signed or settled otherwise since: the rules would not propose them now.

Nothing falls by itself: what was decided stands until somebody decides again, and the line says why to.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from operations.attendance.tables import attendance_event
from operations.attendance.turns import judged_turns
from operations.findings.life import ENDS
from operations.findings.records import Finding
from operations.findings.tables import finding
from operations.rules.sets import RuleSets

_SOME: Final = 500


def told_changes(
    connection: Connection,
    plant: str,
    rules: RuleSets,
    zone: ZoneInfo,
    now_us: int,
    found: Sequence[Finding],
) -> list[Finding]:
    """Return findings as they were given, those marked whose record changed since they were made."""
    standing = [one for one in found if one.subject is not None and one.life.state not in ENDS]
    touched = _touched(connection, [one.id for one in standing])
    if not touched:
        return list(found)
    days = [one.day for one in standing if one.id in touched]
    persons = {one.person for one in standing if one.id in touched}
    turns = judged_turns(connection, plant, rules, zone, min(days), max(days), now_us, persons)
    proposed = {proposal.key for turn in turns for proposal in turn.judged.proposals}
    known = {turn.on.assignment for turn in turns}

    def changed(one: Finding) -> bool:
        return one.id in touched and one.entry in known and one.subject not in proposed

    return [replace(one, changed=changed(one)) for one in found]


def _touched(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return the findings whose turn was signed or settled at or after the time they were made."""
    event, found = attendance_event, set[UUID]()
    for start in range(0, len(ids), _SOME):
        since = (event.c.entry == finding.c.entry) & (event.c.recorded_us >= finding.c.recorded_us)
        query = select(finding.c.id).join(event, since).where(finding.c.id.in_(ids[start : start + _SOME]))
        found |= set(connection.execute(query).scalars())
    return found
