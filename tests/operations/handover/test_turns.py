"""Which turn relieves which."""

from dataclasses import replace

import pytest

from operations.handover.turns import before, relief_of, running, turns_of
from telemetry.duty import OnShift
from tests.operations.handover.desk import CREWS, HOUR_US, NIGHT_US, PATROL, on_shift, roster


def test_a_turn_is_relieved_by_the_one_that_mans_its_posts_where_it_ends() -> None:
    turns = turns_of(roster())
    assert [turn.shift.name.en for turn in turns] == ["night turn", "day turn", "evening turn"]
    assert [turn.crew for turn in turns] == [CREWS["jia"], CREWS["yi"], CREWS["bing"]]
    assert [relief_of(turn, turns) for turn in turns] == [turns[1], turns[2], None]


def test_day_staff_relieve_nobody_and_hand_over_to_nobody() -> None:
    from uuid import UUID

    laboratory = on_shift(9, NIGHT_US + 8 * HOUR_US, "laboratory", crew="", post=UUID(int=0xA9))
    # First by name and as many as the crew's: still not the turn that hands over.
    turns = turns_of([laboratory, *roster()[:3], *roster()[4:]])
    night, at_eight = turns[0], NIGHT_US + 8 * HOUR_US
    day = next(turn for turn in turns if turn.shift.key.endswith("/day"))
    lab = next(turn for turn in turns if turn.shift.key.endswith("/laboratory"))
    assert relief_of(night, turns) is day
    assert relief_of(lab, turns) is None
    assert running(turns, at_eight) is day


@pytest.mark.parametrize(("gap_h", "relieved"), [(0, True), (2, True), (3, False)])
def test_a_relief_comes_within_two_hours(gap_h: int, relieved: bool) -> None:
    turns = turns_of([on_shift(1, NIGHT_US), on_shift(3, NIGHT_US + (8 + gap_h) * HOUR_US, "day")])
    assert (relief_of(turns[0], turns) is not None) is relieved


def test_the_turn_that_mans_more_of_the_posts_relieves() -> None:
    at_us = NIGHT_US + 8 * HOUR_US
    night = [on_shift(1, NIGHT_US), on_shift(2, NIGHT_US, post=PATROL)]
    half: OnShift = on_shift(3, at_us, "a-half", post=PATROL)
    whole = [on_shift(4, at_us, "day"), on_shift(5, at_us, "day", post=PATROL)]
    turns = turns_of([*night, half, *whole])
    found = relief_of(turns[0], turns)
    assert found is not None
    assert found.shift.key.endswith("/day")


def test_the_turn_before_is_the_one_relieved_or_the_last_one_that_is_over() -> None:
    turns = turns_of(roster())
    assert before(turns[1], turns, NIGHT_US + 9 * HOUR_US) is turns[0]
    assert before(turns[0], turns, NIGHT_US) is None
    assert running(turns, NIGHT_US + 30 * HOUR_US) is None
    assert before(None, turns, NIGHT_US + 30 * HOUR_US) is turns[2]


def test_a_swap_does_not_change_whose_turn_it_is() -> None:
    rows = roster()
    rows[0] = replace(rows[0], person=rows[4].person, replaces=rows[0].person, crew=CREWS["bing"])
    turns = turns_of([*rows, on_shift(7, NIGHT_US, crew="jia", post=PATROL)])
    assert turns[0].crew == CREWS["jia"]
    assert turns[0].has(rows[4].person)
