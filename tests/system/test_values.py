"""What a register holds is what the API says: every data type, every word order, over real sockets."""

import asyncio
import struct
from pathlib import Path

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.read import read_folder
from simulator.modbus_server import ModbusServers
from tests.system.product import eventually, free_ports, running, user_added

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

# Written out by hand from the definition of each order, so that it shares no code with a codec.
VALUES: dict[str, tuple[str, float]] = {
    "U16": (">H", 0xBEEF),
    "S16": (">h", -12345),
    "BIT16": (">H", 0b1000_0000_0000_0101),
    "U32": (">I", 4_000_000_001),
    "S32": (">i", -2_000_000_001),
    "F32": (">f", -12.375),
    "U64": (">Q", 9_007_199_254_740_991),
    "S64": (">q", -9_007_199_254_740_991),
    "F64": (">d", 3.141592653589793),
}
ORDERS: dict[int, dict[str, tuple[int, ...]]] = {
    2: {"ABCD": (0, 1), "CDAB": (0, 1), "BADC": (1, 0), "DCBA": (1, 0)},
    4: {"ABCD": (0, 1, 2, 3), "CDAB": (2, 3, 0, 1), "BADC": (1, 0, 3, 2), "DCBA": (3, 2, 1, 0)},
    8: {
        "ABCD": (0, 1, 2, 3, 4, 5, 6, 7),
        "CDAB": (6, 7, 4, 5, 2, 3, 0, 1),
        "BADC": (1, 0, 3, 2, 5, 4, 7, 6),
        "DCBA": (7, 6, 5, 4, 3, 2, 1, 0),
    },
}


def cases() -> list[tuple[str, str, str, bytes, float]]:
    """Every (tag, type, order, bytes on the wire, value)."""
    found = []
    for name, (pattern, value) in VALUES.items():
        plain = struct.pack(pattern, value)
        for order, places in ORDERS[len(plain)].items():
            wire = bytes(plain[place] for place in places)
            found.append((f"X_{name}_{order}", name, order, wire, float(value)))
    return found


# (tag, type, order, scale, bit, shift, bytes, value): digits, single bits, what is added, the unit's order.
FURTHER: list[tuple[str, str, str, str, str, str, bytes, float]] = [
    ("X_BCD16", "BCD16", "ABCD", "1", "", "", b"\x12\x34", 1234.0),
    ("X_BCD32", "BCD32", "DCBA", "0.5", "", "", b"\x78\x56\x34\x12", 6_172_839.0),
    ("X_BCD32_OWN", "BCD32", "", "1", "", "", b"\x56\x78\x12\x34", 12_345_678.0),
    ("X_F32_OWN", "F32", "", "1", "", "", b"\x00\x00\xc1\x46", -12.375),
    ("X_SHIFTED", "S16", "ABCD", "2", "", "-10.5", b"\xff\xff", -12.5),
    ("X_BIT_15", "BOOL", "ABCD", "1", "15", "", b"\x80\x00", 1.0),
    ("X_BIT_3", "BOOL", "BADC", "1", "3", "", b"\x08\x00", 1.0),
    ("X_BIT_TURNED", "BOOL", "", "-1", "8", "1", b"\x01\x00", 0.0),
]

PLANT = """\
id: bench
name: {{zh: 试验厂, en: Test plant}}
timezone: Asia/Shanghai
design_flow_m3_d: 1000
outlet: {{zh: 出水口, en: outlet}}
node: node1
server: {{host: 127.0.0.1, port: {port}}}
units:
  - {{id: everything, zh: 全部, en: everything, stage: water}}
  - {{id: system, zh: 系统, en: system, stage: service}}
"""
COLUMNS = (
    "tag,area,desc_zh,desc_en,kind,unit,range_lo,range_hi,source,modbus_fc,offset0,regs,dtype,word_order,scale,"
    "LL,L,H,HH,deadband_pct_span,on_delay_s,off_delay_s,enable,regulatory,poll_s,equipment,priority,bits,bit,shift"
)


