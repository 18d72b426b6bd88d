"""Staff, crews and posts as they are written. Sync; each call is one transaction of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from operations.ledger import Ledger, Writing
from operations.roster.entries import withdraw_from
from operations.staff import checks, people
from operations.staff.people import Category, Contact, Membership, StaffMember
from operations.staff.tables import crew, crew_member, post, staff
from storage.ids import uuid7
from telemetry.calendar import Calendar
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.people import Actor
from telemetry.plant import Name

UNLINK: Final = ""
"""Instead of an account's name: none."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """What is said of somebody; None leaves it as it was (of somebody new: none)."""

    number: str | None = None
    name: str | None = None
    category: Category | None = None
    qualifications: Sequence[str] | None = None
    account: str | None = None
    contacts: Sequence[Contact] | None = None


@dataclass(frozen=True, slots=True)
class NewPost:
    """What is said of a post."""

    code: str
    name: Name
    minimum: int = 1
    qualification: str | None = None
    rank: int = 0
    answers: bool = True
    active: bool = True


class StaffRecords:
    """The writing side of the staff."""

    def __init__(self, ledger: Ledger, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calendar = calendar

    def add(self, new: NewStaff, valid_from: date | None, by: Actor | None) -> StaffMember:
        """Add somebody; Conflict for a number or an account that somebody else has."""
        if new.number is None or new.name is None or new.category is None:
            raise Invalid("staff_incomplete", "somebody new has a number, a name and a category")
        with self._ledger.writing() as page:
            return self._write(page, uuid7(page.at_us), None, new, valid_from, by)

    def change(self, person: UUID, new: NewStaff, valid_from: date | None, by: Actor | None) -> StaffMember:
        """Have something else hold of somebody from a day on; what held before stays on record."""
        with self._ledger.writing() as page:
            former = self._known(page, person, self._day(page, valid_from))
            return self._write(page, person, former, new, valid_from, by)

    def deactivate(self, person: UUID, last_day: date | None, by: Actor | None) -> tuple[StaffMember, int]:
        """Have somebody leave after a last day, never delete; return how many turns ahead that frees.

        The account is free for somebody else then, and can sign nothing any more.
        """
        with self._ledger.writing() as page:
            today = self._calendar.day_of(page.at_us)
            leaves = today if last_day is None else last_day + timedelta(days=1)
            former = self._known(page, person, leaves)
            if not former.active:
                raise Conflict("person_inactive", f"{former.name} left the staff on {former.valid_from}")
            if by is not None and former.account_id == by.account_id:
                raise Forbidden("own_account", "somebody else has you leave, not you: your account goes too")
            record = page.add(staff, self._row(former, leaves) | {"active": False}, _texts(former), by)
            of_person = people.versions(page.connection, self._ledger.plant, [person])[person]
            for later in of_person:
                # What was entered for after the leaving must not bring anybody back.
                if later.valid_from > leaves and later.active:
                    page.add(staff, self._row(later, later.valid_from) | {"active": False}, _texts(later), by)
            from_us = max(page.at_us, self._calendar.start_us(leaves))
            freed = withdraw_from(page, self._ledger.plant, person, from_us, by)
            return self._version(page, person, record), freed

    def reactivate(self, person: UUID, valid_from: date | None, by: Actor | None) -> StaffMember:
        """Have somebody who left be back from a day on; without an account, which may be another's now."""
        with self._ledger.writing() as page:
            day = self._day(page, valid_from)
            former = self._known(page, person, day)
            if former.active:
                raise Conflict("person_active", f"{former.name} has not left")
            self._check_number(page, person, former.number, day)
            values = self._row(former, day) | {"active": True, "account_id": None}
            return self._version(page, person, page.add(staff, values, _texts(former), by))

    def set_crew(self, known: UUID | None, code: str, name: Name, active: bool, by: Actor | None) -> UUID:
        """Add a crew, or say something else of one; Conflict for a code that another has."""
        with self._ledger.writing() as page:
            found = people.crews(page.connection, self._ledger.plant)
            if known is not None:
                checks.crew_of(found, known)
            taken = any(other.code == code for other in found.values() if other.crew != known)
            crew_id = known or uuid7(page.at_us)
            values = {"crew": crew_id, **_named(code, name, taken), "active": active}
            page.add(crew, values, None, by)
            return crew_id

    def set_post(self, known: UUID | None, new: NewPost, by: Actor | None) -> UUID:
        """Add a post, or say something else of one; Conflict for a code that another has."""
        with self._ledger.writing() as page:
            found = people.posts(page.connection, self._ledger.plant)
            if known is not None:
                checks.post_of(found, known)
            taken = any(other.code == new.code for other in found.values() if other.post != known)
            post_id = known or uuid7(page.at_us)
            values: dict[str, Any] = {
                "post": post_id,
                **_named(new.code, new.name, taken),
                "minimum": new.minimum,
                "qualification": checks.qualification(new.qualification) if new.qualification else None,
                "rank": new.rank,
                "answers": new.answers,
                "active": new.active,
            }
            page.add(post, values, None, by)
            return post_id

    def join(
        self, person: UUID, crew_id: UUID, post_id: UUID, first: date, last: date | None, by: Actor | None
    ) -> Membership:
        """Put somebody into a crew at a post; the roster follows when it is published anew."""
        if last is not None and last < first:
            raise Invalid("bad_days", "the last day lies before the first")
        with self._ledger.writing() as page:
            plant = self._ledger.plant
            member = self._known(page, person, first)
            checks.crew_of(people.crews(page.connection, plant), crew_id)
            checks.may_stand(member, checks.post_of(people.posts(page.connection, plant), post_id))
            made = Membership(uuid7(page.at_us), person, crew_id, post_id, first, last)
            checks.one_place(people.memberships(page.connection, plant), made)
            page.add(crew_member, _membership_row(made), None, by)
            return made

    def end(self, membership: UUID, last: date, by: Actor | None) -> Membership:
        """Have somebody leave a crew after a last day; before the first one, it never was."""
        with self._ledger.writing() as page:
            found = people.memberships(page.connection, self._ledger.plant)
            former = next((one for one in found if one.membership == membership), None)
            if former is None:
                raise NotFound("membership_not_found", "there is no such membership, or it was taken back")
            ended = Membership(membership, former.person, former.crew, former.post, former.valid_from, last)
            checks.one_place(found, ended)
            withdrawn = last < former.valid_from
            page.add(crew_member, _membership_row(ended) | {"withdrawn": withdrawn}, None, by)
            return ended

    def _write(
        self,
        page: Writing,
        person: UUID,
        former: StaffMember | None,
        new: NewStaff,
        valid_from: date | None,
        by: Actor | None,
    ) -> StaffMember:
        day = self._day(page, valid_from)
        account_id = former.account_id if former else None
        if new.account is not None:
            account_id = checks.account_named(page.connection, new.account) if new.account else None
        number = checks.code(new.number) if new.number is not None else former.number if former else ""
        name = checks.name(new.name) if new.name is not None else former.name if former else ""
        kept = former.contacts if former else ()
        contacts = kept if new.contacts is None else checks.contacts(new.contacts)
        qualifications = new.qualifications if new.qualifications is not None else ()
        if new.qualifications is None and former is not None:
            qualifications = former.qualifications
        category = new.category.value if new.category is not None else former.category if former else ""
        self._check_number(page, person, number, day)
        of_people = people.versions(page.connection, self._ledger.plant)
        if account_id is not None:
            checks.free_account(of_people, person, account_id, day)
        if by is not None:
            before = former.account_id if former else None
            checks.not_own_account(of_people, person, {before, account_id}, by.account_id)
        values = {
            "person": person,
            "number": number,
            "category": category,
            "qualifications": sorted({checks.qualification(word) for word in qualifications}),
            "account_id": account_id,
            "active": former.active if former else True,
            "valid_from": day,
        }
        record = page.add(staff, values, {"name": name, "contact": _contacts_text(contacts)}, by)
        return self._version(page, person, record)

    def _check_number(self, page: Writing, person: UUID, number: str, day: date) -> None:
        of_people = people.versions(page.connection, self._ledger.plant)
        checks.free_number(of_people, person, number, day)

    def _known(self, page: Writing, person: UUID, day: date) -> StaffMember:
        of_people = people.versions(page.connection, self._ledger.plant, [person])
        return checks.member_of(of_people, person, day)

    def _version(self, page: Writing, person: UUID, record: UUID) -> StaffMember:
        found = people.versions(page.connection, self._ledger.plant, [person])[person]
        return next(version for version in found if version.record == record)

    def _day(self, page: Writing, day: date | None) -> date:
        return self._calendar.day_of(page.at_us) if day is None else day

    def _row(self, former: StaffMember, day: date) -> dict[str, Any]:
        return {
            "person": former.person,
            "number": former.number,
            "category": former.category,
            "qualifications": list(former.qualifications),
            "account_id": former.account_id,
            "active": former.active,
            "valid_from": day,
        }


def _named(code: str, name: Name, taken: bool) -> dict[str, str]:
    checks.code(code)
    if taken:
        raise Conflict("code_taken", f"another one has the code {code}")
    return {"code": code, "name_zh": checks.name(name.zh), "name_en": checks.name(name.en)}


def _texts(former: StaffMember) -> dict[str, str]:
    return {"name": former.name, "contact": _contacts_text(former.contacts)}


def _contacts_text(contacts: Sequence[Contact]) -> str:
    if not contacts:
        return ""
    return orjson.dumps([found.written() for found in contacts]).decode()


def _membership_row(made: Membership) -> dict[str, Any]:
    return {
        "membership": made.membership,
        "person": made.person,
        "crew": made.crew,
        "post": made.post,
        "valid_from": made.valid_from,
        "valid_to": made.valid_to,
        "withdrawn": False,
    }
