"""The demo's people on their own ledger: what a deed is done with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.life.past_readings import PastReadings
from app.life.told_clock import ToldClock
from history.entries import Entries
from operations.desk import Desk
from operations.findings.service import Findings
from operations.handover.service import Handovers
from operations.logbook.service import Logbook
from telemetry.calendar import Calendar
from telemetry.duty import OnShift
from telemetry.people import Actor

VISITOR: Final = "0101"
"""Whose account is the visitor's: from the beginning on nobody acts in that name."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything is recorded at the clock's time. Actors by account, persons by number."""

    clock: ToldClock
    desk: Desk
    logbook: Logbook
    handovers: Handovers
    findings: Findings
    entries: Entries
    readings: PastReadings
    calendar: Calendar
    begun_us: int
    actors: Mapping[str, Actor]
    persons: Mapping[str, UUID]
    account_of: Mapping[UUID, str]

    def actor_of(self, person: UUID) -> Actor:
        """Return the account of somebody of the cast."""
        return self.actors[self.account_of[person]]

    def plays(self, number: str) -> bool:
        """Return whether somebody is played by the demo at this time."""
        return number != VISITOR or self.clock.at_us <= self.begun_us

    async def there(self, at_us: int, posts: Sequence[str] = ()) -> list[OnShift]:
        """Return who has signed in to the turn of a time and is played; those of these posts first."""

        def rank(on: OnShift) -> tuple[int, str]:
            name = on.post_name.zh
            return (posts.index(name) if name in posts else len(posts)), on.number

        known = self.account_of.keys()
        on_shift = await self.desk.duty.on_shift(at_us)
        there = [on for on in on_shift if on.signed_in_us is not None and on.person in known]
        return sorted((on for on in there if self.plays(on.number)), key=rank)
