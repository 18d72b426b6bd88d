"""The journal: append-only, chained, one with what was evaluated."""

import math
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from alarms.journal import Chain, JournalRecord, JournalRepository, Progress
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from storage.ids import uuid7
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError
from tests.alarms.plants import T0, S
from tests.alarms.stores import WANG, entry, progress, transition

RAISE, CLEAR, ACKNOWLEDGE = AlarmEvent.RAISE, AlarmEvent.CLEAR, AlarmEvent.ACKNOWLEDGE
NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED = AlarmState


def _execute(node: Engine, *statements: str) -> None:
    with writing(node) as connection:
        for statement in statements:
            connection.execute(text(statement))


def _walk(journal: JournalRepository, count: int) -> list[JournalRecord]:
    """Write a raise of its own rule for each of so many minutes."""
    entries = [entry(transition(at_s=60 * n, key=f"P{n % 7}.H", batch=n)) for n in range(count)]
    return journal.write(entries, progress(count), T0 + 3600 * S)


def test_a_record_tells_what_was_written(journal: JournalRepository) -> None:
    raised = entry(transition())
    acknowledged = entry(transition(ACKNOWLEDGE, UNACKNOWLEDGED, at_s=9), raised.occurrence, WANG, "已知")

    journal.write([raised], progress(), T0 + S)
    written = journal.write([acknowledged], progress(), T0 + 10 * S)

    expected = JournalRecord(
        id=acknowledged.id,
        seq=2,
        at_us=T0 + 9 * S,
        recorded_us=T0 + 10 * S,
        key="AE_DO1.H",
        tag="AE_DO1",
        kind=RuleKind.HIGH,
        priority=Priority.MEDIUM,
        event=ACKNOWLEDGE,
        from_state=UNACKNOWLEDGED,
        to_state=ACKNOWLEDGED,
        value=5.0,
        limit=4.0,
        batch=1,
        occurrence=raised.id,
        actor="王磊",
        comment="已知",
        actor_id=WANG.account_id,
    )
    assert written == [expected]
    assert journal.occurrence(raised.id)[1] == expected
    assert journal.page(before=None, limit=1) == [expected]


def test_what_means_nothing_is_nan_and_an_empty_comment_is_none(journal: JournalRepository) -> None:
    bare = transition(ACKNOWLEDGE, UNACKNOWLEDGED, value=math.nan, limit=math.inf)

    journal.write([entry(bare, actor=WANG)], progress(), T0)

    [found] = journal.page(before=None, limit=10)
    assert (math.isnan(found.value), math.isnan(found.limit)) == (True, True)
    assert (found.actor, found.comment) == ("王磊", None)


def test_a_transition_is_journalled_once_however_often_it_is_written(journal: JournalRepository) -> None:
    raised, cleared = transition(), transition(CLEAR, UNACKNOWLEDGED, at_s=5)
    journal.write([entry(raised)], progress(1), T0)

    again = journal.write([entry(raised), entry(cleared)], progress(2), T0)

    assert [record.event for record in again] == [CLEAR]
    assert [record.event for record in journal.page(before=None, limit=10)] == [CLEAR, RAISE]
    assert journal.verify().records == 2


def test_records_and_progress_are_kept_together_or_not_at_all(journal: JournalRepository) -> None:
    journal.write([entry(transition())], progress(1, b"one"), T0)
    spoilt = replace(entry(transition(at_s=1)), tag=None)  # type: ignore[arg-type]

    with pytest.raises(StoreError, match="not written"):
        journal.write([entry(transition(at_s=2)), spoilt], progress(2, b"two"), T0)

    assert journal.progress() == progress(1, b"one")
    assert journal.verify().records == 1


def test_before_the_first_write_there_is_no_progress(journal: JournalRepository) -> None:
    assert journal.progress() is None
    assert journal.verify() == Chain(0, bytes(32))


def test_progress_alone_is_kept_too(journal: JournalRepository) -> None:
    journal.write([], progress(8, b"eight", 3), T0)

    assert journal.progress() == Progress(8, T0 + 3 * S, b"eight")


