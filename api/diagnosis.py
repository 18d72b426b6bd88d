"""What a point's own connection tells of it, as the API writes it."""

from datetime import tzinfo
from typing import Any

from pydantic import BaseModel, Field

from api.formats import QUALITIES, QualityShape, local_time
from collectors.figures import Quarantined, Raw, Trial


class QuarantinedShape(BaseModel):
    """A point that its device refuses or leaves unanswered; it is tried again by itself."""

    tag: str
    reason: str = Field(examples=["illegal data address"])
    since: str
    next_try: str


class RawShape(BaseModel):
    """What came for a point, as it came: registers in hex, a bit, or a message's value."""

    time: str
    text: str = Field(examples=["41BA 0000"])


class TrialShape(BaseModel):
    """What one read of one point gave; `error` says why it gave nothing."""

    tag: str
    time: str
    latency_s: float | None
    raw: str | None = Field(examples=["41BA 0000"])
    value: float | None
    quality: QualityShape
    error: str | None = Field(examples=["no answer within 3 s"])


def quarantined_shape(each: Quarantined, zone: tzinfo) -> dict[str, Any]:
    """Return a quarantined point as it is written."""
    return {
        "tag": each.tag,
        "reason": each.reason,
        "since": local_time(each.since_us, zone),
        "next_try": local_time(each.next_try_us, zone),
    }


def raw_shape(raw: Raw, zone: tzinfo) -> dict[str, Any]:
    """Return what came as it is written."""
    return {"time": local_time(raw.at_us, zone), "text": raw.text}


def trial_shape(trial: Trial, zone: tzinfo) -> dict[str, Any]:
    """Return what a read gave as it is written."""
    return {
        "tag": trial.tag,
        "time": local_time(trial.at_us, zone),
        "latency_s": trial.latency_s,
        "raw": trial.raw,
        "value": trial.value,
        "quality": QUALITIES[trial.quality],
        "error": trial.error,
    }
