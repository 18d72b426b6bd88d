"""The newest sample of a point, as the API writes it."""

from datetime import tzinfo
from typing import Any

from pydantic import BaseModel, Field

from api.formats import QUALITIES, QualityShape, local_time
from history.live import Latest


class LatestShape(BaseModel):
    """The newest sample of a point; value and time are null before the first."""

    tag: str
    value: float | None
    time: str | None = Field(examples=["2026-11-21T08:00:00+08:00"])
    quality: QualityShape
    stale: bool = Field(description="older than three of its intervals, at least 10 s")


def latest_shape(latest: Latest, zone: tzinfo) -> dict[str, Any]:
    """Return a sample as it is written."""
    return {
        "tag": latest.tag,
        "value": latest.value,
        "time": local_time(latest.time_us or None, zone),
        "quality": QUALITIES[latest.quality],
        "stale": latest.stale,
    }
