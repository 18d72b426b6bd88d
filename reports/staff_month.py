"""Who worked in a month, in counts: the roster, what the rules say of it, the log and the handovers.

Names stand in the assessment; a report that leaves the plant has crews and numbers.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from operations.assessment.records import Month, PersonMonth, PlantMonth
from operations.attendance.kinds import Attended, SlipKind
from operations.attendance.turns import JudgedTurn
from operations.findings.life import ENDS
from operations.findings.records import Finding
from reports.inputs import CrewMonth, FindingCount, Staff
from telemetry.clock import Clock
from telemetry.plant import Name

_NO_CREW: Final = Name("无班组", "no crew")
_KINDS: Final = {
    SlipKind.LATE: Name("迟到", "late"),
    SlipKind.EARLY: Name("早退", "early leave"),
    SlipKind.ABSENCE: Name("旷工", "absence"),
    SlipKind.OFF_POST: Name("脱岗", "off post"),
    SlipKind.ASLEEP: Name("睡岗", "asleep on duty"),
    SlipKind.DUTY_ITEM: Name("职责未履行", "duty item not done"),
}
_AWAY: Final = (Attended.RELEASED, Attended.AHEAD)


class AssessedMonths(Protocol):
    """Knows what a month says of everybody."""

    async def month(self, month: Month) -> PlantMonth:
        """Return a month of everybody."""
        ...


class Counted(Protocol):
    """Counts what was written of a time."""

    async def __call__(self, from_us: int, to_us: int) -> int:
        """Return how many there are of [from, to)."""
        ...


class StaffOfPlant:
    """Counts a month of people's work."""

    def __init__(
        self, assessments: AssessedMonths, log_entries: Counted, handovers: Counted, clock: Clock
    ) -> None:
        self._assessments = assessments
        self._log_entries = log_entries
        self._handovers = handovers
        self._clock = clock

    async def month(self, first_day: date, from_us: int, to_us: int) -> Staff:
        """Return the month's counts, of turns as far as they have ended."""
        found = await self._assessments.month(Month.of(first_day))
        return Staff(
            crews_of(found.people, [crew.name for crew in found.crews], self._clock.now_us()),
            findings_of([one for person in found.people for one in person.findings]),
            await self._log_entries(from_us, to_us),
            await self._handovers(from_us, to_us),
        )


def crews_of(people: Sequence[PersonMonth], order: Sequence[Name], now_us: int) -> tuple[CrewMonth, ...]:
    """Return each crew's turns that ended, in the plant's order; what was refused or voided counts nowhere.

    Late and early beside an absence of the same turn that counts are in the absence.
    Where no rules held nothing is judged, and late, early and absent are None.
    """
    by_crew: dict[Name, list[tuple[JudgedTurn, list[SlipKind]]]] = {name: [] for name in order}
    for person in people:
        said = _said(person)
        for turn in person.turns:
            if turn.on.shift.end_us <= now_us and turn.judged.stands not in _AWAY:
                own = by_crew.setdefault(turn.on.crew_name or _NO_CREW, [])
                own.append((turn, said.get(turn.on.assignment, [])))
    return tuple(_crew(crew, turns) for crew, turns in by_crew.items() if turns)


def _said(person: PersonMonth) -> dict[UUID, list[SlipKind]]:
    """Return what is held against somebody, by turn: what was decided and stands, and what nobody decided.

    What was decided stands though the turn was settled otherwise since: the rules may not propose it now.
    """
    found: dict[UUID, list[SlipKind]] = defaultdict(list)
    for one in person.findings:
        if one.entry is not None and one.life.state not in ENDS:
            found[one.entry].append(one.kind)
    decided = {one.subject for one in person.findings}
    for turn in person.turns:
        found[turn.on.assignment] += [one.kind for one in turn.judged.proposals if one.key not in decided]
    return found


def findings_of(findings: Sequence[Finding]) -> tuple[FindingCount, ...]:
    """Return findings by kind: those nobody has decided, those that stand, and those that came to nothing."""
    counts = []
    for kind, name in _KINDS.items():
        own = [one for one in findings if one.kind is kind]
        ended = sum(one.life.state in ENDS for one in own)
        standing = sum(one.counts for one in own)
        if own:
            counts.append(FindingCount(kind.value, name, len(own) - ended - standing, standing, ended))
    return tuple(counts)


def _crew(crew: Name, turns: Sequence[tuple[JudgedTurn, Sequence[SlipKind]]]) -> CrewMonth:
    judged = any(turn.judged.stands is not Attended.UNJUDGED for turn, _ in turns)
    said = [kind for _, kinds in turns for kind in kinds]
    on = [turn.on for turn, _ in turns]
    return CrewMonth(
        name=crew,
        turns=len(turns),
        signed=sum(one.signed_in_us is not None for one in on),
        unsettled=sum(one.signed_in_us is None or one.signed_out_us is None for one in on),
        late=said.count(SlipKind.LATE) if judged else None,
        early=said.count(SlipKind.EARLY) if judged else None,
        absent=said.count(SlipKind.ABSENCE) if judged else None,
    )
