"""The stage wired: the services of people's work on a ledger of its own, whose clock is told the time."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from alarms.active import ActiveAlarm
from app.build import Parts
from app.handing_over import sources_of
from app.life.past_readings import PastReadings
from app.life.seeding import actors_of
from app.life.stage import Stage
from app.life.told_clock import ToldClock
from history.entries import Entries
from operations.desk import Desk
from operations.findings.service import Findings
from operations.handover.service import Handovers
from operations.handover.staff import StaffNames
from operations.logbook.moments import Moments
from operations.logbook.service import Logbook
from telemetry.calendar import Calendar


class Standing(Protocol):
    """Knows which alarms stood at a time of the past."""

    def active(self, at_us: int) -> Sequence[ActiveAlarm]:
        """Return them."""
        ...


async def stage_of(
    parts: Parts, desk: Desk, told: ToldClock, readings: PastReadings, past: Standing, begun_us: int
) -> Stage:
    """Return the stage with the cast as it stands."""
    people = await desk.staff.list()
    persons: dict[str, UUID] = {member.number: member.person for member in people}
    account_of = {member.person: member.account for member in people if member.account}
    logbook = _logbook(parts, desk, told, readings)
    folder = parts.folder
    return Stage(
        clock=told,
        desk=desk,
        logbook=logbook,
        handovers=_handovers(parts, desk, told, readings, past, logbook, begun_us),
        findings=Findings(desk.ledger, desk.calls, folder.rule_sets, folder.plant.timezone),
        entries=Entries(parts.stores.history, parts.writer, folder.plant, told),
        readings=readings,
        calendar=Calendar(folder.plant.timezone),
        begun_us=begun_us,
        actors=actors_of(parts.stores.accounts),
        persons=persons,
        account_of=account_of,
    )


def _logbook(parts: Parts, desk: Desk, told: ToldClock, readings: PastReadings) -> Logbook:
    async def person_of(account_id: UUID) -> UUID | None:
        member = await desk.staff.person_of(account_id)
        return None if member is None else member.person

    return Logbook(
        ledger=desk.ledger,
        calls=desk.calls,
        plant=parts.folder.plant,
        entries=parts.entries,
        # By the plant's own clock: only what is written about now has the readings of now.
        moments=Moments(parts.live, readings, parts.clock),
        photos=parts.stores.photos,
        clock=told,
        duty=desk.duty,
        person_of=person_of,
    )


def _handovers(
    parts: Parts,
    desk: Desk,
    told: ToldClock,
    readings: PastReadings,
    past: Standing,
    logbook: Logbook,
    begun_us: int,
) -> Handovers:
    def active() -> Sequence[ActiveAlarm]:
        return past.active(told.at_us) if told.at_us <= begun_us else parts.alarms.active()

    sources = sources_of(
        parts.folder,
        readings.latest,
        active,
        parts.stores.journal,
        parts.periods,
        logbook,
        parts.judging.judgements,
    )
    settings = parts.folder.handover
    return Handovers(desk.ledger, desk.calls, desk.duty, StaffNames(desk.staff), sources, settings)
