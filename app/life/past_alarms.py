"""The alarms of the demo's incidents: the node's own engine and rules over the readings of those hours.

Nobody watched then, for the past is made when the demo starts. So its readings are evaluated as they would
have been: who led the shift acknowledges after believable minutes, and what came and went goes into the
journal, marked there as recorded when it was. What was not over by the end of its hours is left out.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np

from alarms.active import ActiveAlarm, Book
from alarms.evaluation import Evaluation
from alarms.journal import Entry, JournalRecord
from alarms.settings import Priority, Rule, RuleKind
from alarms.states import AlarmEvent, AlarmState, Transition
from app.build import Parts
from app.life.past_readings import every_sample
from simulator.incidents import INCIDENTS
from simulator.waking import DAY_US, MINUTE_US, run_in_from
from telemetry.people import Actor
from telemetry.plant import EquipmentKind
from telemetry.samples import CommittedBatch, SampleBatch

_BEFORE_US: Final = 60 * MINUTE_US
_AFTER_US: Final = 300 * MINUTE_US
_SLACK: Final = timedelta(minutes=5)
_ANSWERED_IN: Final[Mapping[Priority, tuple[float, float]]] = {
    Priority.CRITICAL: (0.8, 3.0),
    Priority.HIGH: (1.2, 6.5),
    Priority.MEDIUM: (3.0, 14.0),
    Priority.LOW: (8.0, 35.0),
}
"""Minutes until somebody answers, by priority."""
_NOT_TOLD: Final = frozenset({RuleKind.INSTRUMENT, RuleKind.LINK})
"""What says that readings do not come: of a past that has one a minute nothing can be told of it."""
_SAID: Final = {
    EquipmentKind.ANALYSER: ("已通知运维单位，改手工取样", "已报运维单位和工艺", "故障停测，已通知运维"),
    EquipmentKind.PUMP: ("备用泵已投入，巡检去现场", "现场确认跳闸，查原因"),
    EquipmentKind.BLOWER: ("现场确认跳闸，查原因", "已到现场，通知机修", "查供电，不强送"),
}
_OTHERWISE: Final = ("已知，现场处理中", "加密巡检", "已报工艺")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One alarm from its raise to its end."""

    id: UUID
    rule: Rule
    equipment: EquipmentKind | None
    moves: tuple[Transition, ...]

    def entries(self, by: Actor | None) -> list[Entry]:
        """Return it for the journal, acknowledged by somebody; nobody's answer stays nobody's."""
        return [self._entry(number, done, by) for number, done in enumerate(self.moves)]

    def _entry(self, number: int, done: Transition, by: Actor | None) -> Entry:
        answers = done.event is AlarmEvent.ACKNOWLEDGE
        rule = self.rule
        id = self.id if number == 0 else uuid5(self.id, str(number))
        choice = random.Random(f"{done.key} {done.at_us}").choice
        said = choice(_SAID.get(self.equipment, _OTHERWISE) if self.equipment else _OTHERWISE)
        words = said if answers else ""
        return Entry(id, done, rule.tag, rule.kind, rule.priority, self.id, by if answers else None, words)


def spans(begun_us: int, parts: Parts) -> list[tuple[int, int]]:
    """Return the times of the incidents, those that overlap as one."""
    seam_us, zone = run_in_from(begun_us) + DAY_US, parts.folder.plant.timezone
    found: list[tuple[int, int]] = []
    for from_us, to_us in sorted(incident.span(seam_us, zone) for incident in INCIDENTS):
        if found and from_us <= found[-1][1] + _AFTER_US:
            found[-1] = (found[-1][0], max(found[-1][1], to_us))
        else:
            found.append((from_us, to_us))
    return found


async def evaluated(parts: Parts, begun_us: int) -> list[Occurrence]:
    """Return the alarms of the incidents, by their raise; StoreError where the history cannot be read."""
    found: list[Occurrence] = []
    for from_us, to_us in spans(begun_us, parts):
        samples = await every_sample(parts.stores.history, from_us - _BEFORE_US, to_us + _AFTER_US)
        if len(samples):
            found += await asyncio.to_thread(_evaluate, parts, samples, from_us)
    return sorted(found, key=lambda one: (one.moves[0].at_us, one.rule.key))


