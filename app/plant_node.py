"""`outfall run FOLDER`: the node of a real plant."""

import logging
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

from app.data import DataFolder, default_data
from app.listening import listen

if TYPE_CHECKING:
    from app.build import Stores
    from config.folder import PlantFolder
    from operations.accounts import Accounts

logger = logging.getLogger(__name__)


def run_plant(path: Path, data: Path | None) -> int:
    """Run the node of a plant folder until it is stopped; ConfigError lists a folder's mistakes."""
    from app.build import opened_stores
    from app.runner import run
    from config.read import read_folder

    folder = read_folder(path)
    where = DataFolder(data or default_data(folder.plant.id))
    with where.held(), listen(folder.server.host, folder.server.port) as listening:
        with opened_stores(where, folder) as stores:
            run(_node(folder, stores, listening))
    return 0


async def _node(folder: "PlantFolder", stores: "Stores", listening: socket) -> None:
    from app.backup_commands import backup_commands
    from app.build import add_collectors, wire
    from app.control import ControlServer
    from app.http import create_app
    from app.node import run_node
    from app.reporting import report_command
    from telemetry.clock import SystemClock

    parts = wire(folder, stores, SystemClock())
    add_collectors(parts, folder)
    secure = folder.server.tls_certificate is not None
    stores.people.when_open(lambda: _say_if_nobody(stores.accounts, folder.path))
    host, port = listening.getsockname()[:2]
    logger.info("%s: %s://%s:%d", folder.plant.id, "https" if secure else "http", host, port)
    commands = backup_commands(stores.data, folder, stores.history) | report_command(parts.reports)
    control = ControlServer(stores.data.control, commands)
    await run_node(parts, create_app(parts), listening, {"control": control.run})


def _say_if_nobody(accounts: "Accounts", plant: Path) -> None:
    if not accounts.list():
        logger.warning("nobody can sign in yet; add an account: outfall user add %s NAME", plant)
