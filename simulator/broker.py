"""The broker the lift stations publish to: Mosquitto where it is installed, else amqtt in this process.

Both listen on loopback and take everyone. Mosquitto given a folder keeps its sessions there, so that one that
is started anew knows who had subscribed; amqtt keeps nothing beyond its life.
"""

import asyncio
import getpass
import logging
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, Final, Protocol

from telemetry.errors import DeviceUnreachable

logger = logging.getLogger(__name__)

_SYSTEM_PATH: Final = "/usr/sbin:/usr/local/sbin"
"""Debian keeps mosquitto where the PATH of ordinary users does not lead."""

_TRIES: Final = 3
_START_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 2.0
_LEAVE_SECONDS: Final = 0.1
_SAVED_EVERY_S: Final = 2
_PR_SET_PDEATHSIG: Final = 1
_SIGKILL: Final = 9


class Broker(Protocol):
    """A broker that listens. `kind` is mosquitto or amqtt."""

    kind: str
    host: str
    port: int

    @property
    def ended(self) -> bool:
        """Whether it has gone without being asked to."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


async def start_broker(host: str, port: int, kind: str = "auto", memory: Path | None = None) -> Broker:
    """Return a broker that listens, on a free port for port 0; DeviceUnreachable when none will.

    `memory` is a folder for what it keeps beyond its life.
    """
    mosquitto = find_mosquitto() if kind in ("auto", "mosquitto") else None
    for _ in range(_TRIES if port == 0 else 1):
        wanted = port or _free_port(host)
        try:
            if mosquitto is not None:
                return await Mosquitto.start(mosquitto, host, wanted, memory)
            if kind != "mosquitto":
                return await Amqtt.start(host, wanted)
        except DeviceUnreachable as error:
            # A free port may be taken by another between asking for it and listening on it.
            logger.warning("%s", error)
    if kind == "mosquitto" and mosquitto is None:
        raise DeviceUnreachable("mosquitto is not installed")
    raise DeviceUnreachable(f"no broker could listen on {host}:{port or 'any port'}; free the port")


def find_mosquitto() -> Path | None:
    """Return where mosquitto is installed, None where it is not."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=_SYSTEM_PATH)
    return Path(found) if found else None


class Mosquitto:
    """Mosquitto as a child that the kernel ends with this process, however that ends."""

    kind = "mosquitto"

    def __init__(self, process: asyncio.subprocess.Process, host: str, port: int) -> None:
        self._process = process
        self.host = host
        self.port = port

    @classmethod
    async def start(cls, program: Path, host: str, port: int, memory: Path | None = None) -> "Mosquitto":
        """Start it and wait until it listens; DeviceUnreachable when it does not."""
        try:
            # Whoever holds the port would be taken for ours, as long as ours has not ended over it.
            socket.create_server((host, port)).close()
        except OSError as error:
            raise DeviceUnreachable(
                f"mosquitto does not listen on {host}:{port}: {error.strerror}"
            ) from error
        with tempfile.TemporaryDirectory(prefix="outfall-broker-") as folder:
            file = Path(folder) / "mosquitto.conf"
            file.write_text(_configuration(host, port, memory), encoding="utf-8")
            said = Path(folder) / "said"
            with said.open("wb") as errors:
                process = await asyncio.create_subprocess_exec(
                    *(str(program), "-c", str(file)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=errors,
                    preexec_fn=_end_with_parent if sys.platform == "linux" else None,
                )
            broker = cls(process, host, port)
            try:
                async with asyncio.timeout(_START_SECONDS):
                    await broker._listening()
            except (TimeoutError, DeviceUnreachable) as error:
                await broker.stop()
                why = " ".join(said.read_text(errors="replace").split()[-12:])
                raise DeviceUnreachable(f"mosquitto does not listen on {host}:{port}: {why}") from error
        return broker

    @property
    def ended(self) -> bool:
        """Whether its process has gone."""
        return self._process.returncode is not None

    async def stop(self) -> None:
        """End it, by force when it will not."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _listening(self) -> None:
        while self._process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            await writer.wait_closed()
            # Something else may have taken the port since: then ours ends at once.
            await asyncio.sleep(0.02)
            if self._process.returncode is None:
                return
        raise DeviceUnreachable("it ended")


class Amqtt:
    """amqtt in this process. It loses acknowledged messages when a publisher leaves: ours stay."""

    kind = "amqtt"

    def __init__(self, broker: Any, host: str, port: int) -> None:
        self._broker = broker
        self.host = host
        self.port = port

    @classmethod
    async def start(cls, host: str, port: int) -> "Amqtt":
        """Start it; DeviceUnreachable when the port cannot be had."""
        from amqtt.broker import Broker as AmqttBroker

        anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin"
        broker = AmqttBroker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
                "plugins": {anonymous: {"allow_anonymous": True}},
            }
        )
        try:
            await broker.start()
        except Exception as error:  # amqtt wraps what asyncio says in errors of several kinds
            raise DeviceUnreachable(f"amqtt does not listen on {host}:{port}: {error}") from error
        return cls(broker, host, port)

    @property
    def ended(self) -> bool:
        """It lives as long as this process."""
        return False

    async def stop(self) -> None:
        """Shut it down."""
        # It leaks the connections of clients that have gone and that it has not yet taken leave of.
        await asyncio.sleep(_LEAVE_SECONDS)
        await self._broker.shutdown()


def _configuration(host: str, port: int, memory: Path | None) -> str:
    kept: tuple[str, ...] = ("persistence false",)
    if memory is not None:
        kept = ("persistence true", f"persistence_location {memory}/", f"autosave_interval {_SAVED_EVERY_S}")
    # The name of the present user keeps mosquitto from changing it, which would forget the signal below.
    return "\n".join(
        (
            f"listener {port} {host}",
            "allow_anonymous true",
            *kept,
            f"user {getpass.getuser()}",
            "log_dest stderr",
            "log_type error",
            "set_tcp_nodelay true",
            "max_queued_messages 10000",
            "",
        )
    )


def _end_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    # The parent may have died before the call: then nobody would send the signal.
    if os.getppid() == 1:
        os._exit(1)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
