"""An alarm as the API and the stream show it."""

from datetime import tzinfo
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from alarms.active import ActiveAlarm
from alarms.settings import RuleKind
from alarms.states import AlarmState
from api.formats import local_time


class AlarmShape(BaseModel):
    """An occurrence of an alarm that is not back to normal, or not yet acknowledged."""

    id: UUID
    key: str = Field(examples=["AE_DO1.LL"])
    tag: str
    kind: RuleKind
    bit: str | None
    priority: str = Field(examples=["high"])
    state: AlarmState
    unit: str
    equipment: str | None
    raised_at: str
    cleared_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None = Field(description="by account")
    comment: str | None
    value: float | None = Field(description="at the raise")
    limit: float | None = Field(description="at the raise; null where the alarm has none")


def alarm_shape(alarm: ActiveAlarm, zone: tzinfo) -> dict[str, Any]:
    """Return an alarm as JSON shows it; times with the plant's offset."""
    return {
        "id": alarm.id,
        "key": alarm.key,
        "tag": alarm.tag,
        "kind": alarm.kind.value,
        "bit": alarm.bit,
        "priority": alarm.priority.word,
        "state": alarm.state.value,
        "unit": alarm.unit,
        "equipment": alarm.equipment,
        "raised_at": local_time(alarm.raised_at_us, zone),
        "cleared_at": local_time(alarm.cleared_at_us, zone),
        "acknowledged_at": local_time(alarm.acknowledged_at_us, zone),
        "acknowledged_by": alarm.acknowledged_by,
        "comment": alarm.comment,
        "value": alarm.value,
        "limit": alarm.limit,
    }
