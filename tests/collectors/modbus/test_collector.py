"""The collector against devices that are lost, refuse, keep silent; and a store that is behind."""

import asyncio
import contextlib
import logging
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from collectors.modbus.collector import ModbusCollector
from collectors.modbus.settings import DataType
from telemetry.clock import SystemClock, VirtualClock
from telemetry.plant import Name, Point, PointKind
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from tests.collectors.modbus.points import ids, point, settings
from tests.collectors.modbus.raw_device import Asked, Behaviour, RawDevice, honest, mute, raw_device
from tests.collectors.modbus.running import running
from tests.collectors.recording import RecordingOutages, RecordingSink, until

GOOD, CONFIG_ERROR, COMM_FAILURE, DEVICE_FAILURE = 192, 4, 24, 12
SECOND = timedelta(seconds=1)


def refusing(*registers: int, code: int = 2) -> Behaviour:
    """Refuse each read that touches one of the registers."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        touched = any(asked.offset <= at < asked.offset + asked.count for at in registers)
        writer.write(asked.refusal(code) if touched else asked.registers())

    return behave


def silent_at(*registers: int) -> Behaviour:
    """Do not answer a read that touches one of the registers."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if not any(asked.offset <= at < asked.offset + asked.count for at in registers):
            writer.write(asked.registers())

    return behave


def reads(device: RawDevice) -> list[tuple[int, int]]:
    return [(asked.offset, asked.count) for asked in device.asked]


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name.startswith("collectors")]


async def test_each_tick_is_one_batch_with_a_time_for_each_request(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 1, DataType.S16, scale=0.1), point("FAR", 500)]
    async with raw_device(honest) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: len(sink.batches) >= 3)

    first = sink.batches[0]
    assert [len(batch) for batch in sink.batches[:3]] == [3, 3, 3]
    assert dict(zip(first.series.tolist(), first.values.tolist(), strict=True)) == {1: 0.0, 2: 0.1, 3: 500.0}
    assert set(first.quality) == {GOOD}
    times = {int(series): int(at) for series, at in zip(first.series, first.times_us, strict=True)}
    assert times[1] == times[2] < times[3]
    assert outages.events == [("back", "PLC1")]


async def test_points_are_read_as_often_as_they_say(sink: RecordingSink, outages: RecordingOutages) -> None:
    points = [point("FAST", 0, poll=SECOND), point("SLOW", 500, poll=5 * SECOND)]
    clock = VirtualClock.starting_now(speed=50)
    async with raw_device(honest) as device, running(settings(device.port), points, sink, outages, clock):
        await until(lambda: len(sink.times_us(2)) >= 3)

    # Between two reads of SLOW are five slots of FAST, of which a busy machine may skip some.
    slow = [number for number, asked in enumerate(device.asked) if asked.offset == 500]
    fast = [second - first - 1 for first, second in pairwise(slow)]
    assert max(fast) <= 5
    assert sum(fast) >= 2


async def test_polls_keep_their_beat_however_long_they_take(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.12)
        writer.write(asked.registers())

    points = [point("A", 0, poll=timedelta(milliseconds=50))]
    async with (
        raw_device(slow) as device,
        running(settings(device.port, timeout="5s"), points, sink, outages) as collector,
    ):
        await until(lambda: len(sink.batches) >= 4)
        status = collector.statuses["PLC1"]

    # An answer takes longer than two slots: one is taken late, one is counted and not made up for.
    assert status.missed >= 3
    assert len(sink.rows) == len(sink.batches)
    assert outages.events == [("back", "PLC1")]


