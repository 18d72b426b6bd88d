"""The PLCs: one Modbus TCP server a connection, read-only, each request answered in its turn.

    header   number (2), 0 (2), length of what follows (2), unit (1)     then the request, or the answer

Where a PLC is unreachable its port stays ours, so that nobody else gets it, and refuses; where it is
silent, it takes requests and says nothing; where it is slow, each answer is that much late.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.folder import PlantFolder
from simulator.active_faults import ILLEGAL, MUTE, SLOW, UNREACHABLE, ActiveFaults
from simulator.modbus_device import NO_RESPONSE, Device, Values, refused
from simulator.registers import register_points
from telemetry.errors import DeviceUnreachable

logger = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
_HEADER: Final = struct.Struct(">HHHB")
_LONGEST: Final = 254


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


class ModbusServers:
    """The servers of a plant folder's Modbus connections; `faults` of their connections and points show."""

    def __init__(self, folder: PlantFolder, values: Values, faults: ActiveFaults | None = None) -> None:
        self._folder = folder
        self._values = values
        self._faults = faults or ActiveFaults()
        self._lines: list[_Line] = []

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
            line = _Line(self._units(names, host, port), self._faults, host)
            try:
                address = Address(host, await line.open(max(port, 0)))
            except OSError as error:
                who = ", ".join(names)
                mend = "free the port, or run without fixed ports"
                raise DeviceUnreachable(f"{who}: {host}:{port} cannot be listened on; {mend}") from error
            self._lines.append(line)
            addresses |= dict.fromkeys(names, address)
        await self.follow()
        return addresses

    async def follow(self) -> None:
        """Close the servers whose connections have become unreachable, open those that are back."""
        for line in self._lines:
            await line.follow()

    async def stop(self) -> None:
        """Close all servers and their connections."""
        for line in self._lines:
            await line.stop()
        self._lines.clear()

    def _units(self, names: Sequence[str], host: str, port: int) -> Mapping[int, tuple[str, Device]]:
        units: dict[int, tuple[str, Device]] = {}
        for name in names:
            for channel, its in self._folder.modbus[name].by_channel(name).items():
                unit = its.unit_id
                if unit in units:
                    raise DeviceUnreachable(f"{', '.join(names)}: two have unit {unit} at {host}:{port}")
                points = register_points(self._folder, channel)
                units[unit] = name, Device(points, self._values, self._illegal)
        return units

    def _illegal(self) -> Collection[str]:
        return self._faults.of(ILLEGAL)


def local_address(host: str) -> str:
    """Return where a simulated device listens: the connection's host if it is this machine."""
    return host if host.startswith("127.") else LOOPBACK


class _Line:
    """One address and the units behind it."""

    def __init__(self, units: Mapping[int, tuple[str, Device]], faults: ActiveFaults, host: str) -> None:
        self._units = units
        self._faults = faults
        self._host = host
        self._port = 0
        self._server: asyncio.Server | None = None
        self._kept: socket.socket | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self, port: int) -> int:
        """Listen and return the port; OSError when it cannot be had."""
        self._server = await asyncio.start_server(self._serve, self._host, port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self._port

    async def follow(self) -> None:
        """Be there, or not, as the faults of all its connections have it."""
        gone = all(self._faults.get(UNREACHABLE, name) is not None for name, _ in self._units.values())
        if gone and self._server is not None:
            await self._close()
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind((self._host, self._port))
        elif not gone and self._server is None:
            try:
                await self.open(self._port)
            except OSError as error:
                logger.warning("%s:%d cannot be listened on: %s", self._host, self._port, error)
            else:
                self._let_go()

    async def stop(self) -> None:
        """Close for good."""
        await self._close()
        self._let_go()

    async def _close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
        self._server = None

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                number, protocol, length, unit = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                if protocol or not 2 <= length <= _LONGEST:
                    break
                answer = await self._answered(unit, await reader.readexactly(length - 1))
                if answer is not None:
                    writer.write(_HEADER.pack(number, 0, len(answer) + 1, unit) + answer)
                    await writer.drain()
        self._writers.discard(writer)
        writer.close()

    async def _answered(self, unit: int, request: bytes) -> bytes | None:
        """Return what a unit answers, in its own time; None where it says nothing."""
        name, device = self._units.get(unit) or self._units.get(0) or (None, None)
        if name is None or device is None or self._faults.get(UNREACHABLE, name) is not None:
            return refused(request[0], NO_RESPONSE)
        if self._faults.get(MUTE, name) is not None:
            return None
        late_s = self._faults.amount(SLOW, name)
        if late_s:
            await asyncio.sleep(late_s)
        return device.answer(request)
