"""A consistent copy of a node's data, taken while it runs.

The SQLite stores first, the history after: so a restored history is never behind the journal, and no
batch number that alarms were judged by is given twice.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from app import manifest
from app.copying import Look, copied, disk_errors, hashed, in_thread, settled, tidied, written
from app.data import DataFolder
from app.manifest import BackedUpFile, Manifest, Schemas, photo_of
from history.backup import Taken, tables_taken
from history.embedded import EmbeddedHistory
from history.segments import FOLDER as MONTHS
from storage import copies
from telemetry.errors import Conflict, Invalid, StoreError

_PARTIAL: Final = ".partial"
_SCRATCH: Final = "backup.partial"
_MB: Final = 1 << 20
_TARGET_MEND: Final = "free space there, or give this account the right to write there"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is whole."""

    path: Path
    manifest: Manifest
    seconds: float

    @property
    def words(self) -> list[str]:
        """What to tell who asked for it."""
        list_ = self.manifest
        lines = [
            f"{self.path}: {len(list_.files)} files, {list_.bytes / _MB:.1f} MB, through batch"
            f" {list_.last_batch}, in {self.seconds:.1f} s"
        ]
        if list_.schemas.people is None:
            lines.append("accounts are in PostgreSQL and not in this backup: take it with pg_dump, see docs")
        return lines


class Backups:
    """Takes backups of an open node, one at a time."""

    def __init__(self, data: DataFolder, plant: str, node: str, history: EmbeddedHistory) -> None:
        self._data = data
        self._plant = plant
        self._node = node
        self._history = history
        self._at_work = asyncio.Lock()

    async def take(self, to: Path, at: datetime) -> Made:
        """Take one into a folder, durably; StoreError or RequestError say why that cannot be done.

        Cancelled, it leaves nothing; killed, a folder `.partial`, which the next one removes.
        """
        if self._at_work.locked():
            raise Conflict("backup_runs", "another backup of this node is being taken; wait for it")
        began = time.monotonic()
        async with self._at_work:
            _refuse_bad_target(to, self._data.path)
            final = to / f"{self._plant}-{at:%Y%m%dT%H%M%SZ}"
            if final.exists():
                raise Conflict("backup_exists", f"{final}: is there already; take another in a second")
            with disk_errors(_TARGET_MEND):
                await asyncio.to_thread(_tidy_left, to, self._plant)
                with _partial(final) as partial, _scratch(self._data.path) as scratch:
                    made = await self._filled(partial, scratch, at)
                    partial.rename(final)
                settled(to)
        return Made(final, made, time.monotonic() - began)

    async def _filled(self, partial: Path, scratch: Path, at: datetime) -> Manifest:
        with self._history.month_files_kept():
            stores = await in_thread(lambda look: self._stores(partial, look))
            taken = await tables_taken(self._history, scratch)
            made = await in_thread(lambda look: self._finished(partial, scratch, stores, taken, at, look))
        return made

    def _stores(self, partial: Path, look: Look) -> list[BackedUpFile]:
        """Copy what is not the history."""
        found = []
        in_sqlite = make_url(self._data.people_url).get_backend_name() == "sqlite"
        for name in (manifest.NODE, *((manifest.PEOPLE,) if in_sqlite else ())):
            copies.copy(self._data.path / name, partial / name)
            settled(partial / name)
            found.append(_listed(partial, name, hashed(partial / name, look)))
        with suppress(FileNotFoundError):
            state = self._data.simulator_state.read_bytes()
            found.append(_listed(partial, manifest.SIMULATOR, written(partial / manifest.SIMULATOR, state)))
        # After the records that name them: a photo is on the disk before its record is written.
        return [*found, *_photos(partial, self._data.path / manifest.PHOTOS, look)]

    def _finished(
        self,
        partial: Path,
        scratch: Path,
        files: list[BackedUpFile],
        taken: Taken,
        at: datetime,
        look: Look,
    ) -> Manifest:
        """Bring the history over, and write down what there is."""
        _refuse_full(partial, scratch, taken)
        files = [*files, *_tables(partial, scratch, taken, look)]
        files += _months(partial, self._data.path / MONTHS, taken, look)
        files += _reports(partial, self._data.reports, look)
        sqlite = [name for name in (manifest.NODE, manifest.PEOPLE) if (partial / name).exists()]
        revisions = {name: copies.revision_of(partial / name, still=True) for name in sqlite}
        made = Manifest(
            format=manifest.FORMAT,
            version=version("outfall"),
            plant=self._plant,
            node=self._node,
            made_at=at.isoformat(timespec="seconds"),
            last_batch=taken.last_batch,
            schemas=Schemas(
                history=taken.schema, node=revisions[manifest.NODE], people=revisions.get(manifest.PEOPLE)
            ),
            rows={"history": taken.rows}
            | {name: copies.rows_of(partial / name, still=True) for name in sqlite},
            files=tuple(files),
        )
        content, hash_line = manifest.encoded(made)
        written(partial / manifest.NAME, content)
        written(partial / manifest.HASH_NAME, hash_line)
        settled(partial)
        return made


