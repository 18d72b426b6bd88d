"""Killed at any moment: nothing is missing, nothing is journalled twice, states stand as they stood."""

import random
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from threading import Timer

import pytest

from alarms.engine import Engine
from alarms.journal import JournalRecord
from alarms.states import AlarmEvent, AlarmState
from history.embedded import EmbeddedHistory
from tests.alarms.killed import RULES, main
from tests.alarms.plants import POINTS
from tests.alarms.stores import node_engine, repository

KILLS = 20
RAISE, CLEAR, ACKNOWLEDGE = AlarmEvent.RAISE, AlarmEvent.CLEAR, AlarmEvent.ACKNOWLEDGE


def run_and_kill(folder: Path, after_s: float) -> int:
    """Run a node until it is killed, so long after it was ready; return the last batch it told of."""
    command = [sys.executable, "-m", "tests.alarms.killed", str(folder), "1000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        timer = Timer(after_s, process.kill)
        timer.start()
        told = process.stdout.read().splitlines(keepends=True)
        timer.join()
    assert process.returncode == -9
    whole = [int(line) for line in told if line.endswith("\n")]
    return whole[-1] if whole else 0


def committed(folder: Path) -> int:
    history = EmbeddedHistory.open(folder / "readings.duckdb")
    try:
        return history.last_number
    finally:
        history.close()


def journalled(folder: Path) -> list[JournalRecord]:
    """Return the whole journal, oldest first, its chain verified."""
    engine = node_engine(folder)
    journal = repository(engine)
    found: list[JournalRecord] = []
    while page := journal.page(before=found[-1].seq if found else None, limit=1000):
        found += page
    assert journal.verify().records == len(found)
    engine.dispose()
    return found[::-1]


def told(record: JournalRecord) -> str:
    """Return what must be the same in any run: all but ids and when it was written."""
    fields = astuple(record)
    return repr((record.seq, record.at_us, *fields[4:14], record.actor, record.comment))


@pytest.mark.system
@pytest.mark.timeout(120)
def test_twenty_kills_leave_the_journal_of_a_run_that_was_never_disturbed(tmp_path: Path) -> None:
    chance = random.Random(12)
    disturbed, quiet = tmp_path / "disturbed", tmp_path / "quiet"
    disturbed.mkdir()
    quiet.mkdir()

    before: list[JournalRecord] = []
    for kill in range(KILLS):
        reported = run_and_kill(disturbed, chance.uniform(0.0, 0.5))
        assert committed(disturbed) >= reported, f"kill {kill} lost a commit"
        after = journalled(disturbed)
        assert after[: len(before)] == before, f"kill {kill} changed the journal"
        before = after
    last = committed(disturbed) + 50
    main(disturbed, last)
    main(quiet, last)

    records, expected = journalled(disturbed), journalled(quiet)
    assert [told(record) for record in records] == [told(record) for record in expected]
    assert {record.event for record in records} == {RAISE, CLEAR, ACKNOWLEDGE}
    assert {record.key for record in records} == {rule.key for rule in RULES}
    assert restarted(disturbed) == restarted(quiet) == standing(records)


def standing(records: list[JournalRecord]) -> dict[str, AlarmState]:
    """Return where the journal says that alarms stand."""
    states = {record.key: record.to_state for record in records}
    return {key: state for key, state in states.items() if state is not AlarmState.NORMAL}


def restarted(folder: Path) -> dict[str, AlarmState]:
    """Return where an engine stands that takes up the snapshot."""
    engine = node_engine(folder)
    progress = repository(engine).progress()
    engine.dispose()
    assert progress is not None
    history = EmbeddedHistory.open(folder / "readings.duckdb")
    core = Engine(RULES, POINTS, history.series_ids("fangcheng1", [point.tag for point in POINTS]))
    history.close()
    assert core.restore(progress.snapshot) == []
    return core.states()