async def test_requests_of_one_connection_are_serial_with_a_rest_between(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    under_way: list[int] = []
    ended: list[float] = []
    rests: list[float] = []

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        now = asyncio.get_running_loop().time()
        if ended:
            rests.append(now - ended[-1])
        under_way.append(device.connections)
        await asyncio.sleep(0.01)
        ended.append(asyncio.get_running_loop().time())
        writer.write(asked.registers())

    points = [point("A", 0), point("B", 500), point("C", 1000)]
    async with (
        raw_device(behave) as device,
        running(settings(device.port, pause="30ms"), points, sink, outages),
    ):
        await until(lambda: len(rests) >= 6)

    assert set(under_way) == {1}
    assert min(rests) >= 0.029


async def test_a_value_beyond_its_range_is_kept_and_uncertain(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("IN", 100), point("OUT", 101)]
    known = {
        name.tag: Point(
            tag=name.tag,
            unit="u",
            name=Name("", ""),
            kind=PointKind.ANALOG,
            engineering_unit="m",
            range_low=0.0,
            range_high=100.0,
            source="PLC1",
        )
        for name in points
    }
    async with (
        raw_device(honest) as device,
        running(settings(device.port), points, sink, outages, None, known),
    ):
        await until(lambda: sink.batches)

    assert sink.last(ids(points)) == {"IN": (100.0, GOOD), "OUT": (101.0, Quality.RANGE_EXCEEDED)}


async def test_a_refused_register_costs_itself_only_and_is_asked_for_slowly(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    points = [point(f"P{at}", at, poll=SECOND) for at in range(5)]
    clock = VirtualClock.starting_now(speed=50)
    async with (
        raw_device(refusing(2)) as device,
        running(settings(device.port), points, sink, outages, clock) as collector,
    ):
        await until(lambda: len(sink.values(3)) >= 2)
        asked = reads(device)
        refused = collector.statuses["PLC1"].refused
        device.behave = honest
        await until(lambda: sink.qualities(3)[-1] == GOOD)
        await until(lambda: reads(device)[-1] == (0, 5))

    # Whether it is there, the block, halves of what is refused, then what is left around the bad one.
    assert asked[:6] == [(0, 5), (0, 5), (0, 2), (2, 3), (2, 1), (3, 2)]
    assert set(asked[6:]) == {(0, 2), (3, 2), (2, 1)}
    assert asked[6:].count((2, 1)) == 1
    # A minute of polls lies between two tries, of which a busy machine may skip some.
    assert asked[6:].count((0, 2)) >= 10
    assert refused == 1
    # Bad at once and at each try, good when it is answered; the others never bad.
    assert sink.qualities(3)[:2] == [CONFIG_ERROR, CONFIG_ERROR]
    assert np.isnan(sink.values(3)[:2]).all()
    assert {quality for series in (1, 2, 4, 5) for quality in sink.qualities(series)} == {GOOD}
    assert outages.events == [("back", "PLC1")]
    assert messages(caplog) == [
        "modbus PLC1 connected",
        "modbus PLC1: P2 not answered: illegal data address; others go on",
        "modbus PLC1: P2 answered again",
    ]


async def test_an_unused_register_that_is_refused_is_not_read_along_again(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 1), point("C", 5)]
    async with (
        raw_device(refusing(3)) as device,
        running(settings(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: len(sink.batches) >= 3)
        refused = collector.statuses["PLC1"].refused

    assert reads(device)[1:6] == [(0, 6), (0, 1), (1, 5), (1, 1), (5, 1)]
    assert set(reads(device)[6:]) == {(0, 2), (5, 1)}
    assert set(sink.rows.quality) == {GOOD}
    assert refused == 0


async def test_a_device_that_gives_less_at_once_than_it_should_is_read_in_pieces(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.registers() if asked.count == 1 else asked.refusal(3))

    points = [point("A", 0), point("B", 1), point("C", 2)]
    async with raw_device(behave) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: len(sink.batches) >= 5)

    # What is too long is cut in halves, tick after tick.
    assert set(reads(device)[-6:]) == {(0, 1), (1, 1), (2, 1)}
    assert set(sink.rows.quality) == {GOOD}


async def test_a_device_that_fails_as_a_whole_is_asked_again_each_time_but_not_split_each_time(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 1)]
    async with (
        raw_device(refusing(0, 1, code=4)) as device,
        running(settings(device.port), points, sink, outages),
    ):
        await until(lambda: len(sink.batches) >= 4)
        asked = reads(device)
        device.behave = honest
        await until(lambda: sink.qualities(1)[-1] == GOOD)

    assert asked[:4] == [(0, 2), (0, 2), (0, 1), (1, 1)]
    assert set(asked[4:]) == {(0, 2)}
    assert sink.qualities(1)[:4] == [DEVICE_FAILURE] * 4
    assert outages.events == [("back", "PLC1")]


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (1, CONFIG_ERROR),
        (3, CONFIG_ERROR),
        (4, DEVICE_FAILURE),
        (6, COMM_FAILURE),
        (8, DEVICE_FAILURE),
        (99, 0),
    ],
)
async def test_each_refusal_has_its_quality(
    code: int, quality: int, sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 1)]
    async with (
        raw_device(refusing(0, 1, code=code)) as device,
        running(settings(device.port), points, sink, outages),
    ):
        await until(lambda: sink.batches)

    assert sink.last(ids(points)) == {"A": (None, quality), "B": (None, quality)}


