"""The node's own points, from what happens to it to the alarm in its journal."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alarms.active import ActiveAlarm
from alarms.states import AlarmState
from app.build import Parts, opened_stores, wire
from app.data import DataFolder
from app.data_disk import DataDisk
from config.read import read_folder
from history.database import Database
from history.embedded import EmbeddedHistory
from telemetry.errors import StoreError
from telemetry.samples import CommittedBatch, SampleBatch
from tests.config.folders import GOOD

S = 1_000_000
T0 = 1_780_000_000 * S
MODBUS, STATION = "DO1", "L1_LIT"


@dataclass
class Hand:
    """A clock whose time of day is set by hand, while its other time goes on."""

    at_us: int = T0
    passed_us: int = 0
    speed: float = 1.0

    def now_us(self) -> int:
        return self.at_us

    def monotonic_us(self) -> int:
        return self.passed_us

    def move(self, seconds: float) -> None:
        self.at_us += round(seconds * S)
        self.passed_us += round(seconds * S)

    def set_back(self, seconds: float) -> None:
        self.at_us -= round(seconds * S)


@dataclass
class Node:
    parts: Parts
    clock: Hand
    looked_s: float = 0.0

    async def look(self, seconds: float = 10.0) -> None:
        """Let time pass, then let the node look at itself."""
        self.clock.move(seconds)
        self.looked_s += seconds
        await self.parts.watch.look(self.looked_s)

    async def read(self, tag: str, ahead_s: float = 0.0) -> None:
        time_us = self.clock.now_us() + round(ahead_s * S)
        await self.parts.writer.append(SampleBatch.of(self.parts.series_ids[tag], time_us, 3.0, 192))

    async def kept(self, tag: str) -> list[tuple[float, int]]:
        samples = await self.parts.stores.history.samples(tag, 0, 2 * T0, 1000)
        return list(zip(samples.values.tolist(), samples.quality.tolist(), strict=True))

    def active(self, key: str) -> ActiveAlarm | None:
        return next((alarm for alarm in self.parts.alarms.active() if alarm.key == key), None)

    async def raised(self, key: str) -> ActiveAlarm:
        await until(lambda: self.active(key) is not None)
        alarm = self.active(key)
        assert alarm is not None
        return alarm

    async def cleared(self, key: str) -> None:
        await until(lambda: (alarm := self.active(key)) is None or alarm.state is AlarmState.RETURNED)

    async def judged(self) -> None:
        await until(lambda: self.parts.alarms.evaluated_through == self.parts.stores.history.last_number)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what changes is the node's own state
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(data: Path, clock: Hand) -> AsyncIterator[Node]:
    folder, where = read_folder(GOOD), DataFolder(data)
    where.create()
    with opened_stores(where, folder) as stores:
        parts = wire(folder, stores, clock)
        assert stores.disk.reserve()
        await parts.alarms.start(begin_after=stores.history.last_number)
        tasks = [asyncio.create_task(parts.writer.run()), asyncio.create_task(parts.alarms.run())]
        try:
            yield Node(parts, clock)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def test_a_node_that_is_well_says_so_every_ten_seconds(tmp_path: Path) -> None:
    async with running(tmp_path, Hand()) as node:
        for seconds in (1, 1, 8, 1, 9):
            await node.look(seconds)
        await node.judged()

        assert [
            tag for tag in ("NODE.disk", "NODE.clock", "NODE.future") if len(await node.kept(tag)) != 2
        ] == []
        assert (await node.kept("NODE.disk"))[0][0] > 0
        assert await node.kept("NODE.clock") == await node.kept("NODE.future") == [(0.0, 192)] * 2
        assert node.active("NODE.clock.H") is node.active("NODE.future.H") is None
        assert node.parts.live.latest("NODE.clock", node.clock.now_us()).stale is False


async def test_a_clock_set_back_is_an_alarm_that_says_for_how_long_also_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.node_watch")
    clock = Hand()
    async with running(tmp_path, clock) as node:
        await node.look()
        await node.read(MODBUS)
        clock.set_back(3600)
        await node.read(MODBUS)
        await node.look(1)
        raised = await node.raised("NODE.clock.H")
        modbus = await node.kept(MODBUS)
    async with running(tmp_path, clock) as node:
        for _ in range(3):
            await node.look()
        await node.judged()
        standing = node.active("NODE.clock.H")
        lasts = (await node.kept("NODE.clock"))[-2][0]
        clock.move(3600)
        await node.look()
        await node.look()
        await node.cleared("NODE.clock.H")
        await node.read(MODBUS)

        assert (raised.value, raised.limit, raised.priority.word) == (3600.0, 2.0, "high")
        assert modbus == [(3.0, 64), (3.0, 192)]
        assert standing is not None
        assert standing.id == raised.id
        assert 3560 < lasts < 3600
        assert (await node.kept(MODBUS))[-1] == (3.0, 192)
        assert (await node.kept("NODE.clock"))[-1] == (0.0, 192)
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("this node's clock was set back: it is 3600.0 s behind what it stamped")
    assert said[-1] == "this node's clock has caught up with what it stamped"


async def test_a_clock_set_back_by_three_seconds_is_told_though_it_soon_catches_up(tmp_path: Path) -> None:
    clock = Hand()
    async with running(tmp_path, clock) as node:
        await node.look()
        clock.set_back(3)
        await node.read(MODBUS)
        await node.look(1)
        await node.look(10)

        assert (await node.raised("NODE.clock.H")).value == 3.0
        await node.look(10)
        await node.cleared("NODE.clock.H")


async def test_time_from_the_future_is_an_alarm_and_spoils_nothing_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.node_watch")
    async with running(tmp_path, Hand()) as node:
        await node.look()
        await node.read(STATION, ahead_s=3600)
        await node.look(1)
        raised = await node.raised("NODE.future.H")
        shown_at_us = node.parts.live.latest(STATION, node.clock.now_us()).time_us
        await node.read(STATION)
        shown = node.parts.live.latest(STATION, node.clock.now_us())
        await node.look(610)
        await node.cleared("NODE.future.H")

        assert (raised.value, raised.limit, raised.priority.word) == (3600.0, 60.0, "medium")
        assert shown_at_us == T0 + 3610 * S
        assert (shown.time_us, shown.quality) == (T0 + 11 * S, 192)
        assert await node.kept(STATION) == [(3.0, 192), (3.0, 64)]
    assert [record.getMessage() for record in caplog.records] == [
        "time from the future: L1_LIT is 3600.0 s ahead of this node",
        "no device is ahead of this node any more",
    ]


async def test_a_full_disk_is_an_alarm_while_readings_are_refused_and_clears_when_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {"mb": 5000.0}
    monkeypatch.setattr(DataDisk, "free_mb", property(lambda _: left["mb"]))
    monkeypatch.setattr(Database, "free_mb", property(lambda _: left["mb"]))
    async with running(tmp_path, Hand()) as node:
        await node.look()
        left["mb"] = 40.0
        waiting = asyncio.create_task(node.read(MODBUS))
        await until(lambda: node.parts.writer.failing is not None)
        await node.look(1)
        raised = await node.raised("NODE.disk.LL")
        again = len(await node.kept("NODE.disk"))
        await node.look(10)
        unchanged = len(await node.kept("NODE.disk"))
        await node.look(50)
        repeated = len(await node.kept("NODE.disk"))
        held = waiting.done()

        left["mb"] = 5000.0
        await waiting
        await node.look(1)
        await node.cleared("NODE.disk.LL")

        assert (raised.value, raised.limit, raised.priority.word) == (40.0, 512.0, "high")
        assert (again, unchanged, repeated, held) == (2, 2, 3, False)
        assert await node.kept(MODBUS) == [(3.0, 192)]


async def test_where_even_the_nodes_own_readings_are_refused_the_reserve_is_given_up_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.node_watch")
    reserve, commit, left = tmp_path / "reserve", EmbeddedHistory.commit, {"mb": 0.0}

    def refuse(history: EmbeddedHistory, *given: Any, **named: Any) -> CommittedBatch:
        if reserve.exists():
            raise StoreError("No space left on device")
        return commit(history, *given, **named)

    monkeypatch.setattr(EmbeddedHistory, "commit", refuse)
    monkeypatch.setattr(DataDisk, "free_mb", property(lambda _: left["mb"]))
    async with running(tmp_path, Hand()) as node:
        await node.look()
        raised = await node.raised("NODE.disk.LL")
        given_up = not reserve.exists()
        left["mb"] = 5000.0
        await node.look()
        await node.cleared("NODE.disk.LL")

        assert (raised.value, given_up, reserve.exists()) == (0.0, True, True)
    assert [record.getMessage() for record in caplog.records] == [
        "the 16 MB kept for a full data disk are given up for alarms: No space left on device",
        "16 MB of the data disk are kept again for when it is full",
    ]


async def test_what_cannot_be_kept_at_all_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.node_watch")
    commit = EmbeddedHistory.commit
    refused = {"why": "No space left on device"}

    def refuse(history: EmbeddedHistory, *given: Any, **named: Any) -> CommittedBatch:
        if refused["why"]:
            raise StoreError(refused["why"])
        return commit(history, *given, **named)

    monkeypatch.setattr(EmbeddedHistory, "commit", refuse)
    async with running(tmp_path, Hand()) as node:
        for _ in range(3):
            await node.look()
        refused["why"] = ""
        await node.look()

        assert len(await node.kept("NODE.disk")) == 1
    said = [record.getMessage() for record in caplog.records if "says of itself" in record.getMessage()]
    assert said == [
        "what the node says of itself is not kept either: No space left on device",
        "what the node says of itself is kept again",
    ]
