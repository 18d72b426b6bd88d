"""How long a sign-in has to wait after failures: pure, the time is an argument.

Failures count per client, and per name and client together. There is no count per name alone:
whoever guesses at a name from elsewhere would lock its owner out. Waits double from one second; a
count is halved for every quiet while, and forgotten at zero.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import Field

from telemetry.clock import US_PER_S, duration_us
from telemetry.settings import Duration, Settings

_LONGEST_DOUBLING: Final = 30


class ThrottleSettings(Settings):
    """How many failures are free, and how the wait grows after them."""

    free_per_name: int = Field(default=5, ge=1, description="failures of a name from one client")
    free_per_client: int = Field(default=20, ge=1, description="failures of a client, whatever the names")
    longest_wait_name: Duration = Field(default=timedelta(minutes=15), description="for a name and client")
    longest_wait_client: Duration = Field(default=timedelta(minutes=2), description="for a client")
    forget_after: Duration = Field(default=timedelta(minutes=10), description="a count is halved as often")
    remembered: int = Field(default=4096, ge=1, description="counts of each sort; the oldest go first")


@dataclass(slots=True)
class _Count:
    failures: int
    last_us: int
    until_us: int = 0


class _Counts:
    """Failures by key, the longest untouched first."""

    def __init__(self, free: int, longest_wait_us: int, forget_us: int, remembered: int) -> None:
        self._free = free
        self._longest_wait_us = longest_wait_us
        self._forget_us = forget_us
        self._remembered = remembered
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait_us(self, key: str, now_us: int) -> int:
        count = self._current(key, now_us)
        return max(0, count.until_us - now_us) if count else 0

    def add(self, key: str, now_us: int) -> None:
        count = self._current(key, now_us) or _Count(0, now_us)
        count.failures += 1
        count.last_us = now_us
        count.until_us = self._until_us(count)
        self._counts[key] = count
        self._counts.move_to_end(key)
        while len(self._counts) > self._remembered:
            self._counts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Undo the newest failure: it was none."""
        if count := self._counts.get(key):
            count.failures = max(0, count.failures - 1)
            # What others of the same network have to wait for is not forgiven with it.
            count.until_us = min(count.until_us, self._until_us(count))

    def forget(self, key: str) -> None:
        self._counts.pop(key, None)

    def _until_us(self, count: _Count) -> int:
        over = count.failures - self._free
        if over < 0:
            return 0
        return count.last_us + min(US_PER_S << min(over, _LONGEST_DOUBLING), self._longest_wait_us)

    def _current(self, key: str, now_us: int) -> _Count | None:
        count = self._counts.get(key)
        if count is None:
            return None
        halvings, rest_us = divmod(max(0, now_us - max(count.last_us, count.until_us)), self._forget_us)
        if halvings:
            count.failures >>= min(halvings, 63)
            count.last_us = now_us - rest_us
        if count.failures == 0 and count.until_us <= now_us:
            self.forget(key)
            return None
        return count


class Throttle:
    """Waits of sign-ins. Every attempt counts as a failure when it begins.

    Counted only at its end, a hundred guesses sent at once would all pass before the first failed.
    """

    def __init__(self, settings: ThrottleSettings | None = None) -> None:
        settings = settings or ThrottleSettings()
        forget_us = duration_us(settings.forget_after)
        self._names = _Counts(
            settings.free_per_name, duration_us(settings.longest_wait_name), forget_us, settings.remembered
        )
        self._clients = _Counts(
            settings.free_per_client,
            duration_us(settings.longest_wait_client),
            forget_us,
            settings.remembered,
        )

    def begin(self, name: str, client: str, now_us: int) -> int:
        """Count an attempt and return 0, or return the µs it has to wait and count nothing."""
        both, client = _keys(name, client)
        wait_us = max(self._names.wait_us(both, now_us), self._clients.wait_us(client, now_us))
        if wait_us:
            return wait_us
        self._names.add(both, now_us)
        self._clients.add(client, now_us)
        return 0

    def succeeded(self, name: str, client: str) -> None:
        """Take an attempt back: the password was right. Other failures of the client stay counted."""
        both, client = _keys(name, client)
        self._names.forget(both)
        self._clients.take_back(client)

    def withdrawn(self, name: str, client: str) -> None:
        """Take an attempt back: nobody looked at the password."""
        both, client = _keys(name, client)
        self._names.take_back(both)
        self._clients.take_back(client)

    @property
    def remembered(self) -> int:
        """How many counts are held."""
        return len(self._names) + len(self._clients)


def _keys(name: str, client: str) -> tuple[str, str]:
    network = _network(client)
    return f"{network} {name}", network


def _network(client: str) -> str:
    """Return what one client can send from: an IPv4 address, an IPv6 /64."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
