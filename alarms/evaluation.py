"""The engine through the days: the rules that hold change with the plant's calendar."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from alarms.engine import Engine
from alarms.settings import Rule
from alarms.states import AlarmState, Transition
from telemetry.clock import from_us, to_us
from telemetry.plant import Plant
from telemetry.samples import CommittedBatch, SampleBatch


class Evaluation:
    """An engine that has the rules of its day, from the plant's midnight on."""

    def __init__(
        self,
        rules_on: Callable[[date], Sequence[Rule]],
        plant: Plant,
        series_ids: Mapping[str, int],
        slack: timedelta,
    ) -> None:
        self._rules_on = rules_on
        self._plant = plant
        self._series_ids = series_ids
        self._slack = slack
        self._from_us = self._to_us = 0
        self.rules: dict[str, Rule] = {}
        self.engine = Engine([], plant.points, series_ids, slack)

    def begin(self, at_us: int, batch: int) -> None:
        """Start with nothing known, after a batch."""
        self._build(at_us)
        self.engine.batch = batch

    def resume(self, at_us: int, snapshot: bytes) -> list[Transition]:
        """Stand as a snapshot of a time says; StoreError when it cannot be read."""
        self._build(at_us)
        return self.engine.restore(snapshot)

    def resume_from_journal(
        self, at_us: int, batch: int, states: Mapping[str, AlarmState]
    ) -> list[Transition]:
        """Stand as the journal's last records say; delays that ran then begin anew."""
        self.begin(at_us, batch)
        return self.engine.adopt(states, at_us)

    def take(self, batch: CommittedBatch) -> list[Transition]:
        """Evaluate a batch as of its commit."""
        turned = self._turn_day(batch.committed_us)
        return turned + self.engine.evaluate(batch.samples, batch.committed_us, batch.number)

    def tick(self, at_us: int) -> list[Transition]:
        """Let time pass."""
        return self._turn_day(at_us) + self.engine.evaluate(SampleBatch.empty(), at_us)

    def _turn_day(self, at_us: int) -> list[Transition]:
        if self._from_us <= at_us < self._to_us:
            return []
        midnight_us, _ = self._day(at_us)
        passed: list[Transition] = []
        if self.engine.now_us < midnight_us:
            passed = self.engine.evaluate(SampleBatch.empty(), midnight_us)
        snapshot = self.engine.snapshot()
        self._build(at_us)
        return passed + self.engine.restore(snapshot)

    def _build(self, at_us: int) -> None:
        self._from_us, self._to_us = self._day(at_us)
        rules = self._rules_on(from_us(at_us).astimezone(self._plant.timezone).date())
        self.rules = {rule.key: rule for rule in rules}
        self.engine = Engine(rules, self._plant.points, self._series_ids, self._slack)

    def _day(self, at_us: int) -> tuple[int, int]:
        """Return the plant's midnights around a time."""
        zone = self._plant.timezone
        day = from_us(at_us).astimezone(zone).date()
        tomorrow = day + timedelta(days=1)
        return (
            to_us(datetime.combine(day, time.min, zone)),
            to_us(datetime.combine(tomorrow, time.min, zone)),
        )
