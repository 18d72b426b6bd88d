"""Whether a store's disk has room for what is to be written, and whether its log is long."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from history.database import Database
from telemetry.errors import StoreError

log = logging.getLogger(__name__)

_LOG_AT_MOST_MB: Final = 48
_ROOM_TO_COMPACT: Final = 4


class Room:
    """Leaves `spare_mb` of the disk to the rest of the node, and has a log of `log_mb` settled."""

    def __init__(self, database: Database, spare_mb: int, log_mb: float) -> None:
        self._database = database
        self._spare_mb = spare_mb
        self._log_mb = log_mb
        self._settle_at_mb = log_mb

    @property
    def has_spare(self) -> bool:
        """Whether there is more left than what is for the rest of the node."""
        return self._database.free_mb >= self._spare_mb

    def require_to_compact(self, folder: Path) -> None:
        """Raise StoreError where making files could take the space that readings need."""
        free_mb, needed_mb = self._database.free_mb, _ROOM_TO_COMPACT * self._spare_mb
        if free_mb < needed_mb:
            raise StoreError(
                f"{folder}: no files made: {free_mb} MB are left on this disk, it takes {needed_mb};"
                " free space on it"
            )

    def make(self, settle: Callable[[], None], reopen: Callable[[], None]) -> None:
        """Settle when the log is long; StoreError while the disk is too full to go on."""
        if not self.has_spare:
            raise StoreError(
                f"{self._database.file}: not written: {self._database.free_mb} MB are left on this disk,"
                f" of which {self._spare_mb} are for the rest of the node; free space on it"
            )
        log_mb = self._database.log_mb
        if log_mb < self._settle_at_mb:
            return
        try:
            settle()
        except StoreError as error:
            if log_mb > _LOG_AT_MOST_MB:
                raise
            if self._settle_at_mb == self._log_mb:
                log.warning("%s; readings are kept in its log meanwhile", error)
            self._settle_at_mb = log_mb + self._log_mb
            reopen()
        else:
            if self._settle_at_mb != self._log_mb:
                log.info("%s: checkpointed again", self._database.file)
            self._settle_at_mb = self._log_mb
