"""`outfall demo`: a simulated plant and a node on it."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Final

from app.data import DataFolder, default_data
from app.listening import listen

if TYPE_CHECKING:
    from app.build import Stores
    from config.folder import PlantFolder
    from telemetry.clock import VirtualClock

HOST: Final = "127.0.0.1"
PASSWORD: Final = "demo"


def default_demo_data() -> Path:
    """Return where the demo keeps its data when no folder is named."""
    return default_data("demo")


def run_demo(
    port: int,
    speed: float,
    data: Path | None,
    days: int = 31,
    begin: datetime | None = None,
    plant: Path | None = None,
) -> int:
    """Run the demo until it is stopped, with `days` of history; 0 begins with nothing before it.

    Its clock shows `begin` first, on the plant's clock where that has no offset, or what the machine's shows.
    `plant` is a plant folder of the user's own, whose people are entered by the user too.
    """
    folder = DataFolder(data or default_demo_data())
    with folder.held(), listen(HOST, port) as listening:
        _start(folder, speed, days, begin, plant, listening)
    return 0


def _start(
    data: DataFolder,
    speed: float,
    days: int,
    begin: datetime | None,
    plant: Path | None,
    listening: socket,
) -> None:
    """Open the stores, then print the address: what cannot be opened is said before it, not after."""
    from app.build import opened_stores
    from app.runner import run
    from config.demo import DEMO_FOLDER
    from config.read import read_folder

    folder = read_folder(plant or DEMO_FOLDER).paced(speed)
    with opened_stores(data, folder) as stores:
        _say(f"Outfall: http://{HOST}:{listening.getsockname()[1]}")
        _say(f"  sign in: operator, engineer, manager, department … (an account a role), password {PASSWORD}")
        _say(f"  data: {data.path}    stop: Ctrl-C")
        run(_demo(folder, stores, _clock(folder, speed, begin), days, listening, cast=plant is None))


def _clock(folder: "PlantFolder", speed: float, begin: datetime | None) -> "VirtualClock":
    from telemetry.clock import VirtualClock, to_us

    if begin is None:
        return VirtualClock.starting_now(speed)
    here = begin if begin.tzinfo else begin.replace(tzinfo=folder.plant.timezone)
    return VirtualClock.starting_at(to_us(here), speed)


async def _demo(
    folder: "PlantFolder",
    stores: "Stores",
    clock: "VirtualClock",
    days: int,
    listening: socket,
    *,
    cast: bool,
) -> None:
    from app.backup_commands import backup_commands
    from app.build import add_collectors, wire
    from app.control import ControlServer
    from app.http import create_app
    from app.life.living import Life
    from app.life.seeding import seed_accounts
    from app.node import run_node
    from app.past import PastFill, begin_past
    from app.reporting import report_command
    from app.simulated import SimulatedPlant, fault_command

    data = stores.data
    # A demo that ran fast has readings ahead of the machine's time; its next run goes on from there.
    clock = clock.not_before(stores.history.last_committed_us)
    if days and not stores.history.last_number and not data.simulator_state.exists():
        begin_past(data, clock.anchor_us, days)
    plant = SimulatedPlant(folder.path, data.simulator_state, clock)
    starting = asyncio.create_task(plant.start(), name="simulated plant")
    try:
        await stores.people.open()
        await asyncio.to_thread(seed_accounts, stores.accounts, PASSWORD)
        parts = wire(folder, stores, clock)
        life = Life(parts, data) if days and cast else None
        app = create_app(parts, lambda: life is not None and life.filling, plant)
        add_collectors(parts, folder.at(await starting))
        commands = {"fault": fault_command(plant), **backup_commands(data, folder, stores.history)}
        control = ControlServer(data.control, commands | report_command(parts.reports))
        tasks = {"simulated plant": plant.run, "control": control.run}
        if days:
            tasks["history"] = PastFill(parts, data).run
        if life is not None:
            tasks["people at work"] = life.run
        await run_node(parts, app, listening, tasks)
    finally:
        stores.people.end()
        starting.cancel()
        await plant.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
