"""How a handover stands, and what may be done about it."""

from collections.abc import Collection, Mapping
from uuid import UUID

import pytest

from operations.handover.rules import Asking, Phase, Role, Standing, check_sign, check_start, standing
from operations.handover.settings import HandoverSettings
from operations.handover.turns import turns_of
from telemetry.errors import RequestError
from tests.operations.handover.desk import HOUR_US, NIGHT_US, account, person, roster

MINUTE_US = HOUR_US // 60
END_US = NIGHT_US + 8 * HOUR_US
NIGHT, DAY, EVENING = (turn.shift.key for turn in turns_of(roster()))
BOTH = {Role.OUTGOING, Role.INCOMING}


def at(minutes: int, signed: Mapping[str, Collection[Role]] | None = None) -> Standing:
    """Return how it stands so many minutes after the night turn ends."""
    found = standing(turns_of(roster()), signed or {}, END_US + minutes * MINUTE_US, HandoverSettings())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("minutes", "signed", "turn", "phase", "held_over", "overdue"),
    [
        (-400, {}, NIGHT, Phase.RUNNING, False, False),
        (-61, {}, NIGHT, Phase.RUNNING, False, False),
        (-60, {}, NIGHT, Phase.DUE, False, False),
        (-10, {NIGHT: ()}, NIGHT, Phase.STARTED, False, False),
        (-10, {NIGHT: {Role.OUTGOING}}, NIGHT, Phase.SIGNED, False, False),
        (-10, {NIGHT: BOTH}, NIGHT, Phase.COMPLETE, False, False),
        (0, {}, NIGHT, Phase.DUE, True, False),
        (29, {NIGHT: {Role.OUTGOING}}, NIGHT, Phase.SIGNED, True, False),
        (30, {NIGHT: {Role.OUTGOING}}, NIGHT, Phase.SIGNED, True, True),
        (419, {}, NIGHT, Phase.DUE, True, True),
        # Not without end: when the next handover opens, the turn that is on is asked for it.
        (420, {}, DAY, Phase.DUE, False, False),
        (0, {NIGHT: BOTH}, DAY, Phase.RUNNING, False, False),
        (420, {NIGHT: BOTH}, DAY, Phase.DUE, False, False),
        (16 * 60, {}, EVENING, Phase.DUE, True, False),
    ],
)
def test_the_outgoing_turn_answers_until_the_incoming_one_has_signed(
    minutes: int,
    signed: Mapping[str, Collection[Role]],
    turn: str,
    phase: Phase,
    held_over: bool,
    overdue: bool,
) -> None:
    found = at(minutes, signed)
    late_us = found.outgoing.shift.end_us + 30 * MINUTE_US
    assert (found.outgoing.shift.key, found.phase, found.held_over, found.overdue_since_us) == (
        turn,
        phase,
        held_over,
        late_us if overdue else None,
    )
    expected = found.incoming if phase is Phase.COMPLETE else found.outgoing
    assert found.responsible is expected


def test_without_a_roster_nothing_stands() -> None:
    assert standing([], {}, NIGHT_US, HandoverSettings()) is None


def asking(number: int, manages: bool = False) -> Asking:
    return Asking(account(number), person(number) if number < 10 else None, manages)


def code_of(attempt: object, *arguments: object) -> str:
    assert callable(attempt)
    try:
        attempt(*arguments)
    except RequestError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize(
    ("minutes", "signed", "who", "waiting", "reason", "code"),
    [
        (-10, {}, asking(1), 0, "", "ok"),
        (-10, {}, asking(2), 0, "", "ok"),
        (-10, {}, asking(3), 0, "", "not_of_the_turn"),
        (-10, {}, asking(10), 0, "", "not_of_the_turn"),
        (-10, {}, asking(10, manages=True), 0, "", "ok"),
        (-90, {}, asking(1), 0, "", "handover_too_early"),
        (40, {}, asking(1), 0, "", "ok"),
        (-10, {NIGHT: ()}, asking(1), 0, "", "handover_exists"),
        (-10, {NIGHT: BOTH}, asking(1), 0, "", "handover_exists"),
        (-10, {}, asking(1), 2, "", "alarm_unanswered"),
        (-10, {}, asking(1), 2, "instrument being repaired", "ok"),
        (-10, {}, asking(10, manages=True), 2, "", "alarm_unanswered"),
    ],
)
def test_who_may_begin_and_when(
    minutes: int,
    signed: Mapping[str, Collection[Role]],
    who: Asking,
    waiting: int,
    reason: str,
    code: str,
) -> None:
    alarms = [UUID(int=number) for number in range(waiting)]
    assert code_of(check_start, at(minutes, signed), who, alarms, reason) == code


OUT, IN = Role.OUTGOING, Role.INCOMING
LEAVING, COMING = {person(1), person(2)}, {person(3), person(4), person(2)}
BY_ONE = {OUT: (person(1), account(1))}
BY_MANAGER = {OUT: (None, account(10))}


@pytest.mark.parametrize(
    ("role", "who", "signed", "reason", "code"),
    [
        (OUT, asking(1), {}, "", "ok"),
        (OUT, asking(2), {}, "", "ok"),
        (OUT, asking(3), {}, "", "not_of_the_turn"),
        (OUT, asking(2), BY_ONE, "", "already_signed"),
        (OUT, asking(10, manages=True), {}, "", "reason_missing"),
        (OUT, asking(10, manages=True), {}, "当班已离厂", "ok"),
        (OUT, asking(10), {}, "x", "not_of_the_turn"),
        (IN, asking(3), {}, "", "outgoing_not_signed"),
        (IN, asking(3), BY_ONE, "", "ok"),
        (IN, asking(3), BY_MANAGER, "", "ok"),
        (IN, asking(1), BY_ONE, "", "same_person"),
        (IN, asking(2), BY_ONE, "", "ok"),
        (IN, asking(2), {OUT: (person(2), account(2))}, "", "same_person"),
        (IN, asking(10, manages=True), BY_MANAGER, "x", "same_person"),
        (IN, asking(10, manages=True), BY_ONE, "x", "not_of_the_next_turn"),
        (IN, asking(5), BY_ONE, "", "not_of_the_next_turn"),
        (IN, asking(3), BY_ONE | {IN: (person(4), account(4))}, "", "already_signed"),
    ],
)
def test_who_may_sign(
    role: Role, who: Asking, signed: Mapping[Role, tuple[UUID | None, UUID | None]], reason: str, code: str
) -> None:
    assert code_of(check_sign, role, who, LEAVING, COMING, signed, reason) == code
