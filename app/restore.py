"""`outfall restore BACKUP --data DIR`: a data folder made of a backup, or nothing.

Every file is hashed as it is copied, every table's rows are counted; the folder gets its name at the
end. Where the data folder is a disk of its own, which cannot be renamed, the files move into it from
`restore.partial` there, node.sqlite last.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app import manifest
from app.copying import Look, copied, disk_errors, go_on, hashed, settled, tidied
from app.data import DataFolder
from app.manifest import BackedUpFile, Manifest, photo_of, read_manifest, size_wrong
from app.photos_named import photos_named
from history.backup import build, rows_in, segments_in
from storage import copies
from telemetry.errors import Invalid, StoreError

_INSIDE: Final = "restore.partial"
_MB: Final = 1 << 20
_MEND: Final = "free space there, or give this account the right to write there"


def restore(backup: Path, data: Path) -> int:
    """Restore a backup into a folder that is empty or not there; StoreError says what is wrong."""
    made = restored(backup, data)
    _say(f"{data}: {made.plant} ({made.node}) as of {made.made_at}, through batch {made.last_batch}")
    if made.schemas.people is None:
        _say("accounts are not in this backup: restore their PostgreSQL, and set OUTFALL_PEOPLE_URL")
    return 0


def restored(backup: Path, data: Path) -> Manifest:
    """Do so and return what the backup was."""
    made = read_manifest(backup)
    _refuse_taken(data)
    with disk_errors(_MEND):
        _refuse_full(data, made)
        with _partial(data) as partial:
            _copy(backup, partial, made, go_on)
            check_contents(partial, made)
            build(
                DataFolder(partial).readings,
                partial / manifest.TABLES,
                made.schemas.history,
                made.rows["history"],
            )
            DataFolder(partial).readings.chmod(0o600)
            tidied(partial / manifest.TABLES)
            for path in (*partial.iterdir(), partial):
                settled(path)
            _put_in_place(partial, data)
    return made


def check_backup(backup: Path, look: Look = go_on) -> Manifest:
    """Look through a backup; StoreError names the first file that is not as it was written."""
    made = read_manifest(backup)
    _check_sizes(backup, made)
    for file in made.files:
        with disk_errors("take another backup"):
            _refuse_changed(backup, file, hashed(backup / file.path, look))
    check_contents(backup, made)
    return made


def check_contents(folder: Path, made: Manifest) -> None:
    """Count the rows of everything, and look whether the month files are those that are listed."""
    for name in (manifest.NODE, manifest.PEOPLE):
        if made.has(name):
            _refuse_rows(folder / name, copies.rows_of(folder / name, still=True), made.rows[name])
            if found := copies.mistakes(folder / name, still=True):
                raise StoreError(f"{folder / name}: {found[0]}; take another backup")
    tables = folder / manifest.TABLES
    for table, rows in made.rows["history"].items():
        file = tables / f"{table}.parquet"
        if (found_rows := rows_in(file)) != rows:
            raise StoreError(f"{file}: has {found_rows} rows, {rows} were written; take another backup")
    hashes = {file.path: file.sha256 for file in made.files}
    for path, digest in hashes.items():
        if path.startswith(f"{manifest.PHOTOS}/") and photo_of(path) != digest:
            raise StoreError(f"{folder / path}: is not the photo that its name says; take another backup")
    if made.has(manifest.PEOPLE):
        for path in photos_named(folder / manifest.PEOPLE, still=True):
            if path not in hashes:
                raise StoreError(f"{folder / path}: is not there, but the log names it; take another backup")
    for segment in segments_in(tables / "segments.parquet"):
        file = folder / manifest.MONTHS / segment.file
        if hashes.get(f"{manifest.MONTHS}/{segment.file}") != segment.sha256:
            raise StoreError(f"{file}: is not the month file that was listed; take another backup")
        if (found_rows := rows_in(file)) != segment.rows:
            raise StoreError(f"{file}: has {found_rows} rows, {segment.rows} were listed")


def _refuse_rows(file: Path, found: object, rows: object) -> None:
    if found != rows:
        raise StoreError(f"{file}: its tables have {found} rows, {rows} were written; take another backup")


def _copy(backup: Path, partial: Path, made: Manifest, look: Look) -> None:
    _check_sizes(backup, made)
    for folder in (manifest.TABLES, manifest.MONTHS):
        (partial / folder).mkdir(mode=0o700)
    photos = {partial / file.path for file in made.files if file.path.startswith(f"{manifest.PHOTOS}/")}
    folders = {photo.parent for photo in photos}
    for parent in sorted({each.parent for each in folders}) + sorted(folders):
        parent.mkdir(mode=0o700)
    reports = {(partial / file.path).parent for file in made.files if file.path.startswith(manifest.REPORTS)}
    for report in sorted(reports):
        report.mkdir(mode=0o700, parents=True)
    for file in made.files:
        _refuse_changed(backup, file, copied(backup / file.path, partial / file.path, look))
    for filled in (partial / manifest.MONTHS, *folders):
        settled(filled)
    for report in (*reports, *((partial / manifest.REPORTS,) if reports else ())):
        settled(report)


def _check_sizes(backup: Path, made: Manifest) -> None:
    for file in made.files:
        if wrong := size_wrong(backup, file):
            raise StoreError(f"{backup / file.path}: {wrong}; take another backup")


def _refuse_changed(backup: Path, file: BackedUpFile, found: tuple[str, int]) -> None:
    if found != (file.sha256, file.bytes):
        raise StoreError(f"{backup / file.path}: is not as it was written; take another backup")


def _refuse_taken(data: Path) -> None:
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise Invalid("data_taken", f"{data}: is no folder; name another with --data")
    if data.is_dir() and [item for item in data.iterdir() if item.name not in (_INSIDE, "lost+found")]:
        raise Invalid("data_taken", f"{data}: is not empty; name another with --data, or move it away first")


def _refuse_full(data: Path, made: Manifest) -> None:
    at = data.absolute()
    while not at.exists():
        at = at.parent
    # The tables take more in the store than in the backup, and stand there twice for a while.
    needed = made.bytes + 3 * sum(file.bytes for file in made.files if file.path.startswith(manifest.TABLES))
    disk = os.statvfs(at)
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise StoreError(
            f"{data}: wants {needed // _MB + 1} MB, {free // _MB} are left on that disk; free space there"
        )


@contextmanager
def _partial(data: Path) -> Iterator[Path]:
    """Yield a new folder to fill, beside the data folder or on it; it is gone at the end."""
    path = data / _INSIDE if data.is_mount() else data.with_name(f"{data.name}.{_INSIDE}")
    tidied(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        tidied(path)


def _put_in_place(partial: Path, data: Path) -> None:
    """Give the folder its name; one that has become other than empty is refused by the system."""
    if partial.parent != data:
        partial.rename(data)
    else:
        for item in sorted(partial.iterdir(), key=lambda item: item.name == manifest.NODE):
            item.rename(data / item.name)
        settled(data)
    settled(data.parent)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
