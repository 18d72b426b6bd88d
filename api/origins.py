"""What of a span of time was not measured here: said beside the readings of it."""

from datetime import tzinfo
from typing import Any

from pydantic import BaseModel, Field

from api.formats import local_time
from telemetry.protocols import Origins


class OriginShape(BaseModel):
    """A part of the time asked for whose readings were not measured here."""

    from_: str = Field(alias="from", examples=["2026-10-21T08:00:00+08:00"])
    to: str = Field(description="its end, not included")
    origin: str = Field(description="what they are instead", examples=["simulated"])


class WithOrigins(BaseModel):
    """An answer that says what was not measured."""

    origins: list[OriginShape] = Field(
        default=[],
        description="parts of the time between `from` and `to` that were not measured; absent if none",
    )


def origins_of(known: Origins, from_us: int, until_us: int, zone: tzinfo) -> dict[str, Any]:
    """Return the field `origins` of an answer over [from, until); nothing where all was measured."""
    found = [
        {"from": local_time(span.from_us, zone), "to": local_time(span.to_us, zone), "origin": span.origin}
        for span in known.origins(from_us, until_us)
    ]
    return {"origins": found} if found else {}
