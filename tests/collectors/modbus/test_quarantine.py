"""What a device refuses is found in halves, left out by name, and remembered over restarts."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from collectors.modbus.blocks import LONGEST_RETRY_US, RETRY_US, Blocks, Refusal
from collectors.modbus.collector import ModbusCollector
from collectors.modbus.plan import Planner, poll_classes
from collectors.modbus.settings import ModbusPoint
from collectors.quarantine import KeptPoint
from telemetry.clock import SystemClock
from telemetry.errors import StoreError
from tests.collectors.modbus.points import ids, point, settings
from tests.collectors.modbus.raw_device import Asked, Behaviour, RawDevice, raw_device
from tests.collectors.recording import RecordingOutages, RecordingSink, until
from tests.collectors.running import run

GOOD, CONFIG_ERROR, COMM_FAILURE = 192, 4, 24
REFUSAL = Refusal("illegal data address", CONFIG_ERROR, 7)


class Book:
    """Remembers in memory; `failing` refuses to."""

    def __init__(self) -> None:
        self.points: dict[str, list[KeptPoint]] = {}
        self.failing = False

    async def kept(self, channel: str) -> Sequence[KeptPoint]:
        if self.failing:
            raise StoreError("the disk is gone")
        return self.points.get(channel, [])

    async def note(self, channel: str, points: Sequence[KeptPoint]) -> None:
        if self.failing:
            raise StoreError("the disk is gone")
        self.points[channel] = list(points)


def bad(*registers: int, silent: bool = False) -> Behaviour:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        touched = any(asked.offset <= at < asked.offset + asked.count for at in registers)
        if touched and silent:
            return
        writer.write(asked.refusal(2) if touched else asked.registers())

    return behave


@asynccontextmanager
async def polled(
    device: RawDevice, points: Sequence[ModbusPoint], sink: RecordingSink, book: Book, timeout: str = "100ms"
) -> AsyncIterator[ModbusCollector]:
    wanted = settings(device.port, timeout=timeout)
    collector = ModbusCollector(
        "PLC1", wanted, points, ids(points), sink, RecordingOutages(), SystemClock(), None, book
    )
    async with run(collector, "modbus"):
        yield collector


def hundred() -> list[ModbusPoint]:
    return [point(f"P{at:02d}", at, poll=timedelta(milliseconds=200)) for at in range(100)]


async def test_one_bad_register_in_a_hundred_is_found_in_halves(sink: RecordingSink) -> None:
    points = hundred()
    async with raw_device(bad(37)) as device, polled(device, points, sink, Book()) as collector:
        await until(lambda: len(sink.values(1)) >= 3)
        asked = [(one.offset, one.count) for one in device.asked]
        (left_out,) = collector.statuses["PLC1"].quarantined

    # Whether it is there, the block, and two reads for each of the seven times that a hundred is halved.
    assert asked[:2] == [(0, 100), (0, 100)]
    assert asked.index((0, 37)) <= 2 + 14
    assert set(asked[asked.index((0, 37)) :]) == {(0, 37), (38, 62)}
    assert left_out.tag == "P37"
    last = sink.last(ids(points))
    assert last.pop("P37") == (None, CONFIG_ERROR)
    assert last == {f"P{at:02d}": (float(at), GOOD) for at in range(100) if at != 37}


async def test_a_block_that_is_not_answered_because_of_one_register_loses_only_that_one(
    sink: RecordingSink,
) -> None:
    """Some devices say nothing where others refuse: each half may cost a time-out, so it takes a while."""
    points = [point(f"P{at}", at) for at in range(4)] + [point("FAR", 500)]
    async with (
        raw_device(bad(2, silent=True)) as device,
        polled(device, points, sink, Book(), timeout="50ms") as collector,
    ):
        await until(
            lambda: (
                [one.tag for one in collector.statuses["PLC1"].quarantined] == ["P2"]
                and sink.last(ids(points)).get("P3") == (3.0, GOOD)
            )
        )
        last = sink.last(ids(points))

    assert last.pop("P2") == (None, COMM_FAILURE)
    assert last == {tag: (value, GOOD) for tag, value in (("P0", 0), ("P1", 1), ("P3", 3), ("FAR", 500))}


async def test_what_was_left_out_is_remembered_over_a_restart_and_not_asked_for_at_once(
    sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    points, book = [point(f"P{at}", at) for at in range(4)], Book()
    async with raw_device(bad(2)) as device:
        async with polled(device, points, sink, book) as collector:
            await until(lambda: book.points.get("PLC1"))
            before = collector.statuses["PLC1"].quarantined
        again = RecordingSink()
        first = len(device.asked)
        async with polled(device, points, again, book) as collector:
            await until(lambda: len(again.values(1)) >= 5)
            after = collector.statuses["PLC1"].quarantined

    assert {(one.offset, one.count) for one in device.asked[first:]} == {(0, 2), (3, 1)}
    assert [(one.tag, one.reason, one.since_us) for one in after] == [
        ("P2", "illegal data address", before[0].since_us)
    ]
    assert abs(after[0].next_try_us - before[0].next_try_us) < 1_000_000
    assert again.qualities(3) == [CONFIG_ERROR]
    assert [record.message for record in caplog.records if "left out" in record.message] == [
        "modbus PLC1: 1 point left out as before the restart: P2"
    ]


async def test_a_point_with_another_address_is_asked_for_anew(sink: RecordingSink) -> None:
    book = Book()
    async with raw_device(bad(2)) as device:
        async with polled(device, [point("A", 0), point("B", 2)], sink, book):
            await until(lambda: book.points.get("PLC1"))
        moved = RecordingSink()
        points = [point("A", 0), point("B", 1)]
        async with polled(device, points, moved, book):
            await until(lambda: moved.last(ids(points)) == {"A": (0.0, GOOD), "B": (1.0, GOOD)})
            await until(lambda: not book.points["PLC1"])


async def test_polling_goes_on_though_nothing_can_be_remembered(
    sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    book = Book()
    book.failing = True
    async with raw_device(bad(2)) as device, polled(device, [point("A", 0), point("B", 2)], sink, book):
        await until(lambda: len(sink.values(1)) >= 3 and len(caplog.records) >= 3)

    messages = [record.message for record in caplog.records if "remembered" in record.message]
    assert messages == ["modbus PLC1: what it leaves out is not remembered: the disk is gone"]


def test_what_stays_bad_is_asked_for_ever_more_seldom_up_to_ten_minutes() -> None:
    points = [point("A", 0), point("B", 1)]
    blocks = Blocks(Planner(settings(), ids(points)), poll_classes(points))
    blocks.set_aside(0, {blocks.single(points[1]): REFUSAL}, 0)
    (aside,) = blocks.asides

    now_us, waits = 0, []
    for _ in range(6):
        waits.append(aside.retry_us - now_us)
        now_us = aside.retry_us
        assert blocks.due_again(0, now_us - 1) == []
        assert blocks.due_again(0, now_us) == [aside]
        blocks.again_later(aside, Refusal("device failure", 12, 99), now_us)

    assert waits == [RETRY_US, 2 * RETRY_US, 4 * RETRY_US, 8 * RETRY_US, LONGEST_RETRY_US, LONGEST_RETRY_US]
    assert aside.refusal == Refusal("device failure", 12, 7)


def test_halves_that_are_well_apart_and_refused_together_are_read_apart() -> None:
    points = [point("A", 0), point("B", 1), point("C", 4), point("D", 5)]
    blocks = Blocks(Planner(settings(), ids(points)), poll_classes(points))
    (whole,) = blocks.requests(0)

    halves = blocks.halves(whole)
    blocks.blame_between(halves)
    blocks.plan_anew(0)

    assert [(half.offset, half.count) for half in halves] == [(0, 2), (4, 2)]
    assert [(one.offset, one.count) for one in blocks.requests(0)] == [(0, 2), (4, 2)]
