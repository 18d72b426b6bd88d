"""The demo's history of the month before: computed by a child, taken in beside what is live.

Only a demo that starts on nothing gets one. When it begins is kept in `past.json` until all of it
is there, so that a demo that was killed goes on with the days that are missing. A day is taken in
in one transaction, and the store refuses it a second time.
"""

import asyncio
import json
import logging
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.build import Parts
from app.data import DataFolder
from telemetry.errors import Conflict, DeviceUnreachable, StoreError
from telemetry.plant import PointKind

logger = logging.getLogger(__name__)

ORIGIN: Final = "simulated"

_DAYS: Final = 31
_ATTEMPTS: Final = 3
_WAIT_S: Final = 2.0
_LOOK_S: Final = 0.1
_LOOKS: Final = 100
_TOLD_EVERY: Final = 0.2
_END_SECONDS: Final = 2.0


def begin_past(data: DataFolder, begun_us: int, days: int = _DAYS) -> None:
    """Note that a history is to be made up to the beginning of a plant; once, at the first start."""
    beside = data.past.with_name(f"{data.past.name}.new")
    try:
        beside.write_text(json.dumps({"begun_us": begun_us, "days": days}), encoding="utf-8")
        beside.replace(data.past)
    except OSError as error:
        raise StoreError(f"{data.past}: cannot be written: {error.strerror}") from error


class PastFill:
    """Fills in the history that `begin_past` noted, if there is any to be filled."""

    def __init__(self, parts: Parts, data: DataFolder, seed: int = 1) -> None:
        self._parts = parts
        self._data = data
        self._seed = seed
        self._into = data.path / "past"
        self._told = -_TOLD_EVERY
        self._days = _DAYS

    async def run(self) -> None:
        """Fill, then wait until cancelled: the tasks of a node do not end by themselves."""
        try:
            begun_us = self._begun_us()
            if begun_us is not None:
                with self._parts.figures.held():
                    await self._fill(begun_us)
        except StoreError as error:
            logger.warning("demo: its history stops here, %s; the next start goes on with it", error)
        await asyncio.Event().wait()

    async def _fill(self, begun_us: int) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._attempt(begun_us)
            except DeviceUnreachable as error:
                logger.warning("demo: %s", error)
                if attempt == _ATTEMPTS:
                    raise StoreError("for its process ended three times") from error
                await asyncio.sleep(_WAIT_S)
            else:
                self._data.past.unlink(missing_ok=True)
                self._tell(1.0)
                return

    async def _attempt(self, begun_us: int) -> None:
        """Start the child and take in what it writes; DeviceUnreachable when it ends before its time."""
        # What is live comes first: the process starts when the first readings are stored.
        for _ in range(_LOOKS):
            if self._parts.writer.committed_rows:
                break
            await asyncio.sleep(_LOOK_S)
        await asyncio.to_thread(self._empty)
        # -P: a folder named config where the user stands must not shadow the product's.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "app.past_files"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            order = await asyncio.to_thread(self._order, begun_us)
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            self._tell(0.0)
            while line := await process.stdout.readline():
                await self._obey(json.loads(line))
            if await process.wait():
                raise DeviceUnreachable(
                    f"the process that makes its history ended (code {process.returncode})"
                )
        except ConnectionError as error:
            raise DeviceUnreachable("the process that makes its history ended") from error
        finally:
            process.stdin.close()
            await _ended(process)
            await asyncio.to_thread(shutil.rmtree, self._into, ignore_errors=True)

    async def _obey(self, told: Mapping[str, Any]) -> None:
        if "done" in told:
            self._tell(float(told["done"]) * 0.99)
            return
        try:
            await self._parts.writer.adopt(
                Path(told["file"]), told["retention"], told["from_us"], told["to_us"], ORIGIN
            )
        except Conflict as error:
            logger.warning("demo: a day of its history is left out: %s", error)
            return
        self._show_entered()

    def _show_entered(self) -> None:
        """Let the live table know what only people enter: no device tells it."""
        points = self._parts.folder.plant.points
        manual = [self._parts.series_ids[p.tag] for p in points if p.kind is PointKind.MANUAL]
        newest = self._parts.stores.history.latest()
        self._parts.live.update(newest.select(np.isin(newest.series, manual)), self._parts.clock.now_us())

    def _order(self, begun_us: int) -> dict[str, Any]:
        history, series_ids = self._parts.stores.history, self._parts.series_ids
        retention = history.retention(list(series_ids))
        return {
            "folder": str(self._parts.folder.path),
            "into": str(self._into),
            "begun_us": begun_us,
            "days": self._days,
            "seed": self._seed,
            "series": {tag: (series, retention[tag]) for tag, series in series_ids.items()},
            "there": history.month_files(),
        }

    def _begun_us(self) -> int | None:
        """Return when the plant began whose history is to be filled in; None where there is nothing to do."""
        try:
            noted = json.loads(self._data.past.read_text(encoding="utf-8"))
            self._days = int(noted.get("days", _DAYS))
            return int(noted["begun_us"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{self._data.past} cannot be used ({error})") from error

    def _empty(self) -> None:
        """Make the folder that files are written into, without what a killed demo left in it."""
        shutil.rmtree(self._into, ignore_errors=True)
        try:
            self._into.mkdir(mode=0o700)
        except OSError as error:
            raise StoreError(f"{self._into}: {error.strerror}") from error

    def _tell(self, done: float) -> None:
        """Say how far it is, a few times in all."""
        if done >= 1.0 or done - self._told >= _TOLD_EVERY:
            self._told = done // _TOLD_EVERY * _TOLD_EVERY
            logger.info("demo: %d days of history: %.0f %%", self._days, 100 * done)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for a child whose pipe was closed; kill it when it does not end by that."""
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
