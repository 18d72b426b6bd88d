"""A look round on a device nobody described: which units answer, and which registers they have.

Gentle: one question at a time, a pause after each, and no more questions than the budget has. A refused
block is halved only where one register in it, of ten that are tried, answers.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.modbus.asking import Ask
from collectors.modbus.settings import FunctionCode
from telemetry.errors import DeviceError, DeviceRefused, DeviceUnreachable, LineUnreachable

BLOCK: Final = 100
SAMPLES: Final = 10
_ILLEGAL_FUNCTION: Final = 1
_MOST_SILENT: Final = 2


@dataclass(slots=True)
class Run:
    """Registers (or bits) that answer one after the other, as they came."""

    offset: int
    words: list[int]

    @property
    def end(self) -> int:
        """The first offset behind it."""
        return self.offset + len(self.words)


@dataclass(slots=True)
class Area:
    """What a unit has of one function code; `note` says why it has nothing, or why the look was cut short."""

    function: FunctionCode
    runs: list[Run] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Device:
    """One unit that answers."""

    unit: int
    areas: list[Area] = field(default_factory=list)


@dataclass(slots=True)
class Budget:
    """How many questions may still be asked, and the pause after each."""

    left: int
    pause_s: float
    asked: int = 0


class Spent(Exception):
    """No more questions may be asked."""


@dataclass(slots=True)
class Survey:
    """The look round, as far as it has come: it can be stopped at any time."""

    ask: Ask
    budget: Budget
    devices: list[Device] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    lost: str = ""
    """Why there is no connection at all."""

    async def units(self, units: Iterable[int]) -> None:
        """Find out which units answer anything, be it with a no."""
        for unit in units:
            if await self._answers(unit):
                self.devices.append(Device(unit))
            else:
                self.silent.append(unit)
            if self.lost:
                return

    async def look(self, device: Device, functions: Sequence[FunctionCode], first: int, last: int) -> None:
        """Find out what a unit has from `first` to `last`."""
        for function in functions:
            area = Area(function)
            device.areas.append(area)
            await _Walk(self, device.unit, area).walk(first, last)

    async def again(self, device: Device) -> AsyncIterator[tuple[Area, list[Run]]]:
        """Read what was found once more: what changes meanwhile is measured."""
        for area in device.areas:
            runs = []
            for run in area.runs:
                words = list(run.words)
                for at in range(0, len(words), BLOCK):
                    part = await self.words(
                        device.unit, area.function, run.offset + at, len(words[at : at + BLOCK])
                    )
                    if isinstance(part, list):
                        words[at : at + len(part)] = part
                runs.append(Run(run.offset, words))
            yield area, runs

    async def words(
        self, unit: int, function: FunctionCode, offset: int, count: int
    ) -> list[int] | DeviceError:
        """Return registers or bits, or why there are none; Spent once the budget is."""
        if self.budget.left <= 0:
            raise Spent
        self.budget.left -= 1
        self.budget.asked += 1
        await asyncio.sleep(self.budget.pause_s)
        try:
            data = await self.ask(unit, function, offset, count)
        except DeviceError as error:
            return error
        if function.reads_bits:
            return [data[at // 8] >> at % 8 & 1 for at in range(count)]
        return [int.from_bytes(data[at : at + 2], "big") for at in range(0, 2 * count, 2)]

    async def _answers(self, unit: int) -> bool:
        outcome = await self.words(unit, FunctionCode.HOLDING_REGISTERS, 0, 1)
        if isinstance(outcome, LineUnreachable) and "no connection" in str(outcome):
            self.lost = str(outcome)
        return not isinstance(outcome, DeviceUnreachable)


class _Walk:
    """The way through one function code of one unit."""

    def __init__(self, survey: Survey, unit: int, area: Area) -> None:
        self._survey, self._unit, self._area = survey, unit, area
        self._silent = 0
        self._block = BLOCK
        self._over = False

    async def walk(self, first: int, last: int) -> None:
        at = first
        try:
            while at <= last and not self._over:
                count = min(self._block, last + 1 - at)
                await self._block_at(at, count)
                at += count
            if self._area.runs and not self._over and self._block == BLOCK:
                self._area.note = ""
        except Spent:
            self._area.note = "cut short: the budget of questions is spent (--most)"
            raise

    async def _block_at(self, offset: int, count: int) -> None:
        outcome = await self._survey.words(self._unit, self._area.function, offset, count)
        if isinstance(outcome, list):
            self._silent = 0
            self._note(offset, outcome)
        elif isinstance(outcome, DeviceRefused):
            if outcome.exception_code == _ILLEGAL_FUNCTION:
                self._end(str(outcome))
            elif count > 1:
                await self._split(offset, count)
            elif not self._area.runs:
                self._area.note = str(outcome)
        elif count > 1 and await self._shorter(offset, count):
            return
        else:
            self._silent += 1
            if self._silent >= _MOST_SILENT:
                self._end(str(outcome))

    async def _shorter(self, offset: int, count: int) -> bool:
        """Whether a device that kept silent answers a short question: some ignore long ones."""
        short = 10 if count > 10 else 1
        outcome = await self._survey.words(self._unit, self._area.function, offset, short)
        if isinstance(outcome, DeviceUnreachable):
            return False
        self._block = short
        self._area.note = f"answers no more than {short} at once"
        for at in range(offset, offset + count, short):
            if not self._over:
                await self._block_at(at, min(short, offset + count - at))
        return True

    async def _split(self, offset: int, count: int) -> None:
        if count > SAMPLES and not await self._any(offset, count):
            return
        half = count // 2
        await self._block_at(offset, half)
        if not self._over:
            await self._block_at(offset + half, count - half)

    async def _any(self, offset: int, count: int) -> bool:
        for sample in range(SAMPLES):
            at = offset + sample * (count - 1) // (SAMPLES - 1)
            outcome = await self._survey.words(self._unit, self._area.function, at, 1)
            if isinstance(outcome, list):
                return True
            if isinstance(outcome, DeviceUnreachable):
                self._silent += 1
                if self._silent >= _MOST_SILENT:
                    self._end(str(outcome))
                return False
            self._area.note = self._area.note or str(outcome)
        return False

    def _note(self, offset: int, words: list[int]) -> None:
        runs = self._area.runs
        if "at once" not in self._area.note:
            self._area.note = ""
        if runs and runs[-1].end == offset:
            runs[-1].words += words
        else:
            runs.append(Run(offset, words))

    def _end(self, why: str) -> None:
        self._over = True
        self._area.note = why
