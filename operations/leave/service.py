"""Leave, swaps and covers as people ask for them and others decide. Off the loop.

Nothing takes effect before the last step is said; then it does by further rows of the roster, in the
same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from operations.calls import StoreCalls
from operations.leave import requests
from operations.leave.effects import Asked, apply, releases, take_back
from operations.leave.requests import LeaveRequest
from operations.leave.rules import LeaveKind, RequestKind, State, Step, StepsFor, check_step
from operations.leave.tables import leave_decision, leave_request
from operations.ledger import Ledger, Writing
from operations.roster import entries
from operations.roster.publishing import BEGINS_US
from operations.sent import sent_before
from operations.staff import checks, people
from storage.unit_of_work import reading
from telemetry.calendar import Calendar
from telemetry.clock import duration_us
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.people import Actor, clean

OLDEST_US: Final = duration_us(timedelta(days=92))
"""How far back leave may be asked for, so that it can be approved after the fact."""
_OPEN: Final = (State.ASKED, State.ENDORSED)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks for: leave of a time, or that another takes a turn (`entry`)."""

    kind: RequestKind
    reason: str
    from_us: int | None = None
    to_us: int | None = None
    entry: UUID | None = None
    in_return: UUID | None = None
    substitute: UUID | None = None
    leave_kind: LeaveKind | None = None


