"""Sends what stands pending in the outbox, a few at a time, until it is taken or was tried often enough.

    begin     attempt, words and link are kept        killed here: sent again after the restart,
    send      the target takes it, or not             with the same key, so that it can deduplicate
    finish    what became of it is kept

When to try again is known in memory alone, on a clock nobody sets: after a restart all is due at once.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from alarms.journal import JournalRepository
from alarms.notify import words
from alarms.notify.links import address, new_token, token_digest
from alarms.notify.outbox import Outbox, Tried, Try
from alarms.notify.records import Attempt, Outcome, Push, PushState, Step
from alarms.notify.results import Message, Result
from alarms.notify.sending import Sender
from alarms.notify.settings import PushSettings
from alarms.notify.targets import digest_of, kind_of
from alarms.notify.wording import Story, Wording, grave, within
from telemetry.clock import Clock, duration_us
from telemetry.errors import StoreError
from telemetry.plant import Name

AT_ONCE: Final = 8
_FIRST_AGAIN_S: Final = 5.0
_LONGEST_AGAIN_S: Final = 300.0
_STORE_AGAIN_S: Final = 5.0
_UNLINKED: Final = (Step.NOTICE, Step.TEST)
"""There is no alarm behind these that a link could show."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """What is known of a pending push in memory; `due` is on the loop's clock."""

    due: float
    token: str = field(default_factory=new_token)


