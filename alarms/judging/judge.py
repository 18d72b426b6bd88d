"""Judging, kept up: piece by piece, of what closes and of what changes afterwards.

    hours close            the days they are of, and the day before: a result may come 24 hours late
    figures change         late readings, corrections, marks and their withdrawal: the same
    limits change          days again from their stored hours; readings are not asked
    rules change           everything again, as far as readings are kept

Each item has its own progress, saved when a round of it is done; killed before that, the same is
judged again, which changes nothing.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final

import orjson

from alarms.compliance.days import Day
from alarms.compliance.limits import NOT_KNOWN, DischargeLimit
from alarms.judging.assessor import TOUCHED_US, Assessor
from alarms.judging.store import JudgementStore, Progress
from alarms.uptime.items import ItemKind, JudgedItem
from alarms.uptime.results import HOUR_US
from telemetry.clock import Clock
from telemetry.errors import StoreError
from telemetry.protocols import FigureReader, FiguresHead

RULES: Final = 1
"""Grows when hours come to be judged otherwise: then all of them are judged again."""
DAY_RULES: Final = 3
"""Grows when days come to be judged otherwise from the same hours: then they are, without readings."""
_DAYS_AT_ONCE: Final = 8
_ROUND_US: Final = 32 * 24 * HOUR_US


@dataclass
class _Item:
    """An item with what is to be done of it; `target` is its progress when that is done."""

    item: JudgedItem
    limits_hash: str
    reached: Progress | None = None
    began_us: int | None = None
    runs: deque[list[Day]] = field(default_factory=deque)
    again: deque[list[Day]] = field(default_factory=deque)
    """Days whose limits alone are others."""
    target: Progress | None = None


class Judge:
    """Does a piece of what is due at a time. `began_us` of an item is its first whole hour."""

    def __init__(
        self,
        items: Sequence[JudgedItem],
        limits: Sequence[DischargeLimit],
        reader: FigureReader,
        store: JudgementStore,
        assessor: Assessor,
        clock: Clock,
    ) -> None:
        self._items = [_Item(item, _hash(limits, item.tag)) for item in items]
        self._reader = reader
        self._store = store
        self._assessor = assessor
        self._clock = clock
        self._loaded = False
        self._through_us = 0
        self.failing: dict[str, str] = {}
        """Why an item could not be judged when it was tried last, by tag."""
        self.judged_hours = 0
        """How many hours were judged and came out otherwise than before, since the start."""

    @property
    def behind_us(self) -> int:
        """By how much judging is behind the closed hours; 0 before it has looked."""
        reached = [each.reached.through_us for each in self._items if each.reached is not None]
        return max(self._through_us - min(reached), 0) if reached and self._through_us else 0

    def through_us(self, tag: str) -> int:
        """Return up to when an item was judged; 0 before its first round."""
        reached = [each.reached for each in self._items if each.item.tag == tag]
        return reached[0].through_us if reached and reached[0] is not None else 0

    async def began_us(self, tag: str) -> int | None:
        """Return the first whole hour an item has readings of, None without any."""
        each = next(each for each in self._items if each.item.tag == tag)
        if each.began_us is None:
            each.began_us = await self._reader.began_us(tag)
        return each.began_us

    async def step(self) -> bool:
        """Do a piece; True while there may be more. StoreError leaves everything as it was.

        An item that cannot be read or written keeps no other from being judged: `failing` says which, and
        it is tried again when nothing is left of the others.
        """
        if not self._loaded:
            stored = await asyncio.to_thread(self._store.progress)
            for each in self._items:
                each.reached = stored.get(each.item.tag)
            self._loaded = True
        head = await self._reader.head()
        self._through_us = head.through_us
        for each in sorted(self._items, key=lambda each: each.item.tag in self.failing):
            tag = each.item.tag
            try:
                more = await self._piece(each, head)
            except StoreError as error:
                self.failing[tag] = str(error)
                continue
            self.failing.pop(tag, None)
            if more:
                self._items.append(self._items.pop(self._items.index(each)))
                return True
        return False

    async def _piece(self, each: _Item, head: FiguresHead) -> bool:
        if each.target is None:
            await self._plan(each, head)
        if each.target is None:
            return False
        # Taken off when it is kept: what fails is due as before.
        if each.again:
            await self._limit_again(each.item, each.again[0])
            each.again.popleft()
        elif each.runs:
            await self._judge(each, each.runs[0], head)
            each.runs.popleft()
        if not each.again and not each.runs:
            await asyncio.to_thread(self._store.save, each.item.tag, each.target)
            each.reached, each.target = each.target, None
        return True

    async def _plan(self, each: _Item, head: FiguresHead) -> None:
        """Look for what is due of an item."""
        reached = each.reached
        if reached is not None and head.version < reached.figures_version:
            # The history was replaced by an older one: what it does not know is not there.
            await asyncio.to_thread(self._store.forget, each.item.tag, head.through_us)
            each.began_us, reached = None, None
        if reached is None or reached.rules != RULES:
            reached = Progress(0, head.version, each.limits_hash, RULES)
        if reached.through_us and _nothing_new(reached, head, each.limits_hash):
            return
        sources = self._assessor.sources(each.item)
        changed = await self._reader.changed(sources, reached.figures_version, head.version)
        if each.began_us is None or (changed and changed[0] <= each.began_us):
            each.began_us = await self._reader.began_us(each.item.tag)
        if each.began_us is None:
            return
        from_us = max(reached.through_us, each.began_us)
        through_us = max(min(head.through_us, from_us + _ROUND_US), reached.through_us)
        days = self._touched(changed, each.began_us, from_us)
        if through_us > from_us:
            days |= self._days(max(from_us - TOUCHED_US, each.began_us), through_us)
        kept_from_us = await self._reader.kept_from_us(each.item.sources) if days else 0
        each.runs = _runs([day for day in days if day.start_us >= kept_from_us or not kept_from_us])
        if reached.limits_hash != each.limits_hash:
            each.again = await asyncio.to_thread(self._stored_days, each.item.tag)
        if each.runs or each.again or reached.limits_hash != each.limits_hash:
            each.target = Progress(through_us, head.version, each.limits_hash, RULES)
        elif reached.through_us:
            # Kept with the next round: asked again after a restart, it tells the same.
            each.reached = replace(reached, figures_version=head.version)

    def _touched(self, changed: Sequence[int], began_us: int, until_us: int) -> set[Day]:
        """Return the days that changed hours may tell of."""
        found: set[Day] = set()
        seen: set[int] = set()
        for start_us in changed:
            # By days, not by each of their hours: a mark of a month has 744 of them.
            if start_us < until_us and (day := start_us // (24 * HOUR_US)) not in seen:
                seen.add(day)
                first_us = max(day * 24 * HOUR_US - TOUCHED_US, began_us)
                found |= self._days(first_us, min((day + 1) * 24 * HOUR_US, until_us))
        return found

    def _days(self, from_us: int, to_us: int) -> set[Day]:
        return set(self._assessor.days_of(from_us, to_us))

    def _stored_days(self, tag: str) -> deque[list[Day]]:
        return _runs([Day(*span) for span in self._store.spans(tag)])

    async def _judge(self, each: _Item, days: list[Day], head: FiguresHead) -> None:
        assert each.began_us is not None
        now_us = max(self._clock.now_us(), head.through_us)
        found = await self._assessor.judged(each.item, days, each.began_us, head.through_us, now_us)
        hours = [hour for judged in found for hour in judged.hours if not hour.waiting]
        closed = [
            judged.judgement
            for judged in found
            # What people enter is judged on days on which they entered something.
            if judged.closed and (judged.hours or each.item.kind is not ItemKind.ENTERED)
        ]
        changed, _ = await asyncio.to_thread(self._store.write, hours, closed)
        self.judged_hours += changed

    async def _limit_again(self, item: JudgedItem, days: list[Day]) -> None:
        water = await self._assessor.water(item, days, days[-1].end_us)

        def work() -> None:
            hours = self._store.hours(item.tag, days[0].start_us, days[-1].end_us)
            found = [
                self._assessor.of_day(item, day, hours, day.end_us, water.get(day.day, NOT_KNOWN))
                for day in days
            ]
            self._store.write(
                [hour for judged in found for hour in judged.hours], [judged.judgement for judged in found]
            )

        await asyncio.to_thread(work)


def _runs(days: Sequence[Day]) -> deque[list[Day]]:
    """Return days that follow each other together, at most some, oldest first."""
    found: deque[list[Day]] = deque()
    for day in sorted(days, key=lambda each: each.start_us):
        if found and found[-1][-1].end_us == day.start_us and len(found[-1]) < _DAYS_AT_ONCE:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _nothing_new(reached: Progress, head: FiguresHead, limits_hash: str) -> bool:
    known = reached.figures_version == head.version and reached.limits_hash == limits_hash
    return known and head.through_us <= reached.through_us


def _hash(limits: Sequence[DischargeLimit], tag: str) -> str:
    mine = [asdict(limit) for limit in limits if limit.tag == tag]
    return hashlib.sha256(
        orjson.dumps([DAY_RULES, mine], default=str, option=orjson.OPT_SORT_KEYS)
    ).hexdigest()
