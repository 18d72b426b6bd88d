"""CPU for a million values from Modbus TCP to the durable store, with alarms on."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvloop

from app.build import Parts, add_collectors, opened_stores, wire
from app.data import DataFolder
from bench import bare_pymodbus, modbus_server, telegraf
from bench.plants import write_modbus_plant
from bench.report import Figure, Section
from bench.rounds import in_child, medians, serving
from config.read import read_folder
from telemetry.clock import SystemClock


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


FULL = Size(20, 500, timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=10), 3)
TINY = Size(2, 10, timedelta(seconds=0.1), timedelta(seconds=0.5), timedelta(seconds=0.5), 1)


def measure(tiny: bool = False) -> Section:
    """Return what the product needs, beside a bare loop and Telegraf, which keep nothing and judge nothing."""
    size = TINY if tiny else FULL
    with serving(modbus_server.serve) as port:
        polls = max(int(size.measured / size.poll), 1)
        sides = [
            partial(in_child, outfall_cpu_s, port, size),
            partial(
                in_child, bare_pymodbus.cpu_s_per_million, port, size.devices, size.floats,
                polls * size.values_a_poll,
            ),
        ]  # fmt: skip
        program = None if tiny else shutil.which("telegraf")
        if program is not None:
            sides.append(partial(telegraf.cpu_s_per_million, program, port, size.devices, size.floats,
                                 size.warm, size.measured))  # fmt: skip
        found = medians(size.rounds, *sides)
    what = "CPU for a million values"
    figures = [
        Figure(what, "s", found[0], beside, name)
        for beside, name in zip(
            found[1:],
            ("bare pymodbus loop, keeps nothing", "Telegraf to InfluxDB line protocol"),
            strict=False,
        )
    ]
    notes = [] if program or tiny else ["Telegraf is not on PATH: left out"]
    rules = 3 * size.values_a_poll + size.devices
    load = (
        f"{size.devices} devices × {size.floats} float32 every {size.poll.total_seconds():g} s; durable store, "
        f"{rules:,} alarm rules"
    )
    return Section("modbus_to_store", load, figures, notes)


def outfall_cpu_s(port: int, size: Size) -> float:
    """Return the CPU seconds of the product for a million values, stored and judged."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as place:
        write_modbus_plant(Path(place) / "plant", port, size.devices, size.floats, size.poll.total_seconds())
        folder = read_folder(Path(place) / "plant")
        data = DataFolder(Path(place) / "data")
        data.create()
        with opened_stores(data, folder) as stores:
            parts = wire(folder, stores, SystemClock())
            add_collectors(parts, folder)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_read_and_judge(parts, size))


async def _read_and_judge(parts: Parts, size: Size) -> float:
    await parts.alarms.start()
    runs = [parts.writer.run(), parts.alarms.run(), parts.links.run(), *(c.run() for c in parts.collectors)]
    tasks = [asyncio.ensure_future(run) for run in runs]
    await asyncio.sleep(size.warm.total_seconds())
    rows, begun = parts.writer.committed_rows, time.process_time()
    await asyncio.sleep(size.measured.total_seconds())
    rows, used = parts.writer.committed_rows - rows, time.process_time() - begun
    for task in reversed(tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return used / rows * 1e6
