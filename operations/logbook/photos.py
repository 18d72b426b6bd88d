"""The files of the logbook's photos, by their content: `photos/ab/cdef….jpg` is the photo abcdef….

A file is whole and on the disk before any record names it, never changed and never removed.
"""

import asyncio
import json
import logging
import os
import re
import signal
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import uuid4

from operations.child import ChildEnded, answer_of
from operations.logbook.records import Picture
from telemetry.errors import Invalid, NotFound, StoreError, TooMany

FOLDER: Final = "photos"
_NAME: Final = re.compile(r"[0-9a-f]{64}")
# Each holds what was sent.
_MOST_WAITING: Final = 4
_COME_AGAIN_S: Final = 5
_PATIENCE_S: Final = 30.0
_STOPPED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""How a process ends with its node, which says nothing of the photo."""
_MAKER: Final = "operations.logbook.pictures"
# Some 20 kB each.
_MOST_SMALL: Final = 200

logger = logging.getLogger(__name__)


class PhotoFiles:
    """Keeps photos in a folder, and has each made anew before: one at a time, since that takes memory."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self._turn = asyncio.Lock()
        self._waiting = 0
        # A thread of their own: a page of photos must not be what a push waits for.
        self._readers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="photos")
        self._small: OrderedDict[str, bytes] = OrderedDict()

    async def made(self, content: bytes) -> Picture:
        """Return a photo as it will be kept; Invalid, TooMany."""
        if self._waiting >= _MOST_WAITING:
            raise TooMany("photos_busy", "too many photos at once; try again shortly", _COME_AGAIN_S)
        self._waiting += 1
        try:
            async with self._turn:
                return await _made_anew(content)
        finally:
            self._waiting -= 1

    async def keep(self, picture: Picture) -> None:
        """Write a photo's file, durably, unless it is there; StoreError."""
        await asyncio.to_thread(self.keep_now, picture)

    async def read(self, name: str, *, as_small: bool = False) -> bytes:
        """Return a photo by its SHA-256; NotFound, StoreError where it is not as it was written."""
        loop = asyncio.get_running_loop()
        if not as_small:
            return await loop.run_in_executor(self._readers, self._read, name)
        found = self._small.get(name)
        if found is None:
            found = await loop.run_in_executor(self._readers, self._read_small, name)
        self._small[name] = found
        self._small.move_to_end(name)
        if len(self._small) > _MOST_SMALL:
            self._small.popitem(last=False)
        return found

    def close(self) -> None:
        """End the thread that reads, after what it is at."""
        self._readers.shutdown(wait=True, cancel_futures=True)

    def keep_now(self, picture: Picture) -> None:
        """Write a photo's file as `keep` does, in this thread."""
        final = self._path(picture.sha256)
        if final.exists():
            return
        try:
            self._write(final, picture.content)
        except OSError as error:
            raise StoreError(f"{final}: the photo was not kept: {error.strerror}") from error

    def _write(self, final: Path, content: bytes) -> None:
        for folder in (self._folder, final.parent):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                _settle(folder.parent)
        partial = final.with_name(f".{uuid4().hex}.partial")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(final)
        finally:
            with suppress(FileNotFoundError):
                partial.unlink()
        _settle(final.parent)

    def _read_small(self, name: str) -> bytes:
        return _small(self._read(name))

    def _read(self, name: str) -> bytes:
        missing = NotFound("photo_not_found", "there is no such photo")
        if not _NAME.fullmatch(name):
            raise missing
        file = self._path(name)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise missing from None
        except OSError as error:
            raise StoreError(f"{file}: {error.strerror}") from error
        if sha256(content).hexdigest() != name:
            raise StoreError(f"{file}: is not as it was written; put it back from a backup's {FOLDER}/")
        return content

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name[2:]}.jpg"


async def _made_anew(content: bytes) -> Picture:
    """Have a child make it: what a photo unfolds to must not take the memory that alarms are judged in."""
    too_much = Invalid("photo_too_large", "the photo unfolds to more than a camera takes")
    try:
        answer = await answer_of(_MAKER, content, _PATIENCE_S)
    except TimeoutError:
        raise StoreError(f"the photo was not made within {_PATIENCE_S:.0f} s; try again") from None
    except ChildEnded as ended:
        if ended.code < 0 and -ended.code not in _STOPPED:
            # It came to the end of what it may take, or the system took it for its memory.
            logger.warning("a photo is refused: the process that makes it was ended (%s)", ended)
            raise too_much from None
        logger.error("the process that makes photos ended: %s", ended)
        raise StoreError("the photo could not be made; the node's log says why") from None
    head, _, picture = answer.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise Invalid(told["refused"], told["why"])
    return Picture(picture, sha256(picture).hexdigest(), told["width"], told["height"])


def _small(content: bytes) -> bytes:
    from operations.logbook.pictures import small

    return small(content)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
