"""Pushes as they run: the journal in, messages to phones out, everything on the way kept.

    journal ──▶ plan ──▶ outbox ──▶ dispatcher ──▶ targets
                  ▲ who is on duty, from the node's own copy

One task plans. What it plans and how far it read stand in one transaction, so that a kill neither
loses nor doubles a push.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Final
from uuid import UUID

from alarms.journal import JournalRecord, JournalRepository
from alarms.notify.dispatch import Dispatcher
from alarms.notify.entering import contact_refused
from alarms.notify.links import token_digest
from alarms.notify.notices import Notice, planned, test_of
from alarms.notify.outbox import Outbox
from alarms.notify.permitted import Permitted
from alarms.notify.plan import FALLBACK, FLOOD_US, Planner
from alarms.notify.records import Push, PushState, Step, TriedPush
from alarms.notify.sending import Sender
from alarms.notify.settings import PushSettings
from alarms.notify.wording import Wording
from alarms.uptime.records import TARGET
from storage.ids import uuid7
from telemetry.clock import US_PER_S, Clock, duration_us
from telemetry.duty import OnCall, Recipient
from telemetry.errors import Conflict, Invalid, StoreError, TooMany
from telemetry.plant import Plant

_ROUND: Final = 500
_MOST_PENDING: Final = 1000
_TICK_S: Final = 1.0
_IDLE_S: Final = 30.0
_FAILING_AFTER_S: Final = 300.0
_TEST_EVERY_US: Final = 60 * US_PER_S
_TESTS_WITHIN_US: Final = 3600 * US_PER_S
_MOST_TESTS: Final = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link shows: its push, the alarm's steps, and what belongs to the same cause."""

    push: Push
    steps: Sequence[JournalRecord]
    below: Sequence[Push]
    recipient: Recipient


@dataclass(slots=True)
class _Deadlines:
    """When each alarm's next step is due, on a clock that nobody sets."""

    due_us: dict[UUID, int] = field(default_factory=dict)

    def is_due(self, push: Push, wait_us: int, clock: Clock) -> bool:
        left_us = min(max(push.created_us + wait_us - clock.now_us(), 0), wait_us)
        due_us = self.due_us.setdefault(push.occurrence, clock.monotonic_us() + left_us)
        return clock.monotonic_us() >= due_us

    def keep(self, occurrences: set[UUID]) -> None:
        for gone in self.due_us.keys() - occurrences:
            del self.due_us[gone]


@dataclass(slots=True)
class _Tests:
    """When test pushes were made of late, on a clock that nobody sets."""

    made_us: deque[int] = field(default_factory=deque)

    def wait_us(self, now_us: int) -> int:
        """Return how long the next one has to wait, 0 for not at all."""
        while self.made_us and self.made_us[0] <= now_us - _TESTS_WITHIN_US:
            self.made_us.popleft()
        if not self.made_us:
            return 0
        full = len(self.made_us) >= _MOST_TESTS
        free_us = self.made_us[0] + _TESTS_WITHIN_US if full else self.made_us[-1] + _TEST_EVERY_US
        return max(free_us - now_us, 0)