async def test_an_answer_of_the_wrong_length_costs_its_block_only(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.frame(b"\x02\x00\x07") if asked.offset == 500 else asked.registers())

    points = [point("A", 0), point("B", 500, DataType.F32)]
    async with raw_device(behave) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: len(sink.values(1)) >= 3)

    assert sink.last(ids(points)) == {"A": (0.0, GOOD), "B": (None, DEVICE_FAILURE)}
    assert outages.events == [("back", "PLC1")]


async def test_a_block_that_is_never_answered_costs_itself_only(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    points = [point("A", 0, poll=SECOND), point("B", 500, poll=SECOND), point("C", 1000, poll=SECOND)]
    clock = VirtualClock.starting_now(speed=100)
    async with (
        raw_device(silent_at(500)) as device,
        running(settings(device.port), points, sink, outages, clock),
    ):
        await until(lambda: len(sink.values(2)) >= 2)
        device.behave = honest
        await until(lambda: sink.qualities(2)[-1] == GOOD)

    assert sink.qualities(2)[:2] == [COMM_FAILURE, COMM_FAILURE]
    assert {quality for series in (1, 3) for quality in sink.qualities(series)} == {GOOD}
    assert len(sink.values(1)) > 10
    assert outages.events == [("back", "PLC1")]
    assert messages(caplog) == [
        "modbus PLC1 connected",
        "modbus PLC1: B not answered: no answer within 0.2 s; others go on",
        "modbus PLC1: B answered again",
    ]


async def test_a_device_away_for_a_moment_is_neither_lost_nor_left_out(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    silences = [1]

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.offset == 500 and silences:
            silences.pop()
        else:
            writer.write(asked.registers())

    points = [point("A", 0), point("B", 500)]
    async with raw_device(behave) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: len(sink.batches) >= 3)

    assert set(sink.rows.quality) == {GOOD}
    assert outages.events == [("back", "PLC1")]


async def test_a_lost_device_is_one_outage_and_one_bad_sample_of_each_point(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    points = [point("A", 0, poll=SECOND), point("B", 500, poll=5 * SECOND)]
    clock = VirtualClock.starting_now(speed=20)
    async with (
        raw_device(honest) as device,
        running(settings(device.port), points, sink, outages, clock) as collector,
    ):
        await until(lambda: len(sink.values(1)) >= 2)
        await device.stop()
        await until(lambda: len(outages.events) == 2)
        down = collector.statuses["PLC1"]
        await asyncio.sleep(0.4)
        await device.start()
        await until(lambda: sink.qualities(1)[-1] == GOOD and sink.qualities(2)[-1] == GOOD)
        up = collector.statuses["PLC1"]

    refused = f"no connection to 127.0.0.1:{device.port}: connection refused"
    assert outages.events == [("back", "PLC1"), ("lost", "PLC1"), ("back", "PLC1")]
    assert outages.causes == [refused]
    assert (down.state, down.last_error) == (LinkState.DOWN, refused)
    assert up.state is LinkState.UP
    # 0.4 s are 8 s of the plant's clock: 8 samples of A at least, and 1 of B.
    assert outages.missed[0] == 0
    assert 8 <= outages.missed[1] <= up.missed
    for series in (1, 2):
        assert sink.qualities(series).count(COMM_FAILURE) == 1
    log = messages(caplog)
    assert log[0] == "modbus PLC1 connected"
    assert log[1] == f"modbus PLC1 lost: {refused}, retrying"
    assert log[2].startswith("modbus PLC1 back after ")
    assert log[2].endswith(f" s, {outages.missed[1]} samples missed")
    assert len(log) == 3


async def test_a_device_not_there_at_the_start_is_lost_too(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 500)]
    async with raw_device(honest) as device:
        await device.stop()
        async with running(settings(device.port), points, sink, outages):
            await until(lambda: sink.batches)
            before = sink.last(ids(points))
            await device.start()
            await until(lambda: len(sink.batches) >= 2)

    assert before == {"A": (None, COMM_FAILURE), "B": (None, COMM_FAILURE)}
    assert outages.events == [("lost", "PLC1"), ("back", "PLC1")]
    assert sink.last(ids(points)) == {"A": (0.0, GOOD), "B": (500.0, GOOD)}


async def test_a_device_that_accepts_and_never_answers_is_lost_and_not_back(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 500)]
    async with (
        raw_device(mute) as device,
        running(settings(device.port, timeout="50ms"), points, sink, outages),
    ):
        await until(lambda: device.connections >= 4)

    assert outages.events == [("lost", "PLC1")]
    assert outages.causes == ["no answer within 0.05 s"]
    assert sink.last(ids(points)) == {"A": (None, COMM_FAILURE), "B": (None, COMM_FAILURE)}
    assert len(sink.rows) == 2


