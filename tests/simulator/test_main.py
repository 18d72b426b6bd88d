"""The simulated plant as a child process, as the product starts it."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import ModbusTcpClient

from config.demo import DEMO_FOLDER
from simulator.broker import find_mosquitto
from tests.simulator.plants import demo_folder

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

BLOWERS = {name: 36 + place for place, name in enumerate(("BL_B201A", "BL_B201B", "BL_B201C"))}
RUNNING, FAULT = 1, 2


class Child:
    """A simulator and its pipe."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.ready: dict[str, Any] = {}

    def say(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it ended with {self.process.wait(10)}"
        heard: dict[str, Any] = json.loads(line)
        return heard

    def registers(self, connection: str, offset: int, count: int) -> list[int]:
        at, unit = self.ready[connection], demo_folder().modbus[connection].unit_id
        client = ModbusTcpClient(at["host"], port=at["port"], timeout=2, retries=0)
        try:
            assert client.connect()  # type: ignore[no-untyped-call]
            answer = client.read_holding_registers(offset, count=count, device_id=unit)
        finally:
            client.close()  # type: ignore[no-untyped-call]
        assert not answer.isError(), answer
        return list(answer.registers)

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in path.read_text().split()]


@contextmanager
def child(state: Path, *options: str, speed: float = 1.0, folder: Path = DEMO_FOLDER) -> Iterator[Child]:
    command = [sys.executable, "-P", "-m", "simulator.main", str(folder), "--state", str(state), *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        made = Child(process)
        now_us, monotonic_us = time.time_ns() // 1000, time.monotonic_ns() // 1000
        made.say({"anchor_us": now_us, "anchor_monotonic_us": monotonic_us, "speed": speed, "seed": 1})
        yield made
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()


def until(what: Callable[[], bool], words: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, words
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def word_of(heard: dict[str, int], bit: int) -> list[str]:
    return [name for name, word in heard.items() if word & bit]


def test_it_says_where_its_servers_listen_and_they_answer(tmp_path: Path) -> None:
    with child(tmp_path / "plant.json") as plant:
        plant.ready = plant.hear()["ready"]
        heartbeat = plant.registers("PLC1", 47, 1)
        powered = plant.registers("PLC6", 0, 9)

        assert set(plant.ready) == {f"PLC{number}" for number in range(1, 7)} | {"MQTT"}
        assert len({at["port"] for at in plant.ready.values()}) == 7
        assert plant.ready["MQTT"]["broker"] == ("mosquitto" if find_mosquitto() else "amqtt")
        assert listens(plant.ready["MQTT"]["port"])
        assert heartbeat[0] <= 65_535
        assert len(powered) == 9
        until(lambda: plant.registers("PLC1", 47, 1) != heartbeat, "the heartbeat goes on")


def test_a_fault_stands_in_the_registers_when_it_is_answered(tmp_path: Path) -> None:
    with child(tmp_path / "plant.json") as plant:
        plant.ready = plant.hear()["ready"]

        def words() -> dict[str, int]:
            return dict(zip(BLOWERS, plant.registers("PLC2", 36, 3), strict=True))

        target = word_of(words(), RUNNING)[0]
        plant.say({"id": 1, "fault": "blower_trip", "target": target, "active": True})
        tripped = plant.hear(), words()[target]
        plant.say({"id": 2, "fault": "blower_trip", "target": target, "active": False})
        reset = plant.hear(), words()[target]

    assert tripped == ({"id": 1, "ok": True}, 0b01110)
    assert reset[0] == {"id": 2, "ok": True}
    assert reset[1] & FAULT == 0


def test_what_cannot_be_done_is_answered_with_the_reason_and_the_plant_goes_on(tmp_path: Path) -> None:
    with child(tmp_path / "plant.json") as plant:
        plant.ready = plant.hear()["ready"]
        commands: list[dict[str, Any]] = [
            {"id": 1, "fault": "flood", "target": "BL_B201A", "active": True},
            {"id": 2, "fault": "blower_trip", "target": "PS_P101A", "active": True},
            {"id": 3, "fault": "blower_trip", "target": "BL_B201A", "active": "yes"},
            {"id": 4, "fault": "blower_trip"},
        ]
        answers = []
        for command in commands:
            plant.say(command)
            answers.append(plant.hear())
        assert plant.process.stdin is not None
        plant.process.stdin.write(b"no json\n")
        plant.process.stdin.flush()
        nonsense = plant.hear()
        still = plant.registers("PLC2", 36, 3)

    assert [answer["id"] for answer in answers] == [1, 2, 3, 4]
    assert "there is no fault 'flood'" in answers[0]["error"]
    assert "it can befall BL_B201A" in answers[1]["error"]
    assert "true or false" in answers[2]["error"]
    assert "has no 'active'" in answers[3]["error"]
    assert nonsense["id"] is None
    assert not any(word & FAULT for word in still)


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_the_end_of_its_pipe_ends_it_and_its_broker(tmp_path: Path, kind: str) -> None:
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    with child(tmp_path / "plant.json", "--broker", kind) as plant:
        plant.ready = plant.hear()["ready"]
        started = plant.children()

        code = plant.close()

        assert code == 0
        assert len(started) == (1 if kind == "mosquitto" else 0)
        until(lambda: not any(map(alive, started)), "its broker ends too")
        assert not any(listens(at["port"]) for at in plant.ready.values())
        assert (tmp_path / "plant.json").exists()


def test_a_termination_ends_it_as_the_end_of_its_pipe_does(tmp_path: Path) -> None:
    with child(tmp_path / "plant.json") as plant:
        plant.ready = plant.hear()["ready"]

        plant.process.terminate()

        assert plant.process.wait(20) == 0
        assert (tmp_path / "plant.json").exists()


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_every_station_s_readings_are_there_for_who_subscribes(tmp_path: Path, kind: str) -> None:
    if kind == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    received: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="node")
    client.on_message = lambda _client, _data, message: received.put(
        (message.topic, json.loads(message.payload))
    )
    with child(tmp_path / "plant.json", "--broker", kind) as plant:
        at = plant.hear()["ready"]["MQTT"]
        client.connect(at["host"], at["port"])
        client.subscribe("fangcheng1/+/readings", qos=1)
        client.loop_start()
        try:
            messages: dict[str, dict[str, Any]] = {}
            while len(messages) < 3:
                topic, message = received.get(timeout=20)
                messages[topic] = message
        finally:
            client.disconnect()
            client.loop_stop()

    keys = {"LIT", "FIT", "FQ", "P1_ST", "P2_ST", "LDT", "GDT_H2S", "PWR"}
    assert {topic: set(message["values"]) for topic, message in messages.items()} == {
        f"fangcheng1/LS{number}/readings": keys for number in (1, 2, 3)
    }


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux'")
def test_killed_it_leaves_no_broker(tmp_path: Path) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    with child(tmp_path / "plant.json", "--broker", "mosquitto") as plant:
        plant.ready = plant.hear()["ready"]
        started = plant.children()

        os.kill(plant.process.pid, signal.SIGKILL)
        plant.process.wait(10)

        assert len(started) == 1
        until(lambda: not any(map(alive, started)), "its broker ends with it")
        until(lambda: not listens(plant.ready["MQTT"]["port"]), "the broker's port is free")


def test_totals_go_on_after_a_restart(tmp_path: Path) -> None:
    def total(plant: Child) -> int:
        high, low = plant.registers("PLC6", 2, 2)
        return high << 16 | low

    state = tmp_path / "plant.json"
    with child(state, speed=60.0) as plant:
        plant.ready = plant.hear()["ready"]
        first = total(plant)
        until(lambda: total(plant) > first, "the energy meter counts")
        last = total(plant)
        plant.close()
    with child(state) as plant:
        plant.ready = plant.hear()["ready"]
        again = total(plant)

    assert again >= last


def test_a_folder_that_cannot_be_run_is_refused_with_its_mistakes(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-P",
        "-m",
        "simulator.main",
        str(tmp_path),
        "--state",
        str(tmp_path / "s.json"),
    ]

    ended = subprocess.run(
        command,
        input='{"anchor_us": 0, "anchor_monotonic_us": 0}\n',
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "plant.yaml" in ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
