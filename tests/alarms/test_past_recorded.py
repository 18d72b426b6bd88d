"""Alarms that came and went before the node began, told to its journal."""

import pytest

from alarms.journal import JournalRepository
from alarms.settings import RuleKind
from alarms.states import AlarmEvent, AlarmState
from telemetry.errors import Conflict
from tests.alarms.plants import DO, limit
from tests.alarms.running import Node
from tests.alarms.stores import WANG, entry, transition

H = RuleKind.HIGH
RAISED = entry(transition(at_s=-900, batch=0))
ANSWERED = entry(
    transition(AlarmEvent.ACKNOWLEDGE, AlarmState.UNACKNOWLEDGED, at_s=-700, batch=0), RAISED.occurrence, WANG
)
CLEARED = entry(transition(AlarmEvent.CLEAR, AlarmState.ACKNOWLEDGED, at_s=-600, batch=0), RAISED.occurrence)
OVER = [RAISED, ANSWERED, CLEARED]


async def test_what_is_over_stands_in_the_journal_and_changes_no_alarm(journal: JournalRepository) -> None:
    node = Node(journal, limit(H, 4.0))
    async with node.up() as service:
        await node.read((DO, 1, 3.0))
        await service.record_past(OVER)
        await node.read((DO, 2, 5.0))
        shown = node.shown()
    async with node.up():
        restarted = node.shown()

    assert shown == restarted == ["AE_DO1.H unacknowledged"]
    assert journal.verify().records == 4


async def test_the_past_of_an_alarm_that_stands_is_not_told(journal: JournalRepository) -> None:
    node = Node(journal, limit(H, 4.0))
    async with node.up() as service:
        await node.read((DO, 1, 5.0))

        with pytest.raises(Conflict, match=r"AE_DO1\.H is not over"):
            await service.record_past(OVER)

    assert journal.verify().records == 1


async def test_what_has_not_ended_is_not_told(journal: JournalRepository) -> None:
    node = Node(journal, limit(H, 4.0))
    async with node.up() as service:
        with pytest.raises(Conflict, match=r"AE_DO1\.H is not over"):
            await service.record_past([RAISED])
