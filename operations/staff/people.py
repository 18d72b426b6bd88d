"""Who works here, as it holds on a day and as it was known at a time: questions, no changes.

A version holds from its `valid_from` until the next one; of two of the same day the one recorded last.
What was recorded after `known_us` does not count, so that every answer can be given again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Connection, RowMapping, Table, select

from operations.ledger import texts_of
from operations.staff.tables import crew, crew_member, post, staff
from operations.tables import account
from telemetry.plant import Name

EVER: Final = (1 << 63) - 1
"""As known at: everything."""
LANGUAGES: Final = ("zh_CN", "en")
"""What people are written to in; the first one unless they say otherwise."""


class Category(StrEnum):
    """What somebody is employed as; the rule set says which clause applies."""

    OPERATOR = "operator"
    ENGINEER = "engineer"
    RESIDENT = "resident"
    """Process staff that stays at the plant (驻厂工艺)."""
    LABORATORY = "laboratory"
    MAINTENANCE = "maintenance"
    MANAGER = "manager"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody is reached: what sort of address, an Apprise URL, the language read there."""

    kind: str
    url: str
    language: str | None = None

    def written(self) -> dict[str, str]:
        """Return it as it is kept and shown; without a language where none was said."""
        said = {} if self.language is None else {"language": self.language}
        return {"kind": self.kind, "url": self.url} | said


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A version of somebody. `name` is the number where the words were deleted."""

    record: UUID
    person: UUID
    number: str
    name: str
    category: str
    qualifications: tuple[str, ...]
    account_id: UUID | None
    active: bool
    valid_from: date
    contacts: tuple[Contact, ...]
    recorded_us: int
    account: str | None = None

    @property
    def language(self) -> str:
        """The language in which to write to somebody: what the first contact that names one says."""
        return next((found.language for found in self.contacts if found.language), LANGUAGES[0])


@dataclass(frozen=True, slots=True)
class Crew:
    """A crew."""

    crew: UUID
    code: str
    name: Name
    active: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A post; `minimum` is how many a turn needs there, `answers` whether pushes go to it."""

    post: UUID
    code: str
    name: Name
    minimum: int
    qualification: str | None
    rank: int
    answers: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody in a crew at a post; `valid_to` is the last day, None for no end."""

    membership: UUID
    person: UUID
    crew: UUID
    post: UUID
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def versions(
    connection: Connection, plant: str, persons: Iterable[UUID] | None = None, known_us: int = EVER
) -> dict[UUID, list[StaffMember]]:
    """Return the versions of people, each person's in the order in which they hold."""
    query = select(staff).where(staff.c.plant == plant, staff.c.recorded_us <= known_us)
    if persons is not None:
        query = query.where(staff.c.person.in_(set(persons)))
    query = query.order_by(staff.c.valid_from, staff.c.seq)
    rows = connection.execute(query).mappings().all()
    texts = texts_of(connection, [row["id"] for row in rows])
    names = account_names(connection, [row["account_id"] for row in rows])
    found: dict[UUID, list[StaffMember]] = {}
    for row in rows:
        found.setdefault(row["person"], []).append(_member(row, texts[row["id"]], names))
    return found


def on_day(of_person: Sequence[StaffMember], day: date) -> StaffMember:
    """Return the version that holds on a day; before the first one, the first."""
    held = [version for version in of_person if version.valid_from <= day]
    return held[-1] if held else of_person[0]


def staff_on(
    connection: Connection,
    plant: str,
    day: date,
    persons: Iterable[UUID] | None = None,
    known_us: int = EVER,
) -> dict[UUID, StaffMember]:
    """Return people as they are on a day, those who left too."""
    found = versions(connection, plant, persons, known_us)
    return {person: on_day(of_person, day) for person, of_person in found.items()}


def person_of(connection: Connection, plant: str, account_id: UUID, day: date) -> StaffMember | None:
    """Return who an account belongs to on a day; None for nobody, and for somebody who left."""
    linked = select(staff.c.person).where(staff.c.plant == plant, staff.c.account_id == account_id)
    persons = set(connection.execute(linked).scalars())
    found = staff_on(connection, plant, day, persons).values() if persons else ()
    mine = (member for member in found if member.account_id == account_id and member.active)
    return next(mine, None)


