"""Several units on one line: each stands for itself, and the line for all."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from collectors.modbus.settings import DataType, ModbusPoint, ModbusSettings
from telemetry.protocols import LinkState
from tests.collectors.modbus.points import ids, point, settings
from tests.collectors.modbus.raw_device import Asked, Behaviour, honest, raw_device
from tests.collectors.modbus.running import running
from tests.collectors.modbus.serial_line import AskedRtu, Write, serial_device
from tests.collectors.recording import RecordingOutages, RecordingSink, until

GOOD, CONFIG_ERROR, COMM_FAILURE = 192, 4, 24
UNITS = {"FM1": {"unit_id": 1}, "FM2": {"unit_id": 2}, "FM3": {"unit_id": 3}}
FM1, FM2, FM3 = "PLC1.FM1", "PLC1.FM2", "PLC1.FM3"


def gateway(port: int, **more: Any) -> ModbusSettings:
    return settings(port, **{"units": UNITS, "timeout": "100ms"} | more)


def flow(unit: int, **more: Any) -> ModbusPoint:
    return point(f"F{unit}", 100 * unit, source=f"PLC1.FM{unit}", **more)


POINTS = [flow(1), flow(2), flow(3)]


def without(*units: int) -> Behaviour:
    """Units that are not there; the others answer."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.unit not in units:
            writer.write(asked.registers())

    return behave


