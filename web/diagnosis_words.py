"""What devices, lines and brokers say when they fail, in the page's language, and what to do about it.

What is not here is said in the words it came with.
"""

import re
from typing import Final

from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for

_SAID: Final = (
    (r"illegal function", N_("illegal function")),
    (r"illegal data address", N_("illegal data address")),
    (r"illegal data value", N_("illegal data value")),
    (r"device failure", N_("device failure")),
    (r"device busy", N_("device busy")),
    (r"memory parity error", N_("memory parity error")),
    (r"acknowledged, not done yet", N_("acknowledged, not done yet")),
    (r"no answer within (?P<span>\S+ \w+)", N_("no answer within %(span)s")),
    (
        r"no connection to (?P<where>\S+) within (?P<span>\S+ \w+)",
        N_("no connection to %(where)s within %(span)s"),
    ),
    (
        r"no connection to (?P<where>\S+): connection refused",
        N_("no connection to %(where)s: connection refused"),
    ),
    (
        r"no connection to (?P<where>\S+): the host name is not known",
        N_("no connection to %(where)s: the host name is not known"),
    ),
    (r"it closed the connection", N_("it closed the connection")),
    (
        r"the gateway gets no answer from unit (?P<unit>\d+)",
        N_("the gateway gets no answer from unit %(unit)s"),
    ),
    (r"the gateway has no path to unit (?P<unit>\d+)", N_("the gateway has no path to unit %(unit)s")),
    (r"the broker is lost", N_("the broker is lost")),
    (r"nothing usable on (?P<topic>\S+) for (?P<span>.+)", N_("nothing usable on %(topic)s for %(span)s")),
)
_ADVICE: Final = (
    (
        r"illegal (data address|data value)",
        N_("The device has no such register: compare offset, type and function code with its manual."),
    ),
    (r"illegal function", N_("The device does not know this function code: its manual says which it has.")),
    (r"gateway", N_("The gateway is there, the device behind it is not: check its power, address and line.")),
    (
        r"device (failure|busy)|memory parity",
        N_("The device reports a fault of its own: look at the device."),
    ),
    (r"refused", N_("The address answers, the port does not: check the port, and whether the service runs.")),
    (r"host name", N_("The name leads nowhere: check host in connections.yaml.")),
    (
        r"no (answer|connection)|closed the connection|no route|unreachable",
        N_("Check power, cable and network of the device first, then its address in connections.yaml."),
    ),
    (r"nothing usable|broker is lost", N_("Check power and signal of the station, then the broker.")),
)


def said(error: str, _: Language) -> str:
    """Return an error in the page's language, or as it came."""
    for pattern, message in _SAID:
        match = re.fullmatch(pattern, error)
        if match is not None:
            return _(message, **match.groupdict()) if match.groupdict() else _(message)
    return error


def advice(error: str, _: Language) -> str | None:
    """Return what to do about an error, None where nothing is known."""
    found = next((message for pattern, message in _ADVICE if re.search(pattern, error, re.IGNORECASE)), None)
    return None if found is None else _(found)
