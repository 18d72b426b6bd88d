"""What a register holds is what the API says: every data type, every word order, over real sockets."""

import asyncio
import csv
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.system.product import eventually, running

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

# Written out by hand from the definition of each order, so that it shares no code with a codec.
VALUES = {
    "U16": (">H", 0xBEEF),
    "S16": (">h", -12345),
    "BIT16": (">H", 0b1000_0000_0000_0101),
    "U32": (">I", 4_000_000_001),
    "S32": (">i", -2_000_000_001),
    "F32": (">f", -12.375),
    "U64": (">Q", 9_007_199_254_740_991),
    "S64": (">q", -9_007_199_254_740_991),
    "F64": (">d", 3.141592653589793),
}
ORDERS = {
    2: {"ABCD": (0, 1), "CDAB": (0, 1), "BADC": (1, 0), "DCBA": (1, 0)},
    4: {"ABCD": (0, 1, 2, 3), "CDAB": (2, 3, 0, 1), "BADC": (1, 0, 3, 2), "DCBA": (3, 2, 1, 0)},
    8: {
        "ABCD": (0, 1, 2, 3, 4, 5, 6, 7),
        "CDAB": (6, 7, 4, 5, 2, 3, 0, 1),
        "BADC": (1, 0, 3, 2, 5, 4, 7, 6),
        "DCBA": (7, 6, 5, 4, 3, 2, 1, 0),
    },
}


def cases() -> list[tuple[str, str, str, bytes, float]]:
    """Every (tag, type, order, bytes on the wire, value)."""
    found = []
    for name, (pattern, value) in VALUES.items():
        plain = struct.pack(pattern, value)
        for order, places in ORDERS[len(plain)].items():
            wire = bytes(plain[place] for place in places)
            found.append((f"X_{name}_{order}", name, order, wire, float(value)))
    return found
