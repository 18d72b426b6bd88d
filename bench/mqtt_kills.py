"""`python -m bench.mqtt_kills [KILLS]`: the node and the broker killed at random, nothing acknowledged lost.

station ──QoS 1──▶ Mosquitto ──▶ witness ──▶ node ──▶ store
  numbers with times             notes what the node acknowledges

The witness stands between broker and node and reads the acknowledgements that the node sends. A station
sends again what it sent shortly before its broker died, as real ones do: a broker killed between its
acknowledgement and its disk has lost that, which is not the node's doing.
"""

import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bench.node import OUTFALL

MOSQUITTO: Final = shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin")
STATIONS: Final = ("LS1", "LS2", "LS3")
_TAG: Final = "{}_N"
_EVERY_S: Final = 0.01
_STEP_MS: Final = 5
"""Between the times of two numbers: less than between two messages, so none is from the future."""
_UNDER_WAY: Final = 200
_SENT_AGAIN: Final = 200
_CATCHING_UP_S: Final = 60.0
_HEADER: Final = (
    "tag,area,desc_zh,desc_en,kind,unit,range_lo,range_hi,source,modbus_fc,offset0,regs,dtype,word_order,scale,"
    "LL,L,H,HH,deadband_pct_span,on_delay_s,off_delay_s,enable,regulatory,poll_s,equipment,priority,bits"
)
Sample = tuple[str, int]
"""A station and a number it sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent and what became of it; `missing` were acknowledged by the node and are not stored."""

    node_kills: int
    broker_kills: int
    sent: int
    acknowledged: int
    delivered_again: int
    missing: frozenset[Sample]
    never_stored: frozenset[Sample]
    wrong: frozenset[Sample]
    twice: int


def run(where: Path, kills: int, seed: int) -> Outcome:
    """Kill node and broker so many times between them, then let all arrive; TimeoutError if it does not."""
    chance = random.Random(seed)
    broker_port, witness_port, http_port = _free_ports(3)
    base_ms = int(time.time() * 1000)
    broker, node = _broker(where, broker_port), _node(where, witness_port, http_port)
    witness = Witness(witness_port, broker_port)
    stations = [Station(name, broker_port, base_ms) for name in STATIONS]
    killed = {"node": 0, "broker": 0}
    try:
        broker.start()
        node.start()
        witness.start()
        # Only a session that exists keeps what is sent while nobody listens.
        _wait_for(witness.subscribed.is_set)
        for station in stations:
            station.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.0, 4.0))
            if chance.random() < 0.6:
                node.kill()
                killed["node"] += 1
            else:
                for station in stations:
                    station.send_again()
                broker.kill()
                killed["broker"] += 1
                time.sleep(chance.uniform(0.0, 0.5))
                broker.start()
            if not node.is_running:
                node.start()
        for station in stations:
            station.end()
        sent = {(station.name, number) for station in stations for number in range(station.number)}
        _wait_for(lambda: witness.acknowledged >= sent)
    finally:
        for station in stations:
            station.end()
        node.end()
        broker.end()
        witness.end()
    return _outcome(where, killed, sent, witness, base_ms)


