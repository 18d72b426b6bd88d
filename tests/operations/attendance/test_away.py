"""Who had signed out before the sign-out that counts: told on the sheet, and judged by nobody."""

from datetime import date

import pytest
from sqlalchemy import Engine

from config.rule_sets import shipped_rule_sets
from operations.attendance.away import Away, Move, away_of
from operations.attendance.kinds import Attended
from operations.attendance.turns import judged_turns
from operations.ledger import Ledger
from storage.unit_of_work import reading
from telemetry.clock import to_us
from telemetry.duty import Shift
from tests.clock import MovedClock
from tests.operations.plant_life import DAY_SHIFT, ZONE, PlantLife, at


def us(clock: str) -> int:
    return to_us(at(f"2026-11-03T{clock}"))


SHIFT = Shift("2026-11-03/day", DAY_SHIFT, "2026-11-03", us("08:00"), us("16:00"))


def moves(text: str) -> list[Move]:
    words = text.split()
    return [Move(way == "out", us(clock)) for way, clock in zip(words[::2], words[1::2], strict=True)]


@pytest.mark.parametrize(
    ("signed", "counts", "expected"),
    [
        ("in 07:55 out 16:00", "16:00", []),
        ("in 07:55 out 10:00 in 15:50 out 16:00", "16:00", [("10:00", "15:50")]),
        ("in 07:55 out 10:00 out 16:00", "16:00", [("10:00", None)]),
        ("in 07:55 out 10:00 in 10:05 out 16:00", "16:00", []),
        ("in 07:55 out 10:00 in 10:06 out 16:00", "16:00", [("10:00", "10:06")]),
        ("in 07:55 out 15:58 out 16:02", "16:02", []),
        ("in 07:55 out 10:00 in 12:00", None, [("10:00", "12:00")]),
        (
            "in 07:55 out 10:00 in 11:00 out 13:00 out 16:00",
            "16:00",
            [("10:00", "11:00"), ("13:00", None)],
        ),
        ("in 07:55 out 10:00", "16:00", [("10:00", None)]),
        ("in 07:55 out 16:30", "16:00", []),
        ("in 07:55 out 10:00", "10:00", []),
        ("", "16:00", []),
        # Staying longer: the last one counts, and nobody was away from the turn.
        ("in 07:55 out 16:01 out 16:20", "16:20", []),
        ("in 07:55 out 15:56 out 16:20", "16:20", []),
        ("in 07:55 out 15:54 out 16:20", "16:20", [("15:54", None)]),
        ("in 07:55 out 15:50 in 16:20 out 16:30", "16:30", [("15:50", "16:20")]),
        ("in 07:05 out 07:06 in 07:58 out 16:00", "16:00", []),
        ("in 07:05 out 07:06 in 08:06 out 16:00", "16:00", [("07:06", "08:06")]),
    ],
)
def test_earlier_sign_outs_are_told_unless_they_were_put_right_at_once(
    signed: str, counts: str | None, expected: list[tuple[str, str | None]]
) -> None:
    found = away_of(moves(signed), None if counts is None else us(counts), SHIFT)

    assert list(found) == [Away(us(out), None if back is None else us(back)) for out, back in expected]


def test_six_hours_away_are_told_and_nothing_is_proposed(engine: Engine, clock: MovedClock) -> None:
    clock.at_us = to_us(at("2026-11-30T23:00"))
    book = Ledger(engine, clock, plant="p1", node="n1")
    life = PlantLife(book)
    person = life.person("001", "王磊")
    entry = life.worked(person, "2026-11-03", came="07:55", left="10:00")
    life.signed(person, entry, "2026-11-03T15:50", "2026-11-03T16:00")
    day = date(2026, 11, 3)

    with reading(engine) as connection:
        [turn] = judged_turns(connection, "p1", shipped_rule_sets(), ZONE, day, day, clock.now_us())

    assert turn.judged.turn.away == (Away(us("10:00"), us("15:50")),)
    assert (turn.judged.stands, turn.judged.proposals, turn.judged.open) == (Attended.WORKED, (), None)
    assert (turn.on.signed_in_us, turn.on.signed_out_us) == (us("07:55"), us("16:00"))
