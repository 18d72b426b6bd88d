"""What a handover is filled from. A source that is None is not there, and the page says so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.compliance.limits import DischargeLimit, Water
from history.hours import Hours
from history.live import Latest
from operations.handover.content import LogLine
from telemetry.plant import Plant


class TurnFigures(Protocol):
    """The hours and minutes of points; `history.periods.Periods`."""

    async def hours(self, tag: str, from_us: int, to_us: int, now_us: int) -> Hours:
        """Return the hours that start in [from, to), the open one as far as it goes."""
        ...

    async def minutes(self, tag: str, from_us: int, to_us: int, now_us: int) -> Hours:
        """Return the same of minutes."""
        ...


class People(Protocol):
    """Who is who among the staff; both ask the people's store, off the loop."""

    async def person_of(self, account_id: UUID) -> UUID | None:
        """Return whose account it is, None where it belongs to nobody of the staff."""
        ...

    async def names(self, persons: Sequence[UUID]) -> Mapping[UUID, str]:
        """Return people's names; of those whose name was deleted nothing."""
        ...


LogOfTurn = Callable[[int, int], Awaitable[Sequence[LogLine]]]
"""The log's entries of [from, to), oldest first."""


WaterOfDay = Callable[[int], Awaitable[Water]]
"""The mean temperatures that limits follow, of the day that a time lies in, so far."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The plant, and what tells how it stands; `journal_head` blocks."""

    plant: Plant
    limits: Sequence[DischargeLimit]
    latest: Callable[[str, int], Latest]
    active: Callable[[], Sequence[ActiveAlarm]]
    journal_head: Callable[[], tuple[int, bytes]]
    figures: TurnFigures | None = None
    log: LogOfTurn | None = None
    water: WaterOfDay | None = None
