"""What is looked at before a record of staff is written; each says how to mend what is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from operations.access import PERMISSIONS, Permission, Role
from operations.names import name_key
from operations.staff.people import (
    LANGUAGES,
    Contact,
    Crew,
    Membership,
    Post,
    StaffMember,
    on_day,
    person_of,
    versions,
)
from operations.tables import account
from telemetry.errors import Conflict, Forbidden, Invalid, NotFound
from telemetry.people import clean

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
LONGEST_NAME: Final = 64
LONGEST_QUALIFICATION: Final = 32
SEVERAL: Final = re.compile("[,，、;；]")
"""What stands between several where they are typed into one field."""
MOST_CONTACTS: Final = 8
LONGEST_URL: Final = 1000


def code(text: str) -> str:
    """Return a number or code as it is kept; Invalid for what is none."""
    if CODE.fullmatch(text) is None:
        raise Invalid("bad_code", f"{text[:40]!r} is no code: 1 to 32 letters, digits, '-', '_' and '.'")
    return text


def name(text: str) -> str:
    """Return a name as it is kept; Invalid for an empty or long one."""
    kept = " ".join(clean(text).split())
    if not 1 <= len(kept) <= LONGEST_NAME:
        raise Invalid("bad_name", f"a name has 1 to {LONGEST_NAME} characters")
    return kept


def qualification(text: str) -> str:
    """Return a qualification as people and posts keep it; Invalid for none, a long one, and for several."""
    kept = " ".join(clean(text).split())
    if not 1 <= len(kept) <= LONGEST_QUALIFICATION or SEVERAL.search(kept):
        said = f"a qualification has 1 to {LONGEST_QUALIFICATION} characters and no comma, such as 电工证"
        raise Invalid("bad_qualification", said)
    return kept


def contacts(given: Sequence[Contact]) -> tuple[Contact, ...]:
    """Return contacts as they are kept; Invalid for what is no URL, and for more than a few."""
    if len(given) > MOST_CONTACTS:
        raise Invalid("bad_contact", f"somebody has at most {MOST_CONTACTS} contacts")
    for contact in given:
        # What is wrong is not repeated: the address holds a secret.
        if not 1 <= len(contact.url) <= LONGEST_URL or "://" not in contact.url:
            raise Invalid("bad_contact", "a contact is an Apprise URL, such as wecombot://KEY")
        if contact.language is not None and contact.language not in LANGUAGES:
            raise Invalid("bad_contact", f"the language of a contact is {' or '.join(LANGUAGES)}")
        code(contact.kind)
    return tuple(given)


def account_named(connection: Connection, text: str) -> UUID:
    """Return an account that somebody may sign with, by its name.

    NotFound for none and for one that is deactivated; Conflict where its role signs nothing: linked to
    somebody, the department's account could not judge that person any more.
    """
    named = select(account.c.id, account.c.role).where(
        account.c.name_key == name_key(" ".join(text.split())), account.c.deactivated_at_us.is_(None)
    )
    found = connection.execute(named).one_or_none()
    if found is None:
        raise NotFound(
            "no_such_account", f"there is no account {text[:64]!r} in use; an administrator adds it"
        )
    if Permission.ATTEND not in PERMISSIONS[Role(found.role)]:
        raise Conflict(
            "account_signs_nothing", f"the role {found.role} has no shifts to sign for: link another account"
        )
    account_id: UUID = found.id
    return account_id


def free_number(
    of_people: Mapping[UUID, Sequence[StaffMember]], person: UUID, number: str, day: date
) -> None:
    """Conflict where somebody else has the number from a day on."""
    for member in _others(of_people, person, day):
        if member.number == number:
            raise Conflict("number_taken", f"number {number} is {member.name}'s")


def free_account(
    of_people: Mapping[UUID, Sequence[StaffMember]], person: UUID, account_id: UUID, day: date
) -> None:
    """Conflict where the account is somebody else's: a signature must be of one person."""
    for member in _others(of_people, person, day):
        if member.account_id == account_id and member.active:
            whom = f"{member.name} ({member.number})"
            raise Conflict(
                "account_linked", f"the account is linked to {whom} already; unlink it there first"
            )


