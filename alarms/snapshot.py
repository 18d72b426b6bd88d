"""The engine's state as bytes: zlib over JSON, so that a damaged one is noticed and a whole one can be read.

{"format": 2, "now_us": …, "batch": …,
 "points": {"series": […], "time_us": […], "heard_us": […],                 those seen so far
            "usable": […], "value": […]},
 "rules": {"key": […], "state": […], "met": […], "since_us": […],           those not at rest
           "last_us": […], "judged": ["threshold deadband mask invert", …]},
 "stale_us": {key: …}}               where silence is not counted from when the newest sample came
"""

import zlib
from typing import Any, Final

import orjson

from telemetry.errors import StoreError

FORMAT: Final = 2


def pack(document: dict[str, Any]) -> bytes:
    """Return a document as bytes; NaN becomes null."""
    return zlib.compress(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), 1)


def unpack(data: bytes) -> dict[str, Any]:
    """Return the document; StoreError when it is damaged or of another format."""
    try:
        document = orjson.loads(zlib.decompress(data))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise StoreError(f"the alarms' snapshot is damaged: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StoreError("the alarms' snapshot is of a format not known here")
    return document
