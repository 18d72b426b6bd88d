"""The simulated plant as a child process: started, asked, ended with its pipe.

The child's protocol stands in simulator/main.py: the clock's anchor goes down the pipe first, the
addresses of its servers come back, then commands and answers, a JSON line each.
"""

import asyncio
import itertools
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.control import Command
from telemetry.clock import VirtualClock
from telemetry.errors import Conflict, DeviceUnreachable

logger = logging.getLogger(__name__)

_READY_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 5.0
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0


class SimulatedPlant:
    """The child and what is said to it. `broker` is mosquitto or amqtt, once it is ready."""

    def __init__(
        self, folder: Path, state: Path, clock: VirtualClock, *, seed: int = 1, fixed_ports: bool = False
    ) -> None:
        self._folder = folder
        self._state = state
        self._clock = clock
        self._seed = seed
        self._options = ["--fixed-ports"] if fixed_ports else []
        self._process: asyncio.subprocess.Process | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._addresses: dict[str, tuple[str, int]] = {}
        self.broker = ""

    async def start(self) -> Mapping[str, tuple[str, int]]:
        """Start the child and return host and port of its servers by connection; again, the same ones.

        Raises DeviceUnreachable when it does not come up; what it said stands in the log.
        """
        # -P: a folder named config where the user stands must not shadow the product's.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "simulator.main"),
            *(str(self._folder), "--state", str(self._state), *self._options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        anchor = {
            "anchor_us": self._clock.anchor_us,
            "anchor_monotonic_us": self._clock.anchor_monotonic_us,
            "speed": self._clock.speed,
            "seed": self._seed,
            "addresses": self._addresses,
        }
        await self._write(anchor)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(_READY_SECONDS):
                line = await process.stdout.readline()
            ready: dict[str, dict[str, Any]] = json.loads(line)["ready"]
        except (TimeoutError, ValueError, KeyError) as error:
            await self.stop()
            raise DeviceUnreachable("the simulated plant did not start; see the lines above") from error
        self.broker = str(ready.get("MQTT", {}).get("broker", ""))
        self._addresses = {name: (str(at["host"]), int(at["port"])) for name, at in ready.items()}
        return self._addresses

    async def run(self) -> None:
        """Pass on the child's answers until cancelled; a child that ends is started again."""
        wait_s = _FIRST_WAIT_S
        while True:
            await self._pass_on()
            assert self._process is not None
            logger.warning(
                "the simulated plant ended (code %s); starting it again", await self._process.wait()
            )
            while True:
                await asyncio.sleep(wait_s)
                try:
                    await self.start()
                except DeviceUnreachable as error:
                    wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                    logger.warning("%s; trying again in %.0f s", error, wait_s)
                else:
                    logger.info("the simulated plant is back")
                    wait_s = _FIRST_WAIT_S
                    break

    async def _pass_on(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            waiting = self._answers.pop(int(answer.get("id", 0)), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def fault(self, fault: str, target: str, active: bool) -> None:
        """Switch a fault of the plant; Conflict with the child's words when it cannot be."""
        number = next(self._ids)
        waiting: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        try:
            await self._write({"id": number, "fault": fault, "target": target, "active": active})
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await waiting
        except (TimeoutError, ConnectionError) as error:
            raise DeviceUnreachable("the simulated plant does not answer") from error
        finally:
            self._answers.pop(number, None)
        if "error" in answer:
            raise Conflict("fault_refused", str(answer["error"]))

    async def stop(self) -> None:
        """Close the pipe, which ends the child, and wait for it; kill it when it will not."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._process.wait()
        except TimeoutError:
            logger.warning("the simulated plant did not end by itself and is killed")
            self._process.kill()
            await self._process.wait()

    async def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()


def fault_command(plant: SimulatedPlant) -> Command:
    """Return what the control socket does for `fault`."""

    async def fault(request: Mapping[str, Any]) -> Mapping[str, Any]:
        active = bool(request.get("active", True))
        await plant.fault(str(request.get("fault")), str(request.get("target")), active)
        return {"ok": True}

    return fault
