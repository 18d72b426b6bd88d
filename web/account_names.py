"""What people call whom accounts belong to: `王磊` for operator. Asked seldom, and never in anybody's way."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from operations.staff.service import StaffService
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError

_KEPT_S: Final = 10.0
_PATIENCE_S: Final = 2.0


class AccountNames:
    """Tells the persons' names; while the people's store is away the accounts' own stand in their stead."""

    def __init__(self, staff: StaffService, clock: Clock) -> None:
        self._staff = staff
        self._clock = clock
        self._kept: tuple[int, Mapping[UUID, str]] | None = None

    async def known(self) -> Mapping[UUID, str]:
        """Return the person's name of each account that is one person's; asked again only after a while."""
        at_us, kept = self._clock.monotonic_us(), self._kept
        if kept is None or real_seconds(self._clock, at_us - kept[0]) >= _KEPT_S:
            kept = self._kept = (at_us, await self._asked())
        return kept[1]

    async def _asked(self) -> Mapping[UUID, str]:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._staff.names_of_accounts()
        except (StoreError, TimeoutError):
            return {}
