"""The staff as pages and the API ask for it: off the loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.staff import people
from operations.staff.people import Crew, Membership, Post, StaffMember
from operations.staff.records import NewPost, NewStaff, StaffRecords
from storage.unit_of_work import reading
from telemetry.calendar import Calendar
from telemetry.people import Actor
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class Places:
    """Crews by code, posts by rank, and who stands in which crew when."""

    crews: Mapping[UUID, Crew]
    posts: Mapping[UUID, Post]
    memberships: Sequence[Membership]


class StaffService:
    """People, crews and posts. Calls raise StoreAway while the people's store is away."""

    def __init__(self, ledger: Ledger, calls: StoreCalls, calendar: Calendar) -> None:
        self._ledger = ledger
        self._calls = calls
        self._calendar = calendar
        self._records = StaffRecords(ledger, calendar)

    def today(self) -> date:
        """Return the date on the plant's clock."""
        return self._calendar.day_of(self._ledger.clock.now_us())

    async def list(self, day: date | None = None, *, known_us: int = people.EVER) -> Sequence[StaffMember]:
        """Return everybody as of a day (today), by number, those who left too."""
        return await self._calls.call(self._list, day or self.today(), known_us)

    async def history(self, person: UUID) -> Sequence[StaffMember]:
        """Return the versions of somebody in the order in which they hold; nothing for nobody."""

        def read() -> Sequence[StaffMember]:
            with reading(self._ledger.engine) as connection:
                return people.versions(connection, self._ledger.plant, [person]).get(person, [])

        return await self._calls.call(read)

    async def person_of(self, account_id: UUID) -> StaffMember | None:
        """Return whose account it is today; None for nobody's."""

        def read() -> StaffMember | None:
            with reading(self._ledger.engine) as connection:
                return people.person_of(connection, self._ledger.plant, account_id, self.today())

        return await self._calls.call(read)

    async def names_of_accounts(self) -> Mapping[UUID, str]:
        """Return the person's name of each account that is one person's."""

        def read() -> Mapping[UUID, str]:
            with reading(self._ledger.engine) as connection:
                return people.persons_names(connection, self._ledger.plant)

        return await self._calls.call(read)

    async def closed_accounts(self) -> set[UUID]:
        """Return the accounts that were deactivated."""

        def read() -> set[UUID]:
            with reading(self._ledger.engine) as connection:
                return people.closed_accounts(connection)

        return await self._calls.call(read)

    async def places(self, *, known_us: int = people.EVER) -> Places:
        """Return crews, posts and memberships."""

        def read() -> Places:
            plant = self._ledger.plant
            with reading(self._ledger.engine) as connection:
                return Places(
                    people.crews(connection, plant, known_us),
                    people.posts(connection, plant, known_us),
                    people.memberships(connection, plant, known_us),
                )

        return await self._calls.call(read)

    async def add(self, new: NewStaff, by: Actor | None, valid_from: date | None = None) -> StaffMember:
        """Add somebody, from today on or from a day on."""
        return await self._calls.call(self._records.add, new, valid_from, by)

    async def change(
        self, person: UUID, new: NewStaff, by: Actor | None, valid_from: date | None = None
    ) -> StaffMember:
        """Have something else hold of somebody from a day on."""
        return await self._calls.call(self._records.change, person, new, valid_from, by)

    async def deactivate(
        self, person: UUID, by: Actor | None, last_day: date | None = None
    ) -> tuple[StaffMember, int]:
        """Have somebody leave after a last day (at once); return how many turns ahead that frees."""
        return await self._calls.call(self._records.deactivate, person, last_day, by)

    async def reactivate(self, person: UUID, by: Actor | None, valid_from: date | None = None) -> StaffMember:
        """Have somebody who left be back."""
        return await self._calls.call(self._records.reactivate, person, valid_from, by)

    async def set_crew(
        self, code: str, name: Name, by: Actor | None, *, crew: UUID | None = None, active: bool = True
    ) -> UUID:
        """Add a crew, or say something else of the one given."""
        return await self._calls.call(self._records.set_crew, crew, code, name, active, by)

    async def set_post(self, new: NewPost, by: Actor | None, *, post: UUID | None = None) -> UUID:
        """Add a post, or say something else of the one given."""
        return await self._calls.call(self._records.set_post, post, new, by)

    async def join(
        self, person: UUID, crew: UUID, post: UUID, by: Actor | None, first: date, last: date | None = None
    ) -> Membership:
        """Put somebody into a crew at a post."""
        return await self._calls.call(self._records.join, person, crew, post, first, last, by)

    async def end(self, membership: UUID, last: date, by: Actor | None) -> Membership:
        """Have somebody leave a crew after a last day."""
        return await self._calls.call(self._records.end, membership, last, by)

    def _list(self, day: date, known_us: int) -> Sequence[StaffMember]:
        with reading(self._ledger.engine) as connection:
            found = people.staff_on(connection, self._ledger.plant, day, known_us=known_us)
        return sorted(found.values(), key=lambda member: member.number)
