"""The engine through the days of the plant's calendar."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from alarms.evaluation import Evaluation
from alarms.settings import Rule, RuleKind
from alarms.states import AlarmState
from telemetry.errors import StoreError
from telemetry.samples import CommittedBatch
from tests.alarms.plants import DO, LEVEL, SERIES, T0, S, batch, limit, plant, told

DAY = 86_400
TODAY = date(2026, 11, 21)

stricter = limit(RuleKind.HIGH, 3.0)
looser = limit(RuleKind.HIGH, 4.0)
seasonal = limit(RuleKind.HIGH, 4.0, on=LEVEL)


def rules_on(day: date) -> Sequence[Rule]:
    """Loose today, strict from tomorrow on, when a second rule holds as well; none on the 24th."""
    if day <= TODAY:
        return [looser]
    return [] if day == date(2026, 11, 24) else [stricter, seasonal]


@pytest.fixture
def evaluation() -> Evaluation:
    made = Evaluation(rules_on, plant(), SERIES, timedelta(seconds=5))
    made.begin(T0, 0)
    return made


def committed(number: int, at_s: float, *rows: tuple[object, float, float]) -> CommittedBatch:
    return CommittedBatch(number, T0 + round(at_s * S), batch(*rows))  # type: ignore[arg-type]


def test_the_rules_change_at_the_plants_midnight(evaluation: Evaluation) -> None:
    assert told(evaluation.take(committed(1, DAY - 2, (DO, DAY - 2, 3.5)))) == []
    assert told(evaluation.tick(T0 + DAY * S - 1)) == []
    assert list(evaluation.rules) == ["AE_DO1.H"]

    assert told(evaluation.take(committed(2, DAY + 1, (DO, DAY + 1, 3.5)))) == [f"{DAY + 1} raise AE_DO1.H"]

    assert evaluation.rules == {"AE_DO1.H": stricter, "PS_LIT101.H": seasonal}


def test_an_alarm_that_stands_is_judged_anew_at_midnight() -> None:
    evaluation = Evaluation(
        lambda day: [stricter if day == TODAY else looser], plant(), SERIES, timedelta(seconds=5)
    )
    evaluation.begin(T0 + (DAY - 9) * S, 0)
    assert told(evaluation.take(committed(1, DAY - 5, (DO, DAY - 5, 3.5)))) == [f"{DAY - 5} raise AE_DO1.H"]

    assert told(evaluation.tick(T0 + DAY * S)) == [f"{DAY} clear AE_DO1.H"]


def test_the_alarm_of_a_rule_that_does_not_hold_tomorrow_is_withdrawn_at_midnight(
    evaluation: Evaluation,
) -> None:
    evaluation.take(committed(1, 3 * DAY - 2, (DO, 3 * DAY - 2, 3.5)))
    assert evaluation.engine.states() == {"AE_DO1.H": AlarmState.UNACKNOWLEDGED}

    assert told(evaluation.tick(T0 + 3 * DAY * S)) == [f"{3 * DAY} withdraw AE_DO1.H"]

    assert evaluation.engine.states() == {}


def test_a_delay_that_is_over_before_midnight_counts_under_the_old_rules() -> None:
    delayed = limit(RuleKind.HIGH, 4.0, on_delay=10)
    evaluation = Evaluation(
        lambda day: [delayed] if day == TODAY else [], plant(), SERIES, timedelta(seconds=60)
    )
    evaluation.begin(T0 + (DAY - 30) * S, 0)
    evaluation.take(committed(1, DAY - 15, (DO, DAY - 15, 9.0)))

    found = told(evaluation.tick(T0 + (DAY + 1) * S))

    assert found == [f"{DAY - 5} raise AE_DO1.H", f"{DAY} withdraw AE_DO1.H"]


def test_the_day_is_that_of_a_clock_set_back(evaluation: Evaluation) -> None:
    evaluation.tick(T0 + (DAY + 5) * S)
    assert list(evaluation.rules.values()) == [stricter, seasonal]

    assert told(evaluation.take(committed(1, 10, (DO, 10, 3.5)))) == []

    assert list(evaluation.rules.values()) == [looser]


def test_the_number_of_the_last_batch_survives_midnight(evaluation: Evaluation) -> None:
    evaluation.take(committed(41, 1, (DO, 1, 1.0)))
    evaluation.tick(T0 + DAY * S)

    assert evaluation.engine.batch == 41


def test_a_snapshot_is_resumed_with_the_rules_of_its_day(evaluation: Evaluation) -> None:
    evaluation.take(committed(7, 10, (DO, 10, 4.5)))
    snapshot = evaluation.engine.snapshot()
    resumed = Evaluation(rules_on, plant(), SERIES, timedelta(seconds=5))

    assert resumed.resume(T0 + 10 * S, snapshot) == []

    assert resumed.rules == {"AE_DO1.H": looser}
    assert (resumed.engine.batch, resumed.engine.now_us) == (7, T0 + 10 * S)
    assert resumed.engine.states() == {"AE_DO1.H": AlarmState.UNACKNOWLEDGED}


def test_a_damaged_snapshot_gives_way_to_the_journals_states(evaluation: Evaluation) -> None:
    with pytest.raises(StoreError):
        evaluation.resume(T0 + 10 * S, b"damaged")

    states = {"AE_DO1.H": AlarmState.ACKNOWLEDGED}
    assert evaluation.resume_from_journal(T0 + 10 * S, 7, states) == []

    assert evaluation.engine.states() == states
    assert evaluation.engine.batch == 7
