"""Reports wired to a node's stores, and `outfall report`: the running node is asked, else they are opened."""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.control import Command, ask, is_listening
from app.data import DataFolder, default_data
from config.demo import DEMO_FOLDER
from config.read import read_folder
from reports.alarm_names import alarm_names
from reports.archive import About, Archive
from reports.collect import JudgementReader, Sources, StaffReader
from reports.inputs import Head
from reports.service import Reports
from telemetry.errors import Invalid, StoreError

if TYPE_CHECKING:
    from alarms.journal import JournalRecord, JournalRepository
    from config.folder import PlantFolder
    from history.embedded import EmbeddedHistory
    from history.entries import Entries
    from history.periods import Periods
    from operations.desk import Desk
    from telemetry.clock import Clock

_TRIES: Final = 50
_TRY_EVERY_S: Final = 0.2


def reports_of(
    folder: "PlantFolder",
    data: DataFolder,
    history: "EmbeddedHistory",
    periods: "Periods",
    entries: "Entries",
    journal: "JournalRepository",
    desk: "Desk",
    clock: "Clock",
    judgements: JudgementReader | None = None,
    staff: StaffReader | None = None,
    failing: Callable[[], str | None] = lambda: None,
) -> Reports:
    """Return what makes a node's reports."""

    async def page(before: int | None, limit: int, from_us: int, to_us: int) -> "Sequence[JournalRecord]":
        return await asyncio.to_thread(journal.page, before=before, limit=limit, from_us=from_us, to_us=to_us)

    async def journal_head() -> Head:
        found = await asyncio.to_thread(journal.head)
        return Head(found.records, found.head.hex())

    async def ledger_head() -> Head:
        found = await desk.calls.call(desk.ledger.head)
        return Head(found.records, found.hash.hex())

    sources = Sources(
        plant=folder.plant,
        node=folder.node,
        settings=folder.report,
        calendar=folder.calendar,
        figures=periods,
        entries=entries,
        origins=history,
        limits=folder.limits,
        alarm_names=alarm_names(folder.plant, folder.rules),
        journal=page,
        journal_head=journal_head,
        ledger_head=ledger_head,
        judgements=judgements,
        duty=desk.duty,
        staff=staff,
        names=desk.staff.names_of_accounts,
    )
    return Reports(sources, Archive(data.reports), clock, lambda: history.oldest_us, failing)


def report_command(reports: Reports) -> dict[str, Command]:
    """Return what the control socket does for `report`."""

    async def report(request: Mapping[str, Any]) -> Mapping[str, Any]:
        return _told(reports, await reports.make(str(request.get("month"))), request)

    return {"report": report}


def report(options: argparse.Namespace) -> int:
    """Make a month's report and put it where it is wanted, or say where it stands."""
    folder = read_folder(options.folder or DEMO_FOLDER)
    data = DataFolder(options.data or default_data(folder.plant.id if options.folder else "demo"))
    if not (data.readings.exists() or data.node.exists()):
        raise Invalid("no_data", f"{data.path}: no node keeps its data here; name its folder with --data")
    if options.out is not None and not options.out.resolve().parent.is_dir():
        raise Invalid("no_folder", f"{options.out}: there is no such folder to write into: make it first")
    request = {
        "command": "report",
        "month": options.month,
        "format": options.format,
        "language": options.language,
    }
    answer = _asked(folder, data, request)
    made = Path(answer["file"])
    if answer["lacking"]:
        sys.stderr.write(f"outfall: the report's font lacks these characters: {answer['lacking']}\n")
    if options.out is not None:
        try:
            shutil.copyfile(made, options.out)
        except OSError as error:
            why = f"{options.out}: cannot be written: {error.strerror}; the report is kept as {made}"
            raise StoreError(why) from error
        made = options.out
    sys.stdout.write(f"{made}\n")
    return 0


def _asked(folder: "PlantFolder", data: DataFolder, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the node; where none runs, make it here. One that starts holds its data before it listens."""
    for tries_left in reversed(range(_TRIES)):
        if is_listening(data.control):
            answer = ask(data.control, request)
            if "error" in answer:
                said = str(answer["error"])
                raise Invalid(str(answer["code"]), said) if "code" in answer else StoreError(said)
            return answer
        with ExitStack() as stack:
            try:
                stack.enter_context(data.held())
            except StoreError:
                if not tries_left:
                    raise
                time.sleep(_TRY_EVERY_S)
                continue
            return asyncio.run(_made_here(folder, data, request))
    raise StoreError(f"{data.path}: another node runs on this data, and does not answer")


async def _made_here(
    folder: "PlantFolder", data: DataFolder, request: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Make it of stores that no node has open."""
    from app.build import opened_stores, wire
    from telemetry.clock import SystemClock

    with opened_stores(data, folder) as stores:
        reports = wire(folder, stores, SystemClock()).reports
        return _told(reports, await reports.make(str(request["month"])), request)


def _told(reports: Reports, about: About, request: Mapping[str, Any]) -> Mapping[str, Any]:
    kind, language = str(request.get("format", "pdf")), str(request.get("language", "zh"))
    return {
        "id": about.id,
        "file": str(reports.path(about.id, kind, language).absolute()),
        "provisional": about.provisional,
        "lacking": about.lacking,
    }
