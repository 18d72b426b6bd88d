"""How alarms were answered: from the journal, with who stood on the roster when they were raised. Pure.

A shift is shown what it could do, never a concentration: acknowledging is one thing, what was done and
when the alarm went is told beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent
from operations.staff.people import StaffMember
from telemetry.clock import US_PER_S, from_us
from telemetry.duty import OnShift


@dataclass(frozen=True, slots=True)
class Response:
    """One alarm and its answer; times None where there was none yet."""

    occurrence: UUID
    key: str
    tag: str
    kind: RuleKind
    priority: Priority
    raised_us: int
    acknowledged_us: int | None
    by_id: UUID | None
    by: str | None
    comment: str | None
    cleared_us: int | None
    on_shift: tuple[OnShift, ...]

    @property
    def seconds(self) -> float | None:
        """From the raise to the acknowledgement."""
        if self.acknowledged_us is None:
            return None
        return (self.acknowledged_us - self.raised_us) / US_PER_S


@dataclass(frozen=True, slots=True)
class Answered:
    """How many alarms, how many answered, and how fast."""

    raised: int
    acknowledged: int
    median_s: float | None
    slowest_s: float | None


def responses(
    records: Iterable[JournalRecord],
    on_shift: Sequence[OnShift],
    from_us: int,
    to_us: int,
    lowest: Priority,
) -> list[Response]:
    """Return the alarms raised in [from, to) of a priority and above, oldest first; records in any order."""
    of_alarm: dict[UUID, list[JournalRecord]] = {}
    for record in records:
        of_alarm.setdefault(record.occurrence, []).append(record)
    found = []
    for occurrence, moves in of_alarm.items():
        moves.sort(key=lambda record: record.seq)
        first = moves[0]
        if first.event is not AlarmEvent.RAISE or first.priority < lowest:
            continue
        if from_us <= first.at_us < to_us:
            found.append(_response(occurrence, moves, on_shift))
    return sorted(found, key=lambda response: (response.raised_us, response.key))


def answerer(
    response: Response, of_people: Mapping[UUID, Sequence[StaffMember]], zone: ZoneInfo
) -> UUID | None:
    """Return who acknowledged an alarm; None for nobody of the staff.

    The journal names an account, or the person who answered from a push and has none. An account may have
    been linked after the fact, or be another's by now: whose it was on the day comes first.
    """
    if response.by_id is None or response.acknowledged_us is None or response.by_id in of_people:
        return response.by_id
    day = from_us(response.acknowledged_us).astimezone(zone).date()
    then: list[UUID] = []
    ever: list[UUID] = []
    for person, versions in of_people.items():
        if any(version.account_id == response.by_id for version in versions):
            ever.append(person)
            held = [version for version in versions if version.valid_from <= day]
            if held and held[-1].account_id == response.by_id:
                then.append(person)
    found = then or ever
    return found[0] if len(found) == 1 else None


def answered(found: Sequence[Response]) -> Answered:
    """Return what responses come to."""
    seconds = [response.seconds for response in found if response.seconds is not None]
    return Answered(
        raised=len(found),
        acknowledged=len(seconds),
        median_s=median(seconds) if seconds else None,
        slowest_s=max(seconds, default=None),
    )


def _response(occurrence: UUID, moves: Sequence[JournalRecord], on_shift: Sequence[OnShift]) -> Response:
    raised = moves[0]
    acknowledged = next((one for one in moves if one.event is AlarmEvent.ACKNOWLEDGE), None)
    cleared = next((one.at_us for one in moves if one.event is AlarmEvent.CLEAR), None)
    there = (on for on in on_shift if on.shift.start_us <= raised.at_us < on.shift.end_us)
    return Response(
        occurrence=occurrence,
        key=raised.key,
        tag=raised.tag,
        kind=raised.kind,
        priority=raised.priority,
        raised_us=raised.at_us,
        acknowledged_us=acknowledged.at_us if acknowledged else None,
        by_id=acknowledged.actor_id if acknowledged else None,
        by=acknowledged.actor if acknowledged else None,
        comment=acknowledged.comment if acknowledged else None,
        cleared_us=cleared,
        on_shift=tuple(there),
    )
