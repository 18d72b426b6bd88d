"""The store of accounts and people's records, which may stand on a server that is not there.

    SQLite       opened at the start, in the node's own folder
    a server     opened and migrated beside the running node, and asked every few seconds whether it
                 still answers; while it does not, nobody waits for it, and its connections are cut

The node reads, keeps, judges and alarms without it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, TypeVar

from sqlalchemy import URL, Engine, literal, select

from operations.tables import account, account_audit, account_session
from storage.engine import is_sqlite, open_engine, shown
from storage.lines import Lines
from storage.migrate import LONGEST_S, is_newest, migrate
from storage.schema import StoreKind
from storage.unit_of_work import reading
from telemetry.errors import StoreAway, StoreError

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 5.0
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
# The server's own bounds come first: a statement that it ends itself leaves nothing behind in it.
_LOOK_S: Final = 4.0
_ANSWER_S: Final = 5.0
_STATEMENT_S: Final = 8.0
# PostgreSQL's word for what waiting alone does not mend: a password, a database, a right.
_REFUSAL: Final = "FATAL"
_PASSING: Final = ("is starting up", "is shutting down")

R = TypeVar("R")


class PeopleStore:
    """Opens the people's store; `engine` refuses with StoreAway, at once, while `away` says why it cannot.

    ConfigError for a URL that is none; a SQLite store is open when this returns, or StoreError says why not.
    """

    def __init__(self, url: URL | str) -> None:
        self._url = url
        self.on_server = not is_sqlite(url)
        self._lines = Lines("it is being opened" if self.on_server else None)
        self.engine: Engine = open_engine(url, self._lines, longest_s=_STATEMENT_S)
        self._begin_looking()
        self._told: bool | None = None
        self._when_open: list[Callable[[], None]] = []
        if not self.on_server:
            migrate(self.engine, StoreKind.PEOPLE)

    @property
    def away(self) -> str | None:
        """Why it cannot be asked, None while it can."""
        return self._lines.refusal

    def when_open(self, what: Callable[[], None]) -> None:
        """Have something done once, as soon as the store is open: now, or in a thread beside."""
        if self.away is None:
            what()
        else:
            self._when_open.append(what)

    async def open(self) -> None:
        """Open it now, as `outfall demo` does; StoreError says why that cannot be."""
        looking = self._looking
        if not await self._answer(lambda: _is_well(looking), _ANSWER_S):
            await self._answer(lambda: migrate(looking, StoreKind.PEOPLE), LONGEST_S)
        self._lines.let_in()
        while self._when_open:
            await self._answer(self._when_open[0], _ANSWER_S)
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
            await self.open()
        except StoreError as error:
            self._lost(str(error))
            return False
        if self._told is not None:
            logger.info("the people's store is there: people can sign in again")
        self._told = None
        return True

    def end(self) -> None:
        """Let nobody wait for a server any longer: the node stops."""
        if self.on_server:
            for lines in (self._lines, self._looking_lines):
                lines.cut("the node is stopping")

    def close(self) -> None:
        """Give its connections back."""
        self.end()
        self.engine.dispose()
        self._looking.dispose()

    def _begin_looking(self) -> None:
        # Whoever looks after it is let in, and never waits for those who use it.
        self._looking_lines = Lines()
        self._looking = open_engine(self._url, self._looking_lines, pooled=False, longest_s=_LOOK_S)

    async def _answer(self, question: Callable[[], R], patience_s: float) -> R:
        """Return the store's answer; StoreAway where none comes in time, and the connection is cut."""
        try:
            async with asyncio.timeout(patience_s):
                return await _beside(question)
        except TimeoutError:
            why = f"{shown(self.engine.url)}: does not answer"
            self._looking_lines.cut(why)
            self._begin_looking()
            raise StoreAway(why) from None

    def _lost(self, why: str) -> None:
        refused = _REFUSAL in why and not any(passing in why for passing in _PASSING)
        if self._told is not refused:
            mend = "mend OUTFALL_PEOPLE_URL or the server" if refused else "this is tried again"
            logger.error("nobody can sign in, all else goes on: %s; %s", why, mend)
        self._told = refused
        # Whoever waits on one of its connections is told, and those that are kept would be waited for.
        self._lines.cut(why)
        self.engine.dispose()


def _is_well(engine: Engine) -> bool:
    """Return whether the schema is the newest; StoreError where a table cannot be read, or is locked."""
    with reading(engine) as connection:
        if not is_newest(connection, StoreKind.PEOPLE):
            return False
        for table in (account, account_audit, account_session):
            connection.execute(select(literal(1)).select_from(table).limit(1))
    return True


def _beside(call: Callable[[], R]) -> Awaitable[R]:
    """Return what a call gives in a thread of its own, for which nothing waits when the node ends."""
    future: Future[R] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, name="people's store", daemon=True).start()
    return asyncio.wrap_future(future)
