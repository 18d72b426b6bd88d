"""What is asked of a device now: the plan, less what it was found to refuse. Pure.

A read that failed for good is set aside and asked for again every minute; the others are planned
anew without it. Where a block is refused and each of its points is not, the unused registers in it
are to blame, or, where it has none, its length: neither happens again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.modbus.plan import Address, Planner, PollClass, Request, Unreadable
from telemetry.clock import US_PER_S

RETRY_US: Final = 60 * US_PER_S


@dataclass(eq=False, slots=True)
class Aside:
    """A read that is left out until `retry_us`."""

    request: Request
    retry_us: int


class Blocks:
    """The requests of every poll class, as they stand after what was learned."""

    def __init__(self, planner: Planner, polls: Sequence[PollClass]) -> None:
        self._planner = planner
        self._polls = tuple(polls)
        self._unreadable = Unreadable()
        self._aside: list[list[Aside]] = [[] for _ in self._polls]
        self._whole_until: dict[Request, int] = {}
        self._requests = [planner.requests(poll.points) for poll in self._polls]

    def requests(self, index: int) -> tuple[Request, ...]:
        """Return what a poll class reads."""
        return self._requests[index]

    def everything(self) -> list[Request]:
        """Return every read there is, those set aside last."""
        asked = [request for requests in self._requests for request in requests]
        return asked + [aside.request for asides in self._aside for aside in asides]

    def singles(self, request: Request) -> tuple[Request, ...]:
        """Return a read for each point of a request."""
        return tuple(single for point in request.points for single in self._planner.requests([point]))

    def may_split(self, request: Request, now_us: int) -> bool:
        """Whether reading its points one by one is worth it: not again and again without success."""
        return len(request.points) > 1 and now_us >= self._whole_until.get(request, now_us)

    def keep_whole(self, request: Request, now_us: int) -> None:
        """Do not split this one again for a while: all of it failed."""
        self._whole_until[request] = now_us + RETRY_US

    def blame_block(self, index: int, request: Request) -> None:
        """Learn that a block is refused though each of its points is not."""
        gaps, cuts = self._unreadable.gaps, self._unreadable.cuts
        if request.gaps:
            gaps |= request.gaps
        else:
            cuts |= {(point.function_code, point.offset) for point in request.points}
        self._unreadable = Unreadable(gaps, cuts)
        self._plan(index)

    def set_aside(self, index: int, requests: Iterable[Request], now_us: int) -> None:
        """Leave these out, and plan the rest without reading across them."""
        self._aside[index] += [Aside(request, now_us + RETRY_US) for request in requests]
        self._plan(index)

    def due_again(self, index: int, now_us: int) -> list[Aside]:
        """Return what is to be asked for again, the longest waiting first."""
        due = [aside for aside in self._aside[index] if aside.retry_us <= now_us]
        return sorted(due, key=lambda aside: aside.retry_us)

    def again_later(self, aside: Aside, now_us: int) -> None:
        """Leave it out for another while."""
        aside.retry_us = now_us + RETRY_US

    def readmit(self, index: int, asides: Sequence[Aside], now_us: int) -> None:
        """Ask for these as before; what else is aside may be well again too, and is due now."""
        self._aside[index] = [aside for aside in self._aside[index] if aside not in asides]
        self._plan(index)
        self.all_due(now_us)

    def all_due(self, now_us: int) -> None:
        """Ask for everything again at the next occasion: the device may be another one now."""
        for asides in self._aside:
            for aside in asides:
                aside.retry_us = min(aside.retry_us, now_us)
        self._whole_until.clear()

    def _plan(self, index: int) -> None:
        left_out = {point for aside in self._aside[index] for point in aside.request.points}
        points = [point for point in self._polls[index].points if point not in left_out]
        avoid = Unreadable(self._unreadable.gaps | self._aside_addresses(), self._unreadable.cuts)
        self._requests[index] = self._planner.requests(points, avoid)
        self._whole_until = {
            request: until
            for request, until in self._whole_until.items()
            if any(request in requests for requests in self._requests)
        }

    def _aside_addresses(self) -> frozenset[Address]:
        return frozenset(
            (point.function_code, at)
            for asides in self._aside
            for aside in asides
            for point in aside.request.points
            for at in range(point.offset, point.end)
        )
