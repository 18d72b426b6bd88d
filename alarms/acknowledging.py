"""Who wants to acknowledge what: the requests that wait, and why one is refused."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.journal import JournalRecord
from alarms.states import AlarmEvent
from telemetry.clock import from_us
from telemetry.errors import Conflict, NotFound, RequestError, StoreError
from telemetry.people import Actor

_MOST_REQUESTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody waits for the `answer`."""

    alarm_id: UUID
    actor: Actor
    comment: str
    answer: asyncio.Future[ActiveAlarm]


class Requests:
    """Acknowledgements asked for and not yet journalled."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self.closed: str | None = None

    def ask(self, alarm_id: UUID, actor: Actor, comment: str) -> asyncio.Future[ActiveAlarm]:
        """Queue a request and return what will be its answer; StoreError when it cannot be taken."""
        if self.closed is not None or len(self._waiting) >= _MOST_REQUESTS:
            raise StoreError(f"not acknowledged: {self.closed or 'too many wait already'}")
        answer: asyncio.Future[ActiveAlarm] = asyncio.get_running_loop().create_future()
        self._waiting.append(Request(alarm_id, actor, comment, answer))
        return answer

    async def serve(self, acknowledge: Callable[[Request], Awaitable[ActiveAlarm]]) -> None:
        """Answer all that wait, first come, first served."""
        while self._waiting:
            request = self._waiting.popleft()
            if request.answer.done():
                continue
            try:
                alarm = await acknowledge(request)
            except (RequestError, StoreError) as error:
                _fail(request, error)
            except BaseException:
                _fail(request, StoreError("not acknowledged: alarming has stopped"))
                raise
            else:
                if not request.answer.done():
                    request.answer.set_result(alarm)

    def refuse(self, why: str) -> None:
        """Turn all that wait away."""
        while self._waiting:
            _fail(self._waiting.popleft(), StoreError(f"not acknowledged: {why}"))

    def close(self, why: str) -> None:
        """Turn away all that wait and all that come."""
        self.closed = why
        self.refuse(why)


@dataclass(frozen=True, slots=True)
class PlantTime:
    """Times of day as the plant's clocks show them."""

    zone: tzinfo
    now_us: int

    def tell(self, at_us: int) -> str:
        """Return 02:14, with the day before it unless that is today."""
        at, now = (from_us(us).astimezone(self.zone) for us in (at_us, self.now_us))
        return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def acknowledged_already(name: str | None, at_us: int, time: PlantTime) -> Conflict:
    """Return the refusal that names who and when."""
    by = name or "somebody"
    return Conflict("already_acknowledged", f"{by} acknowledged this alarm at {time.tell(at_us)}")


def why_not(
    alarm_id: UUID, records: Sequence[JournalRecord], again: ActiveAlarm | None, time: PlantTime
) -> RequestError:
    """Return why an occurrence that has ended cannot be acknowledged.

    `records` are the occurrence's, `again` is the rule's alarm of now.
    """
    if not records:
        return NotFound("alarm_not_found", f"there is no alarm {alarm_id}")
    for record in records:
        if record.event is AlarmEvent.ACKNOWLEDGE:
            return acknowledged_already(record.actor, record.at_us, time)
    if again is not None:
        at = time.tell(again.raised_at_us)
        return Conflict("raised_again", f"this alarm returned and was raised again at {at}")
    at = time.tell(records[-1].at_us)
    return Conflict("alarm_withdrawn", f"the rule of this alarm was removed at {at}")


def _fail(request: Request, error: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
