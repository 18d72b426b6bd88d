"""What may be done about a handover, and how it stands. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from alarms.settings import Priority
from alarms.states import AlarmState
from operations.handover.content import OpenAlarm
from operations.handover.settings import HandoverSettings
from operations.handover.turns import Turn, before, relief_of, running
from telemetry.clock import duration_us
from telemetry.errors import Conflict, Forbidden, Invalid

CHECKS: Final = ("tools", "keys", "housekeeping", "permits")
"""What is handed over by word: tools, keys, order and cleanliness, lock-out permits."""


class Role(StrEnum):
    """Whose signature it is."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class Phase(StrEnum):
    """How the handover of a turn stands."""

    RUNNING = "running"
    """The turn is on, and its handover not open yet."""
    DUE = "due"
    STARTED = "started"
    SIGNED = "signed"
    """By the outgoing turn."""
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Standing:
    """Which turn is to hand over to which, and how far that is.

    `opens_us` is from when it may begin. `held_over` says that the outgoing turn is over and still
    responsible; `overdue_since_us` since when it is the plant manager's matter.
    """

    outgoing: Turn
    incoming: Turn | None
    phase: Phase
    opens_us: int
    held_over: bool
    overdue_since_us: int | None

    @property
    def unrelieved(self) -> bool:
        """Whether it is overdue, and a matter: not of day staff that went home and that nobody relieves."""
        return self.overdue_since_us is not None and bool(self.incoming or self.outgoing.present)

    @property
    def responsible(self) -> Turn:
        """Who answers for the plant: the outgoing turn until the incoming one has signed."""
        if self.phase is Phase.COMPLETE and self.incoming is not None:
            return self.incoming
        return self.outgoing


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the person behind the account, None for nobody of the staff; `manages` the plant."""

    account: UUID
    person: UUID | None
    manages: bool


def standing(
    turns: Sequence[Turn], signed: Mapping[str, Collection[Role]], now_us: int, settings: HandoverSettings
) -> Standing | None:
    """Return how the handover of now stands; None without a roster around now.

    `signed` has the roles that signed by the key of each turn whose handover was started. A turn that
    is over stays responsible until the next one's handover opens, not without end.
    """
    opens_us = duration_us(settings.opens)
    on = running(turns, now_us)
    last = before(on, turns, now_us)
    if last is not None and Role.INCOMING not in signed.get(last.shift.key, ()):
        if on is None or now_us < on.shift.end_us - opens_us:
            return of_turn(last, turns, signed, now_us, settings)
    if on is None:
        on = last
    return None if on is None else of_turn(on, turns, signed, now_us, settings)


def of_turn(
    turn: Turn,
    turns: Sequence[Turn],
    signed: Mapping[str, Collection[Role]],
    now_us: int,
    settings: HandoverSettings,
) -> Standing:
    """Return how the handover of one turn stands."""
    end_us = turn.shift.end_us
    opens_us = end_us - duration_us(settings.opens)
    roles = signed.get(turn.shift.key)
    if roles is None:
        phase = Phase.RUNNING if now_us < opens_us else Phase.DUE
    elif Role.INCOMING in roles:
        phase = Phase.COMPLETE
    else:
        phase = Phase.SIGNED if Role.OUTGOING in roles else Phase.STARTED
    overdue_us = end_us + duration_us(settings.escalate_after)
    done = phase is Phase.COMPLETE
    return Standing(
        outgoing=turn,
        incoming=relief_of(turn, turns),
        phase=phase,
        opens_us=opens_us,
        held_over=now_us >= end_us and not done,
        overdue_since_us=overdue_us if now_us >= overdue_us and not done else None,
    )


def unanswered(alarms: Iterable[OpenAlarm]) -> tuple[UUID, ...]:
    """Return the alarms that stand, high or critical, and that nobody has acknowledged."""
    return tuple(
        alarm.id
        for alarm in alarms
        if alarm.state == AlarmState.UNACKNOWLEDGED.value and alarm.priority >= Priority.HIGH
    )


def check_start(found: Standing, asking: Asking, waiting: Collection[UUID], reason: str) -> None:
    """Refuse a handover that may not begin: Forbidden or Conflict says why."""
    if found.phase not in (Phase.RUNNING, Phase.DUE):
        raise Conflict("handover_exists", f"the handover of {found.outgoing.shift.key} has begun already")
    if not asking.manages and not found.outgoing.has(asking.person):
        raise Forbidden("not_of_the_turn", "somebody of the outgoing turn begins it, or the manager")
    if found.phase is Phase.RUNNING:
        raise Conflict("handover_too_early", "the turn is on: its handover opens shortly before its end")
    check_alarms(waiting, (), reason)


def check_alarms(waiting: Collection[UUID], stated: Collection[UUID], reason: str) -> None:
    """Refuse while a high alarm waits for an answer that no reason was given for."""
    open_ones = [alarm for alarm in waiting if alarm not in stated]
    if open_ones and not reason:
        raise Conflict(
            "alarm_unanswered",
            f"{len(open_ones)} high alarms are not acknowledged: acknowledge them, or give the reason",
        )


def check_sign(
    role: Role,
    asking: Asking,
    outgoing: Collection[UUID],
    incoming: Collection[UUID],
    signed: Mapping[Role, tuple[UUID | None, UUID | None]],
    reason: str,
) -> None:
    """Refuse a signature: `outgoing` and `incoming` are who stands on the turns, `signed` (person, account).

    The plant manager signs in the place of an outgoing turn that has gone, and says why.
    """
    if role in signed:
        raise Conflict("already_signed", f"the {role.value} turn has signed already")
    if role is Role.OUTGOING:
        if asking.person in outgoing:
            return
        if not asking.manages:
            raise Forbidden("not_of_the_turn", "somebody of the outgoing turn signs, from the own account")
        if not reason:
            raise Invalid("reason_missing", "say why the outgoing turn does not sign itself")
        return
    if Role.OUTGOING not in signed:
        raise Conflict("outgoing_not_signed", "the outgoing turn signs first")
    person, account = signed[Role.OUTGOING]
    if asking.account == account or (person is not None and asking.person == person):
        raise Conflict("same_person", "who handed over cannot take over: another person signs")
    if asking.person is None or asking.person not in incoming:
        raise Forbidden("not_of_the_next_turn", "somebody who stands on the next turn's roster takes over")
