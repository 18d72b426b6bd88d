"""The alarms people see, from the journal's records."""

import pytest

from alarms.active import ActiveAlarm, Book
from alarms.journal import JournalRecord
from alarms.settings import Priority, Rule, RuleKind
from alarms.states import AlarmEvent, AlarmState, next_state
from storage.ids import uuid7
from tests.alarms.plants import BLOWER, DO, LEVEL, T0, S, fault, limit, plant
from tests.alarms.stores import WANG, transition

H, HH, L, LL = RuleKind.HIGH, RuleKind.HIGH_HIGH, RuleKind.LOW, RuleKind.LOW_LOW
RAISE, CLEAR, ACKNOWLEDGE, WITHDRAW = AlarmEvent

RULES = {
    rule.key: rule
    for rule in (
        limit(H, 4.0, priority=Priority.LOW),
        limit(HH, 6.0, priority=Priority.HIGH),
        limit(L, 1.0),
        limit(LL, 0.5),
        limit(H, 5.0, on=LEVEL),
        fault(),
    )
}


class Scene:
    """A book and events, one a second."""

    def __init__(self) -> None:
        self.book = Book(plant())
        self.states: dict[str, AlarmState] = {}
        self.second = 0

    def happen(self, *steps: tuple[AlarmEvent, str]) -> list[str]:
        """Return what is shown after the steps, as `key state`."""
        for event, key in steps:
            self.book.enter([self._record(event, RULES[key])], RULES)
        return self.shown()

    def shown(self) -> list[str]:
        return [f"{alarm.key} {alarm.state}" for alarm in self.book.shown()]

    def of(self, key: str) -> ActiveAlarm:
        alarm = self.book.of(key)
        assert alarm is not None
        return alarm

    def _record(self, event: AlarmEvent, rule: Rule) -> JournalRecord:
        self.second += 1
        before = self.states.get(rule.key, AlarmState.NORMAL)
        after = next_state(before, event)
        assert after is not None
        self.states[rule.key] = after
        at_us = T0 + self.second * S
        made = uuid7(at_us)
        occurrence = made if event is RAISE else self.of(rule.key).id
        by = (WANG.name, "已知") if event is ACKNOWLEDGE else (None, None)
        head = (made, self.second, at_us, at_us, rule.key, rule.tag, rule.kind, rule.priority)
        return JournalRecord(*head, event, before, after, 5.0, 4.0, 1, occurrence, *by)


def test_an_alarm_tells_all_there_is_to_tell() -> None:
    scene = Scene()

    scene.happen((RAISE, "BL_B201A_ST.fault"), (ACKNOWLEDGE, "BL_B201A_ST.fault"))

    alarm = scene.of("BL_B201A_ST.fault")
    assert alarm == ActiveAlarm(
        id=alarm.id,
        key="BL_B201A_ST.fault",
        tag=BLOWER.tag,
        kind=RuleKind.BIT,
        priority=Priority.HIGH,
        state=AlarmState.ACKNOWLEDGED,
        unit="aerobic",
        equipment="BL_B201A",
        bit="fault",
        raised_at_us=T0 + S,
        cleared_at_us=None,
        acknowledged_at_us=T0 + 2 * S,
        acknowledged_by="王磊",
        comment="已知",
        value=5.0,
        limit=4.0,
    )


def test_a_returned_alarm_stays_until_it_is_acknowledged() -> None:
    scene = Scene()

    assert scene.happen((RAISE, "AE_DO1.H"), (CLEAR, "AE_DO1.H")) == ["AE_DO1.H returned"]
    assert scene.of("AE_DO1.H").cleared_at_us == T0 + 2 * S
    assert scene.happen((ACKNOWLEDGE, "AE_DO1.H")) == []


def test_an_alarm_that_is_raised_again_is_another_occurrence() -> None:
    scene = Scene()
    scene.happen((RAISE, "AE_DO1.H"))
    first = scene.of("AE_DO1.H")

    scene.happen((CLEAR, "AE_DO1.H"), (RAISE, "AE_DO1.H"))

    again = scene.of("AE_DO1.H")
    assert again.id != first.id
    assert (again.raised_at_us, again.cleared_at_us) == (T0 + 3 * S, None)
    assert scene.book.by_id(first.id) is None
    assert scene.book.by_id(again.id) == again


