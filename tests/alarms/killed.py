"""A node's store and alarms in a process that may be killed: `python -m tests.alarms.killed FOLDER LAST`.

Commits the batches of a made-up plant up to LAST, one after the other, and acknowledges what is
shown after every 17th. All depends on the number of the batch alone, so that any run tells the same.
Prints the number after each commit.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from alarms.journal import JournalRepository
from alarms.service import AlarmService
from alarms.settings import RuleKind
from alarms.states import AlarmState
from history.embedded import EmbeddedHistory
from telemetry.samples import SampleBatch
from tests.alarms.plants import (
    BAD,
    BLOWER,
    DO,
    GOOD,
    LEVEL,
    LINK,
    LINKED,
    POINTS,
    RUNNING,
    T0,
    S,
    fault,
    instrument,
    limit,
    link,
    plant,
)
from tests.alarms.running import eventually
from tests.alarms.stores import WANG, ManualClock, node_engine, repository

EVERY_S = 0.5
ACKNOWLEDGED_EVERY = 17
RULES = (
    limit(RuleKind.HIGH, 6.0, deadband=0.5, on_delay=1.2, off_delay=0.7),
    limit(RuleKind.HIGH_HIGH, 8.0, deadband=0.5),
    limit(RuleKind.LOW, 2.0, deadband=0.5, on_delay=2.0, enable=RUNNING),
    limit(RuleKind.HIGH, 9.0, on=LEVEL),
    fault(on_delay=0.4),
    instrument(on_delay=1.0, enable=LINKED),
    instrument(LEVEL, enable=LINKED),
    link(on_delay=1.0),
)


def samples_of(number: int, series: dict[str, int]) -> SampleBatch:
    """Return what batch `number` holds: a point now and then missing, bad or silent for a while."""
    chance = np.random.default_rng(number)
    at_us = T0 + round(number * EVERY_S * S)
    values = {
        DO: 5.0 + 5.0 * np.sin(number / 9.0) + chance.normal(0.0, 0.8),
        LEVEL: chance.uniform(0.0, 10.0),
        BLOWER: float(number // 23 % 2) + 4.0 * (number // 31 % 3 == 0),
        LINK: float(number // 61 % 4 != 0),
    }
    silent = {LEVEL} if number // 40 % 5 == 2 else set()
    # The link always comes: a batch without rows would be none.
    points = [p for p in values if p is LINK or (p not in silent and chance.random() < 0.8)]
    quality = np.where(chance.random(len(points)) < 0.05, BAD, GOOD)
    times_us = at_us - chance.integers(0, 200_000, len(points))
    return SampleBatch.of(
        [series[point.tag] for point in points], times_us, [values[p] for p in points], quality
    )


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def acknowledge_all(service: AlarmService) -> None:
    for alarm in service.active():
        if alarm.state is not AlarmState.ACKNOWLEDGED:
            await service.acknowledge(alarm.id, WANG, f"seen {alarm.key}")


async def evaluated(service: AlarmService, number: int) -> None:
    await eventually(lambda: service.evaluated_through >= number and not service._unkept)


async def live(history: EmbeddedHistory, journal: JournalRepository, last: int) -> None:
    series = history.series_ids("fangcheng1", [point.tag for point in POINTS])
    clock = ManualClock()
    clock.at_s = history.last_number * EVERY_S
    service = AlarmService(
        rules_on=lambda day: RULES,
        plant=plant(),
        series_ids=series,
        journal=journal,
        history=history,
        clock=clock,
    )
    await service.start()
    running = asyncio.create_task(service.run())
    tell("ready")
    for number in range(history.last_number, last + 1):
        if number > history.last_number:
            clock.at_s = number * EVERY_S
            service.submit(history.commit(samples_of(number, series), clock.now_us()))
            tell(str(number))
        if number % ACKNOWLEDGED_EVERY == 0:
            await evaluated(service, number)
            await acknowledge_all(service)
        await asyncio.sleep(0)
    await evaluated(service, last)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def main(folder: Path, last: int) -> None:
    engine = node_engine(folder)
    history = EmbeddedHistory.open(folder / "readings.duckdb")
    asyncio.run(live(history, repository(engine), last))
    history.close()
    engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
