"""The store of accounts and people's records, which may stand on a server that is not there.

    SQLite       opened at the start, in the node's own folder
    a server     opened and migrated beside the running node, and asked every few seconds whether it is
                 still there; while it is not, nobody waits for a connection to it

The node reads, keeps, judges and alarms without it.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final

from sqlalchemy import URL, Engine

from storage.engine import is_sqlite, open_engine
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.errors import StoreAway, StoreError

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 5.0
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
# PostgreSQL's word for what waiting alone does not mend: a password, a database, a right.
_REFUSAL: Final = "FATAL"
_PASSING: Final = ("is starting up", "is shutting down")


class PeopleStore:
    """Opens the people's store; `engine` refuses with StoreAway, at once, while `away` says why it cannot.

    ConfigError for a URL that is none; a SQLite store is open when this returns, or StoreError says why not.
    """

    def __init__(self, url: URL | str) -> None:
        self.on_server = not is_sqlite(url)
        self.engine: Engine = open_engine(url, self._admit)
        # Whoever looks after it is let in, and never waits for those who use it.
        self._looking = open_engine(url, pooled=False)
        self.away: str | None = "it is being opened" if self.on_server else None
        self._told: bool | None = None
        self._when_open: list[Callable[[], None]] = []
        if not self.on_server:
            migrate(self.engine, StoreKind.PEOPLE)

    def when_open(self, what: Callable[[], None]) -> None:
        """Have something done once, as soon as the store is open: now, or from the thread that opens it."""
        if self.away is None:
            what()
        else:
            self._when_open.append(what)

    def open(self) -> None:
        """Open it now, as `outfall demo` does; StoreError says why that cannot be."""
        migrate(self._looking, StoreKind.PEOPLE)
        self.away = None
        while self._when_open:
            self._when_open[0]()
            del self._when_open[0]

    async def run(self) -> None:
        """Look after a server until cancelled: soon again while it is away, then ever more seldom."""
        wait_s = _FIRST_WAIT_S
        while True:
            if await self.look():
                wait_s = _FIRST_WAIT_S
                await asyncio.sleep(_LOOK_EVERY_S)
            else:
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def look(self) -> bool:
        """Look once whether it is there and up to date, and say in the log what changed; return whether."""
        try:
            await asyncio.to_thread(self.open)
        except StoreError as error:
            self._lost(str(error))
            return False
        if self._told is not None:
            logger.info("the people's store is there: people can sign in again")
        self._told = None
        return True

    def close(self) -> None:
        """Give its connections back."""
        self.engine.dispose()
        self._looking.dispose()

    def _admit(self) -> None:
        if self.away is not None:
            raise StoreAway(self.away)

    def _lost(self, why: str) -> None:
        refused = _REFUSAL in why and not any(passing in why for passing in _PASSING)
        if self._told is not refused:
            mend = "mend OUTFALL_PEOPLE_URL or the server" if refused else "this is tried again"
            logger.error("nobody can sign in, all else goes on: %s; %s", why, mend)
        self._told = refused
        self.away = why
        # What is kept of its connections would each be waited for once.
        self.engine.dispose()
