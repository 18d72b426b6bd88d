"""Publishing a pattern as the roster of some days. Sync; one transaction of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from operations.leave.free import leaves
from operations.ledger import Ledger
from operations.roster import entries, patterns
from operations.roster.entries import LONGEST_US
from operations.roster.gaps import WORKED_DAYS, short_rests, unbroken_days
from operations.roster.pattern import turns
from operations.roster.plan import Change, change
from operations.roster.slots import Action, Cause, Slot, first_overlap, told_turn
from operations.roster.tables import roster_entry, roster_publication
from operations.staff import people
from telemetry.calendar import Calendar
from telemetry.clock import duration_us, from_us
from telemetry.errors import Conflict, Invalid
from telemetry.people import Actor

LONGEST_DAYS: Final = 92
BEGINS_US: Final = duration_us(timedelta(hours=1))
"""How long before its start a turn counts as begun: people may have signed in."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A pattern published for days, both included; by whom and when."""

    id: UUID
    from_day: date
    to_day: date
    pattern: UUID
    version: UUID
    recorded_us: int
    by: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: entries written, withdrawn and left as they were, and who is on leave then."""

    id: UUID
    assigned: int
    withdrawn: int
    kept: int
    on_leave: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a publication would do, nothing of it written; turns as slots, `names` are their people's.

    `days` of it are published already; `approved` of what is withdrawn stands there by an approved request.
    """

    newest: Publication | None
    days: int
    assigned: int
    withdrawn: int
    approved: int
    overlap: tuple[Slot, Slot] | None
    rests: tuple[tuple[Slot, Slot], ...]
    """Two turns of somebody with less than 11 h between them."""
    unbroken: Mapping[UUID, int]
    """How many days on end without one off, of those who have too many."""
    names: Mapping[UUID, str]


def publications(
    connection: Connection, plant: str, first: date, last: date, known_us: int = people.EVER
) -> list[Publication]:
    """Return what was published for any of these days, the newest first."""
    table = roster_publication
    query = (
        select(table)
        .where(
            table.c.plant == plant,
            table.c.from_day <= last,
            table.c.to_day >= first,
            table.c.recorded_us <= known_us,
        )
        .order_by(table.c.seq.desc())
    )
    rows = connection.execute(query).mappings().all()
    names = people.actor_names(connection, plant, [row["actor_id"] for row in rows])
    return [
        Publication(
            row["id"],
            row["from_day"],
            row["to_day"],
            row["pattern"],
            row["version"],
            row["recorded_us"],
            names.get(row["actor_id"]),
        )
        for row in rows
    ]


def written_by(connection: Connection, plant: str, publication: UUID) -> dict[Action, int]:
    """Return how many entries a publication wrote, by what they say; nothing for one that is not there."""
    entry = roster_entry.c
    query = (
        select(entry.action, func.count())
        .where(entry.plant == plant, entry.publication == publication)
        .group_by(entry.action)
    )
    return {Action(action): number for action, number in connection.execute(query)}


def _check_days(first: date, last: date) -> None:
    if not first <= last <= first + timedelta(days=LONGEST_DAYS - 1):
        raise Invalid("bad_days", f"a roster is published for 1 to {LONGEST_DAYS} days")


