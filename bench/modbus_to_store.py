"""CPU for a million values from Modbus TCP to the durable store, with alarms on."""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench import bare_pymodbus, modbus_server, telegraf
from bench.node import running, until
from bench.plants import write_modbus_plant
from bench.processes import cpu_s
from bench.report import Figure, Section
from bench.rounds import in_child, medians, serving

_COMMITTED = "outfall_committed_rows_total"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is read, for how long, how often."""

    devices: int
    floats: int
    poll: timedelta
    warm: timedelta
    measured: timedelta
    rounds: int

    @property
    def values_a_poll(self) -> int:
        """All values once."""
        return self.devices * self.floats


FULL = Size(20, 500, timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=8), 3)
TINY = Size(2, 10, timedelta(seconds=0.1), timedelta(seconds=0.2), timedelta(seconds=0.5), 1)


def measure(tiny: bool = False) -> Section:
    """Return what the node needs, beside what keeps nothing and judges nothing."""
    size = TINY if tiny else FULL
    devices, floats = size.devices, size.floats
    program = None if tiny else shutil.which("telegraf")
    with serving(modbus_server.serve) as (port, _):
        values = max(int(size.measured / size.poll), 1) * size.values_a_poll
        beside = {
            "pymodbus loop that decodes and keeps nothing": partial(
                in_child, bare_pymodbus.cpu_s_per_million, port, devices, floats, values
            )
        }
        if program is not None:
            beside[f"{_version(program)}, line protocol to a file"] = partial(
                telegraf.cpu_s_per_million, program, port, devices, floats, size.warm, size.measured
            )
        ours, *theirs = medians(size.rounds, partial(outfall_cpu_s, port, size), *beside.values())
    figures = [
        Figure("CPU for a million values", "s", ours, other, name)
        for name, other in zip(beside, theirs, strict=True)
    ]
    load = (
        f"{devices} devices × {floats} float32 every {size.poll.total_seconds():g} s; the whole node, "
        f"with its store, {3 * size.values_a_poll + devices:,} alarm rules and the API"
    )
    return Section("modbus_to_store", load, figures, [] if program else ["Telegraf is not on PATH: left out"])


def outfall_cpu_s(port: int, size: Size) -> float:
    """Return the CPU seconds of a node for a million values, stored and judged."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "plant"
        write_modbus_plant(folder, port, size.devices, size.floats, size.poll.total_seconds())
        with running(["run", folder, "--data", Path(place) / "data"]) as node:
            until(lambda: node.metric(_COMMITTED) >= size.values_a_poll or None, "everything was read once")
            time.sleep(size.warm.total_seconds())
            rows, used = node.metric(_COMMITTED), cpu_s(node.pid)
            time.sleep(size.measured.total_seconds())
            rows, used = node.metric(_COMMITTED) - rows, cpu_s(node.pid) - used
    return used / rows * 1e6


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:2])