def crews(connection: Connection, plant: str, known_us: int = EVER) -> dict[UUID, Crew]:
    """Return the crews, by code."""
    rows = _newest(connection, crew, "crew", plant, known_us)
    found = [
        Crew(row["crew"], row["code"], Name(row["name_zh"], row["name_en"]), row["active"]) for row in rows
    ]
    return {one.crew: one for one in sorted(found, key=lambda one: one.code)}


def posts(connection: Connection, plant: str, known_us: int = EVER) -> dict[UUID, Post]:
    """Return the posts, by rank."""
    found = [
        Post(
            row["post"],
            row["code"],
            Name(row["name_zh"], row["name_en"]),
            row["minimum"],
            row["qualification"],
            row["rank"],
            row["answers"],
            row["active"],
        )
        for row in _newest(connection, post, "post", plant, known_us)
    ]
    return {one.post: one for one in sorted(found, key=lambda one: (one.rank, one.code))}


def memberships(connection: Connection, plant: str, known_us: int = EVER) -> list[Membership]:
    """Return who stands in which crew when, those that ended too."""
    rows = _newest(connection, crew_member, "membership", plant, known_us)
    names = ("membership", "person", "crew", "post", "valid_from", "valid_to")
    return [Membership(*(row[name] for name in names)) for row in rows if not row["withdrawn"]]


def account_names(connection: Connection, accounts: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of accounts."""
    asked = {found for found in accounts if found is not None}
    if not asked:
        return {}
    rows = connection.execute(select(account.c.id, account.c.name).where(account.c.id.in_(asked)))
    return {row.id: row.name for row in rows}


def persons_names(
    connection: Connection, plant: str, accounts: Iterable[UUID | None] | None = None
) -> dict[UUID, str]:
    """Return the persons' names of accounts, of all where none are given; no account that is nobody's.

    One that was several people's in turn is left out: its name alone says nothing wrong.
    """
    query = select(staff.c.person).where(staff.c.plant == plant, staff.c.account_id.is_not(None)).distinct()
    asked = None if accounts is None else {found for found in accounts if found is not None}
    if asked is not None:
        query = query.where(staff.c.account_id.in_(asked))
    persons = list(connection.execute(query).scalars()) if asked is None or asked else []
    had: dict[UUID, dict[UUID, str]] = {}
    for person, told in (versions(connection, plant, persons) if persons else {}).items():
        for version in told:
            if version.account_id is not None:
                had.setdefault(version.account_id, {})[person] = told[-1].name
    return {account: next(iter(names.values())) for account, names in had.items() if len(names) == 1}


def actor_names(connection: Connection, plant: str, accounts: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return who did what was done with accounts: the person's name, the account's where it is nobody's."""
    asked = {found for found in accounts if found is not None}
    persons = persons_names(connection, plant, asked)
    return account_names(connection, asked) | {id: name for id, name in persons.items() if id in asked}


def closed_accounts(connection: Connection) -> set[UUID]:
    """Return the accounts that were deactivated: nobody acts by them any more."""
    return set(
        connection.execute(select(account.c.id).where(account.c.deactivated_at_us.is_not(None))).scalars()
    )


def _newest(connection: Connection, table: Table, key: str, plant: str, known_us: int) -> list[RowMapping]:
    query = select(table).where(table.c.plant == plant, table.c.recorded_us <= known_us).order_by(table.c.seq)
    return list({row[key]: row for row in connection.execute(query).mappings()}.values())


def _member(row: RowMapping, texts: Mapping[str, str], accounts: Mapping[UUID, str]) -> StaffMember:
    contacts: list[dict[str, Any]] = orjson.loads(texts.get("contact", "[]"))
    return StaffMember(
        record=row["id"],
        person=row["person"],
        number=row["number"],
        name=texts.get("name") or row["number"],
        category=row["category"],
        qualifications=tuple(row["qualifications"] or ()),
        account_id=row["account_id"],
        active=row["active"],
        valid_from=row["valid_from"],
        contacts=tuple(Contact(found["kind"], found["url"], found.get("language")) for found in contacts),
        recorded_us=row["recorded_us"],
        account=None if row["account_id"] is None else accounts.get(row["account_id"]),
    )
