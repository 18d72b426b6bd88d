"""`outfall backup`, `verify`: the running node is asked; where none runs, the stores are opened here."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.backup import Backups
from app.control import Command, ask, is_listening
from app.data import DataFolder, default_data
from app.verify import table_of, unopened, verified
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.integrity import Finding
from history.queries import Snapshot
from telemetry.clock import SystemClock, from_us
from telemetry.errors import Conflict, Invalid, StoreError

if TYPE_CHECKING:
    from config.folder import PlantFolder

_TRIES: Final = 50
_TRY_EVERY_S: Final = 0.2

Answer = Mapping[str, Any]


def backup_commands(data: DataFolder, folder: "PlantFolder", history: EmbeddedHistory) -> dict[str, Command]:
    """Return what the control socket does for `backup` and `verify`."""
    backups = Backups(data, folder.plant.id, folder.node, history)

    async def backup(request: Answer) -> Answer:
        return await _backup(backups, Path(str(request.get("to"))))

    async def verify(_: Answer) -> Answer:
        return _told(await verified(data, history))

    return {"backup": backup, "verify": verify}


def back_up(options: argparse.Namespace) -> int:
    """Take a backup into a folder and say where it is."""
    folder, data = _where(options)
    to: Path = options.to.absolute()

    async def here(history: EmbeddedHistory) -> Answer:
        if (held := await history.answer(_plants)) and folder.plant.id not in held:
            raise Conflict(
                "other_plant",
                f"{data.path}: holds {', '.join(held)}; name its plant folder, not {folder.path}",
            )
        return await _backup(Backups(data, folder.plant.id, folder.node, history), to)

    try:
        answer = _asked(data, {"command": "backup", "to": str(to)}, here)
    except _Unopened as error:
        raise error.cause from None
    _say(answer["said"])
    return 0


def verify(options: argparse.Namespace) -> int:
    """Look through a node's data, or a backup; 1 where something is wrong."""
    if options.backup is not None:
        from app.restore import check_backup

        made = check_backup(options.backup)
        _say([f"{options.backup}: {len(made.files)} files, as they were written, of {made.made_at}"])
        return 0
    _, data = _where(options)

    async def here(history: EmbeddedHistory) -> Answer:
        return _told(await verified(data, history))

    try:
        answer = _asked(data, {"command": "verify"}, here)
    except _Unopened as error:
        answer = _told(unopened(data, error.cause))
    findings = [Finding(**item) for item in answer["findings"]]
    _say(table_of(findings))
    return 1 if any(item.wrong for item in findings) else 0


class _Unopened(Exception):
    def __init__(self, cause: StoreError) -> None:
        self.cause = cause


def _where(options: argparse.Namespace) -> "tuple[PlantFolder, DataFolder]":
    folder = read_folder(options.folder or DEMO_FOLDER)
    data = DataFolder(options.data or default_data(folder.plant.id if options.folder else "demo"))
    if not (data.readings.exists() or data.node.exists()):
        raise Invalid("no_data", f"{data.path}: no node keeps its data here; name its folder with --data")
    return folder, data


def _asked(data: DataFolder, request: Answer, here: Callable[[EmbeddedHistory], Awaitable[Answer]]) -> Answer:
    with ExitStack() as stack:
        for tries_left in reversed(range(_TRIES)):
            if is_listening(data.control):
                answer = ask(data.control, request)
                if "error" in answer:
                    raise StoreError(str(answer["error"]))
                return answer
            try:
                stack.enter_context(data.held())
            except StoreError:
                # A node that starts holds its data before it listens.
                if not tries_left:
                    raise
                time.sleep(_TRY_EVERY_S)
            else:
                break
        return asyncio.run(_opened(data, here))


async def _opened(data: DataFolder, here: Callable[[EmbeddedHistory], Awaitable[Answer]]) -> Answer:
    try:
        if not data.readings.exists():
            raise StoreError(f"{data.readings}: is not there; restore a backup")
        history = EmbeddedHistory.open(data.readings)
    except StoreError as error:
        raise _Unopened(error) from error
    try:
        return await here(history)
    finally:
        history.close()


async def _backup(backups: Backups, to: Path) -> Answer:
    made = await backups.take(to, from_us(SystemClock().now_us()))
    return {"said": made.words}


def _told(findings: Iterable[Finding]) -> Answer:
    return {"findings": [asdict(item) for item in findings]}


def _plants(snapshot: Snapshot) -> list[str]:
    found = snapshot.cursor.execute("SELECT DISTINCT plant FROM series ORDER BY plant").fetchall()
    return [plant for (plant,) in found]


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line.rstrip()}\n")
