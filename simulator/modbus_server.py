"""The PLCs: one Modbus TCP server a connection, read-only.

Registers are encoded when they are read and the plant has changed since, not at every step: a
reader never pays for a step nobody looks at, and a fault shows in the very next answer. Encoding and
answering happen without a pause between them, so no value is ever seen half-changed.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from config.folder import PlantFolder
from simulator.registers import Block, RegisterPoint, register_points
from telemetry.errors import DeviceUnreachable

logger = logging.getLogger(__name__)

Values = Callable[[], Mapping[str, float]]

_BIT_FUNCTIONS: Final = (1, 2)
_FUNCTIONS: Final = (1, 2, 3, 4)
_SPARE: Final = 16
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


class ModbusServers:
    """The servers of a plant folder's Modbus connections."""

    def __init__(self, folder: PlantFolder, values: Values) -> None:
        self._folder = folder
        self._values = values
        self._servers: list[ModbusTcpServer] = []

    async def start(self, fixed_ports: bool) -> dict[str, Address]:
        """Listen and return the address of each connection; DeviceUnreachable when a port is taken.

        With fixed ports, connections of one address are units behind one server, as a gateway's are.
        """
        groups: dict[tuple[str, int], list[str]] = {}
        for name, settings in self._folder.modbus.items():
            wanted = (
                (local_address(settings.host), settings.port) if fixed_ports else (LOOPBACK, -len(groups))
            )
            groups.setdefault(wanted, []).append(name)
        addresses: dict[str, Address] = {}
        for (host, port), names in groups.items():
            address = await self._listen(names, host, max(port, 0))
            addresses |= dict.fromkeys(names, address)
        return addresses

    async def stop(self) -> None:
        """Close all servers and their connections."""
        for server in self._servers:
            await server.shutdown()  # type: ignore[no-untyped-call]
        self._servers.clear()

    async def _listen(self, names: Sequence[str], host: str, port: int) -> Address:
        devices = [
            _device(self._folder.modbus[name].unit_id, register_points(self._folder, name), self._values)
            for name in names
        ]
        units = [device.id for device in devices]
        if len(set(units)) < len(units):
            raise DeviceUnreachable(f"{', '.join(names)}: two have unit {max(units)} at {host}:{port}")
        if all(units):
            devices.append(_nobody())
        server = ModbusTcpServer(devices, address=(host, port))
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            who = ", ".join(names)
            mend = "free the port, or run without fixed ports"
            raise DeviceUnreachable(f"{who}: {host}:{port} cannot be listened on; {mend}") from error
        self._servers.append(server)
        transport: Any = server.transport
        return Address(host, transport.sockets[0].getsockname()[1])


def local_address(host: str) -> str:
    """Return where a simulated device listens: the connection's host if it is this machine."""
    return host if host.startswith("127.") else LOOPBACK


def _device(unit_id: int, points: Sequence[RegisterPoint], values: Values) -> SimDevice:
    blocks: dict[int, Block] = {}
    for code in _FUNCTIONS:
        mine = [point for point in points if point.function_code == code]
        if mine:
            blocks[code] = Block(mine, single_bits=code in _BIT_FUNCTIONS)
    shown: dict[int, Mapping[str, float]] = {}

    async def answer(
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if set_values is not None or function_code not in _FUNCTIONS:
            return ExcCodes.ILLEGAL_FUNCTION
        block = blocks.get(function_code)
        if block is None:
            return ExcCodes.ILLEGAL_ADDRESS
        now = values()
        if shown.get(function_code) is not now:
            image = block.image(now.__getitem__)
            current_registers[: len(image)] = image
            shown[function_code] = now
        return None

    return SimDevice(
        unit_id,
        simdata=(
            [_bits(blocks.get(1))],
            [_bits(blocks.get(2))],
            [_registers(blocks.get(3))],
            [_registers(blocks.get(4))],
        ),
        action=answer,
    )


def _registers(block: Block | None) -> SimData:
    if block is None:
        return SimData(0, datatype=DataType.INVALID)
    return SimData(block.start, values=[0] * block.count, datatype=DataType.REGISTERS)


def _bits(block: Block | None) -> SimData:
    if block is None:
        return SimData(0, values=[False] * _SPARE, datatype=DataType.BITS)
    return SimData(block.start, values=[False] * block.count, datatype=DataType.BITS)


def _nobody() -> SimDevice:
    """Return what answers for units that are not there, as a gateway does."""

    async def answer(
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        return ExcCodes.GATEWAY_NO_RESPONSE

    return SimDevice(0, simdata=SimData(0, count=_SPARE, datatype=DataType.REGISTERS), action=answer)
