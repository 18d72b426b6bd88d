"""Host names and addresses, as they are written in a folder."""

import re
from ipaddress import ip_address
from typing import Final

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.ASCII)
_NUMBERS: Final = re.compile(r"[0-9.]+", re.ASCII)
_WITH_PORT: Final = re.compile(r"[^:]+:[0-9]+", re.ASCII)


def host_mistake(host: str) -> tuple[str, str] | None:
    """Return what is wrong with a host and how to mend it, None where it can be one.

    The host itself is not repeated: with a user in front of it, it may hold a password.
    """
    if _address(host) or (_NAME.fullmatch(host) and not _NUMBERS.fullmatch(host) and len(host) <= 253):
        return None
    if "@" in host:
        return "host names a user", "write the bare address; a user goes into username"
    if "://" in host or "/" in host:
        return "host is written as an address of the web", "write the bare address, such as 192.168.1.10"
    if _WITH_PORT.fullmatch(host):
        return "host has a port in it", "write the port in port"
    if _NUMBERS.fullmatch(host):
        return "host is no address: four numbers up to 255 make one", "write it such as 192.168.1.10"
    return "host is neither an address nor a name", "write it such as 192.168.1.10 or plc1.plant.local"


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine reaches a server that listens here."""
    return host == "localhost" or (_address(host) and ip_address(host).is_loopback)


def _address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
