"""The demo's plant folder for tests: a copy of it at free ports."""

import re
from pathlib import Path

from config.demo import DEMO_FOLDER
from tests.system.product import free_ports

PORT = re.compile(r"\bport: \d+")


def demo_copied(to: Path, node_alarms: str = "") -> Path:
    """Copy the demo plant's folder to free ports, with other `node_alarms` where given."""
    to.mkdir()
    for file in DEMO_FOLDER.iterdir():
        to.joinpath(file.name).write_bytes(file.read_bytes())
    connections = to / "connections.yaml"
    text = connections.read_text("utf-8")
    ports = iter(free_ports(len(PORT.findall(text)) + 1))
    connections.write_text(PORT.sub(lambda _: f"port: {next(ports)}", text), "utf-8")
    plant = to / "plant.yaml"
    described = PORT.sub(f"port: {next(ports)}", plant.read_text("utf-8"))
    if node_alarms:
        described += f"\nnode_alarms: {node_alarms}\n"
    plant.write_text(described, "utf-8")
    return to


def address_of(folder: Path) -> str:
    """Return where the node of a plant folder listens."""
    port = PORT.search((folder / "plant.yaml").read_text("utf-8"))
    assert port is not None
    return f"http://127.0.0.1:{port[0].split()[1]}"