def _outcome(
    where: Path, killed: dict[str, int], sent: set[Sample], witness: "Witness", base_ms: int
) -> Outcome:
    stored: dict[Sample, list[float]] = {}
    months = where / "data" / "months"
    with duckdb.connect(str(where / "data" / "readings.duckdb"), read_only=True) as store:
        # Days that are over lie in month files, which the store may make at any time.
        files = [str(months / name) for (name,) in store.execute("SELECT file FROM segments").fetchall()]
        filed = f"UNION ALL SELECT series, t_us, value FROM read_parquet({files})" if files else ""
        query = f"""
            SELECT tag, t_us, value
            FROM (
                SELECT series, t_us, value FROM readings
                UNION ALL SELECT series, t_us, value FROM overlay {filed}
            ) AS kept
            JOIN series ON series.id = kept.series
            WHERE ends_with(tag, '_N') AND value IS NOT NULL
        """
        for tag, t_us, value in store.execute(query).fetchall():
            key = (tag.removesuffix("_N"), (t_us // 1000 - base_ms) // _STEP_MS)
            stored.setdefault(key, []).append(value)
    return Outcome(
        node_kills=killed["node"],
        broker_kills=killed["broker"],
        sent=len(sent),
        acknowledged=len(witness.acknowledged),
        delivered_again=witness.delivered - len(witness.acknowledged),
        missing=frozenset(witness.acknowledged - stored.keys()),
        never_stored=frozenset(sent - stored.keys()),
        wrong=frozenset(key for key, values in stored.items() if set(values) != {float(key[1])}),
        twice=sum(len(values) - 1 for values in stored.values()),
    )


class _Process:
    """A program that is started, killed and started again."""

    def __init__(self, command: list[str | Path], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)


class Station(threading.Thread):
    """Publishes numbers with their times, until it is ended; connects anew as often as it must."""

    def __init__(self, name: str, port: int, base_ms: int) -> None:
        super().__init__(name=name, daemon=True)
        self.number = 0
        self._port = port
        self._base_ms = base_ms
        self._lock = threading.Lock()
        self._next = 0
        self._unconfirmed: dict[int, int] = {}
        self._ending = threading.Event()

    def send_again(self) -> None:
        """Begin again a while before where it is."""
        with self._lock:
            self._next = max(0, self._next - _SENT_AGAIN)

    def end(self) -> None:
        """Send no new number; what was not confirmed yet still goes out."""
        self._ending.set()

    def run(self) -> None:
        """Send until ended and confirmed."""
        while not (self._ending.is_set() and self._next == self.number and not self._unconfirmed):
            client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
            client.on_publish = lambda _, __, mid, ___, ____: self._confirm(mid)
            try:
                client.connect("127.0.0.1", self._port)
                while not client.is_connected():
                    if client.loop(0.05):
                        raise ConnectionError
                self._talk(client)
            except OSError:
                time.sleep(0.05)
            with self._lock:
                # What the dead connection carried may have got lost with it.
                self._next = min([self._next, *self._unconfirmed.values()])
                self._unconfirmed.clear()

    def _talk(self, client: Client) -> None:
        while not client.loop(_EVERY_S):
            with self._lock:
                if len(self._unconfirmed) >= _UNDER_WAY:
                    continue
                if self._next == self.number and self._ending.is_set():
                    if not self._unconfirmed:
                        client.disconnect()
                        return
                    continue
                number, self._next = self._next, self._next + 1
                self.number = max(self.number, self._next)
            message = {"ts": self._base_ms + number * _STEP_MS, "values": {"N": number}}
            sent = client.publish(f"kills/{self.name}", json.dumps(message), qos=1)
            self._unconfirmed[sent.mid] = number
            time.sleep(_EVERY_S)

    def _confirm(self, mid: int) -> None:
        self._unconfirmed.pop(mid, None)


class Witness(threading.Thread):
    """A line between node and broker that notes which samples the node acknowledges."""

    def __init__(self, port: int, broker_port: int) -> None:
        super().__init__(name="witness", daemon=True)
        self.acknowledged: set[Sample] = set()
        self.delivered = 0
        self.subscribed = threading.Event()
        self._broker_port = broker_port
        self._server = socket.create_server(("127.0.0.1", port))
        self._ended = False

    def run(self) -> None:
        """Take one connection after the other; each has two directions."""
        while not self._ended:
            try:
                node, _ = self._server.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self._broker_port), timeout=5)
            except OSError:
                node.close()
                continue
            broker.settimeout(None)
            under_way: dict[int, Sample] = {}
            for source, target, note in (
                (broker, node, self._delivered),
                (node, broker, self._acknowledged),
            ):
                arguments = (source, target, note, under_way)
                threading.Thread(target=_pump, args=arguments, name="witness line", daemon=True).start()

    def end(self) -> None:
        """Take no more connections."""
        self._ended = True
        self._server.close()

    def _delivered(self, kind: int, body: bytes, under_way: dict[int, Sample]) -> None:
        if kind >> 4 == 9:
            self.subscribed.set()
        if kind >> 4 != 3:
            return
        length = int.from_bytes(body[:2], "big")
        topic, mid = body[2 : 2 + length].decode(), int.from_bytes(body[2 + length : 4 + length], "big")
        number = json.loads(body[4 + length :])["values"]["N"]
        self.delivered += 1
        under_way[mid] = (topic.rpartition("/")[2], number)

    def _acknowledged(self, kind: int, body: bytes, under_way: dict[int, Sample]) -> None:
        if kind >> 4 == 4:
            self.acknowledged.add(under_way[int.from_bytes(body[:2], "big")])


