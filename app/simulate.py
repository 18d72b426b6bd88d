"""`outfall simulate FOLDER`: only the devices of a folder, at the folder's own addresses."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.data import DataFolder, default_data

if TYPE_CHECKING:
    from config.folder import PlantFolder


def simulate(path: Path, data: Path | None) -> int:
    """Serve the devices until SIGINT or SIGTERM; faults are switched with `outfall fault --data`."""
    from app.runner import run
    from config.read import read_folder

    folder = read_folder(path)
    where = DataFolder(data or default_data(f"{folder.plant.id}-simulated"))
    with where.held():
        run(_simulate(folder, where))
    return 0


async def _simulate(folder: "PlantFolder", data: DataFolder) -> None:
    from app.control import ControlServer
    from app.simulated import SimulatedPlant, fault_command
    from telemetry.clock import VirtualClock

    plant = SimulatedPlant(folder.path, data.simulator_state, VirtualClock.starting_now(), fixed_ports=True)
    control = ControlServer(data.control, {"fault": fault_command(plant)})
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    try:
        for name, (host, port) in (await plant.start()).items():
            sys.stdout.write(f"{name} {host}:{port}\n")
        sys.stdout.flush()
        tasks = [
            asyncio.create_task(task, name=name)
            for name, task in {
                "plant": plant.run(),
                "control": control.run(),
                "signals": asked.wait(),
            }.items()
        ]
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for task in done:
            task.result()
    finally:
        await plant.stop()
