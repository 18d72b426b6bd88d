"""A node's data with something of everything in it, for tests that back it up, damage and restore it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, insert, select

from app.build import Stores, opened_stores
from app.data import DataFolder
from config.demo import DEMO_FOLDER
from config.read import read_folder
from operations.access import Role
from operations.ledger import Ledger
from operations.logbook.photos import PhotoFiles
from operations.logbook.pictures import made_anew
from operations.logbook.records import LogKind, NewEntry
from operations.logbook.tables import log_entry
from operations.logbook.writing import LogbookWriter, Moment
from telemetry.clock import SystemClock
from tests.alarms.plants import T0
from tests.alarms.stores import WANG, entry, progress, transition
from tests.contracts.samples import batch_of
from tests.operations.logbook.images import photo

PLANT = read_folder(DEMO_FOLDER)
TAGS = ["AE_DO1", "AE_DO2"]
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


@contextmanager
def node_data(path: Path) -> Iterator[tuple[DataFolder, Stores]]:
    """Yield open stores: three days, two of them in month files, late samples, a journal, an account."""
    data = DataFolder(path)
    data.create()
    with opened_stores(data, PLANT) as stores:
        history = stores.history
        history.series_ids(PLANT.plant.id, TAGS)
        for day in range(3):
            rows = [(1, day * DAY_US + n * HOUR_US, n / 7, 192) for n in range(24)]
            history.commit(batch_of([*rows, (2, day * DAY_US, None, 24)]), (day + 1) * DAY_US)
        history.compact(2 * DAY_US, 2 * DAY_US)
        history.commit(batch_of([(1, 5 * HOUR_US, -0.0, 192), (1, 30, 4.0, 192)]), 3 * DAY_US)
        stores.journal.write([entry(transition(), actor=WANG, comment="值班长已知")], progress(), T0)
        stores.accounts.add("王磊", Role.OPERATOR, "long enough 1", by="test")
        _log(stores, path)
        data.simulator_state.write_text("{}")
        yield data, stores


@contextmanager
def reopened(path: Path) -> Iterator[Stores]:
    """Yield the stores of such data again."""
    with opened_stores(DataFolder(path), PLANT) as stores:
        stores.history.series_ids(PLANT.plant.id, TAGS)
        yield stores


def _log(stores: Stores, path: Path) -> None:
    """Write a log entry with a photo, as the logbook does."""
    ledger = Ledger(stores.people.engine, SystemClock(), plant=PLANT.plant.id, node=PLANT.node)
    entry_id = write_a_log_entry(ledger)
    picture = made_anew(photo())
    PhotoFiles(path).keep_now(picture)
    LogbookWriter(ledger, PLANT.plant).photo(entry_id, picture, WANG)


def write_a_log_entry(ledger: Ledger) -> UUID:
    """Write an entry as the logbook does, and return its id."""
    new = NewEntry(UUID(int=1), LogKind.EVENT, "泡沫增多")
    LogbookWriter(ledger, PLANT.plant).entry(new, Moment(T0, None, (), ()), (), WANG)
    return new.id


def put_past_the_ledger(engine: Engine) -> None:
    """Copy a log entry as whoever owns the database can, without a line of the ledger."""
    with engine.begin() as connection:
        row = dict(connection.execute(select(log_entry)).mappings().one())
        again = {"id": UUID(int=9), "entry": UUID(int=9), "thread": UUID(int=9), "alarm": None}
        connection.execute(insert(log_entry).values(row | again))