def write_folder(folder: Path, device_port: int, port: int) -> bytes:
    """Write a plant folder with every case behind one another and return the registers' bytes."""
    rows, wire = [COLUMNS], b""
    for tag, data_type, order, data, _ in cases():
        offset, registers = len(wire) // 2, len(data) // 2
        rows.append(
            f"{tag},everything,{tag},{tag},AI,-,-1e19,1e19,PLC1,FC03,{offset},{registers},{data_type},{order},1,"
            ",,,,,,,,0,1,,,,,"
        )
        wire += data
    for tag, data_type, order, scale, bit, shift, data, _ in FURTHER:
        offset, registers = len(wire) // 2, len(data) // 2
        rows.append(
            f"{tag},everything,{tag},{tag},AI,-,-1e19,1e19,PLC1,FC03,{offset},{registers},{data_type},{order},{scale},"
            f",,,,,,,,0,1,,,,{bit},{shift}"
        )
        wire += data
    folder.mkdir()
    folder.joinpath("plant.yaml").write_text(PLANT.format(port=port), "utf-8")
    folder.joinpath("connections.yaml").write_text(
        f"PLC1: {{type: modbus, host: 127.0.0.1, port: {device_port}, unit_id: 7, word_order: CDAB}}\n",
        "utf-8",
    )
    folder.joinpath("points.csv").write_text("\n".join(rows) + "\n", "utf-8")
    folder.joinpath("equipment.csv").write_text("id,unit,kind,zh,en\n", "utf-8")
    folder.joinpath("bits.yaml").write_text("{}\n", "utf-8")
    folder.joinpath("limits.csv").write_text(
        "tag,basis,source,valid_from,valid_to,low,high,alternative_high,alternative_from,alternative_to,remark\n",
        "utf-8",
    )
    return wire


def read_all(folder: Path, data: Path, log: Path, port: int) -> dict[str, float]:
    """Return what the API says of every case once the last one is there."""
    user_added(folder, data, "reader", "engineer", "long enough 1")
    with running(["run", folder, "--data", data], log, address=f"http://127.0.0.1:{port}") as node:
        node.sign_in("reader", "long enough 1")
        eventually(lambda: node.latest("X_BIT_3")["value"], "the last registers are read")
        return {tag: node.latest(tag)["value"] for tag in expected()}


def expected() -> dict[str, float]:
    """Return what every case is."""
    return {case[0]: case[-1] for case in cases()} | {case[0]: case[-1] for case in FURTHER}


async def test_the_api_says_what_the_registers_hold(tmp_path: Path) -> None:
    device_port, port = free_ports(2)
    wire = write_folder(tmp_path / "plant", device_port, port)
    words = list(struct.unpack(f">{len(wire) // 2}H", wire))
    device = SimDevice(7, [SimData(0, values=words, datatype=DataType.REGISTERS)])
    server = ModbusTcpServer([device], address=("127.0.0.1", device_port))
    await server.serve_forever(background=True)
    try:
        found = await asyncio.to_thread(
            read_all, tmp_path / "plant", tmp_path / "data", tmp_path / "log", port
        )
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]

    assert found == expected()


async def test_the_api_says_what_the_simulator_serves(tmp_path: Path) -> None:
    device_port, port = free_ports(2)
    wire = write_folder(tmp_path / "plant", device_port, port)
    values = expected()
    servers = ModbusServers(read_folder(tmp_path / "plant"), lambda: values)
    await servers.start(fixed_ports=True)
    try:
        registers = await raw_registers(device_port, len(wire) // 2)
        found = await asyncio.to_thread(
            read_all, tmp_path / "plant", tmp_path / "data", tmp_path / "log", port
        )
    finally:
        await servers.stop()

    assert registers == wire
    assert found == values


async def raw_registers(port: int, count: int) -> bytes:
    """Read the holding registers frame by frame, with no Modbus library between."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    for start in range(0, count, 100):
        asked = min(100, count - start)
        writer.write(struct.pack(">HHHBBHH", 1, 0, 6, 7, 3, start, asked))
        header = await reader.readexactly(9)
        assert header[7] == 3, "an exception instead of registers"
        found += await reader.readexactly(header[8])
    writer.close()
    await writer.wait_closed()
    return found
