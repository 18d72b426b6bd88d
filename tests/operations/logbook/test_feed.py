"""Alarms that write themselves into the log."""

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from operations.logbook.feed import LogbookFeed
from operations.logbook.records import Asked, LogEntry, LogKind
from operations.logbook.writing import MOST_RAISED_AGAIN
from telemetry.clock import US_PER_S
from telemetry.errors import StoreAway
from tests.operations.logbook.conftest import HOUR_US, LI, Site

TRIP, DO = "BL_B201B_ST.fault", "AE_DO1.LL"


@dataclass
class Alarms:
    """A journal as the test writes it."""

    records: list[JournalRecord] = field(default_factory=list)
    on_change: list[Callable[[], None]] = field(default_factory=list)

    async def journal(
        self, *, before: int | None, limit: int, from_us: int | None = None
    ) -> list[JournalRecord]:
        found = [r for r in self.records[::-1] if before is None or r.seq < before]
        return [r for r in found if from_us is None or r.at_us >= from_us][:limit]

    def put(
        self,
        at_us: int,
        key: str = TRIP,
        event: AlarmEvent = AlarmEvent.RAISE,
        priority: Priority = Priority.HIGH,
        value: float = math.nan,
    ) -> UUID:
        seq = len(self.records) + 1
        kind = RuleKind.BIT if key == TRIP else RuleKind.LOW_LOW
        tag = key.rpartition(".")[0]
        states = (AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED)
        self.records.append(
            JournalRecord(
                UUID(int=seq), seq, at_us, at_us, key, tag, kind, priority, event, *states, value, 0.5, seq,
                UUID(int=9000 + seq), None, None,
            )
        )  # fmt: skip
        return UUID(int=9000 + seq)


async def log(site: Site, words: str = "") -> list[LogEntry]:
    return await site.logbook.page(Asked(words=words), 50)


async def test_a_high_alarm_stands_in_the_log_with_its_readings_and_who_was_on_shift(site: Site) -> None:
    alarms, now_us = Alarms(), site.clock.now_us()
    site.read("AE_DO1", 0.4)
    occurrence = alarms.put(now_us, DO, value=0.4)
    alarms.put(now_us, "AE_DO2.L", priority=Priority.MEDIUM)
    alarms.put(now_us, DO, AlarmEvent.CLEAR)

    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    [entry] = await log(site)
    assert (entry.kind, entry.by, entry.alarm, entry.unit) == (LogKind.ALARM, None, occurrence, "aerobic")
    assert entry.raised is not None
    assert (entry.raised.rule, entry.raised.value, entry.raised.limit) == (DO, 0.4, 0.5)
    assert [(reading.tag, reading.value) for reading in entry.readings] == [("AE_DO1", 0.4)]
    assert len(entry.on_shift) == 1
    assert [len(await log(site, word)) for word in ("溶解氧", "低低", "2#鼓风机")] == [1, 1, 0]


async def test_a_trip_is_found_by_the_words_of_its_bit(site: Site) -> None:
    alarms = Alarms()
    alarms.put(site.clock.now_us())
    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    point = site.folder.plant.point_by_tag["BL_B201B_ST"]
    bit = point.bit("fault")
    assert bit is not None
    label = bit.alarm_label or bit.label
    assert label is not None
    [entry] = await log(site, label.zh)
    assert entry.equipment == ("BL_B201B",)
    assert "BL_B201B_ST" in [reading.tag for reading in entry.readings] or not entry.readings


async def test_the_same_alarm_within_the_turn_is_added_to_its_entry(site: Site) -> None:
    alarms = Alarms()
    start_us = site.clock.now_us() // (8 * HOUR_US) * 8 * HOUR_US + 9 * HOUR_US
    times = [start_us, start_us + HOUR_US, start_us + 9 * HOUR_US]
    site.clock.at_us = times[-1]
    for at_us in times:
        alarms.put(at_us)
    alarms.put(times[-1], DO)

    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    entries = sorted(await log(site), key=lambda entry: (entry.at_us, entry.seq))
    assert [(e.raised and e.raised.rule, e.at_us, len(e.follow_ups)) for e in entries] == [
        (TRIP, times[0], 1),
        (TRIP, times[2], 0),
        (DO, times[2], 0),
    ]
    again = entries[0].follow_ups[0]
    assert (again.at_us, again.by, again.raised and again.raised.rule) == (times[1], None, TRIP)


