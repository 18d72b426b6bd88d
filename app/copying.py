"""Files copied, hashed on the way, and on the disk for good; for their owner alone."""

import asyncio
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from telemetry.errors import StoreError

Look = Callable[[], None]
"""Called every now and then by what takes long; raises to end it, or waits to slow it down."""

T = TypeVar("T")

_CHUNK: Final = 1 << 20


class GivenUp(Exception):
    """Whoever asked does not want it any more."""


def copied(source: Path, target: Path, look: Look) -> tuple[str, int]:
    """Copy a file into a new one, durably; return SHA-256 and size of what was read."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, new_file(target) as descriptor:
        while chunk := reading.read(_CHUNK):
            look()
            digest.update(chunk)
            size += len(chunk)
            _write(descriptor, chunk)
    return digest.hexdigest(), size


def hashed(file: Path, look: Look) -> tuple[str, int]:
    """Return SHA-256 and size of a file."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as reading:
        while chunk := reading.read(_CHUNK):
            look()
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def written(target: Path, content: bytes) -> tuple[str, int]:
    """Write a new file, durably; return its SHA-256 and size."""
    with new_file(target) as descriptor:
        _write(descriptor, content)
    return hashlib.sha256(content).hexdigest(), len(content)


@contextmanager
def new_file(path: Path) -> Iterator[int]:
    """Yield the descriptor of a file that was not there, which is synced at the end."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settled(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk for good."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(mend: str) -> Iterator[None]:
    """Turn what the operating system refuses into StoreError with a mend."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or ''}: {error.strerror}; {mend}".removeprefix(": ")) from error


def tidied(path: Path) -> None:
    """Remove a folder with all that is in it, if it is there, as far as that can be done."""
    shutil.rmtree(path, ignore_errors=True)


def go_on() -> None:
    """Neither end nor slow down."""


async def in_thread(work: Callable[[Look], T]) -> T:
    """Run work in a thread; who is cancelled has it end at its next look, and waits for that."""
    over = threading.Event()

    def look() -> None:
        if over.is_set():
            raise GivenUp

    running = asyncio.ensure_future(asyncio.to_thread(work, look))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        over.set()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # has been seen
        raise


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
