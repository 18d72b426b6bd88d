"""Sends one message to one target, in a thread of its own: what hangs there holds nobody else up."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from alarms.notify.bots import ask_bot
from alarms.notify.permitted import Permitted
from alarms.notify.records import Outcome
from alarms.notify.results import Message, Result, of_status
from alarms.notify.targets import FEISHU, WECOM, bot_of, kind_of, with_key
from telemetry.clock import SystemClock

MOST_THREADS: Final = 32
# Where Apprise's services keep whom they ask.
_HOSTS: Final = ("host", "smtp_host")
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_NO_CONNECTION: Final = re.compile(r"connection error", re.IGNORECASE)

# Where Apprise's log of the send under way in this thread goes; nobody else may see its addresses.
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


class _Listening(logging.Handler):
    """Keeps what Apprise says of a send to whoever made it."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None and record.levelno >= logging.WARNING:
            heard.append(record.getMessage())


class Sender:
    """Sends to any target. `stuck` counts threads that a target did not let go in time."""

    def __init__(self, timeout_s: float, permitted: Permitted) -> None:
        self._timeout_s = timeout_s
        self._permitted = permitted
        self._threads = threading.BoundedSemaphore(MOST_THREADS)
        self._busy: set[str] = set()
        self._turns: dict[str, asyncio.Lock] = {}

    @property
    def stuck(self) -> int:
        """How many sends are under way, in time or not."""
        return len(self._busy)

    async def send(self, target: str, message: Message, *, trusted: bool = False) -> Result:
        """Send, and wait twice the timeout at most: a target may drip its answer byte by byte.

        What is not `trusted` is a contact, and has to be one that the plant permits.
        """
        permitted = None if trusted else self._permitted
        if permitted is not None and (why := permitted.kind_refused(target)) is not None:
            return Result(Outcome.REFUSED, why)
        if kind_of(target) not in (FEISHU, WECOM):
            # Most of a second of CPU, once, and no part of the time a target may take.
            await asyncio.to_thread(_load_apprise)
        # Two people may have one target, such as the group's bot: one after the other.
        async with self._turns.setdefault(target, asyncio.Lock()):
            return await self._alone(target, message, permitted)

    async def _alone(self, target: str, message: Message, permitted: Permitted | None) -> Result:
        if target in self._busy:
            return Result(Outcome.FAILED, "the attempt before still hangs")
        if not self._threads.acquire(blocking=False):
            return Result(Outcome.FAILED, "too many targets hang")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        self._busy.add(target)

        def told(result: Result) -> None:
            self._busy.discard(target)
            if not answer.done():
                answer.set_result(result)

        def work() -> None:
            result = Result(Outcome.FAILED, "a fault of the product")
            try:
                result = deliver(target, message, self._timeout_s, permitted)
            finally:
                self._threads.release()
                _call(loop, told, result)

        # Not a pool's: the process must be able to end while a target hangs.
        threading.Thread(target=work, name=f"push {kind_of(target)}", daemon=True).start()
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                return await answer
        except TimeoutError:
            return Result(Outcome.FAILED, "no answer in time")


def deliver(target: str, message: Message, timeout_s: float, permitted: Permitted | None = None) -> Result:
    """Send and return what came of it; blocks. Without `permitted` it is sent to wherever that is."""
    kind = kind_of(target)
    if kind in (FEISHU, WECOM):
        bot = bot_of(target)
        if bot is None:
            return Result(Outcome.REFUSED, "not the address of a target")
        if permitted is not None and (why := permitted.hosts_refused(bot.hosts)) is not None:
            return Result(Outcome.REFUSED, why)
        return ask_bot(bot, message, SystemClock().now_us(), timeout_s)
    return _by_apprise(target, message, timeout_s, permitted)


def _by_apprise(target: str, message: Message, timeout_s: float, permitted: Permitted | None) -> Result:
    from apprise import Apprise, NotifyType

    hush()
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        # Not by Apprise.notify: its threads are a pool that a hanging target would use up.
        service = Apprise.instantiate(with_key(target, message.key, timeout_s))
        if service is None:
            return Result(Outcome.REFUSED, "not the address of a target")
        if permitted is not None and (why := permitted.hosts_refused(hosts_of(service))) is not None:
            return Result(Outcome.REFUSED, why)
        kind = NotifyType.FAILURE if message.grave else NotifyType.INFO
        if service.notify(body=message.body, title=message.title, notify_type=kind):
            return Result(Outcome.DELIVERED)
    except Exception as error:
        # A plugin's fault must not take others along; its text may hold the address.
        return Result(Outcome.FAILED, f"{type(error).__name__} in Apprise")
    finally:
        _heard.reset(token)
    return _judged(heard)


def hosts_of(service: object) -> list[str]:
    """Return whom a service of Apprise's asks, as far as its address says it; of others the host is a key."""
    templates = getattr(service, "templates", ())
    if getattr(service, "mode", None) == "cloud" or not any("{host}" in template for template in templates):
        return []
    named = (getattr(service, name, None) for name in _HOSTS)
    return [host for host in named if isinstance(host, str) and host]


def _load_apprise() -> None:
    """Have Apprise read its plugins, which it does when it is first asked for one."""
    from apprise import Apprise

    hush()
    Apprise.instantiate("json://127.0.0.1")


def _judged(heard: list[str]) -> Result:
    """Return what a failure means, from what Apprise says of it and without what may name keys."""
    for line in heard:
        if found := _STATUS.search(line):
            return of_status(int(found[1]))
    unconnected = any(_NO_CONNECTION.search(line) for line in heard)
    return Result(Outcome.FAILED, "no connection, or no answer in time" if unconnected else "not taken")


def _call(loop: asyncio.AbstractEventLoop, tell: Callable[[Result], None], result: Result) -> None:
    try:
        loop.call_soon_threadsafe(tell, result)
    except RuntimeError:
        pass  # the loop has ended, and nobody waits any more


def hush() -> None:
    """Have nothing that is said of an address on its way get into any log."""
    # Its lines name host and path of every request, which of a webhook is the key.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    apprise = logging.getLogger("apprise")
    apprise.setLevel(logging.WARNING)
    apprise.propagate = False
    if not any(isinstance(handler, _Listening) for handler in apprise.handlers):
        apprise.addHandler(_Listening())
