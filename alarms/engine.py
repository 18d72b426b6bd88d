"""The alarm core: samples and a time in, transitions out. Arrays only; it knows no tasks and no stores.

Time is that of the samples. A condition's delay begins with the sample that turned it and its
alarm is raised, or cleared, as of the end of the delay, so that the same batches give the same
transitions whenever ticks fall between them. Samples are taken in order of time; those older than
their point's newest change nothing.

A device's clock may be late and its samples may have waited, so how old they are, and whether their
point is silent, counts from when they came: INSTRUMENT rules know no other time. Between samples a
delay runs on as late as the newest one was.

A bad sample or NaN says nothing: it leaves the point's limit and bit alarms as they stand and ends
their delays, which begin anew with the next usable sample. Silence does the same once the newest
sample is stale. That a value is bad or silent is the INSTRUMENT rule's to say; but a usable newest
sample that comes again as a bad one was marked by somebody: that says nothing about the instrument now.

A rule that its enabling condition switches off is not met: its alarm clears at once, without its
off-delay. Switched on again, it is judged at once and its on-delay begins anew; an INSTRUMENT rule
then waits for what comes: what was bad before says nothing about now.

Clocks: no sample counts as later than its commit. A step ahead of more than `slack`, or a node that
slept, counts as silence of nobody. A step back of more than `slack` takes all that had come as of
the new time; a smaller one lets time stand still.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby

import numpy as np

from alarms import snapshot
from alarms.annunciator import CODES, NEVER, STATES, Annunciator
from alarms.blocks import KINDS, Block, Instruments
from alarms.enabling import Enabling
from alarms.points import IndexArray, PointTable, Round
from alarms.rules import bits, instrument
from alarms.settings import Rule
from alarms.states import TRANSITIONS, AlarmEvent, AlarmState, Transition
from telemetry.clock import duration_us
from telemetry.errors import Conflict, NotFound, StoreError
from telemetry.plant import Point
from telemetry.quality import BoolArray
from telemetry.samples import SampleBatch, TimeArray, ValueArray

_BLOCKS = list(dict.fromkeys(KINDS.values()))


class Engine:
    """All rules of a node and where they stand. Not to be used by two threads at once."""

    def __init__(
        self,
        rules: Sequence[Rule],
        points: Sequence[Point],
        series_ids: Mapping[str, int],
        slack: timedelta = timedelta(seconds=5),
    ) -> None:
        self._table = PointTable(points, series_ids)
        index = self._table.index_by_tag
        self._rules = sorted(rules, key=lambda rule: (_BLOCKS.index(KINDS[rule.kind]), index[rule.tag]))
        self._index_by_key = {rule.key: number for number, rule in enumerate(self._rules)}
        self._blocks = self._build_blocks()
        self._instruments = next(
            (block for block in self._blocks if isinstance(block, Instruments)),
            Instruments(self._table, [], len(self._rules)),
        )
        self._point_of: IndexArray = np.array([index[rule.tag] for rule in self._rules], dtype=np.intp)
        self._enabling = Enabling(self._rules, index)
        self._table.steering[self._enabling.points] = True
        self._annunciator = Annunciator(self._rules)
        self._slack_us = duration_us(slack)
        self._least_stale_us = int(self._instruments.after_us.min(initial=NEVER >> 1))
        self._next_silent_us = 0
        self.now_us = 0
        self.batch = 0

    def evaluate(self, samples: SampleBatch, at_us: int, batch: int | None = None) -> list[Transition]:
        """Return the transitions these samples and the time until `at_us` cause, oldest first.

        Without samples it is a tick. `at_us` of a batch is the time of its commit, `batch` its number.
        """
        at_us = self._reach(at_us)
        if batch is not None:
            self.batch = batch
        self._interrupt(self._table.marked(samples))
        for rows in self._table.rounds(samples, at_us):
            self._table.begin(rows)
            self._steer(rows)
            self._mature(rows)
            self._interrupt(rows)
            self._table.store(rows, at_us)
            for block in self._blocks:
                self._judge(block, rows)
            self._table.end(rows)
        self._advance(at_us)
        return self._annunciator.drain(self.batch)

    def acknowledge(self, key: str, at_us: int) -> Transition:
        """Acknowledge an alarm; NotFound for a key without an alarm, Conflict when it is acknowledged."""
        rule = self._index_by_key.get(key)
        if rule is None or self._annunciator.state[rule] == CODES[AlarmState.NORMAL]:
            raise NotFound("alarm_not_found", f"there is no alarm {key}")
        value = float(self._values(np.array([rule]))[0])
        done = self._annunciator.acknowledge(rule, at_us, value, self.batch)
        if done is None:
            raise Conflict("already_acknowledged", f"the alarm {key} is acknowledged already")
        return done

    def undo(self, acknowledged: Transition) -> None:
        """Take an acknowledgement back that could not be kept; nothing may have happened since."""
        rule = self._index_by_key[acknowledged.key]
        self._annunciator.state[rule] = CODES[acknowledged.from_state]

    def states(self) -> dict[str, AlarmState]:
        """Return the states of all alarms that are not normal, by rule key."""
        codes = self._annunciator.state
        return {self._rules[rule].key: STATES[codes[rule]] for rule in np.flatnonzero(codes).tolist()}

    def snapshot(self) -> bytes:
        """Return where everything stands, by rule key and series id."""
        block = self._instruments
        odd = np.flatnonzero(block.stale_us != self._table.heard_us[block.points] + block.after_us)
        return snapshot.pack(
            {
                "format": snapshot.FORMAT,
                "now_us": self.now_us,
                "batch": self.batch,
                "points": self._table.describe(),
                "rules": self._annunciator.describe(self.now_us),
                "stale_us": {block.rules[rule].key: int(block.stale_us[rule]) for rule in odd.tolist()},
            }
        )

    def restore(self, data: bytes) -> list[Transition]:
        """Stand as a snapshot says; StoreError when it cannot be read, and then build another engine.

        The rules may be others by now. New ones begin normal. Those with another threshold, deadband
        or bit are judged anew by the values that stood; those no longer enabled clear; the alarms
        of those that are gone are withdrawn. The transitions are of the snapshot's time.
        """
        document = snapshot.unpack(data)
        try:
            self.now_us, self.batch = int(document["now_us"]), int(document["batch"])
            self._table.recall(document["points"])
            changed = self._annunciator.recall(document["rules"], self._index_by_key)
            self._recall_silence(document["stale_us"])
            described = zip(document["rules"]["key"], document["rules"]["state"], strict=True)
            gone = self._withdraw({key: AlarmState(state) for key, state in described}, self.now_us)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise StoreError(f"the alarms' snapshot does not fit together: {error!r}") from error
        self._enabling.recall(self._table.words)
        off = ~self._enabling.enabled & (self._annunciator.met | self._annunciator.active)
        self._disable(np.flatnonzero(off), self.now_us)
        self._annunciator.forget(changed)
        self._judge_anew(changed[self._known(changed)], self.now_us)
        return gone + self._annunciator.drain(self.batch)

    def adopt(self, states: Mapping[str, AlarmState], at_us: int) -> list[Transition]:
        """Stand as the journal says, where there is no snapshot; withdraw what has no rule any more."""
        here = {self._index_by_key[key]: state for key, state in states.items() if key in self._index_by_key}
        self._annunciator.stand(np.array(list(here), dtype=np.intp), list(here.values()))
        self.now_us = at_us
        return self._withdraw(states, at_us)

    def _withdraw(self, states: Mapping[str, AlarmState], at_us: int) -> list[Transition]:
        nan, event = float("nan"), AlarmEvent.WITHDRAW
        return [
            Transition(key, event, state, TRANSITIONS[state, event], at_us, nan, nan, self.batch)
            for key, state in states.items()
            if key not in self._index_by_key and state is not AlarmState.NORMAL
        ]

    def _recall_silence(self, stale_us: Mapping[str, int]) -> None:
        block = self._instruments
        block.stale_us[:] = self._table.heard_us[block.points] + block.after_us
        for key, at_us in stale_us.items():
            rule = self._index_by_key.get(key, -1)
            if rule >= block.start:
                block.stale_us[rule - block.start] = at_us
        self._next_silent_us = 0

    def _known(self, rules: IndexArray) -> BoolArray:
        """Return which rules look at a value that still holds."""
        table = self._table
        points = self._point_of[rules]
        recent = self.now_us - table.heard_us[points] <= table.stale_after_us[points]
        return table.usable[points] & recent & (rules < self._instruments.start)

    def _build_blocks(self) -> list[Block]:
        blocks: list[Block] = []
        start = 0
        for kind, group in groupby(self._rules, key=lambda rule: KINDS[rule.kind]):
            blocks.append(kind(self._table, list(group), start))
            start = blocks[-1].stop
        return blocks

    def _reach(self, at_us: int) -> int:
        if at_us < self.now_us - self._slack_us:
            self._table.set_back(at_us)
            self._annunciator.set_back(at_us)
            self._instruments.set_back(at_us)
            self._next_silent_us = 0
        elif at_us <= self.now_us:
            return self.now_us
        elif at_us > self.now_us + self._slack_us:
            self._instruments.watched_from(slice(None), at_us)
        self.now_us = at_us
        return at_us

    def _steer(self, rows: Round) -> None:
        """Switch rules on and off by the status words of this round, all of which change at one time."""
        table = self._table
        steering = np.flatnonzero(table.steering[rows.points] & rows.usable)
        points = rows.points[steering]
        words = bits.words(rows.values[steering])
        changed = words != table.words[points]
        if not changed.any():
            return
        at_us = int(rows.times_us[steering][changed].max())
        table.words[points] = words
        on, off = self._enabling.judge(table.words)
        self._disable(off, at_us)
        self._enable(on, at_us)

    def _disable(self, rules: IndexArray, at_us: int) -> None:
        annunciator = self._annunciator
        listening = rules[rules >= self._instruments.start] - self._instruments.start
        self._fall_silent(np.flatnonzero(self._silent(listening, at_us)), listening)
        self._fire_due(rules[annunciator.due_us[rules] <= at_us])
        annunciator.met[rules] = False
        annunciator.due_us[rules] = NEVER
        self._enabling.enabled[rules] = False
        standing = rules[annunciator.active[rules]]
        annunciator.fire(standing, np.full(len(standing), at_us), self._values(standing))

    def _enable(self, rules: IndexArray, at_us: int) -> None:
        self._enabling.enabled[rules] = True
        silent_from = rules[rules >= self._instruments.start] - self._instruments.start
        self._instruments.watched_from(silent_from, self.now_us)
        self._next_silent_us = min(self._next_silent_us, self.now_us + self._least_stale_us)
        points = self._point_of[rules]
        # A point with a row of this very time is judged by that row, in a moment.
        known = self._known(rules) & (self._table.row_us[points] != at_us)
        self._judge_anew(rules[known], at_us)

    def _judge_anew(self, rules: IndexArray, at_us: int) -> None:
        """Judge rules by the values that stand, without the deadband's memory."""
        for block in self._blocks:
            mine = rules[(rules >= block.start) & (rules < block.stop)]
            met = block.judge(mine - block.start, np.zeros(len(mine), dtype=np.bool_))
            turned = mine[(met & self._enabling.enabled[mine]) != self._annunciator.met[mine]]
            self._annunciator.turn(turned, np.full(len(turned), at_us), self._values(turned))

    def _mature(self, rows: Round) -> None:
        """Fire what was due before the rows of its point, by the values that stood until then."""
        block = self._instruments
        picked = block.of(rows.points)
        came_us = np.where(self._table.row_us[block.points[picked]] < 0, -1, self.now_us)
        self._fall_silent(np.flatnonzero(self._silent(picked, came_us)), picked)
        due = self._annunciator.overdue(self.now_us)
        until_us = self._table.row_us[self._point_of[due]]
        until_us[(due >= block.start) & (until_us >= 0)] = self.now_us
        self._fire_due(due[self._annunciator.due_us[due] <= until_us])

    def _interrupt(self, rows: Round) -> None:
        """End the delays of points whose row is bad, or comes after a silence."""
        table = self._table
        known_us = table.times_us[rows.points]
        broken = ~rows.usable | (rows.times_us - known_us > table.stale_after_us[rows.points])
        if not broken.any():
            return
        points = rows.points[broken]
        for block in self._blocks:
            if block is not self._instruments:
                picked = block.of(points)
                numbers = np.arange(block.start, block.stop)[picked]
                mine = np.isin(self._point_of[numbers], points) if isinstance(picked, slice) else slice(None)
                self._annunciator.forget(numbers[mine])

    def _judge(self, block: Block, rows: Round) -> None:
        table, annunciator = self._table, self._annunciator
        picked = block.of(rows.points)
        was = annunciator.met[block.start : block.stop][picked]
        met = block.judge(picked, was)
        met &= self._enabling.enabled[block.start : block.stop][picked]
        turned = np.flatnonzero(met != was)
        numbers = turned if isinstance(picked, slice) else picked[turned]
        points = block.points[numbers]
        heard = block is self._instruments
        counts = table.row_us[points] >= 0 if heard else table.fresh[points]
        rules, row_us = numbers[counts] + block.start, table.row_us[points[counts]]
        annunciator.turn(rules, np.full_like(row_us, self.now_us) if heard else row_us, self._values(rules))
        if isinstance(block, Instruments):
            block.heard(picked, self.now_us)
            self._next_silent_us = min(self._next_silent_us, self.now_us + self._least_stale_us)

    def _advance(self, at_us: int) -> None:
        if at_us > self._next_silent_us:
            every = slice(None)
            self._fall_silent(np.flatnonzero(self._silent(every, at_us)), every)
            block = self._instruments
            waiting = ~self._annunciator.met[block.start :] & self._enabling.enabled[block.start :]
            self._next_silent_us = int(block.stale_us[waiting].min(initial=NEVER))
        due = self._annunciator.overdue(at_us)
        points = self._point_of[due]
        late_us = self._table.heard_us[points] - self._table.times_us[points]
        late_us[due >= self._instruments.start] = 0
        self._fire_due(due[self._annunciator.due_us[due] + late_us <= at_us])

    def _silent(self, picked: slice | IndexArray, at_us: TimeArray | int) -> BoolArray:
        block = self._instruments
        met = self._annunciator.met[block.start :][picked]
        enabled = self._enabling.enabled[block.start :][picked]
        return instrument.silent(block.stale_us[picked], at_us, met) & enabled

    def _fall_silent(self, silent: IndexArray, picked: slice | IndexArray) -> None:
        if len(silent):
            block = self._instruments
            numbers = silent if isinstance(picked, slice) else picked[silent]
            rules, since_us = numbers + block.start, block.stale_us[numbers]
            self._fire_due(rules[self._annunciator.due_us[rules] <= since_us])
            self._annunciator.turn(rules, since_us, self._values(rules))

    def _fire_due(self, rules: IndexArray) -> None:
        """Fire rules whose delay is over, but for those whose point had fallen silent before it was."""
        if len(rules) == 0:
            return
        due_us = self._annunciator.due_us[rules]
        points = self._point_of[rules]
        lasts = due_us <= self._table.times_us[points] + self._table.stale_after_us[points]
        ripe = rules[lasts | (rules >= self._instruments.start)]
        self._annunciator.fire(ripe, self._annunciator.due_us[ripe], self._values(ripe))

    def _values(self, rules: IndexArray) -> ValueArray:
        """Return the value each rule looks at; none for instruments."""
        values: ValueArray = self._table.values[self._point_of[rules]]
        values[rules >= self._instruments.start] = np.nan
        return values