class Publishing:
    """Publishes patterns, one at a time."""

    def __init__(self, ledger: Ledger, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calendar = calendar

    def publish(
        self,
        pattern: UUID,
        first: date,
        last: date,
        by: Actor | None,
        seen: UUID | None = None,
        check_seen: bool = False,
    ) -> Published:
        """Publish a pattern for days, both included, with the crews' members of each day.

        What was published for them before is superseded, but for turns that have begun and for what was
        approved since. With `check_seen` Conflict where others published after what the caller has seen.
        """
        _check_days(first, last)
        with self._ledger.writing() as page:
            if check_seen:
                self._check_seen(page.connection, first, last, seen)
            kept = patterns.newest(page.connection, self._ledger.plant, pattern)
            planned = self._planned(page.connection, kept, first, last)
            found = self._change(page.connection, planned, first, last, page.at_us)
            if not found.assigned and not found.withdrawn:
                raise self._nothing_to_do(page.connection, found, first, last)
            self._check_overlaps(page.connection, found)
            values = {"from_day": first, "to_day": last, "pattern": pattern, "version": kept.version}
            publication = page.add(roster_publication, values, None, by)
            for entry in found.withdrawn:
                entries.withdraw(page, entry, Cause.REPUBLISHED, by, publication=publication)
            cause = Cause.REPUBLISHED if found.anew else Cause.PLANNED
            for slot in found.assigned:
                entries.assign(page, slot, cause, by, publication=publication)
            return Published(
                publication, len(found.assigned), len(found.withdrawn), found.kept, found.on_leave
            )

    def outlook(self, connection: Connection, pattern: UUID, first: date, last: date, at_us: int) -> Outlook:
        """Return what publishing a pattern for days, both included, would do at a time."""
        _check_days(first, last)
        plant = self._ledger.plant
        kept = patterns.newest(connection, plant, pattern)
        found = self._change(connection, self._planned(connection, kept, first, last), first, last, at_us)
        published = publications(connection, plant, first, last)
        # A row of days may have begun before these, and go on behind them.
        near = timedelta(days=WORKED_DAYS)
        from_us, to_us = self._calendar.start_us(first - near), self._calendar.start_us(last + near)
        gone = {entry.id for entry in found.withdrawn}
        standing = entries.standing(connection, plant, from_us, to_us + LONGEST_US)
        then = [*(entry.slot for entry in standing if entry.id not in gone), *found.assigned]
        rests = [
            (one, other)
            for one, other in short_rests(then)
            if any(first <= slot.day <= last for slot in (one, other))
        ]
        return Outlook(
            newest=published[0] if published else None,
            days=sum(
                any(one.from_day <= first + timedelta(days=number) <= one.to_day for one in published)
                for number in range((last - first).days + 1)
            ),
            assigned=len(found.assigned),
            withdrawn=len(found.withdrawn),
            approved=sum(entry.request is not None for entry in found.withdrawn),
            overlap=first_overlap(then),
            rests=tuple(rests),
            unbroken=unbroken_days(then, first, last),
            names={
                person: member.name
                for person, member in people.staff_on(
                    connection, plant, last, {slot.person for slot in then}
                ).items()
            },
        )

    def _planned(
        self, connection: Connection, kept: patterns.KeptPattern, first: date, last: date
    ) -> list[Slot]:
        """Return who the pattern puts where: the members of its crews who are with the staff that day."""
        plant = self._ledger.plant
        crews = people.crews(connection, plant)
        for crew in kept.pattern.crews:
            if not crews[crew].active:
                raise Conflict("crew_inactive", f"the crew {crews[crew].name.en} is no longer in use")
        members = people.memberships(connection, plant)
        of_people = people.versions(connection, plant, {member.person for member in members})
        return [
            Slot(
                turn.day,
                turn.shift.code,
                turn.shift.name,
                turn.start_us,
                turn.end_us,
                turn.crew,
                member.person,
                member.post,
            )
            for turn in turns(kept.pattern, first, last, self._calendar.zone)
            for member in members
            if member.crew == turn.crew
            and member.holds_on(turn.day)
            and people.on_day(of_people[member.person], turn.day).active
        ]

    def _change(
        self, connection: Connection, planned: list[Slot], first: date, last: date, at_us: int
    ) -> Change:
        plant = self._ledger.plant
        from_us = self._calendar.start_us(first)
        to_us = self._calendar.start_us(last + timedelta(days=1))
        off = leaves(connection, plant, from_us, to_us + LONGEST_US)
        away = {
            slot
            for slot in planned
            if any(leave.person == slot.person and slot.overlaps(leave.from_us, leave.to_us) for leave in off)
        }
        written = entries.written(connection, plant, from_us, to_us)
        return change(planned, away, written, at_us + BEGINS_US)

    def _check_overlaps(self, connection: Connection, found: Change) -> None:
        """Conflict where somebody would have to be in two places at once."""
        if not found.assigned:
            return
        from_us = min(slot.start_us for slot in found.assigned)
        to_us = max(slot.end_us for slot in found.assigned)
        persons = {slot.person for slot in found.assigned}
        gone = {entry.id for entry in found.withdrawn}
        others = entries.standing(connection, self._ledger.plant, from_us, to_us, persons=persons)
        left = [entry.slot for entry in others if entry.id not in gone]
        refuse_overlap(connection, self._ledger.plant, self._calendar, [*left, *found.assigned])

    def _check_seen(self, connection: Connection, first: date, last: date, seen: UUID | None) -> None:
        newest = next(iter(publications(connection, self._ledger.plant, first, last)), None)
        if newest is not None and newest.id != seen:
            raise Conflict(
                "published_meanwhile", f"{self._told(newest)} meanwhile; look at it, then publish again"
            )

    def _nothing_to_do(self, connection: Connection, found: Change, first: date, last: date) -> Conflict:
        newest = next(iter(publications(connection, self._ledger.plant, first, last)), None)
        if newest is not None and found.kept:
            return Conflict("same_roster", f"nothing to publish: {self._told(newest)}, and it says the same")
        return Conflict(
            "same_roster",
            "nothing to publish: the crews have no members on these days, or all turns have begun",
        )

    def _told(self, publication: Publication) -> str:
        at = from_us(publication.recorded_us).astimezone(self._calendar.zone)
        days = f"{publication.from_day} to {publication.to_day}"
        return f"{publication.by or 'somebody'} published {days} on {at:%Y-%m-%d at %H:%M}"


def refuse_overlap(connection: Connection, plant: str, calendar: Calendar, slots: Sequence[Slot]) -> None:
    """Conflict that names the person and both turns, where somebody would be in two places at once."""
    found = first_overlap(slots)
    if found is None:
        return
    one, other = found
    member = people.staff_on(connection, plant, one.day, [one.person])[one.person]
    both = f"{told_turn(one, calendar)} and {told_turn(other, calendar)}"
    raise Conflict("turns_overlap", f"{member.name} ({member.number}) would be on two turns at once: {both}")
