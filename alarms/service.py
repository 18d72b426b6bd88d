"""Alarming as it runs: batches in, journal and active alarms out.

One task owns the engine. What it evaluates is visible only once it stands in the journal; while the
journal refuses, evaluation waits, and history holds what comes meanwhile. After a restart it goes on
after the last batch whose evaluation was kept.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from alarms.acknowledging import PlantTime, Request, Requests, acknowledged_already, why_not
from alarms.active import ActiveAlarm as ActiveAlarm
from alarms.active import Book, moved
from alarms.evaluation import Evaluation
from alarms.feed import Feed
from alarms.journal import Entry, JournalRecord, JournalRepository, Progress
from alarms.settings import Rule
from alarms.states import AlarmState, Transition
from alarms.writer import JournalWriter
from telemetry.clock import Clock, real_seconds
from telemetry.errors import Conflict, RequestError, StoreError
from telemetry.people import Actor, clean
from telemetry.plant import Plant
from telemetry.protocols import BatchReader
from telemetry.samples import CommittedBatch

_TICK_S: Final = 0.2
# Ticks are far more frequent: a node that did not look for so long did not see who was silent.
_SLACK: Final = timedelta(seconds=5)
# A restart evaluates what came since again, in milliseconds; each save costs a disk some 20 KB.
_SAVE_EVERY_S: Final = 5.0
# Above, an evaluation takes more than a millisecond or two: off the loop with it.
_LARGE_ROWS: Final = 20_000

_log = logging.getLogger(__name__)


class AlarmService:
    """The alarms of a node. `on_change` is called on the loop whenever `active()` has become another."""

    def __init__(
        self,
        *,
        rules_on: Callable[[date], Sequence[Rule]],
        plant: Plant,
        series_ids: Mapping[str, int],
        journal: JournalRepository,
        history: BatchReader,
        clock: Clock,
    ) -> None:
        self._evaluation = Evaluation(rules_on, plant, series_ids, _SLACK * clock.speed)
        self._book = Book(plant)
        self._zone = plant.timezone
        self._repository = journal
        self._writer = JournalWriter(journal, clock)
        self._feed = Feed(history)
        self._clock = clock
        self._requests = Requests()
        self._wake = asyncio.Event()
        self._running = False
        # Evaluated and not yet journalled: a snapshot taken now would lose transitions.
        self._unkept = False
        self._unsaved = False
        self._saved_at_us = 0
        self._shown: list[ActiveAlarm] | None = None
        self.version = 0
        self.on_change: list[Callable[[], None]] = []

    @property
    def evaluated_through(self) -> int:
        """The number of the last batch evaluated."""
        return self._evaluation.engine.batch

    @property
    def failing(self) -> str | None:
        """Why alarms do not go on: the journal cannot be written, or history not be read."""
        return self._writer.failing or self._feed.failing

    @property
    def queued(self) -> int:
        """How many batches wait in memory."""
        return self._feed.queued

    @property
    def overflows(self) -> int:
        """How often batches came faster than they were evaluated, and were read from history instead."""
        return self._feed.overflows

    async def start(self, *, begin_after: int = 0) -> None:
        """Stand as before the restart and evaluate what was committed since; StoreError when it cannot.

        A node that has no journal yet begins after batch `begin_after` of its history.
        """
        progress = await self._writer.call(self._repository.progress)
        if progress is None:
            if begin_after:
                _log.warning("there is no alarm journal beside the history; a new one begins now")
            self._evaluation.begin(self._clock.now_us(), begin_after)
            await self._writer.write([], self._progress())
        else:
            await self._resume(progress)
        self._evaluation.engine.batch = await self._feed.begin(self.evaluated_through)
        await self._take_in()

    def submit(self, batch: CommittedBatch) -> None:
        """Hand over a committed batch; on the loop, at once."""
        self._feed.put(batch)
        self._wake.set()

    async def run(self) -> None:
        """Evaluate and journal until cancelled."""
        self._running = True
        try:
            while True:
                await self._wait()
                await self._take_in()
                await self._requests.serve(self._acknowledge)
                if self._feed.idle:
                    await self._keep(self._evaluation.tick(self._clock.now_us()))
                await self._save(_SAVE_EVERY_S)
        finally:
            self._requests.close("alarming has stopped")
            await self._save(0.0)
            self._writer.close()

    def active(self) -> list[ActiveAlarm]:
        """Return the alarms to be seen: highest priority, then unacknowledged, then newest first."""
        if self._shown is None:
            self._shown = self._book.shown()
        return list(self._shown)

    async def acknowledge(self, alarm_id: UUID, actor: Actor, comment: str) -> ActiveAlarm:
        """Acknowledge an alarm for somebody; it stands in the journal when this returns.

        The comment may be empty: at night one tap must do. Acknowledging HH acknowledges the H
        beneath it, which is not shown. NotFound; Conflict `already_acknowledged`, `raised_again` or
        `alarm_withdrawn`; Invalid for a comment over 500 characters; StoreError when not journalled.
        """
        comment = clean(comment)
        if self.failing is not None:
            raise StoreError(f"not acknowledged: {self.failing}")
        answer = self._requests.ask(alarm_id, actor, comment)
        self._wake.set()
        return await answer

    async def record_past(self, entries: Sequence[Entry]) -> None:
        """Journal alarms that came and went before this node evaluated anything.

        They are told as over: whoever reads a rule's newest record finds it normal, so its alarm must be
        that, and theirs must have ended. Conflict `alarm_standing` where one is not; StoreError.
        """
        ends = {entry.transition.key: entry.transition.to_state for entry in entries}
        standing = ends.keys() & self._evaluation.engine.states().keys()
        standing |= {key for key, state in ends.items() if state is not AlarmState.NORMAL}
        if standing:
            raise Conflict("alarm_standing", f"{min(standing)} is not over: its past is not told now")
        await self._writer.call(lambda: self._repository.append(entries, self._clock.now_us()))

    async def journal(
        self,
        *,
        before: int | None,
        limit: int,
        tag: str | None = None,
        key: str | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> list[JournalRecord]:
        """Return a page of the journal, newest first; see `JournalRepository.page`."""
        read = self._repository.page
        return await asyncio.to_thread(
            read, before=before, limit=limit, tag=tag, key=key, from_us=from_us, to_us=to_us
        )

    async def occurrence(self, alarm_id: UUID) -> list[JournalRecord]:
        """Return what happened to one alarm from its raise on, oldest first; nothing for an unknown one."""
        return await asyncio.to_thread(self._repository.occurrence, alarm_id)

    async def _resume(self, progress: Progress) -> None:
        evaluation, repository = self._evaluation, self._repository
        try:
            transitions = evaluation.resume(progress.at_us, progress.snapshot)
        except StoreError as error:
            _log.warning("%s; alarms stand as the journal says, and running delays begin anew", error)
            states = await self._writer.call(repository.last_states)
            through = progress.evaluated_through
            transitions = evaluation.resume_from_journal(progress.at_us, through, states)
        keys = {*evaluation.engine.states(), *(done.key for done in transitions)}
        self._publish(await self._writer.call(lambda: repository.newest_occurrences(keys)))
        await self._keep(transitions)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_TICK_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _take_in(self) -> None:
        while batches := await self._feed.next(_LARGE_ROWS):
            self._unkept = self._unsaved = True
            if sum(len(batch.samples) for batch in batches) > _LARGE_ROWS:
                transitions = await asyncio.to_thread(self._evaluate, batches)
            else:
                transitions = self._evaluate(batches)
            await self._keep(transitions)
            await self._save(_SAVE_EVERY_S)
            await self._requests.serve(self._acknowledge)

    def _evaluate(self, batches: Sequence[CommittedBatch]) -> list[Transition]:
        return [done for batch in batches for done in self._evaluation.take(batch)]

    async def _keep(self, transitions: Sequence[Transition]) -> None:
        """Journal transitions, however long it takes, and only then show them."""
        self._unkept = bool(transitions)
        if not transitions:
            return
        entries = self._book.entries(transitions, self._evaluation.rules, self._clock.now_us())
        if self._running:
            records = await self._writer.write_until_kept(entries, self._progress(), self._requests.refuse)
        else:
            records = await self._writer.write(entries, self._progress())
        if len(records) < len(entries):
            _log.warning("%d transitions stood in the journal already", len(entries) - len(records))
        self._kept(records)

    def _kept(self, records: Sequence[JournalRecord]) -> None:
        self._unkept = self._unsaved = False
        self._saved_at_us = self._clock.monotonic_us()
        self._publish(records)

    def _publish(self, records: Sequence[JournalRecord]) -> None:
        self._book.enter(records, self._evaluation.rules)
        self._shown = None
        self.version += 1
        for tell in self.on_change:
            try:
                tell()
            except Exception:
                _log.exception("a listener to alarms failed")

    async def _save(self, after_s: float) -> None:
        """Keep how far was evaluated, unless that was done less than `after_s` ago."""
        age_us = self._clock.monotonic_us() - self._saved_at_us
        if not self._unsaved or self._unkept or real_seconds(self._clock, age_us) < after_s:
            return
        self._saved_at_us = self._clock.monotonic_us()
        try:
            await self._writer.write([], self._progress())
        except StoreError:
            return  # logged, and tried again; what is not kept is evaluated again
        self._unsaved = False

    def _progress(self) -> Progress:
        engine = self._evaluation.engine
        return Progress(engine.batch, engine.now_us, engine.snapshot())

    async def _acknowledge(self, request: Request) -> ActiveAlarm:
        alarm = self._book.by_id(request.alarm_id)
        if alarm is None or alarm.state is AlarmState.ACKNOWLEDGED:
            raise await self._refusal(request.alarm_id, alarm)
        inner = self._book.beneath(alarm)
        unseen = [inner.key] if inner is not None and inner.state is AlarmState.UNACKNOWLEDGED else []
        engine, now_us = self._evaluation.engine, self._clock.now_us()
        done = [engine.acknowledge(key, now_us) for key in (alarm.key, *unseen)]
        self._unkept = True
        rules = self._evaluation.rules
        entries = self._book.entries(done, rules, now_us, request.actor, request.comment)
        try:
            records = await self._writer.write(entries, self._progress())
        except StoreError as error:
            for transition in done:
                engine.undo(transition)
            self._unkept, self._unsaved = False, True  # so that the journal is tried again
            raise StoreError(f"not acknowledged: {error}") from error
        self._kept(records)
        return moved(alarm, records[0])

    async def _refusal(self, alarm_id: UUID, alarm: ActiveAlarm | None) -> RequestError:
        time = PlantTime(self._zone, self._clock.now_us())
        if alarm is not None:
            return acknowledged_already(alarm.acknowledged_by, alarm.acknowledged_at_us or 0, time)
        records = await asyncio.to_thread(self._repository.occurrence, alarm_id)
        again = self._book.of(records[0].key) if records else None
        return why_not(alarm_id, records, again, time)
