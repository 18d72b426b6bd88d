"""The turns of a time: those that patterns published for its days make, and those that have entries."""

from datetime import timedelta

from sqlalchemy import Connection

from operations.roster import entries, patterns
from operations.roster.pattern import days, turns
from operations.roster.publishing import publications
from operations.staff.people import EVER
from telemetry.calendar import Calendar
from telemetry.duty import Shift


def turns_between(
    connection: Connection, plant: str, calendar: Calendar, from_us: int, to_us: int, known_us: int = EVER
) -> list[Shift]:
    """Return the turns that overlap with [from, to), each once, by start; nobody may stand on them."""
    first = calendar.day_of(from_us) - timedelta(days=1)
    last = calendar.day_of(max(from_us, to_us - 1))
    published = publications(connection, plant, first, last, known_us)
    kept = {one.version: patterns.version(connection, one.version) for one in published}
    found: dict[str, Shift] = {}
    for day in days(first, last):
        newest = next((one for one in published if one.from_day <= day <= one.to_day), None)
        if newest is not None:
            for turn in turns(kept[newest.version].pattern, day, day, calendar.zone):
                shift = Shift(turn.key, turn.shift.name, day.isoformat(), turn.start_us, turn.end_us)
                found.setdefault(turn.key, shift)
    # What has begun before it was published anew stands as it was.
    standing = entries.standing(connection, plant, from_us, to_us, known_us=known_us)
    found |= {entry.slot.key: entry.slot.turn for entry in standing}
    overlapping = (shift for shift in found.values() if shift.start_us < to_us and from_us < shift.end_us)
    return sorted(overlapping, key=lambda shift: (shift.start_us, shift.key))
