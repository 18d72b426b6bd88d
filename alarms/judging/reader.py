"""What pages, reports and the API ask of what was judged."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from alarms.compliance.limits import Water
from alarms.compliance.records import DayJudgement, PlantCompliance
from alarms.uptime.records import HourJudgement, PlantUptime, ResultRecord


class JudgementReader(Protocol):
    """Reads judgements, off the loop; what is open is judged when it is asked for.

    Raises StoreError where the node's store or the history cannot be read. Days are report days of the
    plant's calendar; tags are of `items`, in its order.
    """

    @property
    def items(self) -> tuple[str, ...]:
        """Tags of what is judged, discharged items first."""
        ...

    async def days(
        self, from_day: date, to_day: date, tags: Sequence[str] | None = None
    ) -> list[DayJudgement]:
        """Return the days of [from, to], both included, by tag, then day; today so far among them.

        Days before the first reading and after today are left out.
        """
        ...

    async def water(self, from_day: date, to_day: date) -> Mapping[date, Water]:
        """Return the mean water temperatures that limits follow, by day; of today so far.

        Every screen that shows a limit takes them from here, so that all show the one that days are judged
        by. What is not known is missing.
        """
        ...

    async def hours(self, tag: str, day: date) -> list[HourJudgement]:
        """Return the hours of a day that have begun, oldest first."""
        ...

    async def results(self, tag: str, hour_us: int) -> list[ResultRecord]:
        """Return the results of the hour that starts then, valid ones and others, by sample time."""
        ...

    async def months(self, month: date) -> PlantCompliance:
        """Return the report month that a day lies in, of all items that can have limits."""
        ...

    async def uptime(self, month: date) -> PlantUptime:
        """Return the report month that a day lies in, of all analysers and regulated instruments."""
        ...
