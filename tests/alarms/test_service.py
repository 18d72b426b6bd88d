"""Alarming as it runs, on a real journal."""

import asyncio
import logging
import math
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from alarms import writer
from alarms.active import ActiveAlarm
from alarms.journal import JournalRepository
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmState
from storage.unit_of_work import writing
from telemetry.errors import Conflict, Invalid, NotFound, StoreError
from tests.alarms.plants import DO, LEVEL, T0, S, fault, limit
from tests.alarms.running import Node, eventually
from tests.alarms.stores import LI, WANG, ShakyJournal

H, HH = RuleKind.HIGH, RuleKind.HIGH_HIGH


@pytest.fixture
def shaky(node: Engine) -> ShakyJournal:
    return ShakyJournal(node)


@pytest.fixture
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_RETRY_S", 0.01)


class TestLive:
    async def test_a_batch_becomes_an_alarm_in_the_list_and_in_the_journal(
        self, journal: JournalRepository
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            changes: list[int] = []
            service.on_change.append(lambda: changes.append(service.version))
            before = service.version

            await node.read((DO, 1, 5.0))

            [alarm] = service.active()
            [record] = await service.journal(before=None, limit=10)
        assert alarm == ActiveAlarm(
            id=record.id,
            key="AE_DO1.H",
            tag="AE_DO1",
            kind=H,
            priority=Priority.MEDIUM,
            state=AlarmState.UNACKNOWLEDGED,
            unit="aerobic",
            equipment=None,
            bit=None,
            raised_at_us=T0 + S,
            cleared_at_us=None,
            acknowledged_at_us=None,
            acknowledged_by=None,
            comment=None,
            value=5.0,
            limit=4.0,
        )
        assert (record.seq, record.at_us, record.occurrence, record.batch) == (1, T0 + S, record.id, 1)
        assert changes == [before + 1]

    async def test_a_delay_ends_without_another_sample(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0, on_delay=3))
        async with node.up():
            await node.read((DO, 1, 5.0))
            assert node.shown() == []

            node.clock.at_s = 4.0
            await eventually(node.shown)

            assert node.alarm("AE_DO1.H").raised_at_us == T0 + 4 * S

    async def test_nothing_is_shown_before_it_stands_in_the_journal(self, shaky: ShakyJournal) -> None:
        node = Node(shaky, limit(H, 4.0))
        async with node.up() as service:
            shaky.open.clear()
            tries = shaky.tries
            node.commit((DO, 1, 5.0))
            service.submit(node.history.batches[-1])
            await eventually(lambda: shaky.tries > tries)

            assert (service.active(), node.walked()) == ([], [])

            shaky.open.set()
            await eventually(node.shown)
            assert node.walked() == ["raise AE_DO1.H"]

    async def test_a_listener_that_fails_stops_neither_the_others_nor_the_alarms(
        self, journal: JournalRepository, caplog: pytest.LogCaptureFixture
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            told: list[int] = []
            service.on_change += [lambda: math.sqrt(-1), lambda: told.append(1)]  # type: ignore[list-item]

            await node.read((DO, 1, 5.0))
            await node.read((DO, 2, 3.0))

        assert told == [1, 1]
        assert caplog.messages == ["a listener to alarms failed"] * 2

    async def test_batches_that_overflow_are_read_from_history(
        self, journal: JournalRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("alarms.inbox._MOST_BATCHES", 3)
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            for second in range(1, 10):
                node.commit((DO, second, 5.0 if second % 2 else 3.0))
                service.submit(node.history.batches[-1])
            await node.evaluated()

            assert service.overflows == 2
        assert node.walked() == ["raise AE_DO1.H", "clear AE_DO1.H"] * 4 + ["raise AE_DO1.H"]

    async def test_large_batches_are_evaluated_off_the_loop(
        self, journal: JournalRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("alarms.service._LARGE_ROWS", 1)
        node = Node(journal, limit(H, 4.0))
        async with node.up():
            await node.read((DO, 1, 5.0), (LEVEL, 1, 1.0))

            assert node.shown() == ["AE_DO1.H unacknowledged"]


class TestAcknowledging:
    async def test_it_says_who_when_and_why_and_stands_in_the_journal(
        self, journal: JournalRepository
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            raised = node.alarm("AE_DO1.H")
            node.clock.at_s = 9

            acknowledged = await service.acknowledge(raised.id, WANG, "  值班长\x00已知\n")

            [record, _] = await service.journal(before=None, limit=10)
            assert acknowledged == replace(
                raised,
                state=AlarmState.ACKNOWLEDGED,
                acknowledged_at_us=T0 + 9 * S,
                acknowledged_by="王磊",
                acknowledged_by_id=WANG.account_id,
                comment="值班长已知",
            )
            assert service.active() == [acknowledged]
            assert (record.actor, record.comment, record.occurrence) == ("王磊", "值班长已知", raised.id)

    async def test_one_tap_without_a_word_will_do(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))

            acknowledged = await service.acknowledge(node.alarm("AE_DO1.H").id, WANG, "")

        assert (acknowledged.acknowledged_by, acknowledged.comment) == ("王磊", None)

    async def test_a_returned_alarm_is_gone_and_still_told(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0), (DO, 2, 3.0))

            acknowledged = await service.acknowledge(node.alarm("AE_DO1.H").id, WANG, "")

            assert (acknowledged.state, acknowledged.cleared_at_us) == (AlarmState.NORMAL, T0 + 2 * S)
            assert service.active() == []

    async def test_of_two_at_once_one_wins_and_the_other_learns_who(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            alarm_id = node.alarm("AE_DO1.H").id
            node.clock.at_s = 2 * 3600 + 14 * 60

            first, second = await asyncio.gather(
                service.acknowledge(alarm_id, WANG, ""),
                service.acknowledge(alarm_id, LI, ""),
                return_exceptions=True,
            )

        assert isinstance(first, ActiveAlarm)
        assert isinstance(second, Conflict)
        assert (second.code, str(second)) == (
            "already_acknowledged",
            "王磊 acknowledged this alarm at 02:14",
        )
        assert node.walked() == ["raise AE_DO1.H", "acknowledge AE_DO1.H"]

    async def test_of_two_at_once_on_a_returned_alarm_one_wins(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0), (DO, 2, 3.0))
            alarm_id = node.alarm("AE_DO1.H").id
            await service.acknowledge(alarm_id, WANG, "")
            node.clock.at_s = 86_400

            with pytest.raises(Conflict, match="王磊 acknowledged this alarm at 2026-11-21 00:00") as refused:
                await service.acknowledge(alarm_id, LI, "")

        assert refused.value.code == "already_acknowledged"

    async def test_an_occurrence_that_was_raised_again_is_not_acknowledged_unseen(
        self, journal: JournalRepository
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            first = node.alarm("AE_DO1.H").id
            await node.read((DO, 2, 3.0), (DO, 61, 5.0))

            with pytest.raises(Conflict, match="returned and was raised again at 00:01") as refused:
                await service.acknowledge(first, WANG, "")

            assert refused.value.code == "raised_again"
            assert node.shown() == ["AE_DO1.H unacknowledged"]

    async def test_what_does_not_exist_is_not_found(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            with pytest.raises(NotFound) as refused:
                await service.acknowledge(WANG.account_id, WANG, "")

        assert refused.value.code == "alarm_not_found"

    async def test_a_novel_is_no_comment(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            alarm_id = node.alarm("AE_DO1.H").id

            with pytest.raises(Invalid) as refused:
                await service.acknowledge(alarm_id, WANG, "长" * 501)
            acknowledged = await service.acknowledge(alarm_id, WANG, "长" * 500)

        assert refused.value.code == "comment_too_long"
        assert acknowledged.comment == "长" * 500

    async def test_who_acknowledges_hh_acknowledges_the_h_beneath(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0), limit(HH, 6.0))
        async with node.up() as service:
            await node.read((DO, 1, 7.0))
            assert node.shown() == ["AE_DO1.HH unacknowledged"]

            await service.acknowledge(node.alarm("AE_DO1.HH").id, WANG, "已知")
            await node.read((DO, 2, 5.0))

            assert node.shown() == ["AE_DO1.H acknowledged"]
            assert node.alarm("AE_DO1.H").acknowledged_by == "王磊"
        assert node.walked() == [
            "raise AE_DO1.H",
            "raise AE_DO1.HH",
            "acknowledge AE_DO1.HH",
            "acknowledge AE_DO1.H",
            "clear AE_DO1.HH",
        ]

    async def test_nobody_waits_for_a_service_that_has_stopped(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            alarm_id = node.alarm("AE_DO1.H").id

        with pytest.raises(StoreError, match="alarming has stopped"):
            await service.acknowledge(alarm_id, WANG, "")


@pytest.mark.usefixtures("_no_wait")
class TestAJournalThatFails:
    async def test_transitions_wait_and_are_told_once_each_way(
        self, shaky: ShakyJournal, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        node = Node(shaky, limit(H, 4.0), limit(H, 4.0, on=LEVEL))
        async with node.up() as service:
            shaky.refuses = "node.sqlite: database or disk is full"
            for second in (1, 2, 3):
                node.commit((DO, second, 5.0 if second % 2 else 3.0), (LEVEL, second, float(second * 2)))
                service.submit(node.history.batches[-1])
            await eventually(lambda: shaky.tries > 2)

            assert service.failing == "node.sqlite: database or disk is full"
            assert service.active() == []

            shaky.refuses = None
            await eventually(lambda: service.failing is None)
            await node.evaluated()
        assert node.walked() == [
            "raise AE_DO1.H",
            "clear AE_DO1.H",
            "raise AE_DO1.H",
            "raise PS_LIT101.H",
        ]
        assert caplog.messages == [
            "the alarm journal cannot be written, alarms wait for it: node.sqlite: database or disk is full",
            "the alarm journal is written again after 0 s",
        ]

    async def test_an_acknowledgement_that_is_not_journalled_did_not_happen(
        self, shaky: ShakyJournal
    ) -> None:
        node = Node(shaky, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            alarm_id = node.alarm("AE_DO1.H").id
            shaky.refuses = "disk full"

            with pytest.raises(StoreError, match="not acknowledged: disk full"):
                await service.acknowledge(alarm_id, WANG, "")
            assert node.shown() == ["AE_DO1.H unacknowledged"]
            with pytest.raises(StoreError, match="not acknowledged: disk full"):
                await service.acknowledge(alarm_id, WANG, "")

            shaky.refuses = None
            service._saved_at_us = 0  # the next try to save is due
            await eventually(lambda: service.failing is None)
            await service.acknowledge(alarm_id, WANG, "")
        assert node.walked() == ["raise AE_DO1.H", "acknowledge AE_DO1.H"]

    async def test_who_waits_while_it_begins_to_fail_is_told(self, shaky: ShakyJournal) -> None:
        node = Node(shaky, limit(H, 4.0), limit(H, 4.0, on=LEVEL))
        async with node.up() as service:
            await node.read((DO, 1, 5.0))
            alarm_id = node.alarm("AE_DO1.H").id
            shaky.refuses = "disk full"
            shaky.open.clear()
            node.commit((LEVEL, 2, 5.0))
            service.submit(node.history.batches[-1])
            tries = shaky.tries
            await eventually(lambda: shaky.tries > tries)
            asked = asyncio.create_task(service.acknowledge(alarm_id, WANG, ""))
            await asyncio.sleep(0)
            shaky.open.set()

            with pytest.raises(StoreError, match="not acknowledged: disk full"):
                await asked
            shaky.refuses = None
            await node.evaluated()
        assert node.walked() == ["raise AE_DO1.H", "raise PS_LIT101.H"]

    async def test_ended_meanwhile_nothing_is_lost(self, shaky: ShakyJournal) -> None:
        node = Node(shaky, limit(H, 4.0))
        async with node.up() as service:
            await node.read((DO, 1, 3.0))
            shaky.refuses = "disk full"
            node.commit((DO, 2, 5.0))
            service.submit(node.history.batches[-1])
            await eventually(lambda: service.failing)
            shaky.refuses = None
            shaky.open.clear()
            asyncio.get_running_loop().call_later(0.05, shaky.open.set)
        walked = node.walked()

        async with node.up():
            assert node.shown() == ["AE_DO1.H unacknowledged"]
        assert walked in ([], ["raise AE_DO1.H"])
        assert node.walked() == ["raise AE_DO1.H"]


class TestRestarts:
    async def test_states_stand_as_they_stood(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0), limit(H, 4.0, on=LEVEL), fault())
        async with node.up() as service:
            await node.read((DO, 1, 5.0), (LEVEL, 1, 5.0))
            await node.read((DO, 2, 3.0))
            await service.acknowledge(node.alarm("PS_LIT101.H").id, WANG, "已知")
            before = service.active()

        async with node.up() as service:
            assert service.active() == before
            await node.read((LEVEL, 3, 3.0))
            assert node.shown() == ["AE_DO1.H returned"]

    async def test_what_was_committed_meanwhile_is_evaluated_once(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up():
            await node.read((DO, 1, 3.0))
        for second in range(2, 50):
            node.commit((DO, second, 5.0 if second % 2 else 3.0))

        async with node.up() as service:
            # The same batches are handed over once more, as when a commit and a start coincide.
            for batch in node.history.batches[-5:]:
                service.submit(batch)
            await node.read((DO, 50, 3.0))

        assert node.walked() == ["raise AE_DO1.H", "clear AE_DO1.H"] * 24
        assert journal.verify().records == 48

    async def test_a_running_delay_goes_on(self, journal: JournalRepository) -> None:
        node = Node(journal, limit(H, 4.0, on_delay=8))
        async with node.up():
            await node.read((DO, 1, 5.0))
        node.clock.at_s = 4

        async with node.up():
            await node.read((DO, 5, 5.0))
            node.clock.at_s = 9
            await eventually(node.shown)

            assert node.alarm("AE_DO1.H").raised_at_us == T0 + 9 * S

    async def test_a_damaged_snapshot_loses_no_alarm(
        self, node: Engine, journal: JournalRepository, caplog: pytest.LogCaptureFixture
    ) -> None:
        plant_node = Node(journal, limit(H, 4.0), limit(H, 4.0, on=LEVEL))
        async with plant_node.up() as service:
            await plant_node.read((DO, 1, 5.0), (LEVEL, 1, 5.0))
            await service.acknowledge(plant_node.alarm("PS_LIT101.H").id, WANG, "")
            before = service.active()
        with writing(node) as connection:
            connection.execute(text("UPDATE alarm_state SET snapshot = X'00'"))

        async with plant_node.up() as service:
            assert service.active() == before
            await plant_node.read((DO, 2, 3.0))
            assert plant_node.shown() == ["AE_DO1.H returned", "PS_LIT101.H acknowledged"]

        [message] = caplog.messages
        assert "snapshot is damaged" in message
        assert message.endswith("; alarms stand as the journal says, and running delays begin anew")

    async def test_the_alarm_of_a_removed_rule_is_withdrawn_and_says_so(
        self, journal: JournalRepository
    ) -> None:
        node = Node(journal, limit(H, 4.0), limit(HH, 6.0))
        async with node.up():
            await node.read((DO, 1, 7.0))
            alarm_id = node.alarm("AE_DO1.HH").id

        node.rules = (limit(H, 4.0),)
        async with node.up() as service:
            assert node.shown() == ["AE_DO1.H unacknowledged"]
            assert node.walked() == ["raise AE_DO1.H", "raise AE_DO1.HH", "withdraw AE_DO1.HH"]
            with pytest.raises(Conflict, match="the rule of this alarm was removed at 00:00") as refused:
                await service.acknowledge(alarm_id, WANG, "")

        assert refused.value.code == "alarm_withdrawn"

    async def test_a_node_without_a_journal_begins_where_it_is_told(
        self, journal: JournalRepository, caplog: pytest.LogCaptureFixture
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        node.commit((DO, 1, 5.0))
        node.commit((DO, 2, 3.0))

        async with node.up(begin_after=2) as service:
            assert service.evaluated_through == 2
        assert "there is no alarm journal beside the history" in caplog.text
        node.commit((DO, 3, 5.0))
        async with node.up(begin_after=3):
            assert node.walked() == ["raise AE_DO1.H"]

    async def test_a_node_that_cannot_read_its_history_does_not_start(
        self, journal: JournalRepository
    ) -> None:
        node = Node(journal, limit(H, 4.0))
        async with node.up():
            await node.read((DO, 1, 3.0))
        node.history.failing = True

        with pytest.raises(StoreError, match="disk I/O error"):
            async with node.up():
                pass

    async def test_a_node_that_cannot_write_its_journal_does_not_start(self, shaky: ShakyJournal) -> None:
        node = Node(shaky, limit(H, 4.0))
        async with node.up():
            await node.read((DO, 1, 3.0))
        node.commit((DO, 2, 5.0))
        shaky.refuses = "disk full"

        with pytest.raises(StoreError, match="disk full"):
            async with node.up():
                pass

        shaky.refuses = None
        async with node.up():
            assert node.shown() == ["AE_DO1.H unacknowledged"]
        assert node.walked() == ["raise AE_DO1.H"]


async def test_progress_is_saved_when_the_service_ends(journal: JournalRepository) -> None:
    node = Node(journal, limit(H, 4.0))
    async with node.up():
        await node.read((DO, 1, 3.0))

    saved = journal.progress()
    assert saved is not None
    assert (saved.evaluated_through, saved.at_us) == (1, T0 + S)


async def test_progress_is_saved_now_and_then_but_not_with_every_batch(
    shaky: ShakyJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(shaky, limit(H, 4.0))
    async with node.up() as service:
        for second in range(1, 30):
            await node.read((DO, second, 3.0))
        assert shaky.tries <= 3

        monkeypatch.setattr("alarms.service._SAVE_EVERY_S", 0.0)
        await eventually(lambda: not service._unsaved)
        saved = shaky.progress()

    assert saved is not None
    assert saved.evaluated_through == 29
