"""The alarms of the incidents as they come into log and journal."""

from collections.abc import Iterable, Iterator
from typing import Final

from alarms.service import AlarmService
from alarms.states import AlarmEvent
from app.life.deeds import Act, Deed
from app.life.log_texts import CONTROL, LEADER
from app.life.past_alarms import Occurrence
from app.life.stage import Stage
from operations.logbook.feed import LEAST
from operations.logbook.records import Raised

_POSTS: Final = (LEADER, CONTROL)


def alarmed(occurrences: Iterable[Occurrence], alarms: AlarmService) -> Iterator[Deed]:
    """Yield what the node writes into the log of an alarm, and at its end the journal's records."""
    for one in occurrences:
        raised = one.moves[0]
        # Into the log first: the node itself would put what it finds in the journal there as of today.
        if one.rule.priority >= LEAST:
            yield Deed(raised.at_us, _log(one), reads=True)
        yield Deed(one.moves[-1].at_us, _journal(one, alarms))


def _log(one: Occurrence) -> Act:
    done, rule = one.moves[0], one.rule
    raised = Raised(
        rule.key, rule.tag, rule.kind.value, rule.priority.word, _number(done.value), _number(done.limit)
    )

    async def act(stage: Stage) -> None:
        await stage.logbook.add_alarm(one.id, raised, done.at_us)

    return act


def _journal(one: Occurrence, alarms: AlarmService) -> Act:
    async def act(stage: Stage) -> None:
        answers = [done.at_us for done in one.moves if done.event is AlarmEvent.ACKNOWLEDGE]
        there = await stage.there(answers[0], _POSTS) if answers else []
        by = stage.actor_of(there[0].person) if there else stage.actors["manager"]
        await alarms.record_past(one.entries(by))

    return act


def _number(value: float) -> float | None:
    return value + 0.0 if abs(value) < float("inf") else None
