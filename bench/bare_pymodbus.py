"""What one would write in an afternoon: pymodbus reads, its own decoder, and nothing is kept."""

import asyncio
import time

import uvloop
from pymodbus.client import AsyncModbusTcpClient

FLOATS_A_REQUEST = 62


def cpu_s_per_million(port: int, devices: int, floats: int, values: int) -> float:
    """Return the CPU seconds for a million values, from about `values` of them."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(port, devices, floats, values))


async def _measure(port: int, devices: int, floats: int, values: int) -> float:
    clients = [AsyncModbusTcpClient("127.0.0.1", port=port) for _ in range(devices)]
    for client in clients:
        assert await client.connect()
    rounds = max(values // (devices * floats), 1)
    await asyncio.gather(*(_read(client, unit, floats, 1) for unit, client in enumerate(clients, 1)))
    begun = time.process_time()
    counts = await asyncio.gather(
        *(_read(client, unit, floats, rounds) for unit, client in enumerate(clients, 1))
    )
    used = time.process_time() - begun
    for client in clients:
        client.close()
    return used / sum(counts) * 1e6


async def _read(client: AsyncModbusTcpClient, unit: int, floats: int, rounds: int) -> int:
    count = 0
    for _ in range(rounds):
        for first in range(0, floats, FLOATS_A_REQUEST):
            wanted = 2 * min(FLOATS_A_REQUEST, floats - first)
            answer = await client.read_holding_registers(2 * first, count=wanted, device_id=unit)
            decoded = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
            count += len(decoded) if isinstance(decoded, list) else 1
    return count
