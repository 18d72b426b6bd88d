"""The folder a node keeps its data in.

readings.duckdb   readings of the open days, and the list of the month files
months/           readings of closed days and months, a Parquet file each
node.sqlite       alarm journal, snapshot, cursors
people.sqlite     accounts, unless OUTFALL_PEOPLE_URL names a PostgreSQL
simulator.json    the simulated plant's state (demo only)
photos/           the logbook's photos, by their content
past.json         when the demo began, until its history of the month before is complete
past/             days of that history on their way into the store
reports/          reports that were made, a folder each
control.sock      how the command line reaches the running node; only its owner may
node.lock         held while a node runs; names its process
reserve           room on the disk, given up when it is full so that alarms can be written
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from telemetry.errors import StoreError


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where each file of a node stands."""

    path: Path

    @property
    def readings(self) -> Path:
        """The time-series store."""
        return self.path / "readings.duckdb"

    @property
    def node(self) -> Path:
        """The node's own relational store."""
        return self.path / "node.sqlite"

    @property
    def people(self) -> Path:
        """Accounts."""
        return self.path / "people.sqlite"

    @property
    def simulator_state(self) -> Path:
        """The simulated plant's state."""
        return self.path / "simulator.json"

    @property
    def past(self) -> Path:
        """What is known of a demo's history that is not complete."""
        return self.path / "past.json"

    @property
    def control(self) -> Path:
        """The running node's socket."""
        return self.path / "control.sock"

    @property
    def reports(self) -> Path:
        """The reports that were made."""
        return self.path / "reports"

    @property
    def reserve(self) -> Path:
        """The room kept for when the disk is full."""
        return self.path / "reserve"

    @property
    def people_url(self) -> str:
        """URL of the accounts' store: OUTFALL_PEOPLE_URL, or SQLite here."""
        return os.environ.get("OUTFALL_PEOPLE_URL") or f"sqlite+pysqlite:///{self.people}"

    def create(self) -> None:
        """Make the folder, open to its owner alone; StoreError where that cannot be."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be used as data folder: {error.strerror}; name another with --data"
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process; StoreError while another node has it."""
        self.create()
        try:
            descriptor = os.open(self.path / "node.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be written: {error.strerror}; name another with --data"
            ) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
                raise StoreError(
                    f"{self.path}: another node (process {owner}) runs on this data; stop it, or name"
                    " another folder with --data"
                ) from error
            try:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            except OSError as error:
                raise StoreError(
                    f"{self.path}: cannot be written: {error.strerror}; free space, or name another with"
                    " --data"
                ) from error
            yield
        finally:
            os.close(descriptor)


def default_data(plant_id: str) -> Path:
    """Return the data folder of a plant where none is named."""
    named = os.environ.get("OUTFALL_DATA")
    if named:
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "outfall" / plant_id
