"""Who worked in a month, in counts, from the roster."""

from collections.abc import Sequence
from datetime import date

from reports.inputs import CrewMonth, Staff
from telemetry.clock import Clock
from telemetry.duty import Duty, OnShift
from telemetry.plant import Name

_NO_CREW = Name("无班组", "no crew")


class StaffOfRoster:
    """Counts turns and signatures; what is judged of them is another part's, and is missing here."""

    def __init__(self, duty: Duty, clock: Clock) -> None:
        self._duty = duty
        self._clock = clock

    async def month(self, first_day: date, from_us: int, to_us: int) -> Staff:
        """Return the counts of turns that belong to a month, as far as they have ended."""
        found = await self._duty.between(from_us, to_us)
        return Staff(crews_of(found, first_day.isoformat()[:7], self._clock.now_us()), None, None, None)


def crews_of(found: Sequence[OnShift], month: str, now_us: int) -> tuple[CrewMonth, ...]:
    """Return each crew's turns that ended, by its name; a turn belongs to the day it starts on."""
    by_crew: dict[Name, list[OnShift]] = {}
    for one in found:
        if one.shift.day.startswith(month) and one.shift.end_us <= now_us:
            by_crew.setdefault(one.crew_name or _NO_CREW, []).append(one)
    return tuple(
        CrewMonth(
            name=crew,
            turns=len(own),
            signed=sum(one.signed_in_us is not None for one in own),
            unsettled=sum((one.signed_in_us is None) or (one.signed_out_us is None) for one in own),
            late=None,
            early=None,
            absent=None,
        )
        for crew, own in sorted(by_crew.items(), key=lambda item: item[0].zh)
    )
