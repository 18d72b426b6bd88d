"""The stage wired: the services of people's work on a ledger of its own, whose clock is told the time."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from alarms.active import ActiveAlarm
from alarms.compliance.limits import NOT_KNOWN, Water
from app.build import Parts
from app.life.past_readings import PastReadings
from app.life.seeding import actors_of
from app.life.stage import Stage
from app.life.told_clock import ToldClock
from operations.desk import Desk
from operations.findings.service import Findings
from operations.handover.content import LogLine
from operations.handover.logged import lines
from operations.handover.service import Handovers
from operations.handover.sources import Sources
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

    def journal_head() -> tuple[int, bytes]:
        head = parts.stores.journal.head()
        return head.records, head.head

    async def log(from_us: int, to_us: int) -> list[LogLine]:
        return lines(await logbook.listed(from_us, to_us))

    async def water(at_us: int) -> Water:
        day = parts.folder.calendar.day_of(at_us)
        return (await parts.judging.judgements.water(day, day)).get(day, NOT_KNOWN)

    sources = Sources(
        plant=parts.folder.plant,
        limits=parts.folder.limits,
        latest=readings.latest,
        active=active,
        journal_head=journal_head,
        figures=parts.periods,
        log=log,
        water=water,
    )
    settings = parts.folder.handover
    return Handovers(desk.ledger, desk.calls, desk.duty, StaffNames(desk.staff), sources, settings)