def _tables(partial: Path, scratch: Path, taken: Taken, look: Look) -> Iterator[BackedUpFile]:
    (partial / manifest.TABLES).mkdir(mode=0o700)
    for table in taken.rows:
        name = f"{manifest.TABLES}/{table}.parquet"
        source = scratch / f"{table}.parquet"
        yield _listed(partial, name, copied(source, partial / name, look))
        source.unlink()
    settled(partial / manifest.TABLES)


def _months(partial: Path, months: Path, taken: Taken, look: Look) -> Iterator[BackedUpFile]:
    (partial / manifest.MONTHS).mkdir(mode=0o700)
    for segment in taken.segments:
        name = f"{manifest.MONTHS}/{segment.file}"
        found = copied(months / segment.file, partial / name, look)
        if found != (segment.sha256, segment.bytes):
            raise StoreError(
                f"{months / segment.file}: is not as it was written, so no backup was taken; `outfall"
                " verify` says what else is wrong; put it back from an earlier backup's months/"
            )
        yield _listed(partial, name, found)
    settled(partial / manifest.MONTHS)


def _photos(partial: Path, photos: Path, look: Look) -> Iterator[BackedUpFile]:
    for source in sorted(photos.glob("??/*.jpg")):
        name = f"{manifest.PHOTOS}/{source.parent.name}/{source.name}"
        target = partial / name
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, parents=True)
            target.parent.parent.chmod(0o700)
        found = copied(source, target, look)
        if found[0] != photo_of(name):
            raise StoreError(
                f"{source}: is not as it was written, so no backup was taken; put it back from an earlier"
                f" backup's {manifest.PHOTOS}/"
            )
        yield _listed(partial, name, found)
    for folder in (partial / manifest.PHOTOS).glob("*"):
        settled(folder)
    if (partial / manifest.PHOTOS).is_dir():
        settled(partial / manifest.PHOTOS)


def _reports(partial: Path, reports: Path, look: Look) -> Iterator[BackedUpFile]:
    """Copy the reports that were made; one that is being made has no name yet."""
    for report in sorted(reports.glob("20*")):
        folder = partial / manifest.REPORTS / report.name
        folder.mkdir(mode=0o700, parents=True)
        for source in sorted(report.iterdir()):
            name = f"{manifest.REPORTS}/{report.name}/{source.name}"
            yield _listed(partial, name, copied(source, partial / name, look))
        settled(folder)
        settled(folder.parent)


def _listed(partial: Path, name: str, found: tuple[str, int]) -> BackedUpFile:
    return BackedUpFile(path=name, sha256=found[0], bytes=found[1])


def _refuse_bad_target(to: Path, data: Path) -> None:
    if to.resolve().is_relative_to(data.resolve()):
        raise Invalid(
            "target_in_data", f"{to}: lies in the data folder itself; name a folder on another disk"
        )
    if not to.is_dir():
        # Making it would fill the system's disk on the night the backup disk is not mounted.
        raise Invalid("target_missing", f"{to}: is no folder; make it, or mount its disk")
    if not os.access(to, os.W_OK | os.X_OK):
        raise Invalid("target_not_writable", f"{to}: this account may not write there; give it the right")


def _refuse_full(partial: Path, scratch: Path, taken: Taken) -> None:
    needed = sum(item.bytes for item in taken.segments)
    needed += sum(path.stat().st_size for path in scratch.iterdir())
    disk = os.statvfs(partial)
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise StoreError(
            f"{partial.parent}: the backup wants {needed // _MB + 1} MB, {free // _MB} are left on that disk;"
            " free space there"
        )


def _tidy_left(to: Path, plant: str) -> None:
    """Remove what killed backups of this plant left, but not one that is being taken."""
    for left in to.glob(f"{plant}-*Z{_PARTIAL}"):
        with suppress(BlockingIOError), _locked(left):
            tidied(left)


@contextmanager
def _partial(final: Path) -> Iterator[Path]:
    """Yield a new folder to fill, which is gone at the end unless it was given its name."""
    path = final.with_name(final.name + _PARTIAL)
    path.mkdir(mode=0o700)
    try:
        with _locked(path):
            yield path
    finally:
        tidied(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which a killed process does not; BlockingIOError while another does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # a network folder that knows no locks
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _scratch(data: Path) -> Iterator[Path]:
    """Yield an empty folder in the data folder, which is gone at the end."""
    path = data / _SCRATCH
    tidied(path)
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        tidied(path)
