"""The simulated plant as a child process: started, asked, ended with its pipe.

The child's protocol stands in simulator/main.py: the clock's anchor goes down the pipe first, the
addresses of its servers come back, then commands and answers, a JSON line each.
"""

import asyncio
import itertools
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from app.control import Command
from telemetry.clock import VirtualClock
from telemetry.errors import Conflict, DeviceUnreachable, Invalid
from telemetry.people import Actor
from telemetry.simulated import FaultAmount, FaultKind, FaultOn, amount_of, kind_of

logger = logging.getLogger(__name__)

_READY_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 5.0
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_LONGEST_LINE: Final = 1 << 24
"""Of what the child says: a fault of a sensor names every point of the folder."""


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
        self._kinds: tuple[FaultKind, ...] = ()
        self._active: tuple[FaultOn, ...] = ()
        self.broker = ""

    @property
    def kinds(self) -> Sequence[FaultKind]:
        """The faults that can be switched; none before it has started."""
        return self._kinds

    @property
    def active(self) -> Sequence[FaultOn]:
        """The faults that are on, the newest last."""
        return self._active

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
            limit=_LONGEST_LINE,
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
            said = json.loads(line)
            ready: dict[str, dict[str, Any]] = said["ready"]
            self._kinds = tuple(_kind(one) for one in said["faults"])
            self._active = _faults(said["active"])
        except (TimeoutError, ValueError, KeyError, TypeError) as error:
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
            # Also of an answer that nobody waits for any more: what is on is on.
            if "active" in answer:
                self._active = _faults(answer["active"])
            waiting = self._answers.pop(int(answer.get("id", 0)), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def switch(
        self, fault: str, target: str, active: bool, amount: float | None = None, by: Actor | None = None
    ) -> None:
        """Switch a fault of the plant; NotFound and Invalid say what there is instead."""
        amount_of(kind_of(self._kinds, fault, target), amount)
        answer = await self._ask({"fault": fault, "target": target, "active": active, "amount": amount})
        if "error" in answer:
            raise Conflict("fault_refused", str(answer["error"]))
        who = "the command line" if by is None else by.name
        logger.info("fault %s of %s %s, by %s", fault, target, "on" if active else "off", who)

    async def _ask(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        number = next(self._ids)
        waiting: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        try:
            await self._write({"id": number, **command})
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await waiting
        except (TimeoutError, ConnectionError) as error:
            raise DeviceUnreachable("the simulated plant does not answer") from error
        finally:
            self._answers.pop(number, None)

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


def _kind(said: Mapping[str, Any]) -> FaultKind:
    amount = said["amount"]
    much = None if amount is None else FaultAmount(**amount)
    return FaultKind(str(said["name"]), str(said["zh"]), str(said["en"]), tuple(said["targets"]), much)


def _faults(said: Sequence[Mapping[str, Any]]) -> tuple[FaultOn, ...]:
    return tuple(FaultOn(**one) for one in said)


def fault_command(plant: SimulatedPlant) -> Command:
    """Return what the control socket does for `fault`: switch one, or tell what there is and what is on."""

    async def fault(request: Mapping[str, Any]) -> Mapping[str, Any]:
        if "fault" in request:
            amount = request.get("amount")
            if amount is not None and type(amount) not in (int, float):
                raise Invalid("fault_amount", f"an amount is a number, not {amount!r}")
            active = bool(request.get("active", True))
            await plant.switch(str(request["fault"]), str(request.get("target")), active, amount)
            return {"ok": True}
        kinds = [asdict(kind) for kind in plant.kinds]
        return {"faults": kinds, "active": [asdict(one) for one in plant.active]}

    return fault