@pytest.mark.parametrize("table", ["alarm_journal", "alarm_journal_text"])
def test_nothing_written_can_be_changed(node: Engine, journal: JournalRepository, table: str) -> None:
    journal.write([entry(transition(), actor=WANG, comment="x")], progress(), T0)

    with pytest.raises(StoreError, match="append-only"):
        _execute(node, f"UPDATE {table} SET seq = seq")


def test_no_record_can_be_deleted(node: Engine, journal: JournalRepository) -> None:
    _walk(journal, 2)

    with pytest.raises(StoreError, match="append-only"):
        _execute(node, "DELETE FROM alarm_journal WHERE seq = 2")


class TestChain:
    def test_it_goes_from_the_first_record_to_the_last(
        self, node: Engine, journal: JournalRepository
    ) -> None:
        _walk(journal, 30)

        with reading(node) as connection:
            head = connection.execute(text("SELECT hash FROM alarm_journal WHERE seq = 30")).scalar_one()
        assert journal.verify() == Chain(30, head)

    def test_it_stands_when_a_persons_words_are_deleted(
        self, node: Engine, journal: JournalRepository
    ) -> None:
        journal.write([entry(transition(), actor=WANG, comment="private")], progress(), T0)
        before = journal.verify()

        _execute(node, "DELETE FROM alarm_journal_text")

        assert journal.verify() == before
        [found] = journal.page(before=None, limit=1)
        assert (found.actor, found.comment) == (None, None)

    @pytest.mark.parametrize(
        ("tampering", "complaint"),
        [
            ("UPDATE alarm_journal SET value = 3.9 WHERE seq = 2", "record 2 was changed"),
            ("UPDATE alarm_journal SET actor_id = NULL WHERE seq = 4", "record 4 was changed"),
            ("UPDATE alarm_journal_text SET comment = 'other'", "record 4 was changed"),
            ("UPDATE alarm_journal_text SET actor_name = '李静'", "record 4 was changed"),
            ("DELETE FROM alarm_journal WHERE seq = 1", "record 1 is missing"),
            ("DELETE FROM alarm_journal WHERE seq = 3", "record 3 is missing"),
            ("DELETE FROM alarm_journal WHERE seq = 5", "ends at record 4, but 5 were written"),
        ],
    )
    def test_tampering_is_noticed_and_the_record_named(
        self, node: Engine, journal: JournalRepository, tampering: str, complaint: str
    ) -> None:
        _walk(journal, 3)
        said = transition(ACKNOWLEDGE, UNACKNOWLEDGED, at_s=200, batch=4)
        journal.write([entry(said, actor=WANG, comment="已知")], progress(), T0)
        journal.write([entry(transition(at_s=300, batch=5))], progress(), T0)
        with reading(node) as connection:
            triggers = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            drops = [f"DROP TRIGGER {name}" for name in triggers]

        _execute(node, *drops, "DELETE FROM alarm_journal_text WHERE seq = 99", tampering)

        with pytest.raises(StoreError, match=complaint):
            journal.verify()

    @pytest.mark.parametrize("value", [-0.0, 0.1, 1e300, -1e-300, 2.0**53 + 2, 5.0])
    def test_it_comes_out_the_same_when_numbers_are_read_back(
        self, journal: JournalRepository, value: float
    ) -> None:
        journal.write([entry(transition(value=value, limit=-value))], progress(), T0)

        assert journal.verify().records == 1


