"""Snapshots of a store for whoever asks, in threads; month files stay while somebody reads them."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from history.database import Database
from history.month_writing import PART
from history.queries import Cursor, Snapshot
from history.segments import file_errors
from telemetry.errors import StoreError

_READERS: Final = 4
_MOST_READS: Final = 256
_INTERRUPT_EVERY_S: Final = 0.05

T = TypeVar("T")


class Snapshots:
    """Answers queries from anywhere, each of its own snapshot of the database and its month files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="history-reader")
        self._reads = 0
        self._closed = False
        self._sweeping = threading.Lock()
        self._keepers = 0
        self._drops = 0
        self._drops_at_start: dict[object, int] = {}

    def ask(self, query: Callable[[Snapshot], T]) -> T:
        """Run a query in the calling thread."""
        with self._cursor() as cursor:
            return query(Snapshot(cursor, self._folder))

    async def answer(self, query: Callable[[Snapshot], T]) -> T:
        """Run a query on a cursor of its own in a thread; a caller who gives up interrupts it."""
        if self._closed:
            raise StoreError(f"{self._database.file}: the history is closed")
        if self._reads >= _MOST_READS:
            raise StoreError(f"{self._database.file}: {self._reads} reads wait already; try again later")
        running: list[Cursor] = []

        def work() -> T:
            with self._cursor() as cursor:
                running.append(cursor)
                return query(Snapshot(cursor, self._folder))

        self._reads += 1
        reading = self._threads.submit(work)
        try:
            return await asyncio.wrap_future(reading)
        except asyncio.CancelledError:
            self._interrupt(reading, running)
            raise
        finally:
            self._reads -= 1

    def _interrupt(self, reading: Future[Any], running: Sequence[Cursor]) -> None:
        """End a read whoever asked for has given up; between two queries it does not notice, so again."""
        if reading.done():
            return
        for cursor in tuple(running):
            self._database.interrupt(cursor)
        asyncio.get_running_loop().call_later(_INTERRUPT_EVERY_S, self._interrupt, reading, running)

    @contextmanager
    def month_files_kept(self) -> Iterator[None]:
        """Delete no month file meanwhile, so that those a snapshot lists can be read after it."""
        with self._sweeping:
            self._keepers += 1
        try:
            yield
        finally:
            with self._sweeping:
                self._keepers -= 1

    def dropped(self) -> None:
        """Know that files were taken off the list: who reads since before may still have them on his."""
        with self._sweeping:
            self._drops += 1

    def sweep(self) -> None:
        """Delete files beside those that count: replaced ones, and what a killed run left."""
        kept = {item.file for item in self.ask(lambda snapshot: snapshot.segments.items)}
        with self._sweeping:
            if self._keepers or any(drops < self._drops for drops in self._drops_at_start.values()):
                return
        # Who comes from here on lists none of these.
        with file_errors(self._folder, "files that count no longer are not deleted"):
            for path in (*self._folder.glob("*.parquet"), *self._folder.glob(f"*.{PART}")):
                if path.name not in kept:
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """Answer no more; what is being answered ends with StoreError when the database closes."""
        self._closed = True
        self._threads.shutdown(wait=False)

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """Yield a cursor for a snapshot; the month files that it lists stay as long as it is there."""
        reader = object()
        with self._sweeping:
            self._drops_at_start[reader] = self._drops
        try:
            with self._database.cursor() as cursor:
                yield cursor
        finally:
            with self._sweeping:
                del self._drops_at_start[reader]
