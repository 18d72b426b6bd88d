"""A DuckDB file: how it is opened, shared between threads, and opened anew after a fatal error.

One connection writes, in one thread; every read has a cursor of its own. A failed checkpoint (a full
disk) makes DuckDB refuse everything until the file is opened again, which needs all cursors closed.
Nobody may open the file by other means meanwhile: closing it would drop this process' lock.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from history.segments import DAMAGE_MEND
from telemetry.errors import StoreError

_PATIENCE_S: Final = 30.0
_INTERRUPT_EVERY_S: Final = 0.05
_MB: Final = 1 << 20
_DAMAGED: Final = re.compile(r"[Cc]orrupt|checksum|No magic bytes|No files found|too small to be a Parquet")
_LOCKED: Final = re.compile(r"Conflicting lock is held.*?\(PID (\d+)\)")


class Database:
    """An open file. Errors of DuckDB leave here as StoreError, naming the file."""

    def __init__(self, file: Path, memory_limit_mb: int) -> None:
        self.file = file
        self.broken = False
        self._memory_limit_mb = memory_limit_mb
        self._root: duckdb.DuckDBPyConnection | None = None
        self._writer: duckdb.DuckDBPyConnection | None = None
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._changed = threading.Condition()
        self._create_folder()
        self._connect()

    @property
    def free_mb(self) -> int:
        """Space left to this account on the file's disk."""
        try:
            disk = os.statvfs(self.file.parent)
        except OSError as error:
            raise StoreError(f"{self.file.parent}: {error.strerror}") from error
        return disk.f_bavail * disk.f_frsize // _MB

    @property
    def log_mb(self) -> float:
        """How long the write-ahead log is."""
        try:
            return os.path.getsize(f"{self.file}.wal") / _MB
        except OSError:
            return 0.0

    def writer(self) -> duckdb.DuckDBPyConnection:
        """Return the connection that writes; another one after `reopen`."""
        if self._writer is None:
            raise StoreError(f"{self.file}: the history is closed")
        return self._writer

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor to read with, in any thread; its results must be drained within."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self.broken, _PATIENCE_S):
                raise StoreError(f"{self.file}: not read: it could not be opened again yet")
            if self._root is None:
                raise StoreError(f"{self.file}: the history is closed")
            cursor = self._root.cursor()
            self._cursors.add(cursor)
        try:
            with self.errors("not read"):
                yield cursor
        finally:
            with self._changed:
                cursor.close()
                self._cursors.discard(cursor)
                self._changed.notify_all()

    def interrupt(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """End what a cursor of another thread is at, if it still is."""
        # Opening the file again holds the lock for a while, and then interrupts everybody anyway.
        if self._changed.acquire(timeout=0.005):
            try:
                if cursor in self._cursors:
                    cursor.interrupt()
            finally:
                self._changed.release()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the writing connection; what it wrote is synced at the end, or leaves no trace."""
        connection = self.writer()
        with self.errors("not written"):
            connection.execute("BEGIN")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn DuckDB's errors into StoreError, and notice those after which it refuses everything."""
        try:
            yield
        except duckdb.Error as error:
            if isinstance(error, duckdb.FatalException | duckdb.InternalException):
                self.broken = True
            mend = f"; {DAMAGE_MEND}" if _DAMAGED.search(str(error)) else ""
            raise StoreError(f"{self.file}: {what}: {_first_line(error)}{mend}") from error

    def checkpoint(self) -> None:
        """Move what is in the write-ahead log into the file."""
        with self.errors("not checkpointed"):
            self.writer().execute("CHECKPOINT")

    def reopen(self) -> None:
        """Open the file again after a fatal error; StoreError while that fails, then try again."""
        with self._changed:
            self.broken = True
            self._let_readers_go()
            self._disconnect()
            self._connect()
            self.broken = False
            self._changed.notify_all()

    def close(self) -> None:
        """Interrupt who reads, and close."""
        with self._changed:
            self._let_readers_go()
            self._disconnect()

    def _let_readers_go(self) -> None:
        for _ in range(int(_PATIENCE_S / _INTERRUPT_EVERY_S)):
            for cursor in self._cursors:
                cursor.interrupt()
            # A reader between two queries does not notice, so it is told again.
            if self._changed.wait_for(lambda: not self._cursors, _INTERRUPT_EVERY_S):
                return
        raise StoreError(f"{self.file}: {len(self._cursors)} reads do not end")

    def _disconnect(self) -> None:
        connections = (self._writer, self._root)
        self._writer = self._root = None
        for connection in connections:
            if connection is not None:
                with suppress(duckdb.Error):
                    connection.close()

    def _connect(self) -> None:
        try:
            root = duckdb.connect(self.file, config=self._config())
            for statement in self._settings():
                root.execute(statement)
        except duckdb.Error as error:
            raise _refusal(self.file, error) from error
        self._root, self._writer = root, root.cursor()

    def _config(self) -> dict[str, str | bool | int | float | list[str]]:
        return {
            # One thread a query: sums run in one order. Readers in threads of their own run beside it.
            "threads": 1,
            "async_threads": 1,
            "memory_limit": f"{self._memory_limit_mb}MB",
            # A checkpoint may not surprise a commit: `EmbeddedHistory` says when.
            "checkpoint_threshold": "1TB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }

    def _settings(self) -> tuple[str, ...]:
        folder = str(self.file.parent.absolute()).replace("'", "''")
        return (
            f"SET temp_directory = '{folder}/tmp'",
            f"SET allowed_directories = ['{folder}/']",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        )

    def _create_folder(self) -> None:
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.file.parent}: the folder cannot be made: {error.strerror}; name another one with"
                " --data, or give this account the right to it"
            ) from error


def _refusal(file: Path, error: duckdb.Error) -> StoreError:
    """Return what to tell whoever tried to open a file; it was not changed."""
    text = str(error)
    if found := _LOCKED.search(text):
        return StoreError(f"{file}: process {found[1]} has it open; end that node first, or ask it instead")
    if "Could not set lock" in text:
        return StoreError(f"{file}: another process has it open; end that node first, or ask it instead")
    if "different configuration" in text:
        return StoreError(f"{file}: this process has it open already")
    if "Permission denied" in text or "Read-only file system" in text:
        return StoreError(f"{file}: {_first_line(error)}; give this account the right to write there")
    if "No space left" in text or "File too large" in text or "quota" in text:
        return StoreError(f"{file}: {_first_line(error)}; free space on this disk")
    if "version number" in text or "newer version" in text:
        return StoreError(
            f"{file}: {_first_line(error)}; it was written by a newer Outfall, so start that one or"
            " restore a backup"
        )
    if "replaying WAL" in text:
        return StoreError(
            f"{file}.wal: {_first_line(error)}; restore a backup, or move this file away, which loses the"
            " readings of the last minutes"
        )
    return StoreError(f"{file}: {_first_line(error)}; restore a backup: the file was left as it is")


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0].strip()
