"""What is written into the log turn by turn: the same for the same turn, whoever stands on it."""

import random
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from app.life.deeds import MINUTE_US, Act, Deed
from app.life.log_texts import (
    ANY_TIME,
    BY_DAY,
    BY_NIGHT,
    CONTROL,
    LEADER,
    OTHERS,
    PATROL,
    PATROLLED,
    TAKEN_OVER,
    Line,
)
from app.life.stage import Stage
from operations.logbook.records import NewEntry
from telemetry.duty import Shift
from telemetry.people import Actor

_POSTS: Final = (LEADER, CONTROL, PATROL)
_AMENDED_ONE_OF: Final = 23
_FIELDS: Final = Formatter()


def logged(shifts: Iterable[Shift]) -> Iterator[Deed]:
    """Yield what is written on these turns, 3 to 6 lines on each."""
    for shift in shifts:
        chance = random.Random(f"log {shift.key}")
        for number, (at_us, line) in enumerate(_lines(shift, chance)):
            id = uuid5(NAMESPACE_OID, f"{shift.key} {number}")
            yield Deed(at_us, _write(id, line), reads=True)
            if line in PATROLLED and not chance.randrange(_AMENDED_ONE_OF):
                yield Deed(at_us + chance.randrange(12, 30) * MINUTE_US, _amend(id))


def _lines(shift: Shift, chance: random.Random) -> Iterator[tuple[int, Line]]:
    start_us = shift.start_us
    by_day, by_night = shift.key.endswith("/day"), shift.key.endswith("/night")
    yield _at(start_us, 4, 16, chance), chance.choice(TAKEN_OVER)
    places = chance.sample(PATROLLED, 2)
    yield _at(start_us, 55, 110, chance), places[0]
    yield _at(start_us, 260, 330, chance), places[1]
    if by_day:
        tasks = [*chance.sample(BY_DAY, 2), *chance.sample(ANY_TIME, 1)][: chance.randint(2, 3)]
    elif by_night:
        tasks = [chance.choice(BY_NIGHT), chance.choice(ANY_TIME)][: chance.randint(1, 2)]
    else:
        tasks = chance.sample((*ANY_TIME, BY_DAY[0], BY_DAY[1]), chance.randint(1, 2))
    for number, line in enumerate(tasks):
        yield _at(start_us, 120 + 110 * number, 225 + 110 * number, chance), line
    if by_day and len(tasks) == 2:
        yield _at(start_us, 70, 400, chance), chance.choice(OTHERS)


def _at(start_us: int, first: int, last: int, chance: random.Random) -> int:
    # By whole minutes, as people write times, and as the past has its readings.
    return start_us + chance.randrange(first, last) * MINUTE_US


def _write(id: UUID, line: Line) -> Act:
    async def act(stage: Stage) -> object:
        text = worded(line.text, stage)
        by = await writer(stage, line.by)
        if text is None or by is None:
            return None
        new = NewEntry(id, line.kind, text, stage.clock.at_us, line.unit, (), line.equipment)
        return await stage.logbook.write(new, by)

    return act


def _amend(id: UUID) -> Act:
    async def act(stage: Stage) -> object:
        entry = await stage.logbook.get(id)
        if entry.by is None or entry.amendments:
            return None
        by = Actor(entry.by.account_id, entry.by.name)
        text = entry.text.rstrip("。") + "；复查一遍，情况一致。"
        return await stage.logbook.amend(id, text, "补记复查情况", by)

    return act


async def writer(stage: Stage, by: str) -> Actor | None:
    """Return who writes: of a post whoever is there, nobody where nobody is."""
    if by not in _POSTS:
        return stage.actors.get(by)
    there = await stage.there(stage.clock.at_us, (by, *_POSTS))
    return stage.actor_of(there[0].person) if there else None


def worded(text: str, stage: Stage) -> str | None:
    """Return a text with the readings of the moment, None where one of them was not to be had."""
    names = {name for _, name, _, _ in _FIELDS.parse(text) if name}
    values = {name: stage.readings.value(name, stage.clock.at_us) for name in names}
    if any(value is None for value in values.values()):
        return None
    return text.format_map(values)
