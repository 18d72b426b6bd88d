"""A plant that runs: advanced on the clock, on the wire, kept in its state file."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from config.folder import PlantFolder
from simulator import state
from simulator.broker import Broker, start_broker
from simulator.faults import Site, faults_on, kinds_of, switch_fault
from simulator.modbus_server import LOOPBACK, ModbusServers, local_address
from simulator.mqtt_stations import StationPublisher, publishers
from simulator.plant import Plant
from simulator.signals import Signals
from simulator.waking import LONGEST_GAP_S, wake
from telemetry.clock import US_PER_S, Clock, SystemClock
from telemetry.errors import DeviceUnreachable
from telemetry.simulated import FaultKind, FaultOn

logger = logging.getLogger(__name__)

_SHORTEST_TICK_S: Final = 0.25
_LONGEST_TICK_S: Final = 1.0
_SAVE_EVERY_US: Final = 10 * US_PER_S


class RunningPlant:
    """The plant of a folder and everything that shows it to the world."""

    def __init__(
        self, folder: PlantFolder, file: Path, clock: Clock, seed: int, begun_us: int | None = None
    ) -> None:
        self._folder = folder
        self._file = file
        self._clock = clock
        self._seed = seed
        self._begun_us = begun_us
        self._plant: Plant | None = None
        self._signals: Signals | None = None
        self._servers: ModbusServers | None = None
        self._brokers: dict[str, Broker] = {}
        self._memories = TemporaryDirectory(prefix="outfall-broker-")
        self._publishers: list[StationPublisher] = []
        self._kept = True

    async def start(self, fixed_ports: bool, broker_kind: str) -> dict[str, dict[str, Any]]:
        """Listen, and return where, by connection; DeviceUnreachable when a port cannot be had."""
        # Mosquitto comes up in its own process while the plant runs in.
        starting = asyncio.create_task(self._start_brokers(fixed_ports, broker_kind), name="brokers")
        await asyncio.sleep(0)
        try:
            self._wake()
            # Kept at once: killed in its first seconds, the plant goes on from here and no total falls.
            await self._save()
            assert self._plant is not None
            self._servers = ModbusServers(self._folder, self._values, self._plant.faults)
            addresses = await self._servers.start(fixed_ports)
        finally:
            brokers = await starting
        ready: dict[str, dict[str, Any]] = {
            name: {"host": at.host, "port": at.port} for name, at in addresses.items()
        }
        for name, broker in brokers.items():
            ready[name] = {"host": broker.host, "port": broker.port, "broker": broker.kind}
            at = broker.host, broker.port
            self._publishers += publishers(self._folder, name, *at, self._plant.faults)
        for publisher in self._publishers:
            publisher.start()
        return ready

    async def run(self) -> None:
        """Advance the plant with the clock until cancelled."""
        tick_s = min(max(1.0 / self._clock.speed, _SHORTEST_TICK_S), _LONGEST_TICK_S)
        real = SystemClock()
        saved_us = real.monotonic_us()
        while True:
            self._advance()
            if self._servers is not None:
                await self._servers.follow()
            await self._revive()
            if real.monotonic_us() - saved_us >= _SAVE_EVERY_US:
                saved_us = real.monotonic_us()
                await self._save()
            await asyncio.sleep(tick_s)

    async def stop(self) -> None:
        """Keep the state and end everything that was started."""
        if self._plant is not None:
            await self._save()
        for publisher in self._publishers:
            await asyncio.to_thread(publisher.stop)
        if self._servers is not None:
            await self._servers.stop()
        for broker in self._brokers.values():
            await broker.stop()
        self._memories.cleanup()

    async def switch_fault(self, fault: str, target: str, active: bool, amount: float | None = None) -> None:
        """Switch a fault; it shows in the next answer. NotFound and Invalid where it cannot be."""
        assert self._plant is not None
        switch_fault(self._site, fault, target, active, amount)
        logger.info("fault %s of %s %s", fault, target, "on" if active else "off")
        if self._servers is not None:
            await self._servers.follow()
        # Kept at once: who is told that it is on finds it on after a restart too.
        await self._save()

    def fault_kinds(self) -> list[FaultKind]:
        """Return what can be switched."""
        return kinds_of(self._site)

    def faults_on(self) -> list[FaultOn]:
        """Return what is on."""
        assert self._plant is not None
        return faults_on(self._plant)

    @property
    def _site(self) -> Site:
        assert self._plant is not None
        return Site(self._plant, self._folder, self._values)

    def _wake(self) -> None:
        now_us = self._clock.now_us()
        timezone = self._folder.plant.timezone
        self._plant = wake(self._file, self._seed, timezone, now_us, self._begun_us)
        self._signals = Signals(self._plant, self._folder.plant.points)
        unknown = self._signals.unknown
        if unknown:
            logger.info("%d points the model does not know get stand-ins: %s …", len(unknown), unknown[0])

    def _advance(self) -> None:
        assert self._plant is not None
        gap_s = (self._clock.now_us() - self._plant.now_us) / US_PER_S
        if gap_s > LONGEST_GAP_S:
            # The machine slept: what would have happened meanwhile is not worth minutes of computing.
            self._plant.now_us = self._clock.now_us() - LONGEST_GAP_S * US_PER_S
            gap_s = float(LONGEST_GAP_S)
        if gap_s > 0:
            self._plant.step(gap_s)
        for publisher in self._publishers:
            publisher.advance(self._values, self._plant.now_us)

    def _values(self) -> Mapping[str, float]:
        assert self._signals is not None
        return self._signals.values()

    async def _save(self) -> None:
        assert self._plant is not None
        captured = self._plant.capture()
        try:
            await asyncio.to_thread(state.write, self._file, captured)
        except OSError as error:
            if self._kept:
                logger.warning("the state cannot be kept in %s: %s; trying on", self._file, error)
            self._kept = False
        else:
            if not self._kept:
                logger.info("the state is kept in %s again", self._file)
            self._kept = True

    async def _start_brokers(self, fixed_ports: bool, kind: str) -> Mapping[str, Broker]:
        started: dict[str, Broker] = {}
        for name, settings in self._folder.mqtt.items():
            host = local_address(settings.host) if fixed_ports else LOOPBACK
            port = settings.port if fixed_ports else 0
            broker = await start_broker(host, port, kind, self._memory_of(name))
            started[name] = self._brokers[name] = broker
        return started

    async def _revive(self) -> None:
        """Start a broker anew that was killed: its stations have kept what they measured meanwhile."""
        for name, broker in self._brokers.items():
            if broker.ended:
                try:
                    again = await start_broker(broker.host, broker.port, broker.kind, self._memory_of(name))
                except DeviceUnreachable as error:
                    logger.warning("broker %s ended and does not start: %s; trying on", name, error)
                else:
                    logger.info("broker %s ended and was started again", name)
                    self._brokers[name] = again

    def _memory_of(self, name: str) -> Path:
        memory = Path(self._memories.name) / name
        memory.mkdir(exist_ok=True)
        return memory
