"""The simulated plant as a child process: `python -P -m simulator.main FOLDER --state FILE [--fixed-ports]`.

    stdin   one line    {"anchor_us": …, "anchor_monotonic_us": …, "speed": 1.0, "seed": 1,
                         "addresses": {"PLC1": ["127.0.0.1", 40123], …}}   where to listen again, if at all
    stdout  one line    {"ready": {"PLC1": {"host": "127.0.0.1", "port": 40123}, …,
                                   "MQTT": {"host": …, "port": …, "broker": "mosquitto"}}}
                        {"faults": [kind, …], "active": [fault, …]}           as telemetry.simulated has them
    stdin   then lines  {"id": 1, "fault": "blower_trip", "target": "BL_B201A", "active": true}
                        and "amount", where the fault has one; null for the usual
    stdout  each        {"id": 1, "ok": true, "active": [fault, …]}  or  {"id": 1, "error": "…", "code": "…"}

The end of stdin, or SIGTERM, ends it and everything it started. What it has to say to people goes to stderr.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from config.read import read_folder
from simulator.running import RunningPlant
from telemetry.clock import VirtualClock
from telemetry.errors import OutfallError, RequestError

logger = logging.getLogger(__name__)


def main() -> int:
    """Run the plant until stdin ends; 2 when it cannot be started."""
    parser = argparse.ArgumentParser(prog="simulator")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--fixed-ports", action="store_true")
    parser.add_argument("--broker", choices=("auto", "mosquitto", "amqtt"), default="auto")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="simulator: %(levelname)s %(name)s: %(message)s")
    for library in ("pymodbus", "amqtt", "transitions", "websockets", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # The terminal's ^C reaches all its processes; the node ends the plant by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_run(options))
    except (OutfallError, ValueError, KeyError) as error:
        logger.error("%s", error)
        return 2
    return 0


async def _run(options: argparse.Namespace) -> None:
    reader = await _stdin()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reader.feed_eof)
    line = await reader.readline()
    if not line:
        return
    anchor = json.loads(line)
    clock = VirtualClock(
        int(anchor["anchor_us"]), int(anchor["anchor_monotonic_us"]), float(anchor.get("speed", 1.0))
    )
    again = {name: (str(host), int(port)) for name, (host, port) in anchor.get("addresses", {}).items()}
    folder = read_folder(options.folder).at(again)
    plant = RunningPlant(folder, options.state, clock, int(anchor.get("seed", 1)), clock.anchor_us)
    try:
        ready = await plant.start(options.fixed_ports or bool(again), options.broker)
        kinds = [asdict(kind) for kind in plant.fault_kinds()]
        _say({"ready": ready, "faults": kinds, "active": _active(plant)})
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(plant.run(), name="plant")
            await _obey(plant, reader)
            running.cancel()
    finally:
        await plant.stop()


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    return reader


async def _obey(plant: RunningPlant, reader: asyncio.StreamReader) -> None:
    """Do what each line says until there are no more."""
    while line := await reader.readline():
        _say(await answer(plant, line))


async def answer(plant: RunningPlant, line: bytes) -> dict[str, Any]:
    """Do what a command says and return the answer."""
    number: Any = None
    try:
        command = json.loads(line)
        number = command.get("id")
        active, amount = command["active"], command.get("amount")
        if not isinstance(active, bool):
            raise ValueError(f"active must be true or false, not {active!r}")
        if amount is not None and type(amount) not in (int, float):
            raise ValueError(f"amount must be a number, not {amount!r}")
        await plant.switch_fault(str(command["fault"]), str(command["target"]), active, amount)
    except KeyError as error:
        return {"id": number, "error": f"the command has no {error}"}
    except RequestError as error:
        return {"id": number, "error": str(error), "code": error.code}
    except (OutfallError, ValueError, AttributeError) as error:
        return {"id": number, "error": str(error)}
    return {"id": number, "ok": True, "active": _active(plant)}


def _active(plant: RunningPlant) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in plant.faults_on()]


def _say(message: dict[str, Any]) -> None:
    # Who asked may have been killed; the pipe of its orders ends then, and so does this.
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
