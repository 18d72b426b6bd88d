"""How long readings are kept, and when what is closed is put in order."""

from datetime import time
from typing import Annotated

from pydantic import Field, field_validator

from telemetry.plant import Point, PointKind
from telemetry.settings import Settings, TimeOfDay

Months = Annotated[int, Field(ge=1, le=1200)]


class KeepSettings(Settings):
    """For how many months readings are kept by class, null for ever; figures are always kept."""

    process: Months | None = Field(default=36, description="months that process values are kept")
    regulated: Months | None = Field(
        default=None, description="months that values of regulated analysers are kept; null: for ever"
    )
    manual: Months | None = Field(
        default=None, description="months that what people enter is kept; null: for ever"
    )


class HistorySettings(Settings):
    """The history's housekeeping."""

    keep: KeepSettings = Field(default=KeepSettings(), description="how long readings are kept")
    compact_at: TimeOfDay = Field(
        default=time(2, 30), description="when closed days are compacted, by the plant's clock"
    )
    report_day: TimeOfDay = Field(
        default=time(0, 0), description="full hour at which the report day starts, such as '08:00'"
    )

    @field_validator("report_day")
    @classmethod
    def _full_hour(cls, value: time) -> time:
        if value.minute:
            raise ValueError("a report day starts at a full hour; write '08:00'")
        return value


def retention_of(point: Point) -> str:
    """Return the class by which a point's readings are kept, a name of `KeepSettings`."""
    if point.regulatory:
        return "regulated"
    return "manual" if point.kind is PointKind.MANUAL else "process"
