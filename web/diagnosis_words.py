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
    (
        r"no answer within (?P<span>\S+ \w+), only a part of one",
        N_("no answer within %(span)s, only a part of one"),
    ),
    (
        r"no answer within (?P<span>\S+ \w+), only noise: see baud_rate, parity and wiring",
        N_("no answer within %(span)s, only noise: see baud_rate, parity and wiring"),
    ),
    (
        r"no connection to (?P<where>\S+): there is no such serial port; is its adapter plugged in\?",
        N_("no serial port %(where)s: is its adapter plugged in?"),
    ),
    (
        r"no connection to (?P<where>\S+): another program has it open",
        N_("serial port %(where)s: another program has it open"),
    ),
    (r"the serial port (?P<where>\S+) is gone", N_("the serial port %(where)s is gone")),
    (
        r"the line is never silent: noise, or another master asks on it",
        N_("the line is never silent: noise, or another master asks on it"),
    ),
    (
        r"no connection to (?P<where>\S+): its certificate is not accepted: (?P<why>.+)",
        N_("no connection to %(where)s: its certificate is not accepted: %(why)s"),
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
    (r"another program has it open", N_("End the other program, or give each a port of its own.")),
    (
        r"serial port|only noise|never silent|only a part",
        N_("Check the adapter, wires and terminators, and baud_rate, parity and unit_id of every unit."),
    ),
    (r"certificate|TLS", N_("Check tls_ca, tls_server_name and the days of the device's certificate.")),
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
