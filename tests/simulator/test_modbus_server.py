"""The PLCs over real sockets, read by pymodbus' client and decoded here byte by byte."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from config.folder import PlantFolder
from simulator.active_faults import ILLEGAL, MUTE, SLOW, UNREACHABLE, ActiveFault, ActiveFaults
from simulator.faults import switch_fault
from simulator.modbus_server import Address, ModbusServers
from simulator.signals import Signals
from telemetry.errors import DeviceUnreachable
from tests.simulator.plants import demo_folder, plant_at, small_folder

# What stands in the byte at each place on the wire: A is the most significant.
ON_THE_WIRE = {
    1: {"ABCD": "AB", "CDAB": "AB", "BADC": "BA", "DCBA": "BA"},
    2: {"ABCD": "ABCD", "CDAB": "CDAB", "BADC": "BADC", "DCBA": "DCBA"},
    4: {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"},
}
FORMATS = {"BIT16": ">H", "U16": ">H", "S16": ">h", "U32": ">I", "S32": ">i", "F32": ">f"}
FORMATS |= {"U64": ">Q", "S64": ">q", "F64": ">d"}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, NO_RESPONSE = 1, 2, 11


def decoded(registers: Sequence[int], data_type: str, order: str, scale: float) -> float:
    wire = struct.pack(f">{len(registers)}H", *registers)
    pattern = ON_THE_WIRE[len(registers)][order]
    ordered = bytes(byte for _, byte in sorted(zip(pattern, wire, strict=True)))
    return float(struct.unpack(FORMATS[data_type], ordered)[0]) * scale


@asynccontextmanager
async def serving(
    folder: PlantFolder, values: Mapping[str, float] | Signals, faults: ActiveFaults | None = None
) -> AsyncIterator[dict[str, AsyncModbusTcpClient]]:
    source = values.values if isinstance(values, Signals) else lambda: values
    servers = ModbusServers(folder, source, faults)
    clients: dict[str, AsyncModbusTcpClient] = {}
    try:
        for name, address in (await servers.start(fixed_ports=False)).items():
            clients[name] = AsyncModbusTcpClient(address.host, port=address.port, timeout=2, retries=0)
            assert await clients[name].connect()
        yield clients
    finally:
        for client in clients.values():
            client.close()
        await servers.stop()


async def point(client: AsyncModbusTcpClient, folder: PlantFolder, tag: str) -> float:
    """Read one point the way points.csv says."""
    at = next(point for point in folder.modbus_points if point.tag == tag)
    unit = folder.modbus[at.source].unit_id
    read = client.read_holding_registers if at.function_code == 3 else client.read_input_registers
    answer = await read(at.offset, count=at.data_type.registers, device_id=unit)
    assert not answer.isError(), answer
    return decoded(answer.registers, at.data_type.value, at.word_order.value, at.scale)


def every_type(function: str) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """A point of every data type in every word order, and a value each that shows every byte."""
    points: list[dict[str, Any]] = []
    values: dict[str, float] = {}
    offset = 3
    for data_type, number in {
        "BIT16": 0x0102, "U16": 0x0102, "S16": -2, "U32": 0x01020304, "S32": -16_909_060, "F32": 3.14159274,
        "U64": 0x01020304050607, "S64": -0x01020304050607, "F64": 2.718281828459045,
    }.items():  # fmt: skip
        for order in ("ABCD", "CDAB", "BADC", "DCBA"):
            tag, registers = f"{function}_{data_type}_{order}", struct.calcsize(FORMATS[data_type]) // 2
            scale = 0.5 if data_type in ("U16", "S32") else 1
            points.append(
                {
                    "tag": tag, "source": "P", "modbus_fc": function, "offset0": offset, "regs": registers,
                    "dtype": data_type, "word_order": order, "scale": scale, "range_lo": -1e17,
                    "range_hi": 1e17,
                }
            )  # fmt: skip
            values[tag] = number * scale
            offset += registers
    return points, values


@pytest.mark.parametrize("function", ["FC03", "FC04"])
async def test_every_type_in_every_word_order_is_read_over_the_wire(tmp_path: Path, function: str) -> None:
    points, values = every_type(function)
    connection = "P: {type: modbus, host: 127.0.0.1, port: 15020, unit_id: 9}\n"
    folder = small_folder(tmp_path / "plant", points, connection)

    async with serving(folder, values) as clients:
        read = {tag: await point(clients["P"], folder, tag) for tag in values}

    assert read == pytest.approx(values, rel=1e-7)


async def test_bits_are_read_one_by_one(tmp_path: Path) -> None:
    points = [
        {
            "tag": f"B{number}", "source": "P", "modbus_fc": function, "offset0": number, "regs": 1,
            "dtype": "BOOL", "word_order": "ABCD",
        }
        for number, function in ((2, "FC01"), (19, "FC01"), (40, "FC02"))
    ]  # fmt: skip
    connection = "P: {type: modbus, host: 127.0.0.1, port: 15020, unit_id: 1}\n"
    folder = small_folder(tmp_path / "plant", points, connection)

    async with serving(folder, {"B2": 0.0, "B19": 1.0, "B40": 1.0}) as clients:
        coils = await clients["P"].read_coils(2, count=18, device_id=1)
        inputs = await clients["P"].read_discrete_inputs(40, count=1, device_id=1)

    assert coils.bits[:18] == [False] * 17 + [True]
    assert inputs.bits[0] is True


async def test_the_demo_plant_s_points_read_as_the_plant_has_them() -> None:
    folder = demo_folder()
    signals = Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)
    expected = signals.values()

    async with serving(folder, signals) as clients:
        read = {at.tag: await point(clients[at.source], folder, at.tag) for at in folder.modbus_points}

    scales = {at.tag: at.scale for at in folder.modbus_points}
    off = {tag: (v, expected[tag]) for tag, v in read.items() if abs(v - expected[tag]) > scales[tag] * 0.51}
    assert off == {}
    assert len(read) == 210


async def test_a_whole_device_is_read_in_one_request_of_125_registers_at_most() -> None:
    folder = demo_folder()

    async with serving(folder, Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)) as clients:
        answer = await clients["PLC2"].read_holding_registers(0, count=120, device_id=2)

    assert len(answer.registers) == 120


async def test_outside_the_map_is_an_illegal_address_and_writing_is_refused() -> None:
    folder = demo_folder()

    async with serving(folder, Signals(plant_at("2026-11-18T09:00:00"), folder.plant.points)) as clients:
        client = clients["PLC6"]
        answers = [
            await client.read_holding_registers(500, count=2, device_id=6),
            await client.read_holding_registers(8, count=2, device_id=6),
            await client.read_input_registers(0, count=1, device_id=6),
            await client.read_coils(0, count=1, device_id=6),
            await client.write_register(0, 1, device_id=6),
            await client.write_registers(0, [1, 2], device_id=6),
            await client.write_coil(0, True, device_id=6),
            await client.read_holding_registers(0, count=1, device_id=7),
        ]
        still = await client.read_holding_registers(0, count=9, device_id=6)

    outside = [ILLEGAL_ADDRESS] * 4
    assert [answer.exception_code for answer in answers] == [
        *outside, ILLEGAL_FUNCTION, ILLEGAL_FUNCTION, ILLEGAL_FUNCTION, NO_RESPONSE
    ]  # fmt: skip
    assert not still.isError()


async def test_a_fault_shows_in_the_next_answer() -> None:
    folder = demo_folder()
    plant = plant_at("2026-11-18T09:00:00")
    running = next(blower.id for blower in plant.works.aeration.blowers if blower.running)

    async with serving(folder, Signals(plant, folder.plant.points)) as clients:
        before = await point(clients["PLC2"], folder, f"{running}_ST")
        switch_fault(plant, "blower_trip", running, active=True)
        after = await point(clients["PLC2"], folder, f"{running}_ST")

    assert (int(before), int(after)) == (0b11101, 0b01110)


async def test_values_are_whole_while_the_plant_moves_on() -> None:
    folder = demo_folder()
    plant = plant_at("2026-11-18T09:00:00")
    signals = Signals(plant, folder.plant.points)
    seen: set[float] = set()

    async def move(stop: asyncio.Event) -> None:
        while not stop.is_set():
            plant.step(1.0)
            await asyncio.sleep(0)

    async with serving(folder, signals) as clients:
        stop = asyncio.Event()
        moving = asyncio.create_task(move(stop))
        for _ in range(200):
            seen.add(await point(clients["PLC2"], folder, "AE_MLSS1"))
        stop.set()
        await moving

    assert len(seen) > 20
    assert 3000 < min(seen) < max(seen) < 4500


async def test_connections_of_one_address_are_units_behind_one_server(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    register = {"modbus_fc": "FC03", "offset0": 0, "regs": 1, "dtype": "U16", "word_order": "ABCD"}
    points = [register | {"tag": "A", "source": "P"}, register | {"tag": "B", "source": "Q"}]
    at = f"host: 127.0.0.1, port: {unused_tcp_port}"
    connections = f"P: {{type: modbus, {at}, unit_id: 1}}\nQ: {{type: modbus, {at}, unit_id: 2}}\n"
    folder = small_folder(tmp_path / "plant", points, connections)
    servers = ModbusServers(folder, lambda: {"A": 1.0, "B": 2.0})

    addresses = await servers.start(fixed_ports=True)
    client = AsyncModbusTcpClient("127.0.0.1", port=unused_tcp_port, timeout=2, retries=0)
    try:
        await client.connect()
        read = [
            (await client.read_holding_registers(0, count=1, device_id=unit)).registers for unit in (1, 2)
        ]
    finally:
        client.close()
        await servers.stop()

    assert {name: address.port for name, address in addresses.items()} == dict.fromkeys("PQ", unused_tcp_port)
    assert read == [[1], [2]]


async def test_a_port_that_is_taken_is_named(unused_tcp_port: int, tmp_path: Path) -> None:
    register = {"modbus_fc": "FC03", "offset0": 0, "regs": 1, "dtype": "U16", "word_order": "ABCD"}
    connection = f"P: {{type: modbus, host: 127.0.0.1, port: {unused_tcp_port}}}\n"
    folder = small_folder(tmp_path / "plant", [register | {"tag": "A", "source": "P"}], connection)
    servers = ModbusServers(folder, lambda: {"A": 1.0})

    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        with pytest.raises(
            DeviceUnreachable, match=rf"P: 127\.0\.0\.1:{unused_tcp_port} cannot be listened on"
        ):
            await servers.start(fixed_ports=True)
    await servers.stop()


def one_on(fault: str, target: str, amount: float | None = None) -> ActiveFaults:
    faults = ActiveFaults()
    faults.begin(ActiveFault(fault, target, 0, amount))
    return faults


async def asked(at: Address, *frames: str, answers: int) -> str:
    """Send frames in one piece and return so many answers' bytes, or what came before the end; in hex."""
    reader, writer = await asyncio.open_connection(at.host, at.port)
    try:
        writer.write(b"".join(bytes.fromhex(frame) for frame in frames))
        async with asyncio.timeout(5):
            return (await (reader.readexactly(answers) if answers else reader.read())).hex()
    finally:
        writer.close()


