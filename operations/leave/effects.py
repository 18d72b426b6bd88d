"""What an approved request does to the roster: one is released, another bound, by further rows.

A request is looked at when it is asked for and again when it is approved: the roster may have moved on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from operations.leave.rules import RequestKind
from operations.ledger import Writing
from operations.roster import entries
from operations.roster.covers import refuse_unfit
from operations.roster.slots import Action, Cause, Entry, Slot, told_turn
from telemetry.calendar import Calendar
from telemetry.clock import duration_us
from telemetry.errors import Conflict, Invalid
from telemetry.people import Actor

LONGEST_LEAVE_US = duration_us(timedelta(days=366))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for; see `LeaveRequest`."""

    kind: RequestKind
    person: UUID
    from_us: int
    to_us: int
    entry: UUID | None = None
    in_return: UUID | None = None
    substitute: UUID | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """An entry that ends, and who stands there instead; None for nobody."""

    entry: Entry
    instead: UUID | None

    @property
    def slot(self) -> Slot | None:
        """The turn as the substitute has it: of the same crew, at the same post."""
        return None if self.instead is None else replace(self.entry.slot, person=self.instead)


def releases(connection: Connection, plant: str, calendar: Calendar, asked: Asked) -> list[Release]:
    """Return what a request would change; Conflict or Invalid says what stands against it."""
    if asked.kind is RequestKind.LEAVE:
        found = _of_leave(connection, plant, calendar, asked)
    else:
        found = [Release(_own(connection, plant, asked.entry, asked.person), asked.substitute)]
        if asked.in_return is not None and asked.substitute is not None:
            taken = _own(connection, plant, asked.in_return, asked.substitute)
            found.append(Release(taken, asked.person))
    slots = [release.slot for release in found if release.slot is not None]
    if slots:
        freed = frozenset(release.entry.id for release in found)
        refuse_unfit(connection, plant, calendar, slots, freed)
    return found


def apply(
    page: Writing, found: Sequence[Release], kind: RequestKind, request: UUID, by: Actor | None
) -> None:
    """Write what an approved request changes."""
    cause = Cause(kind.value)
    for release in found:
        entries.withdraw(page, release.entry, cause, by, request=request)
    for release in found:
        if release.slot is not None:
            entries.assign(page, release.slot, cause, by, replaces=release.entry.id, request=request)


def take_back(
    page: Writing, plant: str, calendar: Calendar, request: UUID, frozen_us: int, by: Actor | None
) -> None:
    """Give the turns of an approved request that have not begun back to whom they were taken from.

    Conflict where the turn was changed since, or its former owner is bound elsewhere by now.
    """
    written = entries.of_request(page.connection, plant, request)
    ended = [row for row in written if row.action is Action.WITHDRAW and row.slot.start_us > frozen_us]
    instead = {row.supersedes: row for row in written if row.action is Action.ASSIGN}
    back: list[tuple[Slot, UUID, Cause]] = []
    freed: set[UUID] = set()
    for row in ended:
        given = instead.get(row.supersedes)
        if given is not None:
            if entries.standing_one(page.connection, plant, given.id) is None:
                raise Conflict("entry_changed", f"{told_turn(row.slot, calendar)} was changed since")
            freed.add(given.id)
        former = given.id if given is not None else row.supersedes
        if former is not None:
            back.append((row.slot, former, row.cause))
    if not back:
        return
    refuse_unfit(page.connection, plant, calendar, [slot for slot, _, _ in back], frozenset(freed))
    for row in ended:
        given = instead.get(row.supersedes)
        if given is not None:
            entries.withdraw(page, given, row.cause, by, request=request)
    for slot, former, cause in back:
        entries.assign(page, slot, cause, by, replaces=former, request=request)


def _of_leave(connection: Connection, plant: str, calendar: Calendar, asked: Asked) -> list[Release]:
    if not 0 < asked.to_us - asked.from_us <= LONGEST_LEAVE_US:
        raise Invalid("bad_days", "leave ends after it starts, and lasts at most 366 days")
    own = entries.standing(connection, plant, asked.from_us, asked.to_us, persons=[asked.person])
    for entry in own:
        if entry.slot.start_us < asked.from_us or asked.to_us < entry.slot.end_us:
            turn = told_turn(entry.slot, calendar)
            raise Invalid("leave_cuts_turn", f"leave is of whole turns: take all of {turn}, or none of it")
    return [Release(entry, asked.substitute) for entry in own]


def _own(connection: Connection, plant: str, entry: UUID | None, person: UUID) -> Entry:
    found = None if entry is None else entries.standing_one(connection, plant, entry)
    if found is None or found.slot.person != person:
        raise Conflict("entry_changed", "the turn is no longer this person's; look at the roster again")
    return found
