"""What people call whom accounts belong to: `王磊` for operator. Asked seldom, and never in anybody's way."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from operations.staff.service import StaffService
from telemetry.clock import Clock, real_seconds
from telemetry.errors import StoreError

_KEPT_S: Final = 10.0
_PATIENCE_S: Final = 2.0


class AccountNames:
    """Tells the persons' names. While the people's store is away those known last hold, at first none."""

    def __init__(self, staff: StaffService, clock: Clock) -> None:
        self._staff = staff
        self._clock = clock
        self._names: Mapping[UUID, str] = {}
        self._asked_us: int | None = None
        self._asking = asyncio.Lock()

    async def known(self) -> Mapping[UUID, str]:
        """Return the person's name of each account that is one person's; asked again only after a while.

        One asks for all. Only before the first answer do the others wait for it.
        """
        waits = self._asked_us is None or not self._asking.locked()
        if self._is_due() and waits:
            async with self._asking:
                if self._is_due():
                    await self._ask()
        return self._names

    def _is_due(self) -> bool:
        if self._asked_us is None:
            return True
        return real_seconds(self._clock, self._clock.monotonic_us() - self._asked_us) >= _KEPT_S

    async def _ask(self) -> None:
        # What fails keeps the names: nobody turns into an account because a store does not answer.
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                self._names = await self._staff.names_of_accounts()
        self._asked_us = self._clock.monotonic_us()
