"""Sign-ins and sign-outs, each by its own person, and what the manager settles. Off the loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from operations.attendance.choosing import CLOSES_US, OPENS_US, to_sign_in, to_sign_out
from operations.attendance.tables import attendance_event
from operations.calls import StoreCalls
from operations.ledger import Ledger, Writing, texts_of
from operations.roster import entries
from operations.roster.reading import signed_of
from operations.sent import sent_before
from operations.staff import checks, people
from operations.staff.people import EVER
from storage.portions import portions
from storage.unit_of_work import reading
from telemetry.calendar import Calendar
from telemetry.clock import duration_us
from telemetry.errors import Forbidden, Invalid, NotFound
from telemetry.people import Actor, clean

_MINUTE_US: Final = duration_us(timedelta(minutes=1))
_AHEAD_US: Final = duration_us(timedelta(days=8))


class EventAction(StrEnum):
    """What happened."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    SETTLE = "settle"


class Side(StrEnum):
    """Which of the two a settlement stands for."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"


class Device(StrEnum):
    """What it was signed on."""

    CONSOLE = "console"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class AttendanceEvent:
    """A signature, or a settlement with its reason; `recorded_us` is when it was written."""

    id: UUID
    seq: int
    person: UUID
    number: str
    name: str
    entry: UUID | None
    turn: str | None
    action: EventAction
    settles: Side | None
    at_us: int
    device: str
    reason: str
    recorded_us: int
    by: str | None


class AttendanceEvents:
    """What was signed. Calls raise StoreAway while the people's store is away."""

    def __init__(self, ledger: Ledger, calls: StoreCalls, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calls = calls
        self._calendar = calendar

    async def sign_in(
        self, device: Device, by: Actor, entry: UUID | None = None, id: UUID | None = None
    ) -> AttendanceEvent:
        """Sign one's own turn in: the one at hand, or the one named; Conflict says when, or which comes.

        Sent again under an id of the sender's, it is written once.
        """
        return await self._calls.call(self._sign, EventAction.SIGN_IN, device, by, entry, id)

    async def sign_out(
        self, device: Device, by: Actor, entry: UUID | None = None, id: UUID | None = None
    ) -> AttendanceEvent:
        """Sign one's own turn out."""
        return await self._calls.call(self._sign, EventAction.SIGN_OUT, device, by, entry, id)

    async def settle(
        self, entry: UUID, side: Side, at_us: int, reason: str, by: Actor, id: UUID | None = None
    ) -> AttendanceEvent:
        """Say when somebody came or went who signed nothing, or something wrong; what was signed stays."""
        return await self._calls.call(self._settle, entry, side, at_us, reason, by, id)

    async def of_person(
        self, person: UUID, from_us: int, to_us: int, *, known_us: int = EVER
    ) -> Sequence[AttendanceEvent]:
        """Return what was signed by or settled for somebody in [from, to), by time."""

        def read() -> Sequence[AttendanceEvent]:
            event = attendance_event.c
            mine = (event.person == person) & (event.at_us >= from_us) & (event.at_us < to_us)
            with reading(self._ledger.engine) as connection:
                found = self._found(connection, mine & (event.recorded_us <= known_us))
            return sorted(found, key=lambda one: (one.at_us, one.seq))

        return await self._calls.call(read)

    async def some(self, ids: Sequence[UUID]) -> dict[UUID, AttendanceEvent]:
        """Return signatures and settlements by their ids; what is not there is left out."""

        def read() -> dict[UUID, AttendanceEvent]:
            with reading(self._ledger.engine) as connection:
                found = [
                    event
                    for some in portions(ids)
                    for event in self._found(connection, attendance_event.c.id.in_(some))
                ]
            return {event.id: event for event in found}

        return await self._calls.call(read)

    async def list(
        self,
        *,
        person: UUID | None = None,
        from_us: int = 0,
        to_us: int = EVER,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[AttendanceEvent]:
        """Return what was signed in [from, to), newest record first; `before` is a record's `seq`."""

        def read() -> Sequence[AttendanceEvent]:
            event = attendance_event.c
            wanted = (event.at_us >= from_us) & (event.at_us < to_us)
            if person is not None:
                wanted &= event.person == person
            if before is not None:
                wanted &= event.seq < before
            with reading(self._ledger.engine) as connection:
                return self._found(connection, wanted, limit)

        return await self._calls.call(read)

    def _sign(
        self, action: EventAction, device: Device, by: Actor, entry: UUID | None, id: UUID | None
    ) -> AttendanceEvent:
        with self._ledger.writing() as page:
            asked = {"action": action.value} | ({} if entry is None else {"entry": entry})
            if before := sent_before(page, attendance_event, id, by, asked, {}):
                return self._one(page.connection, before[0])
            plant, now_us = self._ledger.plant, page.at_us
            today = self._calendar.day_of(now_us)
            member = checks.own_person(page.connection, plant, by.account_id, today)
            if entry is not None:
                named = entries.one(page.connection, plant, entry)
                if named is not None and named.slot.person != member.person:
                    raise Forbidden("not_own_turn", "it is somebody else's turn; everybody signs for oneself")
            if action is EventAction.SIGN_OUT and (just := self._just_left(page, member.person, entry)):
                return just
            own = entries.standing(
                page.connection, plant, now_us - CLOSES_US, now_us + _AHEAD_US, persons=[member.person]
            )
            signed = signed_of(page.connection, [one.id for one in own])
            choose = to_sign_in if action is EventAction.SIGN_IN else to_sign_out
            chosen = choose(own, signed, entry, now_us, self._calendar)
            values = {
                "person": member.person,
                "entry": chosen.id,
                "action": action.value,
                "at_us": now_us,
                "device": device.value,
            }
            return self._one(page.connection, page.add(attendance_event, values, None, by, id))

    def _just_left(self, page: Writing, person: UUID, entry: UUID | None) -> AttendanceEvent | None:
        """Return the sign-out that somebody wrote within this minute, if nothing of theirs came after.

        Of the turn that is named, or of any: without it the one that is still signed in to would be next.
        """
        own = attendance_event.c.person == person
        which = own if entry is None else own & (attendance_event.c.entry == entry)
        newest = next(iter(self._found(page.connection, which, 1)), None)
        if newest is None or newest.action is not EventAction.SIGN_OUT:
            return None
        # Sent twice at once, by two pages of one person: a second one would say nothing.
        return newest if 0 <= page.at_us - newest.at_us < _MINUTE_US else None

    def _settle(
        self, entry: UUID, side: Side, at_us: int, reason: str, by: Actor, id: UUID | None
    ) -> AttendanceEvent:
        why = clean(reason)
        if not why:
            raise Invalid("reason_missing", "say why: it stays on record")
        with self._ledger.writing() as page:
            asked = {"entry": entry, "settles": side.value, "at_us": at_us}
            if before := sent_before(page, attendance_event, id, by, asked, {"reason": why}):
                return self._one(page.connection, before[0])
            plant = self._ledger.plant
            found = entries.standing_one(page.connection, plant, entry)
            if found is None:
                raise NotFound("entry_not_found", "there is no such turn on the roster, or it was changed")
            slot = found.slot
            today = self._calendar.day_of(page.at_us)
            if checks.is_own(page.connection, plant, by.account_id, slot.person, today):
                raise Forbidden("own_turn", "somebody else settles one's own turn")
            if not slot.start_us - OPENS_US <= at_us < slot.end_us + CLOSES_US:
                raise Invalid("time_outside", "the time lies more than 1 h before or 12 h after the turn")
            if at_us > page.at_us:
                raise Invalid("time_ahead", "the time lies ahead; settle what has happened")
            signed = signed_of(page.connection, [entry])[entry]
            came = at_us if side is Side.SIGN_IN else signed.in_us
            left = at_us if side is Side.SIGN_OUT else signed.out_us
            if came is not None and left is not None and left <= came:
                raise Invalid("out_before_in", "the turn would end before it began: look at its other side")
            values = {
                "person": slot.person,
                "entry": entry,
                "action": EventAction.SETTLE.value,
                "settles": side.value,
                "at_us": at_us,
                "device": Device.CONSOLE.value,
            }
            return self._one(page.connection, page.add(attendance_event, values, {"reason": why}, by, id))

    def _one(self, connection: Connection, record: UUID) -> AttendanceEvent:
        return self._found(connection, attendance_event.c.id == record)[0]

    def _found(
        self, connection: Connection, wanted: ColumnElement[bool], limit: int | None = None
    ) -> Sequence[AttendanceEvent]:
        event = attendance_event.c
        query = select(attendance_event).where(event.plant == self._ledger.plant, wanted)
        query = query.order_by(event.seq.desc()).limit(limit)
        rows = connection.execute(query).mappings().all()
        texts = texts_of(connection, [row["id"] for row in rows])
        of_people = people.versions(connection, self._ledger.plant, {row["person"] for row in rows})
        turns = entries.some(connection, (row["entry"] for row in rows if row["entry"]))
        actors = people.actor_names(connection, self._ledger.plant, (row["actor_id"] for row in rows))

        def made(row: RowMapping) -> AttendanceEvent:
            turn = turns.get(row["entry"])
            day = turn.slot.day if turn else self._calendar.day_of(row["at_us"])
            member = people.on_day(of_people[row["person"]], day)
            return AttendanceEvent(
                id=row["id"],
                seq=row["seq"],
                person=row["person"],
                number=member.number,
                name=member.name,
                entry=row["entry"],
                turn=turn.slot.key if turn else None,
                action=EventAction(row["action"]),
                settles=Side(row["settles"]) if row["settles"] else None,
                at_us=row["at_us"],
                device=row["device"],
                reason=texts[row["id"]].get("reason", ""),
                recorded_us=row["recorded_us"],
                by=actors.get(row["actor_id"]),
            )

        return [made(row) for row in rows]