def two_points(path: Path) -> PlantFolder:
    register = {"modbus_fc": "FC03", "regs": 1, "dtype": "U16", "word_order": "ABCD", "source": "P"}
    points = [register | {"tag": "A", "offset0": 0}, register | {"tag": "B", "offset0": 4}]
    return small_folder(path / "plant", points, "P: {type: modbus, host: 127.0.0.1, port: 15020}\n")


@asynccontextmanager
async def serving_two(path: Path, faults: ActiveFaults) -> AsyncIterator[tuple[ModbusServers, Address]]:
    servers = ModbusServers(two_points(path), lambda: {"A": 1.0, "B": 2.0}, faults)
    address = (await servers.start(fixed_ports=False))["P"]
    try:
        yield servers, address
    finally:
        await servers.stop()


READ_A, READ_BOTH = "0006010300000001", "0006010300000005"


async def test_a_register_that_is_illegal_refuses_every_read_that_reaches_it(tmp_path: Path) -> None:
    folder, faults = two_points(tmp_path), one_on(ILLEGAL, "B")

    async with serving(folder, {"A": 1.0, "B": 2.0}, faults) as clients:
        reads = [await clients["P"].read_holding_registers(at, count=n) for at, n in ((0, 5), (4, 1), (0, 4))]
        faults.end(ILLEGAL, "B")
        after = await clients["P"].read_holding_registers(0, count=5)

    assert [read.exception_code for read in reads] == [ILLEGAL_ADDRESS, ILLEGAL_ADDRESS, 0]
    assert after.registers == [1, 0, 0, 0, 2]


