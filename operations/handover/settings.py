"""When a turn may be handed over, and when the plant manager is told that it was not."""

from datetime import timedelta

from pydantic import Field

from telemetry.settings import Duration, Settings


class HandoverSettings(Settings):
    """The times around the end of a turn."""

    opens: Duration = Field(
        default=timedelta(hours=1), description="how long before the end of a turn its handover may begin"
    )
    escalate_after: Duration = Field(
        default=timedelta(minutes=30),
        description="how long after the end of a turn an unsigned handover is pushed to the managers",
    )
