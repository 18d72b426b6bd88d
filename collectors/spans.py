"""Durations that must not be nothing: a time-out or an interval of 0 s would never end."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from telemetry.settings import Duration


def _above_zero(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise ValueError("it must be longer than 0s")
    return span


Span = Annotated[Duration, AfterValidator(_above_zero)]