async def test_without_a_roster_a_turn_is_eight_hours(site: Site) -> None:
    site.roster.empty = True
    alarms, now_us = Alarms(), site.clock.now_us()
    for at_us in (now_us - 9 * HOUR_US, now_us - 2 * HOUR_US, now_us):
        alarms.put(at_us)

    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    assert [(entry.at_us, len(entry.follow_ups)) for entry in await log(site)] == [
        (now_us, 0),
        (now_us - 9 * HOUR_US, 1),
    ]


async def test_an_alarm_that_chatters_is_added_so_often_and_no_more(site: Site) -> None:
    alarms, now_us = Alarms(), site.clock.now_us()
    site.roster.empty = True
    for number in range(MOST_RAISED_AGAIN + 10):
        alarms.put(now_us - (100 - number) * US_PER_S)

    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    assert [len(entry.follow_ups) for entry in await log(site)] == [MOST_RAISED_AGAIN]


async def test_a_node_killed_anywhere_puts_each_alarm_into_the_log_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms, now_us = Alarms(), site.clock.now_us()
    keys = [f"AE_DO1.{n}" for n in range(8)]
    for number, rule in enumerate(keys):
        alarms.put(now_us - number * HOUR_US, rule)
    write = site.logbook._writer.alarm
    for kill_at in range(1, 5):
        done = 0

        def killed(*args: object, at: int = kill_at) -> None:
            nonlocal done
            done += 1
            if done == at:
                raise KeyboardInterrupt
            write(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(site.logbook._writer, "alarm", killed)
        with pytest.raises(KeyboardInterrupt):
            await LogbookFeed(alarms, site.logbook, site.clock).follow()
    monkeypatch.undo()
    await LogbookFeed(alarms, site.logbook, site.clock).follow()
    await LogbookFeed(alarms, site.logbook, site.clock).follow()

    assert sorted(entry.raised.rule for entry in await log(site) if entry.raised) == keys
    assert site.ledger.verify().records == len(keys)


async def test_while_the_people_are_away_alarms_wait_in_the_journal(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("operations.logbook.feed._FIRST_WAIT_S", 0.01)
    alarms = Alarms()
    alarms.put(site.clock.now_us())
    caplog.set_level(logging.INFO)
    with monkeypatch.context() as patched:

        def away(*_: object) -> None:
            raise StoreAway("gone")

        patched.setattr(site.logbook._writer, "alarm", away)
        following = asyncio.create_task(LogbookFeed(alarms, site.logbook, site.clock).run())
        await asyncio.sleep(0.1)
        assert await log(site) == []
    alarms.put(site.clock.now_us(), DO)
    for _ in range(200):
        if len(await log(site)) == 2:
            break
        await asyncio.sleep(0.02)
    alarms.put(site.clock.now_us(), "AE_DO2.LL")
    for tell in alarms.on_change:
        tell()
    for _ in range(200):
        if len(await log(site)) == 3:
            break
        await asyncio.sleep(0.02)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)

    assert len(await log(site)) == 3
    said = [record.message for record in caplog.records if "log" in record.message]
    assert len(said) == 2, "once when it fails, once when it is well again"


async def test_a_long_journal_is_read_in_pages_and_not_from_its_beginning(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.logbook.feed._PAGE", 3)
    alarms, now_us = Alarms(), site.clock.now_us()
    alarms.put(now_us - 8 * 24 * HOUR_US)
    for number in range(7):
        alarms.put(now_us - US_PER_S * (7 - number), f"AE_DO1.{number}")
    feed = LogbookFeed(alarms, site.logbook, site.clock)
    await feed.follow()
    alarms.put(now_us, "AE_DO2.LL")
    await feed.follow()

    assert len(await log(site)) == 8


async def test_people_add_to_an_alarms_entry_and_do_not_change_it(site: Site) -> None:
    from uuid import uuid4

    from telemetry.errors import Conflict

    alarms = Alarms()
    alarms.put(site.clock.now_us())
    await LogbookFeed(alarms, site.logbook, site.clock).follow()
    [entry] = await log(site)

    added = await site.logbook.follow_up(entry.id, uuid4(), "现场复位", LI)

    assert [one.text for one in added.follow_ups] == ["现场复位"]
    with pytest.raises(Conflict, match="add to it instead"):
        await site.logbook.amend(entry.id, "没有报警", "x", LI)
