"""Which requests are let in, by their headers and bodies: pure.

**Host.** A page of another site can have its own name resolve to 127.0.0.1 and then talk to a node
that listens there as if it were of one origin. Such requests carry that site's name in `Host`.

**CSRF.** A browser sends the session cookie along with whatever another site has it send. So an
unsafe request must come from a page of ours (`Sec-Fetch-Site`, `Origin`), and with a cookie it must
repeat the session's own word, which no other site can read. A bearer token is sent by nobody unasked.
"""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from operations.sessions import SESSION_COOKIE, SessionKind

Headers = Sequence[tuple[bytes, bytes]]

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = b"x-csrf-token"
CSRF_FIELD: Final = "csrf"
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class HostRule:
    """Names by which the node may be addressed; with `any_address` also any IP address.

    An address in `Host` is harmless: only a name can be made to resolve to somewhere else.
    """

    names: frozenset[str]
    any_address: bool

    @classmethod
    def of(cls, listens_on: str, names: Iterable[str] = ()) -> "HostRule":
        """Return the rule of a server that listens on an address and is known by further names."""
        bare = listens_on.strip("[]").lower()
        known = _LOOPBACK | {name.lower().rstrip(".") for name in names} | {bare, f"[{bare}]"}
        return cls(frozenset(known), any_address=not _is_loopback(bare))

    def allows(self, headers: Headers) -> bool:
        """Return whether a request is meant for this node: one `Host`, and a known one."""
        hosts = values_of(headers, b"host")
        match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None:
            return False
        name = match[1].lower().rstrip(".")
        return name in self.names or (self.any_address and _address(name.strip("[]")) is not None)


def values_of(headers: Headers, name: bytes) -> list[str]:
    """Return every value of a header; `name` is lower-case."""
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == name]


def presented_secret(headers: Headers) -> tuple[str, SessionKind] | None:
    """Return the secret a request carries. A bearer token counts alone, good or bad.

    Cookies do not keep ports apart, so another server of this machine can plant one; of two
    different session cookies neither is believed.
    """
    for value in values_of(headers, b"authorization"):
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer":
            return token.strip(), SessionKind.BEARER
    found = {
        value.strip().strip('"')
        for header in values_of(headers, b"cookie")
        for name, _, value in (part.partition("=") for part in header.split(";"))
        if name.strip() == SESSION_COOKIE
    }
    return (found.pop(), SessionKind.COOKIE) if len(found) == 1 else None


def from_own_page(headers: Headers, scheme: str) -> bool:
    """Return whether an unsafe request comes from a page of ours, or from no browser at all."""
    sites = values_of(headers, b"sec-fetch-site")
    if any(site not in {"same-origin", "none"} for site in sites):
        return False
    hosts = values_of(headers, b"host")
    return all(_is_own_origin(origin, scheme, hosts) for origin in values_of(headers, b"origin"))


def repeats_csrf(headers: Headers, body: bytes, csrf: str) -> bool:
    """Return whether a request repeats its session's word, in a header or in a form's field."""
    sent = values_of(headers, CSRF_HEADER) or _form_values(headers, body, CSRF_FIELD)
    return len(sent) == 1 and hmac.compare_digest(sent[0].encode(), csrf.encode())


def _form_values(headers: Headers, body: bytes, field: str) -> list[str]:
    kinds = [kind.partition(";")[0].lower() for kind in values_of(headers, b"content-type")]
    if kinds != ["application/x-www-form-urlencoded"]:
        return []
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []
    return [value for name, value in fields if name == field]


def _is_own_origin(origin: str, scheme: str, hosts: Sequence[str]) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    # In front of a node without TLS may stand a proxy with it; the other way round is a downgrade.
    schemes = {"https"} if scheme == "https" else {"http", "https"}
    return parts.scheme in schemes and [parts.netloc.lower()] == [host.lower() for host in hosts]


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
