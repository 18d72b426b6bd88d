"""`outfall probe` on pymodbus' server, libmodbus' and Mosquitto."""

import asyncio
import json
import struct
from pathlib import Path

import pytest

from app.cli import main
from config.check import check
from config.starter import Starter, write_starter
from tests.collectors.modbus.devices import free_port, libmodbus_device, pymodbus_device
from tests.collectors.modbus.serial_line import AskedRtu, Write, serial_device
from tests.collectors.mqtt.broker import mosquitto, publish

MEASURED = (21.37, 7.02, 1250.5, 0.62)


def swapped(value: float) -> list[int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return [low, high]


WORDS = [*(word for value in MEASURED for word in swapped(value)), 512, 25, 0, 0, 0, 0, 65530]


async def probed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    def run() -> object:
        with pytest.raises(SystemExit) as ended:
            main(["probe", "--pause", "0", "--watch", "0", "--timeout", "3", *words])
        return ended.value.code

    code = await asyncio.to_thread(run)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("device", ["pymodbus", "libmodbus"])
async def test_a_device_nobody_described_is_described(
    device: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = pymodbus_device(WORDS) if device == "pymodbus" else libmodbus_device(WORDS, tmp_path)
    async with opened as port:
        code, said, _ = await probed(
            capsys, f"modbus://127.0.0.1:{port}/1", "--expect", "21.4", "--offsets", "0-99", "--fc", "3"
        )

    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert code == 0
    assert lines[0] == f"modbus://127.0.0.1:{port}/1: units that answer: 1"
    assert [line[line.index("F32 CDAB: ") :] for line in lines if "; as ABCD" in line] == [
        "F32 CDAB: 21.37, stands still; as ABCD -5e+32",
        "F32 CDAB: 7.02, stands still; as ABCD -2.3e-17",
        "F32 CDAB: 1250.5, stands still; as ABCD 8.6e+09",
        "F32 CDAB: 0.62, stands still; as ABCD -5e-05",
    ]
    assert lines[lines.index("21.4 may stand at:") + 1] == "unit 1 FC03 offset 0 F32 CDAB: 21.37, as guessed"
    assert "U16: 512, an integer" in said
    assert "S16: -6, a small negative number" in said


async def test_units_on_a_serial_line_are_found_and_the_silent_ones_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def behave(asked: AskedRtu, write: Write) -> None:
        if asked.unit in (2, 5) and asked.function == 3 and asked.offset + asked.count <= 4:
            write(asked.registers(dict(enumerate(WORDS[:4]))))
        elif asked.unit in (2, 5):
            write(asked.refusal(2 if asked.function == 3 else 1))

    async with serial_device(behave) as device:
        code, said, complained = await probed(
            capsys,
            f"rtu://{device.path}?baud=115200",
            "--units",
            "1-5",
            "--offsets",
            "0-19",
            "--timeout",
            "0.3",
        )

    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert (code, complained) == (0, "")
    assert lines[:2] == [
        f"rtu://{device.path}?baud=115200: units that answer: 2, 5",
        "no answer from unit 1, 3, 4",
    ]
    assert [line for line in lines if line.startswith("unit ")] == [
        f"unit {unit} FC0{code} {what}"
        for unit in (2, 5)
        for code, what in (
            (3, "holding registers: 0-3"),
            (4, "input registers: none (illegal function)"),
            (1, "coils: none (illegal function)"),
            (2, "discrete inputs: none (illegal function)"),
        )
    ]
    assert sum("F32 CDAB: 21.37" in line for line in lines) == 2
    assert {asked.function for asked in device.asked} == {1, 2, 3, 4}


async def test_what_was_found_is_there_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    async with pymodbus_device(WORDS) as port:
        code, said, _ = await probed(
            capsys, f"modbus://127.0.0.1:{port}/1", "--json", "--offsets", "0-49", "--expect", "7.02"
        )

    found = json.loads(said)
    (unit,) = found["units"]
    holding = next(area for area in unit["areas"] if area["function_code"] == 3)
    assert code == 0
    assert (unit["unit_id"], found["silent_units"], found["cut_short"]) == (1, [], None)
    assert [(one["dtype"], one["word_order"]) for one in holding["ranges"][0]["guesses"][:4]] == [
        ("F32", "CDAB")
    ] * 4
    assert [round(one["value"], 3) for one in holding["ranges"][0]["guesses"][:4]] == list(MEASURED)
    assert found["expected_at"][0] == {
        "unit_id": 1, "function_code": 3, "offset": 2, "dtype": "F32", "word_order": "CDAB", "factor": 1.0,
        "value": pytest.approx(7.02), "as_guessed": True,
    }  # fmt: skip


async def test_a_look_round_ends_with_its_budget(capsys: pytest.CaptureFixture[str]) -> None:
    async with pymodbus_device(WORDS) as port:
        code, said, _ = await probed(capsys, f"modbus://127.0.0.1:{port}/1", "--most", "12")

    assert code == 0
    assert "cut short after 12 questions: more with --most" in said


async def test_where_nobody_is_the_reason_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()

    assert await probed(capsys, f"modbus://127.0.0.1:{port}") == (
        1,
        "",
        f"modbus://127.0.0.1:{port}: no connection to 127.0.0.1:{port}: connection refused\n",
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["http://plc"], "http://plc: this is no address to look at: write modbus://HOST[:PORT][/UNIT],"),
        (["modbus://"], "modbus://: this is no address to look at"),
        (["modbus://h/300"], "300 is no unit: write one such as 1, or 0-99, at most 255"),
        (["modbus://h?x=1"], "x is no part of an address"),
        (["modbus://h/1", "--offsets", "9-1"], "9-1 is no offset"),
        (["modbus://h/1", "--expect", "viel"], "--expect viel: write the number that the display shows"),
        (["mqtt://u:secret@h"], "a password in an address stays in the shell's history"),
    ],
)
async def test_what_is_no_address_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, complained = await probed(capsys, *words)

    assert code == 2
    assert complained.startswith(told)


