"""The disk of a node's data: how much is left on it, and the reserve kept there for when it is full."""

import os
from pathlib import Path
from typing import Final

RESERVE_MB: Final = 16
_MB: Final = 1 << 20


class DataDisk:
    """The disk a data folder lies on. The reserve is a file that takes room and holds nothing.

    When nothing can be written any more it is removed, so that an alarm can be: a few samples in the
    history's log, a few records in the journal.
    """

    def __init__(self, reserve: Path) -> None:
        self._reserve = reserve

    @property
    def free_mb(self) -> float:
        """Whole MB left to this account; NaN where the disk does not say."""
        try:
            disk = os.statvfs(self._reserve.parent)
        except OSError:
            return float("nan")
        return float(disk.f_bavail * disk.f_frsize // _MB)

    @property
    def reserved(self) -> bool:
        """Whether the reserve is held."""
        return self._reserve.exists()

    def reserve(self) -> bool:
        """Take the room, if it is not held yet; False where there is none."""
        if self._is_whole():
            return True
        try:
            descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_MB * _MB)
            finally:
                os.close(descriptor)
        except OSError:
            self.give_up()
            return False
        return True

    def give_up(self) -> bool:
        """Give the room back to the disk; False where there was none to give."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _is_whole(self) -> bool:
        try:
            return self._reserve.stat().st_blocks * 512 >= RESERVE_MB * _MB
        except OSError:
            return False