def _evaluate(parts: Parts, samples: SampleBatch, told_from_us: int) -> list[Occurrence]:
    folder = parts.folder

    def rules_on(day: date) -> list[Rule]:
        return [rule for rule in folder.rules_on(day) if rule.kind not in _NOT_TOLD]

    evaluation = Evaluation(rules_on, folder.plant, parts.series_ids, _SLACK)
    samples = samples.select(np.argsort(samples.times_us, kind="stable"))
    evaluation.begin(int(samples.times_us[0]) - 1, 0)
    moves: dict[str, list[Transition]] = {}
    waiting: dict[str, int] = {}
    found: list[Occurrence] = []

    def follow(done: Transition) -> None:
        rule = evaluation.rules[done.key]
        so_far = moves.setdefault(done.key, [])
        so_far.append(done)
        if done.event is AlarmEvent.RAISE and done.key not in waiting:
            waiting[done.key] = done.at_us + _answer_us(rule, done.at_us)
        if done.to_state is AlarmState.NORMAL:
            waiting.pop(done.key, None)
            del moves[done.key]
            if so_far[0].event is AlarmEvent.RAISE and so_far[0].at_us >= told_from_us:
                id = uuid5(NAMESPACE_OID, f"{done.key} {so_far[0].at_us}")
                machine = folder.plant.equipment_by_id.get(rule.equipment or "")
                kind = machine.kind if machine else None
                found.append(Occurrence(id, rule, kind, tuple(so_far)))

    for batch in _minutes(samples):
        for key in sorted(waiting, key=lambda key: waiting[key]):
            if waiting[key] < batch.committed_us:
                follow(evaluation.engine.acknowledge(key, waiting.pop(key)))
        for done in evaluation.take(batch):
            follow(done)
    return found


def _minutes(samples: SampleBatch) -> Iterator[CommittedBatch]:
    """Yield the readings by time, as batches of number 0: before all that were ever committed."""
    times, first = np.unique(samples.times_us, return_index=True)
    ends = [*first[1:].tolist(), len(samples)]
    for at_us, start, end in zip(times.tolist(), first.tolist(), ends, strict=True):
        yield CommittedBatch(0, at_us, samples.select(np.arange(start, end)))


def _answer_us(rule: Rule, at_us: int) -> int:
    low, high = _ANSWERED_IN[rule.priority]
    minutes = random.Random(f"{rule.key} {at_us}").triangular(low, high, low * 1.6)
    return round(60 * minutes) * (MINUTE_US // 60)


class PastAlarms:
    """Which alarms stood at a time of the past."""

    def __init__(self, parts: Parts, occurrences: Sequence[Occurrence]) -> None:
        self._plant = parts.folder.plant
        self._rules = {one.rule.key: one.rule for one in occurrences}
        moves = [entry for one in occurrences for entry in one.entries(None)]
        self._moves = sorted(moves, key=lambda entry: entry.transition.at_us)

    def active(self, at_us: int) -> list[ActiveAlarm]:
        """Return the alarms that were not normal at a time."""
        book = Book(self._plant)
        book.enter((_record(one) for one in self._moves if one.transition.at_us <= at_us), self._rules)
        return book.shown()


def _record(entry: Entry) -> JournalRecord:
    done = entry.transition
    return JournalRecord(
        id=entry.id,
        seq=0,
        at_us=done.at_us,
        recorded_us=done.at_us,
        key=done.key,
        tag=entry.tag,
        kind=entry.kind,
        priority=entry.priority,
        event=done.event,
        from_state=done.from_state,
        to_state=done.to_state,
        value=done.value,
        limit=done.limit,
        batch=done.batch,
        occurrence=entry.occurrence,
        actor=None if entry.actor is None else entry.actor.name,
        comment=entry.comment or None,
    )