@pytest.mark.parametrize("end", [(CLEAR, "AE_DO1.H"), (WITHDRAW, "AE_DO1.H")])
def test_what_is_normal_is_not_shown(end: tuple[AlarmEvent, str]) -> None:
    scene = Scene()

    assert scene.happen((RAISE, "AE_DO1.H"), (ACKNOWLEDGE, "AE_DO1.H"), end) == []


def test_the_highest_priority_comes_first_then_what_is_unacknowledged_then_the_newest() -> None:
    scene = Scene()

    shown = scene.happen(
        (RAISE, "AE_DO1.H"),  # low
        (RAISE, "AE_DO1.L"),  # medium, to be acknowledged
        (RAISE, "BL_B201A_ST.fault"),  # high
        (RAISE, "AE_DO1.LL"),  # medium, to return
        (ACKNOWLEDGE, "AE_DO1.L"),
        (CLEAR, "AE_DO1.LL"),
        (RAISE, "PS_LIT101.H"),  # medium
    )

    assert shown == [
        "BL_B201A_ST.fault unacknowledged",
        "PS_LIT101.H unacknowledged",
        "AE_DO1.LL returned",
        "AE_DO1.L acknowledged",
        "AE_DO1.H unacknowledged",
    ]


class TestOuterLimits:
    def test_while_hh_stands_the_h_beneath_is_not_shown(self) -> None:
        scene = Scene()

        assert scene.happen((RAISE, "AE_DO1.H")) == ["AE_DO1.H unacknowledged"]
        assert scene.happen((RAISE, "AE_DO1.HH")) == ["AE_DO1.HH unacknowledged"]
        assert scene.book.beneath(scene.of("AE_DO1.HH")) == scene.of("AE_DO1.H")
        assert scene.happen((CLEAR, "AE_DO1.HH")) == ["AE_DO1.HH returned", "AE_DO1.H unacknowledged"]
        assert scene.book.beneath(scene.of("AE_DO1.HH")) is None

    def test_ll_stands_for_l(self) -> None:
        scene = Scene()

        assert scene.happen((RAISE, "AE_DO1.L"), (RAISE, "AE_DO1.LL")) == ["AE_DO1.LL unacknowledged"]

    def test_neither_hides_the_alarms_of_another_point_or_the_other_side(self) -> None:
        scene = Scene()

        shown = scene.happen((RAISE, "AE_DO1.HH"), (RAISE, "PS_LIT101.H"), (RAISE, "AE_DO1.L"))

        assert sorted(shown) == [
            "AE_DO1.HH unacknowledged",
            "AE_DO1.L unacknowledged",
            "PS_LIT101.H unacknowledged",
        ]

    def test_an_h_that_has_returned_is_shown_until_acknowledged(self) -> None:
        scene = Scene()
        scene.happen((RAISE, "AE_DO1.H"), (CLEAR, "AE_DO1.H"))

        assert scene.happen((RAISE, "AE_DO1.HH")) == ["AE_DO1.HH unacknowledged", "AE_DO1.H returned"]


def test_entries_of_one_occurrence_carry_the_id_of_its_raise() -> None:
    scene = Scene()
    scene.happen((RAISE, "AE_DO1.H"))
    standing = scene.of("AE_DO1.H")
    steps = [
        (CLEAR, AlarmState.UNACKNOWLEDGED),
        (RAISE, AlarmState.RETURNED),
        (CLEAR, AlarmState.UNACKNOWLEDGED),
    ]
    entries = scene.book.entries([transition(*step) for step in steps], RULES, T0, WANG, "x")

    assert [entry.occurrence for entry in entries] == [standing.id, entries[1].id, entries[1].id]
    assert {(entry.tag, entry.kind, entry.priority) for entry in entries} == {(DO.tag, H, Priority.LOW)}
    assert {(entry.actor, entry.comment) for entry in entries} == {(WANG, "x")}
    assert scene.of("AE_DO1.H") == standing


def test_the_alarm_of_a_rule_that_is_gone_still_says_what_it_was() -> None:
    scene = Scene()
    scene.happen((RAISE, "AE_DO1.HH"))
    gone = transition(WITHDRAW, AlarmState.UNACKNOWLEDGED, key="AE_DO1.HH")
    [entry] = scene.book.entries([gone], {}, T0)

    assert (entry.tag, entry.kind, entry.priority) == (DO.tag, HH, Priority.HIGH)
    assert entry.occurrence == scene.of("AE_DO1.HH").id