class TestPages:
    def test_they_are_newest_first_and_follow_each_other(self, journal: JournalRepository) -> None:
        _walk(journal, 25)

        first = journal.page(before=None, limit=10)
        second = journal.page(before=first[-1].seq, limit=10)
        third = journal.page(before=second[-1].seq, limit=10)

        assert [record.seq for record in [*first, *second, *third]] == list(range(25, 0, -1))

    def test_they_can_be_of_a_tag_a_rule_and_a_time(self, journal: JournalRepository) -> None:
        _walk(journal, 25)
        minutes = {"from_us": T0 + 60 * 5 * S, "to_us": T0 + 60 * 20 * S}

        def found(**filters: object) -> list[int]:
            page = journal.page(**({"before": None, "limit": 50} | filters))  # type: ignore[arg-type]
            return [(record.at_us - T0) // (60 * S) for record in page]

        assert found(tag="P3") == [24, 17, 10, 3]
        assert found(key="P3.H") == [24, 17, 10, 3]
        assert found(tag="P9") == []
        assert found(**minutes) == list(range(19, 4, -1))
        assert found(tag="P3", **minutes) == [17, 10]
        assert found(tag="P3", before=18, limit=1) == [10]

    def test_no_page_is_longer_than_a_thousand(self, journal: JournalRepository) -> None:
        _walk(journal, 1100)

        assert len(journal.page(before=None, limit=10**9)) == 1000


def test_the_newest_occurrence_of_a_rule_is_found(journal: JournalRepository) -> None:
    first = entry(transition())
    over = entry(transition(CLEAR, UNACKNOWLEDGED, at_s=1), first.id)
    second = entry(transition(RAISE, RETURNED, at_s=2))
    taken = entry(transition(ACKNOWLEDGE, UNACKNOWLEDGED, at_s=3), second.id, WANG)
    other = entry(transition(at_s=4, key="PS_LIT101.H"))
    journal.write([first, over, second, taken, other], progress(), T0)

    found = journal.newest_occurrences(["AE_DO1.H", "PS_LIT101.H", "NEVER.H"])

    assert [record.id for record in found] == [second.id, taken.id, other.id]
    assert journal.occurrence(first.id) == [*journal.page(before=3, limit=2)][::-1]
    assert journal.occurrence(uuid7(T0)) == []


def test_the_last_states_are_those_that_are_not_normal(journal: JournalRepository) -> None:
    walk = [
        transition(),
        transition(ACKNOWLEDGE, UNACKNOWLEDGED, at_s=1),
        transition(at_s=2, key="A.H"),
        transition(at_s=3, key="B.H"),
        transition(CLEAR, UNACKNOWLEDGED, at_s=4, key="B.H"),
        transition(at_s=5, key="C.H"),
        transition(AlarmEvent.WITHDRAW, UNACKNOWLEDGED, at_s=6, key="C.H"),
    ]
    journal.write([entry(done) for done in walk], progress(), T0)

    assert journal.last_states() == {"AE_DO1.H": ACKNOWLEDGED, "A.H": UNACKNOWLEDGED, "B.H": RETURNED}


def test_every_query_goes_by_an_index(node: Engine, journal: JournalRepository) -> None:
    """A million records must not be walked for a page."""
    _walk(journal, 300)
    seen: list[str] = []
    with reading(node) as connection:
        for where in ("tag = 'P3'", "rule = 'P3.H'", "seq < 9", "at_us >= 1 AND at_us < 2", "1"):
            query = f"SELECT seq FROM alarm_journal WHERE {where} ORDER BY seq DESC LIMIT 50"
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
            seen += [str(row[-1]) for row in plan if "SCAN" in str(row[-1])]

    assert seen == ["SCAN alarm_journal"]  # without a filter: from the end, as far as the page goes


def test_what_is_over_is_appended_without_a_word_on_how_far_was_evaluated(journal: JournalRepository) -> None:
    journal.write([entry(transition(batch=7))], progress(7), T0)
    raised = entry(transition(key="P1.H", batch=0))
    cleared = entry(transition(CLEAR, UNACKNOWLEDGED, at_s=5, key="P1.H", batch=0), raised.occurrence)

    journal.append([raised, cleared], T0 + S)
    journal.append([raised, cleared], T0 + 2 * S)

    assert [record.key for record in journal.page(before=None, limit=10)] == ["P1.H", "P1.H", "AE_DO1.H"]
    assert journal.progress() == progress(7)
    assert journal.verify().records == 3