async def test_an_unreachable_device_drops_its_connections_refuses_and_is_back_on_its_port(
    tmp_path: Path,
) -> None:
    faults = ActiveFaults()
    async with serving_two(tmp_path, faults) as (servers, address):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        faults.begin(ActiveFault(UNREACHABLE, "P", 0))
        await servers.follow()
        async with asyncio.timeout(5):
            ended = await reader.read()
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(address.host, address.port)
        faults.end(UNREACHABLE, "P")
        await servers.follow()
        again = await asked(address, "00010000" + READ_A, answers=11)

    assert ended == b""
    assert again == "0001000000050103020001"


async def test_a_unit_behind_a_gateway_that_is_unreachable_is_told_of_by_the_gateway(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    register = {"modbus_fc": "FC03", "offset0": 0, "regs": 1, "dtype": "U16", "word_order": "ABCD"}
    points = [register | {"tag": "A", "source": "P"}, register | {"tag": "B", "source": "Q"}]
    at = f"host: 127.0.0.1, port: {unused_tcp_port}"
    connections = f"P: {{type: modbus, {at}, unit_id: 1}}\nQ: {{type: modbus, {at}, unit_id: 2}}\n"
    folder = small_folder(tmp_path / "plant", points, connections)
    servers = ModbusServers(folder, lambda: {"A": 1.0, "B": 2.0}, one_on(UNREACHABLE, "P"))
    await servers.start(fixed_ports=True)
    client = AsyncModbusTcpClient("127.0.0.1", port=unused_tcp_port, timeout=2, retries=0)
    try:
        assert await client.connect()
        gone = await client.read_holding_registers(0, count=1, device_id=1)
        there = await client.read_holding_registers(0, count=1, device_id=2)
    finally:
        client.close()
        await servers.stop()

    assert gone.exception_code == NO_RESPONSE
    assert there.registers == [2]


async def test_a_silent_device_takes_requests_and_answers_those_that_come_after(tmp_path: Path) -> None:
    faults = one_on(MUTE, "P")
    async with serving_two(tmp_path, faults) as (_, address):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(bytes.fromhex("00010000" + READ_A))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        faults.end(MUTE, "P")
        writer.write(bytes.fromhex("00020000" + READ_A))
        async with asyncio.timeout(5):
            answer = await reader.readexactly(11)
        writer.close()

    assert answer.hex() == "0002000000050103020001"


async def test_a_slow_device_answers_each_request_late_and_under_its_own_number(tmp_path: Path) -> None:
    async with serving_two(tmp_path, one_on(SLOW, "P", 0.2)) as (_, address):
        begun = asyncio.get_running_loop().time()
        answers = await asked(address, "00070000" + READ_A, "00080000" + READ_BOTH, answers=11 + 19)
        took_s = asyncio.get_running_loop().time() - begun

    assert answers == "0007000000050103020001" + "00080000000d01030a00010000000000000002"
    assert took_s >= 0.39


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("000100000006010300000000", "000100000003018303"),
        ("00010000000601030000007e", "000100000003018303"),
        ("0001000000050103000000", "000100000003018303"),
        ("000100000002012b", "00010000000301ab01"),
        ("000100000006010600000001", "000100000003018601"),
        ("000100070006010300000001", ""),
        ("00010000000101", ""),
        ("0001000000ff01" + "03" * 254, ""),
    ],
)
async def test_odd_requests_are_refused_and_what_is_no_modbus_ends_the_connection(
    tmp_path: Path, request_hex: str, answer_hex: str
) -> None:
    async with serving_two(tmp_path, ActiveFaults()) as (_, address):
        answer = await asked(address, request_hex, answers=len(answer_hex) // 2)

    assert answer == answer_hex
