"""Making a month's report: collected on the loop, written by a child, kept in the archive."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from operations.child import ChildEnded, answer_of
from reports.archive import About, Archive, ReportNotMade, report_id, told
from reports.collect import Sources, collected
from reports.inputs import Head, MonthInputs, as_json, sha256
from telemetry.clock import Clock
from telemetry.errors import StoreError, TooMany
from telemetry.people import Actor

logger = logging.getLogger(__name__)

COLLECT_S: Final = 60.0
_PATIENCE_S: Final = 120.0
_LAST_WORDS: Final = 400
_MOST_WAITING: Final = 3
_PAUSE_S: Final = 30


class Reports:
    """Makes reports, one at a time, and knows those that were made.

    `oldest_us` tells the time of the oldest reading, one that lies ahead where there is none; `failing`
    why hour figures are not kept: a month is then computed from its readings.
    """

    def __init__(
        self,
        sources: Sources,
        archive: Archive,
        clock: Clock,
        oldest_us: Callable[[], int],
        failing: Callable[[], str | None] = lambda: None,
        patience_s: float = COLLECT_S,
    ) -> None:
        self._sources = sources
        self._failing = failing
        self._patience_s = patience_s
        self._archive = archive
        self._clock = clock
        self._oldest_us = oldest_us
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def make(self, month: str, by: Actor | None = None) -> About:
        """Make a month's report and keep it; Invalid for a month that has not begun.

        TooMany while others wait for theirs, Conflict where there are as many of the month as are kept,
        ReportNotMade where there is no room for it or it takes too long. Who gives up leaves nothing running.
        """
        if self._waiting >= _MOST_WAITING:
            raise TooMany("reports_busy", "other reports are being made; come again when they are", _PAUSE_S)
        self._waiting += 1
        try:
            return await self._made(month, by)
        finally:
            self._waiting -= 1

    async def _made(self, month: str, by: Actor | None) -> About:
        async with self._turn:
            await asyncio.to_thread(self._archive.check_room, month)
            now_us = self._clock.now_us()
            inputs = await self._collected(month, now_us)
            text = await asyncio.to_thread(as_json, inputs)
            with self._archive.partial() as folder:
                done = await _written(folder, text, now_us)
                about = _about(inputs, sha256(text), now_us, by, done)
                await _to_its_end(asyncio.to_thread(self._archive.keep, folder, about))
        if about.lacking:
            logger.warning("report %s: its font lacks %s", about.id, about.lacking)
        return about

    def since(self) -> date | None:
        """Return the report day of the first reading, None before there is one."""
        oldest_us = self._oldest_us()
        return None if oldest_us > self._clock.now_us() else self._sources.calendar.day_of(oldest_us)

    async def _collected(self, month: str, now_us: int) -> MonthInputs:
        """Return a month's inputs; ReportNotMade where that takes too long, with what stands behind it."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await collected(self._sources, month, now_us)
        except TimeoutError:
            failing = self._failing()
            logger.warning("report %s: not collected within %.0f s: %s", month, self._patience_s, failing)
            why = f": hour figures cannot be kept ({failing}); mend that" if failing else ""
            raise ReportNotMade(
                "report_too_slow",
                f"{month} could not be collected within {self._patience_s:.0f} s{why};"
                " try again when the node has less to do",
            ) from None

    async def listed(self) -> Sequence[About]:
        """Return the reports there are, newest month first."""
        return await asyncio.to_thread(self._archive.listed)

    async def file(self, report: str, kind: str, language: str) -> tuple[str, bytes]:
        """Return a file's name and content."""
        return await asyncio.to_thread(self._archive.file, report, kind, language)

    def path(self, report: str, kind: str, language: str) -> Path:
        """Return where a file stands, for the command line of the same machine."""
        return self._archive.path(report, kind, language)


async def _to_its_end(work: Awaitable[None]) -> None:
    """Do a piece of work whole, whoever gives up meanwhile: a report is kept with all, or not at all."""
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


async def _written(folder: Path, inputs_json: bytes, made_us: int) -> dict[str, Any]:
    """Have a child write the files; StoreError with its last words where it fails."""
    order = {"folder": str(folder), "made_us": made_us, "version": version("outfall")}
    try:
        out = await answer_of("reports.making", json.dumps(order).encode() + b"\n" + inputs_json, _PATIENCE_S)
    except TimeoutError:
        raise StoreError(f"the report was not written within {_PATIENCE_S:.0f} s; try again") from None
    except ChildEnded as ended:
        logger.error("the process that writes reports ended (code %s): %s", ended.code, ended.words)
        last = ended.words.splitlines()[-1][:_LAST_WORDS] if ended.words else f"code {ended.code}"
        raise StoreError(f"the report could not be written: {last}") from None
    found: dict[str, Any] = json.loads(out)
    return found


def _about(inputs: MonthInputs, digest: str, made_us: int, by: Actor | None, done: dict[str, Any]) -> About:
    files = told(done["files"])
    return About(
        id=report_id(inputs.month, files["report.json"].sha256),
        plant=inputs.plant.id,
        month=inputs.month,
        made_us=made_us,
        through_us=inputs.through_us,
        provisional=inputs.provisional,
        by=by.name if by else None,
        by_id=by.account_id if by else None,
        version=version("outfall"),
        inputs_sha256=digest,
        ledger_head=inputs.ledger.hash if isinstance(inputs.ledger, Head) else None,
        journal_head=inputs.journal.hash if isinstance(inputs.journal, Head) else None,
        lacking=str(done["lacking"]),
        files=files,
    )
