"""Reports that were made, in the data folder: what was sent is there as it was sent.

reports/2026-10-5f0c2ad91b7e/     month and the beginning of the JSON's SHA-256
  about.json                      when and by whom it was made, and the hash of each file
  inputs.json                     what it was computed from
  report.json                     the report
  report.{zh,en}.{pdf,xlsx,html}

A report of a month that had gone by is never removed, and there are fifty at most; of one in course the
newest few are kept.
A description that cannot be read hides its own report only: the log says so, and asking for it does.
"""

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from reports.inputs import sha256
from reports.making import file_name
from storage.ids import uuid7
from telemetry.errors import Conflict, NotFound, RequestError, StoreError

logger = logging.getLogger(__name__)

ABOUT: Final = "about.json"
_ID: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])-[0-9a-f]{12}", re.ASCII)
_PARTIAL: Final = ".partial-"
_MOST_PROVISIONAL: Final = 10
MOST_OF_A_MONTH: Final = 50
ROOM_MB: Final = 64
_MB: Final = 1 << 20


class ReportNotMade(RequestError):
    """A report cannot be made as things stand; the message says why, and what to do."""

    status = 503


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of a report."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class About:
    """A report that was made; `by` is None for what the node or the command line made."""

    id: str
    plant: str
    month: str
    made_us: int
    through_us: int
    provisional: bool
    by: str | None
    by_id: UUID | None
    version: str
    inputs_sha256: str
    ledger_head: str | None
    journal_head: str | None
    lacking: str
    files: dict[str, FileOf]


_ABOUT: Final = TypeAdapter(About)


class Archive:
    """The reports of a data folder. Calls block, and raise StoreError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unreadable: frozenset[str] = frozenset()

    def listed(self) -> list[About]:
        """Return what was made, the newest month first, and of a month the newest report."""
        try:
            paths = [path for path in self._folder.glob(f"20*/{ABOUT}") if _ID.fullmatch(path.parent.name)]
        except OSError as error:
            raise StoreError(f"{self._folder}: {error.strerror}") from error
        found: list[About] = []
        unreadable: dict[str, StoreError] = {}
        for path in paths:
            try:
                about = _read(path)
            except StoreError as error:
                unreadable[path.parent.name] = error
            else:
                found += [] if about is None else [about]
        for name in sorted(unreadable.keys() - self._unreadable):
            logger.error("report %s is not listed: %s", name, unreadable[name])
        self._unreadable = frozenset(unreadable)
        return sorted(found, key=lambda about: (about.month, about.made_us, about.id), reverse=True)

    def check_room(self, month: str) -> None:
        """Raise Conflict where a month has as many reports as are kept of it, ReportNotMade for no disk."""
        self._check_disk()
        whole = sum(about.month == month and not about.provisional for about in self.listed())
        if whole >= MOST_OF_A_MONTH:
            raise Conflict(
                "too_many_reports", f"there are {whole} reports of {month} already: one of them will do"
            )

    def _check_disk(self) -> None:
        there = self._folder if self._folder.exists() else self._folder.parent
        try:
            disk = os.statvfs(there)
        except OSError as error:
            raise StoreError(f"{there}: {error.strerror}") from error
        free_mb = disk.f_bavail * disk.f_frsize // _MB
        if free_mb < ROOM_MB:
            raise ReportNotMade(
                "report_no_room",
                f"{free_mb} MB are left on the disk of {there}, and {ROOM_MB} must be, so that a report takes"
                " no room from readings: free space on it, then make the report again",
            )

    def about(self, report: str) -> About:
        """Return a report's description; NotFound for none."""
        found = _read(self._folder / report / ABOUT) if _ID.fullmatch(report) else None
        if found is None:
            raise NotFound(
                "report_not_found", f"there is no report {report[:40]!r}; the list has those there are"
            )
        return found

    def file(self, report: str, kind: str, language: str) -> tuple[str, bytes]:
        """Return a file's name and content; StoreError where it is not as it was written."""
        about, name = self.about(report), file_name(kind, language)
        path = self._folder / about.id / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}; put it back from a backup") from error
        if name not in about.files or sha256(content) != about.files[name].sha256:
            raise StoreError(f"{path}: was changed after it was written; put it back from a backup")
        return name, content

    def path(self, report: str, kind: str, language: str) -> Path:
        """Return where a file of a report stands."""
        return self._folder / self.about(report).id / file_name(kind, language)

    @contextmanager
    def partial(self) -> Iterator[Path]:
        """Yield a folder to write a report's files into; it is gone at the end unless it was kept."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            for left in self._folder.glob(f"{_PARTIAL}*"):
                shutil.rmtree(left, ignore_errors=True)
            path = self._folder / f"{_PARTIAL}{uuid7(0).hex}"
            path.mkdir(mode=0o700)
        except OSError as error:
            raise StoreError(f"{self._folder}: cannot be written: {error.strerror}; free space") from error
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def keep(self, partial: Path, about: About) -> None:
        """Give a report its name, durably; an equal one that is there already stays."""
        try:
            text = json.dumps(asdict(about), ensure_ascii=False, sort_keys=True, default=str, indent=1)
            with (partial / ABOUT).open("w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            _settled(partial)
            if not (self._folder / about.id).exists():
                partial.rename(self._folder / about.id)
            _settled(self._folder)
        except OSError as error:
            raise StoreError(f"{self._folder}: cannot be written: {error.strerror}; free space") from error
        self._let_go(about.month)

    def _let_go(self, month: str) -> None:
        """Remove the oldest of a month's provisional reports beyond those that are kept."""
        provisional = [about for about in self.listed() if about.month == month and about.provisional]
        for about in provisional[_MOST_PROVISIONAL:]:
            shutil.rmtree(self._folder / about.id, ignore_errors=True)


def report_id(month: str, report_sha256: str) -> str:
    """Return the id of a report: its month and the beginning of its hash."""
    return f"{month}-{report_sha256[:12]}"


def _read(path: Path) -> About | None:
    try:
        return _ABOUT.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(f"{path}: cannot be read; put it back from a backup") from error


def _settled(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def told(value: Any) -> dict[str, FileOf]:
    """Return the files that the child told of."""
    return {str(name): FileOf(str(of["sha256"]), int(of["bytes"])) for name, of in dict(value).items()}