async def test_a_device_behind_a_gateway_that_gets_no_answer_is_lost(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0), point("B", 500)]
    async with (
        raw_device(refusing(0, 500, code=11)) as device,
        running(settings(device.port), points, sink, outages),
    ):
        await until(lambda: sink.batches)

    assert outages.events == [("lost", "PLC1")]
    assert outages.causes == ["the gateway gets no answer from unit 1"]


async def test_what_was_read_before_the_device_was_lost_is_kept(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.offset == 0 and len(device.asked) < 5:
            writer.write(asked.registers())

    points = [point("A", 0), point("B", 500), point("C", 1000)]
    async with raw_device(behave) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: outages.events[-1:] == [("lost", "PLC1")])
        await until(lambda: sink.qualities(2) == [COMM_FAILURE])

    assert sink.qualities(1) == [GOOD, COMM_FAILURE]


async def test_polling_waits_when_the_store_is_behind_and_counts_what_it_misses(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0, poll=timedelta(milliseconds=10))]
    sink.open.clear()
    async with (
        raw_device(honest) as device,
        running(settings(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: collector.statuses["PLC1"].waiting_batches == 4)
        await asyncio.sleep(0.1)
        asked = len(device.asked)
        await asyncio.sleep(0.1)
        stood_still = len(device.asked) == asked
        sink.open.set()
        await until(lambda: collector.statuses["PLC1"].missed > 0)
        await until(lambda: len(sink.rows) >= 7)

    assert stood_still
    # One at the store, four waiting and one in hand, after the question whether it is there.
    assert asked == 7
    assert outages.events == [("back", "PLC1")]


async def test_samples_the_store_refuses_are_kept_until_it_takes_them(
    sink: RecordingSink, outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    points = [point("A", 0)]
    sink.refusals = 2
    async with raw_device(honest) as device, running(settings(device.port), points, sink, outages):
        await until(lambda: len(sink.batches) >= 2)

    asked_us = sink.times_us(1)
    assert asked_us == sorted(asked_us)
    assert messages(caplog) == [
        "modbus PLC1 connected",
        "modbus PLC1 waits: the store keeps nothing: the disk is full",
        "modbus PLC1 goes on: the store keeps samples again",
    ]


async def test_a_collector_that_was_cancelled_runs_again(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    points = [point("A", 0)]
    async with raw_device(honest) as device:
        collector = ModbusCollector(
            "PLC1", settings(device.port), points, ids(points), sink, outages, SystemClock()
        )
        for _ in range(2):
            task = asyncio.create_task(collector.run())
            kept = len(sink.batches)
            await until(lambda kept=kept: len(sink.batches) > kept + 1)  # type: ignore[misc]
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    assert outages.events == [("back", "PLC1")]
    assert set(sink.rows.quality) == {GOOD}


async def test_a_cancelled_collector_ends_though_the_store_takes_nothing(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    sink.open.clear()
    points = [point("A", 0, poll=timedelta(milliseconds=10))]
    async with (
        raw_device(honest) as device,
        running(settings(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: collector.statuses["PLC1"].waiting_batches == 4)

    assert sink.batches == []


async def test_a_connection_without_points_reads_nothing(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with raw_device(honest) as device, running(settings(device.port), [], sink, outages):
        await asyncio.sleep(0.05)

    assert device.connections == 0
