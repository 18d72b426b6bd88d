"""What is asked of a device now: the plan, less what it was found to refuse. Pure.

A read that failed for good is set aside and asked for again, after a minute at first and then ever
more seldom, every ten minutes at last; the others are planned anew without it. Where a block is
refused and both of its halves are not, the unused registers between them are to blame, or, where
there are none, its length: neither happens again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Final

from collectors.modbus.plan import Address, Planner, PollClass, Request, Unreadable
from collectors.modbus.settings import ModbusPoint
from telemetry.clock import US_PER_S

RETRY_US: Final = 60 * US_PER_S
LONGEST_RETRY_US: Final = 600 * US_PER_S


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a read is left out, and since when (plant's time); `quality` is that of its points."""

    reason: str
    quality: int
    since_us: int


@dataclass(eq=False, slots=True)
class Aside:
    """A read that is left out until `retry_us`, and then for `wait_us` each time."""

    request: Request
    refusal: Refusal
    retry_us: int
    wait_us: int = RETRY_US


class Blocks:
    """The requests of every poll class, as they stand after what was learned."""

    def __init__(self, planner: Planner, polls: Sequence[PollClass]) -> None:
        self._planner = planner
        self._polls = tuple(polls)
        self._unreadable = Unreadable()
        self._aside: list[list[Aside]] = [[] for _ in self._polls]
        self._whole_until: dict[Request, int] = {}
        self._requests = [planner.requests(poll.points) for poll in self._polls]
        self.changes = 0
        """How often what is left out has changed."""

    def requests(self, index: int) -> tuple[Request, ...]:
        """Return what a poll class reads."""
        return self._requests[index]

    def samples(self, index: int) -> int:
        """Return how many samples a poll class gives each time."""
        return sum(len(request.points) for request in self._requests[index])

    @property
    def asides(self) -> list[Aside]:
        """What is left out, of all poll classes."""
        return list(chain.from_iterable(self._aside))

    def everything(self) -> list[Request]:
        """Return every read there is, those set aside last."""
        asked = [request for requests in self._requests for request in requests]
        return asked + [aside.request for aside in self.asides]

    def single(self, point: ModbusPoint) -> Request:
        """Return a read of one point."""
        return self._planner.requests([point])[0]

    def halves(self, request: Request) -> tuple[Request, ...]:
        """Return reads of the lower and the upper half of its points; none where it has but one."""
        points = sorted(request.points, key=lambda point: (point.offset, point.end, point.tag))
        middle = len(points) // 2
        return tuple(
            half for part in (points[:middle], points[middle:]) for half in self._planner.requests(part)
        )

    def may_split(self, request: Request, now_us: int) -> bool:
        """Whether reading its points apart is worth it: not again and again without success."""
        return len(request.points) > 1 and now_us >= self._whole_until.get(request, now_us)

    def keep_whole(self, request: Request, now_us: int) -> None:
        """Do not split this one again for a while: all of it failed."""
        self._whole_until[request] = now_us + RETRY_US

    def blame_between(self, parts: Sequence[Request]) -> None:
        """Learn that reads are refused as one though each by itself is not."""
        gaps, cuts = self._unreadable.gaps, self._unreadable.cuts
        for before, behind in pairwise(parts):
            code, end = before.function_code, before.offset + before.count
            between = frozenset((code, at) for at in range(end, behind.offset))
            gaps |= between
            cuts |= frozenset() if between else frozenset({(code, behind.offset)})
        self._unreadable = Unreadable(gaps, cuts)

    def set_aside(self, index: int, failed: Mapping[Request, Refusal], now_us: int) -> None:
        """Leave these out, and plan the rest without reading across them."""
        self._aside[index] += [
            Aside(request, refusal, now_us + RETRY_US) for request, refusal in failed.items()
        ]
        self.plan_anew(index)

    def leave_out(self, index: int, tags: Mapping[str, tuple[Refusal, int, int]], now_us: int) -> None:
        """Set points aside by tag, as they were before a restart: why, until when, and how long each time."""
        for point in self._polls[index].points:
            if point.tag in tags:
                refusal, retry_us, wait_us = tags[point.tag]
                wait_us = min(max(wait_us, RETRY_US), LONGEST_RETRY_US)
                retry_us = min(max(retry_us, now_us), now_us + wait_us)
                self._aside[index].append(Aside(self.single(point), refusal, retry_us, wait_us))
        self.plan_anew(index)

    def due_again(self, index: int, now_us: int) -> list[Aside]:
        """Return what is to be asked for again, the longest waiting first."""
        due = [aside for aside in self._aside[index] if aside.retry_us <= now_us]
        return sorted(due, key=lambda aside: aside.retry_us)

    def again_later(self, aside: Aside, refusal: Refusal, now_us: int) -> None:
        """Leave it out for another while, longer than the last."""
        aside.refusal = replace(refusal, since_us=aside.refusal.since_us)
        aside.wait_us = min(2 * aside.wait_us, LONGEST_RETRY_US)
        aside.retry_us = now_us + aside.wait_us
        self.changes += 1

    def take_apart(self, index: int, aside: Aside, refusal: Refusal, now_us: int) -> None:
        """Ask for its halves instead, each at the next occasion."""
        self._aside[index].remove(aside)
        self._aside[index] += [Aside(half, refusal, now_us) for half in self.halves(aside.request)]
        self.changes += 1

    def readmit(self, index: int, asides: Collection[Aside]) -> None:
        """Ask for these as before."""
        self._aside[index] = [aside for aside in self._aside[index] if aside not in asides]
        self.plan_anew(index)

    def all_due(self, now_us: int) -> None:
        """Ask for everything again at the next occasion: the device may be another one now."""
        for aside in self.asides:
            aside.retry_us = min(aside.retry_us, now_us)
        self._whole_until.clear()

    def plan_anew(self, index: int) -> None:
        """Plan what is not left out, by what was learned."""
        self.changes += 1
        left_out = {point for aside in self._aside[index] for point in aside.request.points}
        points = [point for point in self._polls[index].points if point not in left_out]
        avoid = Unreadable(self._unreadable.gaps | self._aside_addresses(), self._unreadable.cuts)
        self._requests[index] = self._planner.requests(points, avoid)
        standing = set(chain.from_iterable(self._requests))
        self._whole_until = {one: until for one, until in self._whole_until.items() if one in standing}

    def _aside_addresses(self) -> frozenset[Address]:
        return frozenset(
            (point.function_code, at)
            for aside in self.asides
            for point in aside.request.points
            for at in range(point.offset, point.end)
        )


def tags_of(requests: Iterable[Request]) -> list[str]:
    """Return the tags of all points of some reads."""
    return [point.tag for request in requests for point in request.points]
