"""The demo's people on their own ledger: what a deed is done with."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.life.told_clock import ToldClock
from operations.desk import Desk
from telemetry.people import Actor


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything is recorded at the clock's time. Actors by account, persons by number."""

    clock: ToldClock
    desk: Desk
    actors: Mapping[str, Actor]
    persons: Mapping[str, UUID]
    account_of: Mapping[UUID, str]

    def actor_of(self, person: UUID) -> Actor:
        """Return the account of somebody of the cast."""
        return self.actors[self.account_of[person]]