class Pushes:
    """The pushes of a node. Without settings nothing is planned or sent, and what was stays to be seen."""

    def __init__(
        self,
        *,
        settings: PushSettings | None,
        plant: Plant,
        limited: frozenset[str] = frozenset(),
        journal: JournalRepository,
        outbox: Outbox,
        on_call: OnCall,
        fallback: Callable[[], Sequence[str]],
        clock: Clock,
        target_on: Callable[[date], Fraction] = lambda _: TARGET,
    ) -> None:
        self.settings = settings
        entered = settings or PushSettings()
        self.permitted = Permitted(entered.kinds, entered.private)
        self.wording = Wording(plant, limited, target_on)
        self._plant = plant
        self._journal = journal
        self._outbox = outbox
        self._on_call = on_call
        self._fallback = fallback
        self._clock = clock
        self._deadlines = _Deadlines()
        self._wake = asyncio.Event()
        self._dispatcher: Dispatcher | None = None
        self._planning: str | None = None
        self._nobody = False
        self._tests: dict[UUID, _Tests] = {}
        self._fallback_tests = _Tests()

    @property
    def failing(self) -> str | None:
        """Why people are not told: what has failed for minutes; None while they are."""
        if self._planning is not None:
            return self._planning
        stuck = self._dispatcher.longest_failing() if self._dispatcher is not None else None
        if stuck is not None and stuck[0] >= _FAILING_AFTER_S:
            return f"a push has not been delivered for {stuck[0] / 60:.0f} min: {stuck[1]}"
        return "nobody is on duty and no other target is set" if self._nobody else None

    def wake(self) -> None:
        """Look at the journal now; on the loop."""
        self._wake.set()

    async def run(self) -> None:
        """Plan and send until cancelled."""
        if self.settings is None:
            await asyncio.get_running_loop().create_future()
            return
        sender = Sender(self.settings.timeout.total_seconds(), self.permitted)
        dispatcher = Dispatcher(
            self._outbox,
            self._journal,
            self.wording,
            sender,
            self.settings,
            self._targets_of,
            self._name_of,
            self._clock,
        )
        self._dispatcher = dispatcher
        try:
            while True:
                await self._wait(dispatcher, await self._turn(self.settings, dispatcher))
        finally:
            await dispatcher.close()

    async def contact_refused(self, target: str) -> Invalid | None:
        """Return why an address cannot be somebody's contact, as far as that is known unasked."""
        return await asyncio.to_thread(contact_refused, target, self.permitted)

    async def page(
        self, *, before: int | None, limit: int, occurrence: UUID | None = None
    ) -> list[TriedPush]:
        """Return pushes with what was tried, the newest first; of one alarm where it is named."""
        read = partial(self._outbox.page, before=before, limit=limit, occurrence=occurrence)
        return await asyncio.to_thread(read)

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Return how many pushes stand in each state, and attempts by outcome; blocks."""
        return self._outbox.counts()

    async def opened(self, token: str) -> OpenedLink | None:
        """Return what a link shows; None for a word that is unknown, expired, or of somebody who left."""
        digest = token_digest(token)
        return None if digest is None else await asyncio.to_thread(self._opened, digest)

    async def test(self, account_id: UUID, *, person: UUID | None = None, fallback: bool = False) -> Push:
        """Put a test push into the outbox: to oneself, a person, or the targets that are nobody's.

        Conflict where there is no target; TooMany beyond one a minute and ten an hour of an account, to a
        person, and of all of them to the targets that are nobody's.
        """
        if self.settings is None:
            raise Conflict("pushes_not_set_up", "plant.yaml says nothing of pushes: add push: to it")
        tests, now_us = self._tests.setdefault(person or account_id, _Tests()), self._clock.monotonic_us()
        # The fallback's targets are everybody's: their bots bound what a group is sent.
        wait_us = max(tests.wait_us(now_us), self._fallback_tests.wait_us(now_us) if fallback else 0)
        if wait_us:
            wait_s = -(-wait_us // US_PER_S)
            raise TooMany("too_many_tests", f"too many test pushes; wait {wait_s} s", wait_s)
        counted = (tests, self._fallback_tests) if fallback else (tests,)
        for each in counted:
            each.made_us.append(now_us)
        try:
            made = await asyncio.to_thread(self._made_test, account_id, person, fallback)
        except (Conflict, StoreError):
            for each in counted:
                each.made_us.remove(now_us)
            raise
        self.wake()
        return made

    async def notice(self, notice: Notice) -> bool:
        """Put a notice into the outbox, once for ever; False: there already, or nobody has a target."""
        if self.settings is None:
            return False
        made = await asyncio.to_thread(self._notice, notice, self.settings.public_url)
        if made:
            self.wake()
        return made

    async def _turn(self, settings: PushSettings, dispatcher: Dispatcher) -> float | None:
        try:
            while await asyncio.to_thread(self._follow, settings, dispatcher.under_way):
                pass
            waits = await asyncio.to_thread(self._escalate, settings, dispatcher.under_way)
            pending = await asyncio.to_thread(self._outbox.pending, _MOST_PENDING)
        except StoreError as error:
            if self._planning is None:
                _log.error("nothing new is pushed: %s", error)
            self._planning = str(error)
            return _TICK_S
        if self._planning is not None:
            _log.info("pushes are planned again")
        self._planning = None
        next_s = dispatcher.look(pending)
        return _TICK_S if waits and (next_s is None or next_s > _TICK_S) else next_s

    async def _wait(self, dispatcher: Dispatcher, seconds: float | None) -> None:
        """Wait for the journal, for a push to be done, or so long."""
        waiting = [asyncio.create_task(event.wait()) for event in (self._wake, dispatcher.done)]
        try:
            await asyncio.wait(
                waiting, timeout=_IDLE_S if seconds is None else seconds, return_when="FIRST_COMPLETED"
            )
        finally:
            for each in waiting:
                each.cancel()
        self._wake.clear()
        dispatcher.done.clear()

    def _follow(self, settings: PushSettings, under_way: frozenset[UUID]) -> bool:
        """Plan what the next records call for; True while there may be more."""
        seq = self._outbox.cursor()
        if seq is None:
            # What was before pushes were set up is no news.
            seq = self._journal.newest_seq()
            self._outbox.apply(self._planner(settings, under_way, ()).plan, seq)
        records = self._journal.after(seq, _ROUND)
        if not records:
            return False
        planner = self._planner(settings, under_way, {record.occurrence for record in records})
        planner.follow(records, self._first_step())
        self._outbox.apply(planner.plan, records[-1].seq)
        return len(records) == _ROUND

    def _escalate(self, settings: PushSettings, under_way: frozenset[UUID]) -> bool:
        """Plan the next steps that are due; True while any is still to come."""
        if self._nobody:
            self._first_step()  # somebody may have come meanwhile
        waiting: dict[UUID, list[Push]] = {}
        for push in self._outbox.waiting():
            waiting.setdefault(push.occurrence, []).append(push)
        self._deadlines.keep(set(waiting))
        due = {
            occurrence: pushes
            for occurrence, pushes in waiting.items()
            if self._is_due(pushes, duration_us(settings.wait))
        }
        coming = any(push.step is Step.RAISE for pushes in waiting.values() for push in pushes)
        if not due:
            return coming
        planner = self._planner(settings, under_way, due)
        fallback = self._nobodys()
        second = list(self._on_call.second_step(self._clock.now_us()))
        for occurrence, pushes in due.items():
            if any(push.step is Step.SECOND for push in pushes):
                planner.escalate(occurrence, fallback, fallback=False)
            else:
                planner.escalate(occurrence, second or fallback, fallback=bool(second and fallback))
        self._outbox.apply(planner.plan)
        return coming

    def _is_due(self, pushes: Sequence[Push], wait_us: int) -> bool:
        lost = (PushState.FAILED, PushState.NOBODY)
        if all(push.state in lost for push in pushes):
            return True
        # The second step waits for nothing but its own failure.
        first = [push for push in pushes if push.step is Step.RAISE]
        return bool(first) and self._deadlines.is_due(first[0], wait_us, self._clock)

    def _planner(
        self, settings: PushSettings, under_way: frozenset[UUID], occurrences: Iterable[UUID]
    ) -> Planner:
        now_us = self._clock.now_us()
        since_us = now_us - max(FLOOD_US, duration_us(settings.again))
        known = self._outbox.known(since_us, list(occurrences))
        return Planner(settings, self._plant, known, under_way, now_us, uuid7)

    def _first_step(self) -> list[Recipient]:
        on_duty = list(self._on_call.on_duty(self._clock.now_us()))
        told = on_duty or self._nobodys()
        if not told and not self._nobody:
            _log.error("nobody is on duty, and no other target is set: nobody is told of alarms")
        self._nobody = not told
        return told

    def _nobodys(self) -> list[Recipient]:
        targets = tuple(self._fallback())
        language = self.settings.fallback_language if self.settings else ""
        return [Recipient(None, None, FALLBACK, language, targets)] if targets else []

    def _targets_of(self, push: Push) -> Sequence[str]:
        if push.person is None:
            return tuple(self._fallback())
        found = self._on_call.recipient(push.person)
        return () if found is None else found.targets

    def _name_of(self, account_id: UUID) -> str | None:
        """Return the name of whose account it is; None where it is nobody's, or several people's."""
        found = self._on_call.of_account(account_id)
        return found[0].name if len(found) == 1 else None

    def _opened(self, digest: bytes) -> OpenedLink | None:
        linked = self._outbox.linked(digest)
        if linked is None or linked.expires_us <= self._clock.now_us():
            return None
        push = linked.push
        if push.person is None:
            recipient: Recipient | None = Recipient(None, None, push.name, push.language, ())
        else:
            recipient = self._on_call.recipient(push.person)
        if recipient is None:
            return None
        steps = self._journal.occurrence(push.occurrence)
        return OpenedLink(push, steps, self._outbox.under(push.id), recipient)

    def _notice(self, notice: Notice, public_url: str | None) -> bool:
        if self._outbox.page(before=None, limit=1, occurrence=notice.about):
            return False
        now_us = self._clock.now_us()
        if notice.person is None:
            told = list(self._on_call.second_step(now_us)) or self._nobodys()
        else:
            known = self._on_call.recipient(notice.person)
            told = [known] if known is not None and known.targets else []
        if told:
            self._outbox.apply(planned(notice, told, public_url, now_us, uuid7))
        return bool(told)

    def _tested(self, account_id: UUID, person: UUID | None) -> Sequence[Recipient]:
        if person is None:
            return self._on_call.of_account(account_id)
        known = self._on_call.recipient(person)
        return [known] if known is not None and known.targets else []

    def _made_test(self, account_id: UUID, person: UUID | None, fallback: bool) -> Push:
        found = self._nobodys() if fallback else self._tested(account_id, person)
        if not found:
            raise Conflict("no_targets", "there is no target to push to: add one to the person's contacts")
        now_us = self._clock.now_us()
        made = test_of(found[0], now_us, uuid7(now_us))
        planner = self._planner(self.settings or PushSettings(), frozenset(), ())
        planner.plan.new[made.id] = made
        self._outbox.apply(planner.plan)
        return made
