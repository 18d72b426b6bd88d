"""`outfall check --connect` on real devices: pymodbus' server, a port where nobody is, Mosquitto."""

import asyncio
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.data import DataFolder
from config.starter import Starter, write_starter
from tests.collectors.modbus.certificates import Authority, server_context
from tests.collectors.modbus.devices import free_port, libmodbus_device, pymodbus_device, tls
from tests.collectors.modbus.serial_line import AskedRtu, Write, serial_device
from tests.collectors.mqtt.broker import mosquitto, publish

HEADER = (
    "tag,area,desc_zh,desc_en,kind,unit,range_lo,range_hi,source,modbus_fc,offset0,regs,dtype,word_order,scale,LL,L,H"
    ",HH,deadband_pct_span,on_delay_s,off_delay_s,enable,regulatory,poll_s,equipment,priority,bits\n"
)
Ran = Callable[..., "asyncio.Future[tuple[object, list[str]]]"]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_starter(tmp_path / "plant", Starter("p1"))
    return tmp_path / "plant"


def filled(plant: Path, connections: str, points: list[str]) -> None:
    (plant / "connections.yaml").write_text(connections, "utf-8")
    (plant / "points.csv").write_text(HEADER + "\n".join(points) + "\n", "utf-8")


def modbus(tag: str, place: str, high: int = 100, source: str = "PLC1") -> str:
    return f"{tag},aerobic,{tag},{tag},AI,mg/L,0,{high},{source},{place},1,,,,,,,,,0,5,,,"


async def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, list[str]]:
    """Run the command beside the devices, and return its exit code and what it said, times as N."""

    def run() -> object:
        with pytest.raises(SystemExit) as ended:
            main(["check", "plant", "--connect", "--data", "data", *words])
        return ended.value.code

    code = await asyncio.to_thread(run)
    said = re.sub(r"\b[0-9]+ ms", "N ms", capsys.readouterr().out)
    return code, [" ".join(line.split()) for line in said.splitlines()]


def words_of(value: float) -> list[int]:
    return list(struct.unpack(">HH", struct.pack(">f", value)))