async def test_units_are_read_over_one_connection_one_request_at_a_time(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    under_way: list[int] = []
    most = [0]

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        under_way.append(asked.unit)
        most[0] = max(most[0], len(under_way))
        await asyncio.sleep(0.005)
        under_way.remove(asked.unit)
        writer.write(asked.registers())

    async with (
        raw_device(behave) as device,
        running(gateway(device.port), POINTS, sink, outages) as collector,
    ):
        await until(lambda: min(len(sink.values(series)) for series in (1, 2, 3)) >= 3)
        statuses = collector.statuses

    assert (device.connections, most) == (1, [1])
    assert sink.last(ids(POINTS)) == {"F1": (100.0, GOOD), "F2": (200.0, GOOD), "F3": (300.0, GOOD)}
    assert {(asked.unit, asked.offset) for asked in device.asked} == {(1, 100), (2, 200), (3, 300)}
    assert outages.events[0] == ("back", "PLC1")
    assert sorted(outages.events[1:]) == [("back", FM1), ("back", FM2), ("back", FM3)]
    assert {channel: one.address for channel, one in statuses.items()} == {
        f"PLC1.FM{unit}": f"127.0.0.1:{device.port}/{unit}" for unit in (1, 2, 3)
    }


async def test_a_dead_unit_is_lost_alone_and_costs_the_others_an_eighth_of_the_line(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    probes: list[float] = []

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.unit in (2, 3):
            probes.append(time.monotonic())
        else:
            writer.write(asked.registers())

    async with raw_device(behave) as device, running(gateway(device.port), POINTS, sink, outages):
        await until(lambda: len(probes) >= 6)
        device.behave = honest
        await until(lambda: sink.qualities(2)[-1] == GOOD and sink.qualities(3)[-1] == GOOD)

    # Each was asked once at the start; then eight time-outs lie between two tries of whichever it is.
    waits = [later - earlier for earlier, later in pairwise(probes[2:])]
    assert min(waits) >= 0.79
    assert set(sink.qualities(1)) == {GOOD}
    assert len(sink.values(1)) > 20
    assert outages.events.count(("back", "PLC1")) == 1
    told = [event for event in outages.events if event[1] != "PLC1"]
    assert sorted(told[:3]) == [("back", FM1), ("lost", FM2), ("lost", FM3)]
    assert sorted(told[3:]) == [("back", FM2), ("back", FM3)]
    assert outages.causes == ["no answer within 0.1 s"] * 2
    # The connection was not given up for them.
    assert device.connections == 1


async def test_a_line_that_is_lost_is_lost_to_all_its_units_at_once_and_back_for_all(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    slow = timedelta(hours=1)
    points = [flow(1), flow(2, poll=slow), flow(3, poll=slow)]
    async with (
        raw_device(honest) as device,
        running(gateway(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: len(outages.events) == 4 and len(sink.batches) > 4)
        await device.stop()
        await until(lambda: len(outages.events) == 8)
        down = {channel: (one.state, one.last_error) for channel, one in collector.statuses.items()}
        await device.start()
        await until(lambda: len(outages.events) == 12)
        await until(lambda: set(sink.last(ids(points)).values()) >= {(200.0, GOOD), (300.0, GOOD)})

    refused = f"no connection to 127.0.0.1:{device.port}: connection refused"
    every = ["PLC1", FM1, FM2, FM3]
    assert outages.events[4] == ("lost", "PLC1")
    assert sorted(outages.events[4:8]) == [("lost", channel) for channel in every]
    assert sorted(outages.events[8:]) == [("back", channel) for channel in every]
    assert set(outages.causes) == {refused}
    assert down == dict.fromkeys((FM1, FM2, FM3), (LinkState.DOWN, refused))
    # What is read every hour missed nothing.
    missed = dict(zip([channel for _, channel in outages.events[8:]], outages.missed[4:], strict=True))
    assert (missed[FM2], missed[FM3]) == (0, 0)
    for series in (1, 2, 3):
        assert sink.qualities(series).count(COMM_FAILURE) == 1


@pytest.mark.parametrize(
    ("code", "cause"),
    [(10, "the gateway has no path to unit 2"), (11, "the gateway gets no answer from unit 2")],
)
async def test_what_a_gateway_says_of_a_unit_is_of_that_unit_only(
    code: int, cause: str, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.refusal(code) if asked.unit == 2 else asked.registers())

    async with raw_device(behave) as device, running(gateway(device.port), POINTS, sink, outages):
        await until(lambda: len(sink.values(1)) >= 5 and len(sink.values(3)) >= 5)

    assert outages.causes == [cause]
    assert sorted(outages.events) == [("back", "PLC1"), ("back", FM1), ("back", FM3), ("lost", FM2)]
    assert sink.qualities(2) == [COMM_FAILURE]


async def test_each_unit_leaves_out_its_own_bad_registers(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        bad = asked.unit == 2 and asked.offset <= 7 < asked.offset + asked.count
        writer.write(asked.refusal(2) if bad else asked.registers())

    points = [point(f"{unit}_{at}", at, source=f"PLC1.FM{unit}") for unit in (1, 2) for at in (6, 7)]
    async with (
        raw_device(behave) as device,
        running(gateway(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: len(sink.values(3)) >= 4 and len(sink.values(2)) >= 4)
        statuses = collector.statuses

    assert sink.last(ids(points)) == {
        "1_6": (6.0, GOOD), "1_7": (7.0, GOOD), "2_6": (6.0, GOOD), "2_7": (None, CONFIG_ERROR)
    }  # fmt: skip
    assert statuses[FM1].quarantined == ()
    (left_out,) = statuses[FM2].quarantined
    assert (left_out.tag, left_out.reason) == ("2_7", "illegal data address")
    assert 59_000_000 <= left_out.next_try_us - left_out.since_us <= 61_000_000


async def test_what_is_read_often_is_read_between_the_requests_of_what_is_read_seldom(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    order: list[int] = []

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        order.append(asked.offset)
        await asyncio.sleep(0.02)
        writer.write(asked.registers())

    often = point("OFTEN", 0)
    seldom = [point(f"S{at}", 1000 * at, poll=timedelta(hours=1)) for at in range(1, 13)]
    async with (
        raw_device(behave) as device,
        running(settings(device.port, timeout="5s"), [often, *seldom], sink, outages),
    ):
        await until(lambda: 12000 in order)

    last = order.index(12000)
    # Twelve requests of 20 ms, and one that is due every 50 ms.
    assert order[1:last].count(0) >= 4


async def test_a_point_is_tried_in_its_turn_and_its_raw_value_is_told(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.unit == 1:
            writer.write(asked.registers({100: 0x41BA, 101: 0}))
        elif asked.unit == 2 and asked.offset == 7:
            writer.write(asked.refusal(2))

    points = [flow(1, data_type=DataType.F32), point("BAD", 7, source=FM2)]
    async with (
        raw_device(behave) as device,
        running(gateway(device.port), points, sink, outages) as collector,
    ):
        await until(lambda: len(sink.values(1)) >= 2 and sink.values(2))
        raw, none = collector.raw("F1"), collector.raw("BAD")
        good, bad = await collector.try_point("F1"), await collector.try_point("BAD")
        device.behave = without(1)
        silent = await collector.try_point("F1")
        with pytest.raises(KeyError):
            await collector.try_point("NOBODY")

    assert raw is not None
    assert (raw.text, none) == ("41BA 0000", None)
    assert (good.tag, good.raw, good.value, good.quality, good.error) == (
        "F1",
        "41BA 0000",
        23.25,
        GOOD,
        None,
    )
    assert good.latency_s is not None
    assert (bad.raw, bad.value, bad.quality, bad.error) == (None, None, CONFIG_ERROR, "illegal data address")
    assert (silent.value, silent.quality, silent.error) == (None, COMM_FAILURE, "no answer within 0.1 s")


async def test_a_dead_unit_on_a_serial_line_leaves_the_others_in_peace(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        if asked.unit != 2:
            write(asked.registers())

    async with serial_device(behave) as device:
        line = gateway(502, transport="rtu", serial_port=device.path, baud_rate=115200)
        async with running(line, POINTS, sink, outages) as collector:
            await until(lambda: len(sink.values(1)) >= 8 and len(sink.values(3)) >= 8)
            addresses = [one.address for one in collector.statuses.values()]
            device.unplug()
            await until(lambda: {("lost", "PLC1"), ("lost", FM1), ("lost", FM3)} <= set(outages.events))

    assert set(sink.qualities(1)) == {GOOD, COMM_FAILURE}
    assert outages.causes[0] == "no answer within 0.1 s"
    assert addresses == [f"{device.path}/{unit}" for unit in (1, 2, 3)]


async def test_the_share_of_the_schedule_that_was_kept_falls_while_a_unit_is_lost(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with (
        raw_device(without()) as device,
        running(gateway(device.port), POINTS, sink, outages) as collector,
    ):
        await until(lambda: len(sink.values(2)) >= 3)
        kept = collector.statuses[FM2].schedule_kept
        device.behave = without(2)
        await until(lambda: ("lost", FM2) in outages.events)
        before = collector.statuses[FM2]
        await until(lambda: collector.statuses[FM2].missed >= before.missed + 3)
        after = collector.statuses[FM2]

    assert kept is not None
    assert after.schedule_kept is not None
    assert after.schedule_kept < kept
    assert after.due - before.due == after.missed - before.missed


async def test_what_a_unit_says_of_itself_is_read_once_each_time_it_is_there_again(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    texts = {
        "model": {"offset": 800, "registers": 3},
        "missing": {"offset": 900, "registers": 2},
        "serial_number": {"function_code": "FC04", "offset": 810, "registers": 5},
    }
    held = dict(zip(range(800, 803), (0x464D, 0x2D37, 0), strict=True))
    held |= dict(zip(range(810, 815), (0x534E, 0x2D30, 0x3034, 0x3200, 0), strict=True))

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(asked.refusal(2) if asked.offset == 900 else asked.registers(held))

    def asked_for(offset: int) -> int:
        return [one.offset for one in device.asked].count(offset)

    line = settings(attributes=texts, max_registers=4)
    async with raw_device(behave) as device:
        line = line.model_copy(update={"port": device.port})
        async with running(line, [point("A", 0)], sink, outages) as collector:
            await until(lambda: len(sink.values(1)) >= 5)
            told = collector.statuses["PLC1"].attributes
            once = [asked_for(offset) for offset in (800, 810, 814, 900)]
            await device.stop()
            await until(lambda: ("lost", "PLC1") in outages.events)
            await device.start()
            await until(lambda: asked_for(814) == 2)

    assert told == {"model": "FM-7", "serial_number": "SN-0042"}
    assert once == [1, 1, 1, 1]
    assert outages.events == [("back", "PLC1"), ("lost", "PLC1"), ("back", "PLC1")]


async def test_test_reads_one_after_the_other_hold_no_poll_back(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with (
        raw_device(honest) as device,
        running(gateway(device.port, pause="10ms"), POINTS, sink, outages) as collector,
    ):
        await until(lambda: len(sink.values(1)) >= 1)

        async def try_on() -> None:
            while True:
                await collector.try_point("F3")

        asking = [asyncio.create_task(try_on()) for _ in range(4)]
        await until(lambda: min(len(sink.values(series)) for series in (1, 2, 3)) >= 4)
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)

    assert outages.causes == []


async def test_a_lost_unit_is_tried_on_demand_when_the_others_can_spare_it(
    sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with (
        raw_device(without(3)) as device,
        running(gateway(device.port), POINTS, sink, outages) as collector,
    ):
        await until(lambda: collector.statuses[FM3].state is LinkState.DOWN and len(sink.values(1)) >= 2)
        trial = await collector.try_point("F3")

    assert (trial.value, trial.quality) == (None, COMM_FAILURE)
    assert trial.error is not None
    assert trial.error.startswith("no answer within 0.1 s") or "was not free" in trial.error
