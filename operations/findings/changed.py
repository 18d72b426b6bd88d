"""Findings whose turn was signed or settled otherwise since: the rules would not propose them now.

Nothing falls by itself: what was decided stands until somebody decides again, and the line says why to.
Whoever rejects the review or lets it stand has decided on the record as it was then.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from operations.attendance.tables import attendance_event
from operations.attendance.turns import judged_turns
from operations.findings.life import ENDS
from operations.findings.records import Finding
from operations.rules.sets import RuleSets
from storage.portions import portions


def told_changes(
    connection: Connection,
    plant: str,
    rules: RuleSets,
    zone: ZoneInfo,
    now_us: int,
    found: Sequence[Finding],
) -> list[Finding]:
    """Return findings as they were given, those marked whose record changed since they were decided on."""
    standing = [one for one in found if one.subject is not None and one.life.state not in ENDS]
    signed = _signed(connection, [one.entry for one in standing if one.entry is not None])
    # At or after: what is written in one microsecond has no order here.
    touched = {one.id for one in standing if one.entry and signed.get(one.entry, -1) >= one.decided_us}
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


def _signed(connection: Connection, entries: Sequence[UUID]) -> dict[UUID, int]:
    """Return when entries of the roster were last signed or settled."""
    event, found = attendance_event.c, dict[UUID, int]()
    for some in portions(entries):
        query = (
            select(event.entry, func.max(event.recorded_us).label("newest_us"))
            .where(event.entry.in_(some))
            .group_by(event.entry)
        )
        found |= {row.entry: row.newest_us for row in connection.execute(query)}
    return found