class LeaveService:
    """Requests and decisions. Calls raise StoreAway while the people's store is away."""

    def __init__(self, ledger: Ledger, calls: StoreCalls, calendar: Calendar, steps_for: StepsFor) -> None:
        self._ledger = ledger
        self._calls = calls
        self._calendar = calendar
        self._steps_for = steps_for

    async def ask(
        self, new: NewRequest, by: Actor, *, person: UUID | None = None, id: UUID | None = None
    ) -> LeaveRequest:
        """Ask for oneself, or in the name of somebody; what stands against it is said now.

        Sent again under an id of the sender's, it is written once.
        """
        return await self._calls.call(self._ask, new, by, person, id)

    async def decide(
        self,
        request: UUID,
        step: Step,
        note: str,
        by: Actor,
        *,
        may_take_back: bool = False,
        may_refuse: bool = True,
        speaks_for: bool = False,
    ) -> LeaveRequest:
        """Agree, endorse, approve, refuse or withdraw; with the last step it takes effect, all at once.

        Who `may_take_back` also withdraws what is approved: turns that have not begun are given back. Who
        may not refuse does so as the colleague who is asked to agree. Who `speaks_for` colleagues agrees
        for one without an account, and says how that is known.
        """
        rights = _Rights(may_take_back, may_refuse, speaks_for)
        return await self._calls.call(self._decide, request, step, note, by, rights)

    async def one(self, request: UUID) -> LeaveRequest:
        """Return a request; NotFound."""

        def read() -> LeaveRequest:
            with reading(self._ledger.engine) as connection:
                return self._known(connection, request)

        return await self._calls.call(read)

    async def some(self, ids: Sequence[UUID]) -> dict[UUID, LeaveRequest]:
        """Return requests by their ids; what is not there is left out."""

        def read() -> dict[UUID, LeaveRequest]:
            plant = self._ledger.plant
            with reading(self._ledger.engine) as connection:
                found = requests.some(connection, plant, self._calendar, self._steps_for, ids)
            return {request.id: request for request in found}

        return await self._calls.call(read)

    async def list(
        self,
        *,
        person: UUID | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[LeaveRequest]:
        """Return requests, the newest first; of somebody also those as a substitute."""

        def read() -> Sequence[LeaveRequest]:
            with reading(self._ledger.engine) as connection:
                return requests.listed(
                    connection,
                    self._ledger.plant,
                    self._calendar,
                    self._steps_for,
                    person=person,
                    from_us=from_us,
                    to_us=to_us,
                    before=before,
                    limit=limit,
                )

        return await self._calls.call(read)

    def _ask(self, new: NewRequest, by: Actor, person: UUID | None, id: UUID | None) -> LeaveRequest:
        reason = clean(new.reason)
        if not reason:
            raise Invalid("reason_missing", "say why: it stays on record")
        with self._ledger.writing() as page:
            whose = person or self._own_person(page, by)
            if before := sent_before(page, leave_request, id, by, _told(new, whose), {"reason": reason}):
                return self._known(page.connection, before[0])
            asked = self._asked(page.connection, new, whose)
            if asked.from_us < page.at_us - OLDEST_US:
                raise Invalid("time_too_old", "leave is asked for at most 92 days after the fact")
            self._check_person(page.connection, asked)
            releases(page.connection, self._ledger.plant, self._calendar, asked)
            self._check_once(page.connection, asked)
            values = {
                "kind": asked.kind.value,
                "person": asked.person,
                "from_us": asked.from_us,
                "to_us": asked.to_us,
                "entry": asked.entry,
                "in_return": asked.in_return,
                "substitute": asked.substitute,
                "leave_kind": new.leave_kind.value if new.leave_kind else None,
            }
            request = page.add(leave_request, values, {"reason": reason}, by, id)
            return self._known(page.connection, request)

    def _decide(self, request: UUID, step: Step, note: str, by: Actor, rights: "_Rights") -> LeaveRequest:
        words = clean(note)
        if step is Step.REFUSE and not words:
            raise Invalid("reason_missing", "say why: it stays on record")
        with self._ledger.writing() as page:
            found = self._known(page.connection, request)
            themselves = self._is_of(page, by, found.person)
            _check_who(found, step, by, words, rights, themselves=themselves)
            check_step(step, found.needs, [decision.step for decision in found.decisions])
            if step is Step.APPROVE:
                asked = _asked_of(found)
                changed = releases(page.connection, self._ledger.plant, self._calendar, asked)
            page.add(leave_decision, {"request": request, "step": step.value}, {"note": words}, by)
            if step is Step.APPROVE:
                apply(page, changed, found.kind, request, by)
            elif step is Step.WITHDRAW and found.state is State.APPROVED:
                frozen_us = page.at_us + BEGINS_US
                take_back(page, self._ledger.plant, self._calendar, request, frozen_us, by)
            return self._known(page.connection, request)

    def _asked(self, connection: Connection, new: NewRequest, person: UUID) -> Asked:
        """Return what is asked for; Invalid where parts are missing or do not belong together."""
        if new.kind is RequestKind.LEAVE:
            if new.from_us is None or new.to_us is None or new.leave_kind is None:
                raise Invalid("request_incomplete", "leave has a start, an end and a kind")
            if new.entry is not None or new.in_return is not None:
                raise Invalid("request_incomplete", "leave is of a time, not of one turn")
            return Asked(new.kind, person, new.from_us, new.to_us, substitute=new.substitute)
        if new.entry is None or new.substitute is None:
            raise Invalid("request_incomplete", "say which turn, and who takes it")
        if new.from_us is not None or new.to_us is not None or new.leave_kind is not None:
            raise Invalid("request_incomplete", "a swap or cover is of one turn: give no times")
        if new.kind is RequestKind.COVER and new.in_return is not None:
            raise Invalid("request_incomplete", "a turn in return makes it a swap")
        entry = entries.standing_one(connection, self._ledger.plant, new.entry)
        if entry is None:
            raise NotFound("entry_not_found", "there is no such turn on the roster, or it was changed")
        if entry.slot.person != person:
            raise Forbidden("not_own_turn", "it is somebody else's turn")
        span = entry.slot.start_us, entry.slot.end_us
        return Asked(new.kind, person, *span, new.entry, new.in_return, new.substitute)

    def _check_person(self, connection: Connection, asked: Asked) -> None:
        of_people = people.versions(connection, self._ledger.plant)
        day = self._calendar.day_of(asked.from_us)
        member = checks.member_of(of_people, asked.person, day)
        if not member.active:
            raise Conflict("person_inactive", f"{member.name} left the staff on {member.valid_from}")
        if asked.substitute == asked.person:
            raise Invalid("own_substitute", "nobody stands in for oneself")
        if asked.substitute is not None:
            checks.member_of(of_people, asked.substitute, day)

    def _check_once(self, connection: Connection, asked: Asked) -> None:
        """Conflict where the same is asked for, or approved, already."""
        near = requests.listed(
            connection,
            self._ledger.plant,
            self._calendar,
            self._steps_for,
            person=asked.person,
            from_us=asked.from_us,
            to_us=asked.to_us,
        )
        leave = asked.kind is RequestKind.LEAVE
        for other in near:
            both_leave = leave and other.kind is RequestKind.LEAVE and other.state is State.APPROVED
            if other.person == asked.person and (other.state in _OPEN or both_leave):
                raise Conflict("already_asked", f"a request for this time is {other.state.value} already")

    def _own_person(self, page: Writing, by: Actor) -> UUID:
        today = self._calendar.day_of(page.at_us)
        return checks.own_person(page.connection, self._ledger.plant, by.account_id, today).person

    def _is_of(self, page: Writing, by: Actor, person: UUID) -> bool:
        """Return whether an account is this person's today; one that is nobody's, whether it ever was."""
        day = self._calendar.day_of(page.at_us)
        return checks.is_own(page.connection, self._ledger.plant, by.account_id, person, day)

    def _known(self, connection: Connection, request: UUID) -> LeaveRequest:
        plant = self._ledger.plant
        found = requests.one(connection, plant, self._calendar, self._steps_for, request)
        if found is None:
            raise NotFound("request_not_found", f"there is no request {request}")
        return found


def _told(new: NewRequest, person: UUID) -> dict[str, Any]:
    """Return what a request says of itself, whatever the roster says by now."""
    told = {
        "kind": new.kind.value,
        "person": person,
        "entry": new.entry,
        "in_return": new.in_return,
        "substitute": new.substitute,
        "leave_kind": new.leave_kind.value if new.leave_kind else None,
    }
    times = {"from_us": new.from_us, "to_us": new.to_us}
    return told | {name: at_us for name, at_us in times.items() if at_us is not None}


@dataclass(frozen=True, slots=True)
class _Rights:
    take_back: bool
    refuse: bool
    speak: bool


def _check_who(
    found: LeaveRequest, step: Step, by: Actor, words: str, rights: _Rights, *, themselves: bool
) -> None:
    """Forbidden, Conflict or Invalid where somebody may not say this; `themselves`: of their own request."""
    own = themselves or by.account_id == found.asked_by
    colleague = found.substitute_account is not None and by.account_id == found.substitute_account
    if themselves and step is not Step.WITHDRAW:
        raise Forbidden("own_request", "somebody else decides on one's own request")
    if step is Step.AGREE and not colleague:
        if found.substitute_account is not None or not rights.speak:
            raise Forbidden(
                "not_asked_to_agree", f"{found.substitute_name or found.name} is asked, nobody else"
            )
        if not words:
            raise Invalid("reason_missing", "say how it is known that they agree: it stays on record")
    if step is Step.REFUSE and not rights.refuse and not (colleague and found.next is Step.AGREE):
        raise Forbidden(
            "not_permitted", "the colleague refuses before agreeing, afterwards who decides on it"
        )
    if step is Step.WITHDRAW and found.state in _OPEN and not own:
        raise Forbidden("not_own_request", f"{found.name} withdraws it, or it is refused")
    if step is Step.WITHDRAW and found.state is State.APPROVED and not rights.take_back:
        raise Conflict("request_closed", "it is approved already; the department takes it back")


def _asked_of(found: LeaveRequest) -> Asked:
    return Asked(
        found.kind,
        found.person,
        found.from_us,
        found.to_us,
        found.entry,
        found.in_return,
        found.substitute,
    )
