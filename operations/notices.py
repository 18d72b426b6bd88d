"""Tells people what waits for them and is no alarm.

the managers   that a relief has not come, once a turn
a colleague    that somebody asks for a swap or cover, once a request

Looked for every half minute. That somebody was told stands in the outbox, under a name that follows from
the turn or the request, so that neither a restart nor a kill tells it twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import tzinfo
from typing import Final, Protocol
from uuid import UUID, uuid5

from alarms.notify.notices import Notice
from alarms.settings import Priority
from operations.handover.rules import Standing
from operations.leave.requests import LeaveRequest
from operations.leave.rules import RequestKind, Step
from telemetry.clock import Clock, from_us
from telemetry.duty import OnShift, Shift
from telemetry.errors import StoreAway, StoreError
from telemetry.plant import Name

LOOK_EVERY_S: Final = 30.0
_RELIEF: Final = UUID("6f0f0c9e-5a7d-4b43-9d8e-2f6a52d1c001")
_MINUTE_US: Final = 60_000_000
_ASKED_LATE_US: Final = 14 * 86_400_000_000
"""For how long after a turn its colleague is still asked."""
_MISSING: Final = Name("接班未到：{shift} {hours}", "No relief: {shift} {hours}")
_UNSIGNED: Final = Name("交接班未签字：{shift} {hours}", "Handover not signed: {shift} {hours}")
_STILL_THERE: Final = Name(
    "已过下班时间 {minutes} 分钟仍未交接，由 {names} 继续值守。",
    "Over for {minutes} min and not handed over; still there: {names}.",
)
_TO_RELIEVE: Final = Name("应接班：{names}", "To relieve: {names}")
_NOBODY: Final = Name("值班表上无人接班", "Nobody is on the roster to relieve")
_ASKS_SWAP: Final = Name("{name} 请你换班", "{name} asks you for a swap")
_ASKS_COVER: Final = Name("{name} 请你替班", "{name} asks you to cover")
_TAKES: Final = Name(
    "请你上 {when} 的班。请在值班表页同意或拒绝", "Take the turn {when}. Agree or refuse on the page Roster"
)
_TAKES_AND_GIVES: Final = Name(
    "请你上 {when} 的班，对方上你的一个班。请在值班表页同意或拒绝",
    "Take the turn {when} for one of yours. Agree or refuse on the page Roster",
)

logger = logging.getLogger(__name__)


class HandingOver(Protocol):
    """Knows how the handover of now stands."""

    async def standing(self) -> Standing | None:
        """Return which turn is to hand over and how far that is; StoreAway."""
        ...


class Requests(Protocol):
    """Knows the requests for leave, swaps and covers."""

    async def list(self, *, from_us: int | None = None) -> Sequence[LeaveRequest]:
        """Return requests of what ends after a time, the newest first; StoreAway."""
        ...


class Outgoing(Protocol):
    """Takes notices to people."""

    async def notice(self, notice: Notice) -> bool:
        """Tell it, once for ever; False where it was told, or nobody can be reached."""
        ...


class Notices:
    """Looks for what people are to be told. `overdue` is the handover that is the manager's matter now."""

    def __init__(
        self,
        plant: str,
        handovers: HandingOver,
        requests: Requests,
        outgoing: Outgoing,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._plant = plant
        self._handovers = handovers
        self._requests = requests
        self._outgoing = outgoing
        self._clock = clock
        self._zone = zone
        self._away = False
        self.overdue: Standing | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                if not self._away:
                    where = "away" if isinstance(error, StoreAway) else "not read"
                    logger.warning("who waits for what is not seen, its store is %s: %s", where, error)
                self._away = True
            else:
                if self._away:
                    logger.info("who waits for what is seen again")
                self._away = False
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once; StoreError where it cannot be."""
        standing = await self._handovers.standing()
        self.overdue = standing if standing is not None and standing.unrelieved else None
        if self.overdue is not None:
            await self._outgoing.notice(self._relief(self.overdue))
        for request in await self._requests.list(from_us=self._clock.now_us() - _ASKED_LATE_US):
            if request.next is Step.AGREE and request.substitute is not None:
                await self._outgoing.notice(self._asks(request, request.substitute))

    def _asks(self, request: LeaveRequest, colleague: UUID) -> Notice:
        """Return what a colleague is asked; the reason stays in the console."""
        title = _ASKS_SWAP if request.kind is RequestKind.SWAP else _ASKS_COVER
        start, end = (from_us(at).astimezone(self._zone) for at in (request.from_us, request.to_us))
        when = f"{start:%m-%d %H:%M}–{end:%H:%M}"
        body = _TAKES_AND_GIVES if request.in_return is not None else _TAKES
        return Notice(
            about=request.id,
            key=f"agree {request.id}",
            title=Name(title.zh.format(name=request.name), title.en.format(name=request.name)),
            body=Name(body.zh.format(when=when), body.en.format(when=when)),
            page=f"/roster?month={start:%Y-%m}",
            person=colleague,
        )

    def _relief(self, standing: Standing) -> Notice:
        shift, relief = standing.outgoing.shift, standing.incoming
        title, to_relieve = _UNSIGNED, _NOBODY
        if relief is not None:
            to_relieve = _each(_TO_RELIEVE, names=relief.members)
        if relief is None or not relief.present:
            title = _MISSING
        there = standing.outgoing.present or standing.outgoing.members
        minutes = max((self._clock.now_us() - shift.end_us) // _MINUTE_US, 0)
        still = _each(_STILL_THERE, names=there, minutes=minutes)
        hours = self._hours(shift)
        return Notice(
            about=uuid5(_RELIEF, f"{self._plant}/{shift.key}"),
            key=f"relief {shift.key}",
            title=Name(
                title.zh.format(shift=shift.name.zh, hours=hours),
                title.en.format(shift=shift.name.en, hours=hours),
            ),
            body=Name(still.zh + to_relieve.zh, f"{still.en} {to_relieve.en}"),
            page="/handover",
            priority=Priority.HIGH,
        )

    def _hours(self, shift: Shift) -> str:
        start, end = (from_us(at).astimezone(self._zone) for at in (shift.start_us, shift.end_us))
        return f"{start:%H:%M}–{end:%H:%M}"


def _each(said: Name, *, names: tuple[OnShift, ...], **more: object) -> Name:
    zh, en = (between.join(one.name for one in names) for between in ("、", ", "))
    return Name(said.zh.format(names=zh, **more), said.en.format(names=en, **more))