Note = Callable[[int, bytes, dict[int, Sample]], None]


def _pump(source: socket.socket, target: socket.socket, note: Note, under_way: dict[int, Sample]) -> None:
    """Hand on what comes, each whole packet noted before it is; a closed end closes the other."""
    held = bytearray()
    with suppress(OSError):
        while data := source.recv(65_536):
            held += data
            for kind, body in _packets(held):
                note(kind, body, under_way)
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    source.close()


def _packets(held: bytearray) -> Iterator[tuple[int, bytes]]:
    """Yield the whole packets of MQTT at the beginning of what is held, and take them from it."""
    while len(held) >= 2:
        length, at = 0, 1
        while True:
            if at >= len(held):
                return
            length |= (held[at] & 127) << 7 * (at - 1)
            at += 1
            if not held[at - 1] & 128:
                break
        if len(held) < at + length:
            return
        kind, body = held[0], bytes(held[at : at + length])
        del held[: at + length]
        yield kind, body


def _broker(where: Path, port: int) -> _Process:
    if MOSQUITTO is None:
        raise FileNotFoundError("mosquitto is not installed")
    folder = where / "broker"
    folder.mkdir()
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
        "max_queued_messages 0\nlog_dest none\nuser root\n"
    )
    return _Process([MOSQUITTO, "-c", settings], where / "broker.log")


def _node(where: Path, port: int, http_port: int) -> _Process:
    folder = where / "plant"
    folder.mkdir()
    rows = [
        f"{_TAG.format(name)},lift,{name},{name},AI,-,0,100000000,KILLS,,,,JSON,,1,,,,,,,,,0,,,,"
        for name in STATIONS
    ]
    files = {
        "plant.yaml": (
            "id: kills\nname: {zh: 厂, en: plant}\ntimezone: Asia/Shanghai\ndesign_flow_m3_d: 1000\n"
            "outlet: {zh: 总排口, en: outlet}\nnode: node1\n"
            f"server: {{host: 127.0.0.1, port: {http_port}}}\n"
            "units:\n  - {id: lift, zh: 泵站, en: lift stations, stage: network}\n"
        ),
        "connections.yaml": (
            f"KILLS:\n  type: mqtt\n  host: 127.0.0.1\n  port: {port}\n  client_id: kills\n"
            "  backoff_max: 500ms\n"
            "  subscriptions:\n"
            '    - {topic: "kills/{station}", tag: "{station}_{key}", time: ts, values: values}\n'
        ),
        "equipment.csv": "id,unit,kind,zh,en\nP1,lift,pump,1#泵,pump 1\n",
        "points.csv": "\n".join([_HEADER, *rows]) + "\n",
        "bits.yaml": "mains:\n  present: {bit: 0, zh: 有电, en: present}\n",
        "limits.csv": (
            "tag,basis,source,valid_from,valid_to,low,high,alternative_high,"
            "alternative_from,alternative_to,remark\n"
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return _Process([OUTFALL, "run", folder, "--data", where / "data"], where / "node.log")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(found.getsockname()[1]) for found in sockets]
    for found in sockets:
        found.close()
    return ports


def _wait_for(met: Callable[[], bool]) -> None:
    end = time.monotonic() + _CATCHING_UP_S
    while not met():
        if time.monotonic() > end:
            raise TimeoutError("what was sent does not arrive")
        time.sleep(0.1)


def main() -> None:
    """Kill as often as is asked for, print what became of it, and fail where anything is missing."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as where:
        outcome = run(Path(where), kills, seed=kills)
    print(
        f"{outcome.node_kills} kills of the node, {outcome.broker_kills} of the broker:"
        f" {outcome.sent} samples sent, {outcome.acknowledged} acknowledged,"
        f" {outcome.delivered_again} delivered again; {len(outcome.missing)} acknowledged and missing,"
        f" {len(outcome.never_stored)} never stored, {len(outcome.wrong)} wrong, {outcome.twice} twice"
    )
    if outcome.missing or outcome.never_stored or outcome.wrong or outcome.twice:
        sys.exit(1)


if __name__ == "__main__":
    main()