async def test_a_broker_s_topics_become_a_configuration_that_passes_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = '"ts": "2026-11-22T08:00:00+08:00"'
    async with mosquitto(tmp_path) as broker:
        messages = [
            *(
                (f"p1/LS{at}/readings", f'{{{stamp}, "values": {{"LIT": {at}.5, "PWR": 1, "note": "x"}}}}')
                for at in (1, 2, 3)
            ),
            ("meters/main", '{"kWh": 1234.5}'),
            *((f"plain/{tag}", "7.5") for tag in ("X1", "X2")),
            ("p1/LS1/state", "online"),
        ]
        await publish(broker.port, [(topic, text.encode()) for topic, text in messages], retain=True)

        code, said, _ = await probed(capsys, f"mqtt://127.0.0.1:{broker.port}", "--wait", "2")
        _, as_json, _ = await probed(capsys, f"mqtt://127.0.0.1:{broker.port}", "--wait", "2", "--json")

    assert code == 0
    assert said.splitlines()[0] == f"mqtt://127.0.0.1:{broker.port}: 7 topics within 2 s"
    connections, _, points = said.partition("# connections.yaml\n")[2].partition("\n\n# points.csv")
    assert (
        connections
        == f"""\
MQTT:
  type: mqtt
  host: "127.0.0.1"
  port: {broker.port}
  client_id: outfall-node1  # its own for each node
  subscriptions:
    - topic: "p1/{{station}}/readings"
      tag: "{{station}}_{{key}}"
      time: "ts"
      values: "values"
      expected_every: 60s  # too little came to tell
    - topic: "plain/{{tag}}"
      tag: "{{tag}}"
      format: plain
      expected_every: 60s  # too little came to tell
    - topic: "meters/main"
      tag: "main_{{key}}"
      expected_every: 60s  # too little came to tell"""
    )
    plant = tmp_path / "plant"
    write_starter(plant, Starter("p1"))
    (plant / "connections.yaml").write_text(connections + "\n", "utf-8")
    (plant / "points.csv").write_text(points.partition("\n")[2], "utf-8")
    assert check(plant) == []
    assert [line.partition(",")[0] for line in points.splitlines()[2:]] == [
        "LS1_LIT", "LS1_PWR", "LS2_LIT", "LS2_PWR", "LS3_LIT", "LS3_PWR", "X1", "X2", "main_kWh",
    ]  # fmt: skip
    found = json.loads(as_json)
    assert found["connection_yaml"] == connections + "\n"
    assert {topic["topic"]: topic["holds"] for topic in found["topics"]} == {
        "p1/LS1/readings": "JSON", "p1/LS2/readings": "JSON", "p1/LS3/readings": "JSON",
        "meters/main": "JSON", "p1/LS1/state": "text", "plain/X1": "a number", "plain/X2": "a number",
    }  # fmt: skip


async def test_a_silent_broker_and_one_that_is_not_there_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = free_port()
    async with mosquitto(tmp_path) as broker:
        silent = await probed(capsys, f"mqtt://127.0.0.1:{broker.port}", "--wait", "0.2")
        absent = await probed(capsys, f"mqtt://127.0.0.1:{nobody}", "--wait", "0.2")

    assert silent[:2] == (
        1,
        f"mqtt://127.0.0.1:{broker.port}: 0 topics within 0.2 s\n"
        "nothing came: wait longer with --wait, or ask what the account may read\n",
    )
    assert absent == (
        1,
        "",
        f"mqtt://127.0.0.1:{nobody}: no connection to 127.0.0.1:{nobody}: connection refused\n",
    )