class Dispatcher:
    """The pushes under way. `failing` says since when on the loop's clock nothing gets out, and why."""

    def __init__(
        self,
        outbox: Outbox,
        journal: JournalRepository,
        wording: Wording,
        sender: Sender,
        settings: PushSettings,
        targets_of: Callable[[Push], Sequence[str]],
        name_of: Callable[[UUID], str | None],
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._wording = wording
        self._sender = sender
        self._settings = settings
        self._targets_of = targets_of
        self._name_of = name_of
        self._clock = clock
        self._chance = chance
        self._waiting: dict[UUID, _Waiting] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._busy: set[str] = set()
        self._failing_since: dict[UUID, tuple[float, str]] = {}
        self._store_failing = False
        self.done = asyncio.Event()

    @property
    def under_way(self) -> frozenset[UUID]:
        """The pushes that are being sent."""
        return frozenset(self._tasks)

    def longest_failing(self) -> tuple[float, str] | None:
        """Return for how many seconds a push has not got out, and why; None while all get out."""
        if not self._failing_since:
            return None
        since, why = min(self._failing_since.values())
        return asyncio.get_running_loop().time() - since, why

    def look(self, pending: Sequence[Push]) -> float | None:
        """Begin what is due of all that is pending; return how long until the next is, None for none."""
        now = asyncio.get_running_loop().time()
        ids = {push.id for push in pending}
        for gone in [each for each in self._waiting if each not in ids and each not in self._tasks]:
            del self._waiting[gone]
            self._failing_since.pop(gone, None)
        next_due: float | None = None
        for push in pending:
            waiting = self._waiting.setdefault(push.id, _Waiting(now + self._gather_s(push)))
            if push.id in self._tasks:
                continue
            if waiting.due <= now and push.recipient not in self._busy and len(self._tasks) < AT_ONCE:
                # One after the other to one person, so that they arrive in this order.
                self._busy.add(push.recipient)
                task = asyncio.create_task(self._send(push, waiting), name=f"push {push.id}")
                self._tasks[push.id] = task
            elif waiting.due > now:
                next_due = min(waiting.due, next_due or waiting.due)
        return None if next_due is None else max(next_due - now, 0.05)

    async def close(self) -> None:
        """End what is under way; what a target has taken meanwhile is sent again after the restart."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _gather_s(self, push: Push) -> float:
        if push.step is Step.TEST or push.title is not None:
            return 0.0
        # What came back may be raised again in a moment: then it was not over.
        span = self._settings.together if push.step is Step.END else self._settings.gather
        return span.total_seconds()

    async def _send(self, push: Push, waiting: _Waiting) -> None:
        try:
            state = await self._tried(push, waiting)
        except StoreError as error:
            waiting.due = asyncio.get_running_loop().time() + _STORE_AGAIN_S
            self._fails(push, str(error))
            if not self._store_failing:
                _log.error("pushes wait, since no attempt can be kept: %s", error)
            self._store_failing = True
        except Exception:
            # One push that cannot be made must not keep the others; it stays in the outbox.
            _log.exception("push %s failed", push.id)
            waiting.due = asyncio.get_running_loop().time() + _LONGEST_AGAIN_S
            self._fails(push, "a fault of the product; the log tells more")
        else:
            if self._store_failing:
                _log.info("pushes go out again")
            self._store_failing = False
            if state is not PushState.PENDING:
                self._failing_since.pop(push.id, None)
        finally:
            del self._tasks[push.id]
            self._busy.discard(push.recipient)
            self.done.set()

    async def _tried(self, push: Push, waiting: _Waiting) -> PushState:
        prepared = await asyncio.to_thread(self._prepare, push, waiting)
        if isinstance(prepared, PushState):
            return prepared
        loop = asyncio.get_running_loop()
        began = loop.time()
        results = await asyncio.gather(*(self._one(prepared, target, push) for target in prepared.targets))
        after = Counter(prepared.tries)
        for target, (result, _) in zip(prepared.targets, results, strict=True):
            after[target] += result.outcome is Outcome.FAILED
        state = self._state_after([result for result, _ in results], prepared, after)
        tried = [
            Tried(row, took_ms, result.outcome, result.error)
            for row, (result, took_ms) in zip(prepared.rows, results, strict=True)
        ]
        await self._finish(push, tried, state)
        if state is PushState.PENDING:
            waits_s = min(_FIRST_AGAIN_S * 2 ** (max(after.values()) - 1), _LONGEST_AGAIN_S)
            waiting.due = loop.time() + waits_s * (0.8 + 0.4 * self._chance())
        if state is not PushState.DELIVERED:
            why = next((result.error for result, _ in results if result.error), "not taken")
            self._fails(push, f"{kind_of(prepared.targets[0])}: {why}", began)
            if state is PushState.FAILED:
                _log.error("push %s to %s was not delivered: %s", push.id, push.recipient, why)
        return state

    async def _one(self, prepared: "_Prepared", target: str, push: Push) -> tuple[Result, int]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        result = await self._sender.send(target, prepared.message, trusted=push.person is None)
        return result, round((loop.time() - began) * 1000)

    async def _finish(self, push: Push, tried: Sequence[Tried], state: PushState) -> None:
        """Keep what became of it, however long the store refuses: the target has it or not."""
        while True:
            try:
                now_us = self._clock.now_us()
                return await asyncio.to_thread(self._outbox.finish, push.id, tried, state, now_us)
            except StoreError as error:
                if not self._store_failing:
                    _log.error("what became of a push cannot be kept: %s", error)
                self._store_failing = True
                self._fails(push, str(error))
                await asyncio.sleep(_STORE_AGAIN_S)

    def _state_after(
        self, results: Sequence[Result], prepared: "_Prepared", failures: Mapping[str, int]
    ) -> PushState:
        if any(result.outcome is Outcome.DELIVERED for result in results):
            return PushState.DELIVERED
        again = any(
            result.outcome is Outcome.FAILED and failures[target] < self._settings.tries
            for target, result in zip(prepared.targets, results, strict=True)
        )
        return PushState.PENDING if again else PushState.FAILED

    def _prepare(self, push: Push, waiting: _Waiting) -> "_Prepared | PushState":
        """Return what is to be sent to whom, kept as an attempt; or how the push stands without one."""
        now_us = self._clock.now_us()
        attempts = self._outbox.attempts(push.id)
        failures = _failures(attempts)
        refused = {a.target for a in attempts if a.outcome is Outcome.REFUSED}
        targets = [
            target
            for target in self._targets_of(push)
            for name in [digest_of(push.id, target)]
            if name not in refused and failures[name] < self._settings.tries
        ]
        if not targets:
            _log.error("push %s to %s was not delivered: no target is left", push.id, push.recipient)
            self._outbox.settle(push.id, PushState.FAILED, now_us)
            return PushState.FAILED
        below = self._outbox.under(push.id)
        if push.step is Step.SUMMARY and not below:
            self._outbox.settle(push.id, PushState.OBSOLETE, now_us)
            return PushState.OBSOLETE
        story = self._story(push, below)
        title, body = self._wording.words(story, now_us)
        # The word in the link is kept as a digest only, so what is kept of the text goes without it.
        url = address(self._settings.public_url, waiting.token)
        _, sent = self._wording.words(replace(story, url=url), now_us)
        tries = [Try(digest_of(push.id, target), kind_of(target)) for target in targets]
        digest = token_digest(waiting.token)
        linked = None
        if self._settings.public_url is not None and digest is not None and push.step not in _UNLINKED:
            linked = (digest, now_us + duration_us(self._settings.link_expires))
        rows = self._outbox.begin(push, tries, (title, body), now_us, linked)
        if rows is None:
            return self._outbox.stands(push.id)
        tried = {target: failures[each.target] for target, each in zip(targets, tries, strict=True)}
        return _Prepared(targets, rows, tried, Message(push.id, title, sent, grave(push)))

    def _story(self, push: Push, below: Sequence[Push]) -> Story:
        more, gravest = within(below)
        steps = self._journal.occurrence(push.occurrence)
        named = {step.actor_id: self._name_of(step.actor_id) for step in steps if step.actor_id is not None}
        return Story(
            push=push,
            steps=steps,
            more=more,
            url=None,
            reason=_reason(push),
            gravest=gravest,
            names={account: name for account, name in named.items() if name is not None},
        )

    def _fails(self, push: Push, why: str, since: float | None = None) -> None:
        now = asyncio.get_running_loop().time() if since is None else since
        self._failing_since[push.id] = (self._failing_since.get(push.id, (now, ""))[0], why)


@dataclass(frozen=True, slots=True)
class _Prepared:
    targets: Sequence[str]
    rows: Sequence[int]
    tries: Mapping[str, int]
    message: Message


def _failures(attempts: Sequence[Attempt]) -> Counter[str]:
    """Return how often each target failed; an attempt that a kill cut short did not."""
    return Counter(each.target for each in attempts if each.outcome is Outcome.FAILED)


def _reason(push: Push) -> Name | None:
    if push.person is None and push.step is Step.RAISE:
        return words.NOBODY
    if push.step is Step.FALLBACK:
        return words.UNREACHED
    return words.SECOND if push.step is Step.SECOND else None
