"""What open walls cost the node, beside a server that makes JSON for each of them."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench import modbus_server, naive_stream
from bench.node import OUTFALL, cpu_during, running, until
from bench.plants import write_modbus_plant
from bench.report import Figure, Section
from bench.rounds import serving

PASSWORD: Final = "measure-this"


@dataclass(frozen=True, slots=True)
class Size:
    """How many walls look at how many points, for how long."""

    clients: int
    points: int
    measured: timedelta


FULL = Size(200, 200, timedelta(seconds=8))
TINY = Size(2, 5, timedelta(seconds=1.2))


def measure(tiny: bool = False) -> Section:
    """Return the CPU of a core that the clients cost."""
    size = TINY if tiny else FULL
    what, instead = f"{size.clients} clients: CPU of a core", "FastAPI, json.dumps for each client"
    figure = Figure(what, "%", _outfall(size), _naive(size), instead)
    load = (
        f"{size.points} values that change, to {size.clients} clients, every second; what they cost more "
        "than no clients"
    )
    return Section("stream", load, [figure])


def _outfall(size: Size) -> float:
    with serving(modbus_server.serve) as (port, _), tempfile.TemporaryDirectory() as place:
        folder, data = Path(place) / "plant", Path(place) / "data"
        write_modbus_plant(folder, port, 1, size.points, 1.0)
        command: list[str | Path] = [
            OUTFALL,
            "user",
            "add",
            folder,
            "wall",
            "--role",
            "operator",
            "--data",
            data,
        ]
        subprocess.run(command, input=PASSWORD, text=True, check=True)
        with running(["run", folder, "--data", data]) as node:
            until(lambda: node.metric("outfall_committed_rows_total") > size.points or None, "read twice")
            node.sign_in("wall", PASSWORD)
            header = f"Authorization: {node.http.headers['Authorization']}\r\n"
            return asyncio.run(_cost(node.pid, node.http.base_url.port or 80, "/api/v1/stream", header, size))


def _naive(size: Size) -> float:
    with serving(naive_stream.serve, size.points) as (port, pid):
        return asyncio.run(_cost(pid, port, "/stream", "", size))


async def _cost(pid: int, port: int, path: str, header: str, size: Size) -> float:
    """Return the CPU of a core in percent that clients of a stream add to a server."""
    seconds = size.measured.total_seconds()
    without = await asyncio.to_thread(cpu_during, pid, seconds)
    async with _clients(size.clients, port, path, header) as received:
        before = sum(received)
        used = await asyncio.to_thread(cpu_during, pid, seconds)
        if sum(received) == before:
            raise RuntimeError("the clients were sent nothing")
    return (used - without) / seconds * 100


@asynccontextmanager
async def _clients(count: int, port: int, path: str, header: str) -> AsyncIterator[list[int]]:
    """Yield how many bytes each of the open clients has got so far."""
    received = [0] * count

    async def listen(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode())
        try:
            while chunk := await reader.read(1 << 16):
                received[number] += len(chunk)
        finally:
            writer.close()

    tasks = [asyncio.create_task(listen(number)) for number in range(count)]
    await asyncio.sleep(1)
    try:
        yield received
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
