"""What is in a backup.

fangcheng1-20261121T020000Z/     PLANT-TIME, UTC; `.partial` behind it until it is whole
  manifest.json                  this
  manifest.json.sha256           of it, as `sha256sum -c` takes it
  node.sqlite                    alarm journal, snapshot, cursors
  people.sqlite                  accounts, unless they are in PostgreSQL
  simulator.json                 the simulated plant's state (demo only)
  tables/TABLE.parquet           the history's tables
  months/….parquet               its month files
  photos/ab/….jpg                the logbook's photos, by their content
  reports/2026-10-…/…            the reports that were made, a folder each
"""

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from telemetry.errors import StoreError

FORMAT: Final = 2
"""1: without photos."""
NAME: Final = "manifest.json"
HASH_NAME: Final = "manifest.json.sha256"
NODE: Final = "node.sqlite"
PEOPLE: Final = "people.sqlite"
SIMULATOR: Final = "simulator.json"
TABLES: Final = "tables"
MONTHS: Final = "months"
PHOTOS: Final = "photos"
REPORTS: Final = "reports"

_PHOTO_FILE: Final = r"photos/[0-9a-f]{2}/[0-9a-f]{62}\.jpg"
_REPORT_FILE: Final = r"reports/20\d\d-[01]\d-[0-9a-f]{12}/\w[\w.]*"
_FILE: Final = (
    r"^(node\.sqlite|people\.sqlite|simulator\.json|(tables|months)/[\w-][\w.-]*"
    rf"|{_PHOTO_FILE}|{_REPORT_FILE})$"
)


_Word = Annotated[str, Field(pattern=r"^[\w.+: -]{1,80}$")]
"""What is shown to who restores it: a backup may be anybody's."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackedUpFile(_Part):
    """A file of the backup, by its path within it."""

    path: str = Field(pattern=_FILE)
    bytes: int = Field(ge=0)
    sha256: str


class Schemas(_Part):
    """How far each store's schema had come; `people` is None where it is not in the backup."""

    history: int
    node: str
    people: str | None


class Manifest(_Part):
    """A backup's list of what is in it. Rows are by table: of the history, and of each SQLite file."""

    format: int = Field(ge=1)
    version: _Word
    plant: _Word
    node: _Word
    made_at: _Word
    last_batch: int = Field(ge=0)
    schemas: Schemas
    rows: Mapping[str, Mapping[str, int]]
    files: tuple[BackedUpFile, ...]

    @field_validator("files")
    @classmethod
    def _each_once(cls, files: tuple[BackedUpFile, ...]) -> tuple[BackedUpFile, ...]:
        if len({file.path for file in files}) < len(files):
            raise ValueError("a file stands there twice")
        return files

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    def has(self, path: str) -> bool:
        """Whether a file is in the backup."""
        return any(file.path == path for file in self.files)


def encoded(manifest: Manifest) -> tuple[bytes, bytes]:
    """Return the manifest and the file with its hash."""
    content = manifest.model_dump_json(indent=1).encode() + b"\n"
    return content, f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode()


def read_manifest(backup: Path) -> Manifest:
    """Return a backup's manifest; StoreError where it is none, was changed, or is too new."""
    if backup.name.endswith(".partial"):
        raise StoreError(f"{backup}: was not finished; take another backup")
    file = backup / NAME
    try:
        content, given = file.read_bytes(), (backup / HASH_NAME).read_bytes()
    except FileNotFoundError as error:
        raise StoreError(
            f"{error.filename}: is not there; {backup} is no whole backup, take another"
        ) from error
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from error
    if not re.fullmatch(rb"[0-9a-f]{64}  manifest\.json\n", given):
        raise StoreError(f"{backup / HASH_NAME}: is not as it was written; take another backup")
    if hashlib.sha256(content).hexdigest().encode() != given[:64]:
        raise StoreError(f"{file}: is not as it was written; take another backup")
    try:
        return _understood(content, file)
    except ValidationError as error:
        raise StoreError(f"{file}: is not understood: {error.errors()[0]['msg']}") from error


class _Format(BaseModel):
    format: int = Field(ge=1, le=1_000_000)


def _understood(content: bytes, file: Path) -> Manifest:
    found = _Format.model_validate_json(content).format
    if found > FORMAT:
        raise StoreError(
            f"{file}: format {found} is not known here: it was written by a newer Outfall; take that one"
        )
    return Manifest.model_validate_json(content)


def photo_of(path: str) -> str:
    """Return the SHA-256 that a photo's path says, photos/ab/cdef….jpg."""
    return "".join(path.removesuffix(".jpg").split("/")[1:])


def size_wrong(backup: Path, file: BackedUpFile) -> str | None:
    """Return what is wrong with a file before it is read, or None."""
    try:
        found = os.lstat(backup / file.path)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return str(error.strerror)
    if not stat.S_ISREG(found.st_mode):
        return "is no regular file"
    return None if found.st_size == file.bytes else f"has {found.st_size} bytes, {file.bytes} were written"