async def test_every_point_is_tried_and_shown(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with pymodbus_device([*words_of(2.5), 0x7FC0, 0, 1234, 5]) as port:
        filled(plant, f"PLC1: {{type: modbus, host: 127.0.0.1, port: {port}}}\n", [
            modbus("DO1", "FC03,0,2,F32,ABCD"),
            modbus("DO2", "FC03,2,2,F32,ABCD"),
            modbus("FLOW", "FC03,4,1,U16,ABCD"),
            modbus("GONE", "FC03,900,2,F32,ABCD"),
            "RUN,aerobic,RUN,RUN,DI,-,0,1,PLC1,FC01,3,1,BOOL,ABCD,1,,,,,,,,,0,5,,,",
        ])  # fmt: skip

        code, said = await checked(capsys)

    assert code == 2
    assert said == [
        "plant: no mistakes found",
        "tag address raw value unit quality reason latency",
        "DO1 PLC1 FC03 0 F32 ABCD 4020 0000 2.5 mg/L good N ms",
        "DO2 PLC1 FC03 2 F32 ABCD 7FC0 0000 mg/L bad sensor failure N ms",
        "FLOW PLC1 FC03 4 U16 ABCD 04D2 1234 mg/L uncertain range exceeded N ms",
        "GONE PLC1 FC03 900 F32 ABCD mg/L bad illegal data address",
        "RUN PLC1 FC01 3 BOOL ABCD 1 1 - good N ms",
        "",
        "5 points tried, 2 gave no usable value",
        "PLC1: 1 of 5 points failed: illegal data address: mend offset0; outfall probe tells which registers"
        " there are",
    ]


async def test_a_block_that_is_refused_is_read_point_by_point(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with libmodbus_device([1, 2, 3], tmp_path) as port:
        filled(plant, f"PLC1: {{type: modbus, host: 127.0.0.1, port: {port}}}\n", [
            modbus("A", "FC03,1,1,U16,ABCD"),
            modbus("B", "FC03,5,1,U16,ABCD"),
        ])  # fmt: skip

        code, said = await checked(capsys)

    assert code == 2
    assert said[2:4] == [
        "A PLC1 FC03 1 U16 ABCD 0002 2 mg/L good N ms",
        "B PLC1 FC03 5 U16 ABCD mg/L bad illegal data address",
    ]


async def test_a_device_that_is_not_there_and_a_unit_that_is_silent_are_told_with_their_mend(
    plant: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = free_port()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        filled(
            plant,
            f"PLC1: {{type: modbus, host: 127.0.0.1, port: {nobody}}}\n"
            f"PLC2: {{type: modbus, host: 127.0.0.1, port: {port}, unit_id: 9, timeout: 300ms}}\n",
            [modbus("A", "FC03,0,1,U16,ABCD"), modbus("B", "FC03,0,1,U16,ABCD", source="PLC2")],
        )

        code, said = await checked(capsys)

    assert code == 2
    assert said[-2] == (
        f"PLC1: no connection to 127.0.0.1:{nobody}: connection refused: is the port right, and the device's"
        " Modbus server switched on?"
    )
    assert said[-1] == (
        "PLC2: no answer within 0.3 s: is unit 9 right? outfall probe tells which units answer"
    )


async def test_files_of_tls_stand_in_the_plant_folder(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path)
    shutil.copy(authority.certificate, plant / "ca.pem")
    certificate, key = authority.sign("plc1", "IP:127.0.0.1")
    async with pymodbus_device([7], tls(server_context(certificate, key))) as port:
        filled(
            plant,
            f"PLC1: {{type: modbus, transport: tls, host: 127.0.0.1, port: {port}, tls_ca: ca.pem}}\n",
            [modbus("A", "FC03,0,1,U16,ABCD")],
        )

        code, said = await checked(capsys)

    assert (code, said[2]) == (0, "A PLC1 FC03 0 U16 ABCD 0007 7 mg/L good N ms")


async def test_what_arrives_from_a_broker_is_shown(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with mosquitto(tmp_path) as broker:
        filled(
            plant,
            f"""\
MQTT:
  type: mqtt
  host: 127.0.0.1
  port: {broker.port}
  client_id: the-node
  subscriptions:
    - {{topic: "p1/{{station}}/readings", tag: "{{station}}_{{key}}", values: v, expected_every: 30s}}
""",
            [
                f"{tag},lift_station_1,{tag},{tag},AI,m,0,6,MQTT,,,,JSON,,,,,,,,,,,0,,,,"
                for tag in ("LS1_LIT", "LS1_PWR", "LS2_LIT", "LS3_LIT")
            ],
        )
        await publish(broker.port, [("p1/LS1/readings", b'{"v": {"LIT": 2.5}}')], retain=True)
        await publish(broker.port, [("p1/LS3/readings", b"[1]")], retain=True)

        code, said = await checked(capsys, "--wait", "2")

    assert code == 2
    assert said == [
        "plant: no mistakes found",
        "tag address raw value unit quality reason latency",
        "LS1_LIT p1/LS1/readings 2.5 m uncertain last usable",
        "LS1_PWR p1/LS1/readings m bad nothing came within 2 s",
        "LS2_LIT p1/LS2/readings m bad nothing came within 2 s",
        "LS3_LIT p1/LS3/readings m bad there is no object with values at v",
        "",
        "4 points tried, 3 gave no usable value",
        "MQTT: p1/LS3/readings: there is no object with values at v: mend the topic's time, values or tag;"
        " no value of 2 points came (p1/LS1/readings, p1/LS2/readings): due every 30 s, so wait longer with"
        " --wait",
    ]


async def test_a_broker_that_lets_nobody_in_is_told(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with mosquitto(tmp_path, "allow_anonymous false") as broker:
        filled(
            plant,
            f"MQTT: {{type: mqtt, host: 127.0.0.1, port: {broker.port}, client_id: n,"
            " subscriptions: [{topic: a, tag: '{key}'}]}\n",
            ["X1,aerobic,X1,X1,AI,m,0,6,MQTT,,,,JSON,,,,,,,,,,,0,,,,"],
        )

        code, said = await checked(capsys)

    assert (code, said[-1]) == (
        2,
        "MQTT: the broker refuses the connection: not authorized: mend username and password",
    )


async def test_all_well_is_exit_code_0_also_while_the_node_runs(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with pymodbus_device([7]) as port:
        filled(
            plant,
            f"PLC1: {{type: modbus, host: 127.0.0.1, port: {port}}}\n",
            [modbus("A", "FC03,0,1,U16,ABCD")],
        )
        with DataFolder(tmp_path / "data").held():
            code, said = await checked(capsys)

    assert (code, said[-1]) == (0, "1 points tried, 0 gave no usable value")


async def test_units_on_a_serial_line_are_tried_one_by_one_but_not_beside_a_running_node(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        if asked.unit == 2:
            write(asked.registers({0: 77}))

    async with serial_device(behave) as device:
        filled(
            plant,
            f"GW1: {{type: modbus, transport: rtu, serial_port: {device.path}, baud_rate: 115200,"
            " timeout: 300ms, units: {FM1: {unit_id: 2}, FM2: {unit_id: 3}}}\n",
            [
                modbus("A", "FC03,0,1,U16,ABCD", source="GW1.FM1"),
                modbus("B", "FC03,0,1,U16,ABCD", source="GW1.FM2"),
            ],
        )
        alone = await checked(capsys)
        asked = len(device.asked)
        with DataFolder(tmp_path / "data").held():
            beside = await checked(capsys)

    assert alone[0] == 2
    assert alone[1][2:] == [
        "A GW1.FM1 FC03 0 U16 ABCD 004D 77 mg/L good N ms",
        "B GW1.FM2 FC03 0 U16 ABCD mg/L bad no answer within 0.3 s",
        "",
        "2 points tried, 1 gave no usable value",
        "GW1.FM2: no answer within 0.3 s: is unit 3 right? outfall probe tells which units answer",
    ]
    busy = "not tried: the node is running, and a serial line has one user; stop it, or look at Connections"
    assert beside[1][-2:] == [f"GW1.FM1: {busy}", f"GW1.FM2: {busy}"]
    assert len(device.asked) == asked