def not_own_account(
    of_people: Mapping[UUID, Sequence[StaffMember]], person: UUID, accounts: set[UUID | None], by: UUID
) -> None:
    """Forbidden where somebody moves the account that they act with: its signatures are one person's.

    Of `accounts`, the one before and the one after. Once, it may be linked to who never had another.
    """
    if len(accounts) == 1 or by not in accounts:
        return
    moved = any(version.account_id == by for told in of_people.values() for version in told)
    others = any(version.account_id not in (None, by) for version in of_people.get(person, ()))
    if moved or others:
        raise Forbidden("own_account", "somebody else moves the account that you act with, not you")


def is_own(connection: Connection, plant: str, account_id: UUID, person: UUID, day: date) -> bool:
    """Return whether an account is this person's on a day; one that is nobody's, whether it ever was."""
    today = person_of(connection, plant, account_id, day)
    if today is not None:
        return today.person == person
    # Taken off oneself for an hour, it would decide on what is one's own.
    known = versions(connection, plant, {person}).get(person, ())
    return any(version.account_id == account_id for version in known)


def own_person(connection: Connection, plant: str, account_id: UUID, day: date) -> StaffMember:
    """Return whose account it is on a day; NotFound for nobody's: a signature is one person's."""
    found = person_of(connection, plant, account_id, day)
    if found is None:
        raise NotFound("not_on_staff", "this account is nobody's on the staff; the manager links it on Staff")
    return found


def member_of(of_people: Mapping[UUID, Sequence[StaffMember]], person: UUID, day: date) -> StaffMember:
    """Return somebody as of a day; NotFound for nobody."""
    if person not in of_people:
        raise NotFound("person_not_found", f"there is nobody of id {person} on the staff")
    return on_day(of_people[person], day)


def crew_of(crews: Mapping[UUID, Crew], crew: UUID) -> Crew:
    """Return a crew; NotFound for none."""
    if crew not in crews:
        raise NotFound("crew_not_found", f"there is no crew of id {crew}")
    return crews[crew]


def post_of(posts: Mapping[UUID, Post], post: UUID) -> Post:
    """Return a post; NotFound for none."""
    if post not in posts:
        raise NotFound("post_not_found", f"there is no post of id {post}")
    return posts[post]


def may_stand(member: StaffMember, post: Post) -> None:
    """Conflict where somebody left, or is not qualified for a post."""
    if not member.active:
        raise Conflict("person_inactive", f"{member.name} left the staff on {member.valid_from}")
    if not post.active:
        raise Conflict("post_inactive", f"the post {post.name.en} is no longer in use")
    if post.qualification is not None and post.qualification not in member.qualifications:
        needs = f"{post.name.en} needs the qualification {post.qualification!r}"
        raise Conflict(
            "not_qualified", f"{needs}, which {member.name} has not; enter it with the staff first"
        )


def one_place(others: Sequence[Membership], wanted: Membership) -> None:
    """Conflict where somebody stands in the same crew already, in days that overlap."""
    for other in others:
        if (other.person, other.crew) != (
            wanted.person,
            wanted.crew,
        ) or other.membership == wanted.membership:
            continue
        ends_before = other.valid_to is not None and other.valid_to < wanted.valid_from
        starts_after = wanted.valid_to is not None and wanted.valid_to < other.valid_from
        if not ends_before and not starts_after:
            until = f"until {other.valid_to}" if other.valid_to else "without an end"
            raise Conflict(
                "member_already",
                f"this person stands in the crew from {other.valid_from} {until}; end that first",
            )


def _others(of_people: Mapping[UUID, Sequence[StaffMember]], person: UUID, day: date) -> list[StaffMember]:
    """Return the versions of other people that hold on a day or later."""
    found: list[StaffMember] = []
    for other, told in of_people.items():
        if other != person:
            later = [version for version in told if version.valid_from > day]
            held = [version for version in told if version.valid_from <= day][-1:]
            found += held + later
    return found
