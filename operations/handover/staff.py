"""Who is who, for handovers: the staff's records behind `sources.People`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from operations.staff.service import StaffService


class StaffNames:
    """Implements `operations.handover.sources.People`."""

    def __init__(self, staff: StaffService) -> None:
        self._staff = staff

    async def person_of(self, account_id: UUID) -> UUID | None:
        """Return whose account it is, None where it belongs to nobody of the staff."""
        found = await self._staff.person_of(account_id)
        return None if found is None else found.person

    async def names(self, persons: Sequence[UUID]) -> Mapping[UUID, str]:
        """Return people's names, of those who left too; of those whose name was deleted nothing."""
        if not persons:
            return {}
        wanted = set(persons)
        return {
            member.person: member.name
            for member in await self._staff.list()
            if member.person in wanted and member.name
        }
