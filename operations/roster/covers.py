"""Covers: the plant manager puts somebody on a turn besides those who stand there. Sync.

That releases nobody, so it holds at once, as the roster itself does that the manager publishes; it can
be entered after the fact. Whoever is to be released needs an approved request.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from operations.leave.free import leaves
from operations.ledger import Ledger
from operations.roster import entries
from operations.roster.entries import LONGEST_US
from operations.roster.publishing import refuse_overlap
from operations.roster.slots import Cause, Slot
from operations.roster.tables import roster_entry
from operations.roster.turns import turns_between
from operations.sent import sent_before
from operations.staff import checks, people
from telemetry.calendar import Calendar
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.people import Actor, clean


class Covers:
    """Writes covers."""

    def __init__(self, ledger: Ledger, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calendar = calendar

    def add(self, key: str, person: UUID, post: UUID, reason: str, by: Actor, id: UUID | None = None) -> UUID:
        """Have somebody stand on a turn, once for an id of the sender's; return the entry."""
        why = clean(reason)
        if not why:
            raise Invalid("reason_missing", "say why: it stays on record")
        with self._ledger.writing() as page:
            asked = {"day": day_of_key(key), "shift": key.partition("/")[2], "person": person, "post": post}
            if before := sent_before(page, roster_entry, id, by, asked, {"reason": why}):
                return before[0]
            slot = self._slot(page.connection, key, person, post)
            refuse_unfit(page.connection, self._ledger.plant, self._calendar, [slot], frozenset())
            return entries.assign(page, slot, Cause.COVER, by, reason=why, id=id)

    def _slot(self, connection: Connection, key: str, person: UUID, post: UUID) -> Slot:
        day = day_of_key(key)
        start_us = self._calendar.start_us(day)
        end_us = self._calendar.start_us(day + timedelta(days=1))
        shifts = turns_between(connection, self._ledger.plant, self._calendar, start_us, end_us)
        shift = next((shift for shift in shifts if shift.key == key), None)
        if shift is None:
            raise NotFound("turn_not_found", f"no turn {key} is published; publish the roster first")
        code = key.partition("/")[2]
        return Slot(day, code, shift.name, shift.start_us, shift.end_us, None, person, post)


def day_of_key(key: str) -> date:
    """Return the day in a turn's key; Invalid for what is none."""
    try:
        return date.fromisoformat(key.partition("/")[0])
    except ValueError:
        raise Invalid("bad_turn", f"{key[:40]!r} names no turn; write 2026-11-21/evening") from None


def refuse_unfit(
    connection: Connection, plant: str, calendar: Calendar, slots: list[Slot], freed: frozenset[UUID]
) -> None:
    """Raise what keeps somebody from standing on these turns.

    NotFound for nobody, Conflict for who left, is not qualified, on leave, or on another turn then;
    `freed` are entries that will no longer stand.
    """
    persons = {slot.person for slot in slots}
    of_people = people.versions(connection, plant, persons)
    posts = people.posts(connection, plant)
    for slot in slots:
        member = checks.member_of(of_people, slot.person, slot.day)
        checks.may_stand(member, checks.post_of(posts, slot.post))
        off = leaves(connection, plant, slot.start_us, slot.end_us, persons=[slot.person])
        if off:
            raise Conflict("on_leave", f"{member.name} ({member.number}) has approved leave then")
    from_us = min(slot.start_us for slot in slots) - LONGEST_US
    to_us = max(slot.end_us for slot in slots) + LONGEST_US
    others = entries.standing(connection, plant, from_us, to_us, persons=persons)
    left = [entry.slot for entry in others if entry.id not in freed]
    refuse_overlap(connection, plant, calendar, [*left, *slots])
