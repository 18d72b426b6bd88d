"""Which contacts are sent to: whoever keeps the staff enters them, and the node asks them from its network.

A kind whose host is free would otherwise be a way to ask the plant's own devices, and to learn from
`/api/v1/pushes` what answers there. The fallback's targets are set by who runs the node: they are trusted.
"""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Final

from alarms.notify.targets import kind_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

KINDS: Final = (
    "wecomat", "wecombot", "feishusign", "feishu", "lark", "dingtalk", "mailto", "mailtos", "ntfy", "ntfys",
)  # fmt: skip
"""Messengers, mail and ntfy; of webhooks of one's own a plant says that it has them."""


_INSIDE: Final = "an address inside, which the plant does not name: push.private"


def network_of(word: str) -> Network | None:
    """Return the network that a word names, an address being one of its own; None for a host's name."""
    try:
        return ipaddress.ip_network(word.strip("[]"), strict=False)
    except ValueError:
        return None


class Permitted:
    """The kinds that contacts may be of, and the hosts and networks inside at which they may be."""

    def __init__(self, kinds: Iterable[str], private: Iterable[str]) -> None:
        self.kinds = frozenset(kinds)
        networks = {word: network_of(word) for word in private}
        self._networks = [network for network in networks.values() if network is not None]
        self._hosts = {word.lower().rstrip(".") for word, network in networks.items() if network is None}

    def kind_refused(self, target: str) -> str | None:
        """Return why a target is not sent to for its kind."""
        kind = kind_of(target)
        return None if kind in self.kinds else f"contacts of the kind {kind} are not permitted: push.kinds"

    def hosts_refused(self, hosts: Sequence[str]) -> str | None:
        """Return why hosts are not asked; blocks while names are looked up.

        Who sends looks a name up again: one that its owner moves inside between the two is asked all the
        same. What that gains is one POST that follows no redirect, of whose answer the status is kept.
        """
        return None if all(self._may_ask(host) for host in hosts) else _INSIDE

    def literals_refused(self, hosts: Sequence[str]) -> str | None:
        """Return why hosts are not asked, by what they say themselves: no name is looked up but localhost."""
        local = any(self._is_local(host) for host in hosts)
        numbers = all(self._may_ask(host, socket.AI_NUMERICHOST) for host in hosts)
        return None if numbers and not local else _INSIDE

    def _is_local(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        if name != "localhost" and not name.endswith(".localhost"):
            return False
        return not self._may_ask("127.0.0.1") and name not in self._hosts

    def _may_ask(self, host: str, flags: int = 0) -> bool:
        if host.lower().rstrip(".") in self._hosts:
            return True
        try:
            found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM, flags=flags)
        except (OSError, UnicodeError):
            return True  # Nobody is there to be asked; that it has no answer is told as ever.
        return all(self._is_free(str(address[4][0])) for address in found)

    def _is_free(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        plain = address if mapped is None else mapped
        if plain.is_global and not plain.is_multicast:
            return True
        return any(plain in network for network in self._networks)
