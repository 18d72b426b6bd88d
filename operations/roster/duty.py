"""Who is on shift: the roster as readings, alarms and records ask for it."""

from collections.abc import Sequence
from uuid import UUID

from operations.calls import StoreCalls
from operations.ledger import Ledger
from operations.roster import entries, reading
from operations.staff.people import EVER
from storage.unit_of_work import reading as reading_store
from telemetry.duty import OnShift


class RosterDuty:
    """Implements `telemetry.duty.Duty`; `known_us` answers as it was known then."""

    def __init__(self, ledger: Ledger, calls: StoreCalls) -> None:
        self._ledger = ledger
        self._calls = calls

    async def on_shift(
        self, at_us: int, post: UUID | None = None, *, known_us: int = EVER
    ) -> Sequence[OnShift]:
        """Return who stands on the roster at a time, by post; nobody where nothing was published."""
        return await self._calls.call(self._between, at_us, at_us + 1, post, known_us)

    async def between(self, from_us: int, to_us: int, *, known_us: int = EVER) -> Sequence[OnShift]:
        """Return everybody whose turn overlaps with [from, to), by start, then post."""
        return await self._calls.call(self._between, from_us, to_us, None, known_us)

    def _between(self, from_us: int, to_us: int, post: UUID | None, known_us: int) -> list[OnShift]:
        plant = self._ledger.plant
        with reading_store(self._ledger.engine) as connection:
            found = entries.standing(connection, plant, from_us, to_us, known_us=known_us, post=post)
            return [line.on for line in reading.lines(connection, plant, found, known_us)]
