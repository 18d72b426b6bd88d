"""What the demo's people do: pure stories, the same for the same turns."""

from datetime import date, datetime, timedelta
from string import Formatter
from uuid import uuid4
from zoneinfo import ZoneInfo

from app.life import log_texts
from app.life.attendance_story import signatures
from app.life.deeds import DAY_US, HOUR_US, MINUTE_US
from app.life.entry_story import CORRECTED, Taken, entered
from app.life.finding_story import FOUND, findings, mornings
from app.life.handover_story import handed_over
from app.life.incident_story import STORIES, incidents_logged
from app.life.log_story import logged
from app.life.log_texts import CONTROL, Line
from app.life.mark_story import MARKED, SLIP, marked
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.marks import MarkKind
from operations.access import PERMISSIONS, Permission, Role
from operations.attendance.kinds import SlipKind
from simulator.incidents import INCIDENTS
from simulator.laboratory import ENTRIES
from simulator.waking import run_in_from
from telemetry.calendar import Calendar
from telemetry.clock import to_us
from telemetry.duty import OnShift, Shift
from telemetry.plant import Name

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)
BEGUN = to_us(datetime(2026, 11, 20, 21, 30, tzinfo=ZONE))
FOLDER = read_folder(DEMO_FOLDER)
NAMES = {"night": "夜班", "day": "白班", "evening": "中班"}


def turns(first: date, days: int) -> list[Shift]:
    """Return the turns of days, three a day."""
    found = []
    for day in (first + timedelta(days=number) for number in range(days)):
        for number, (code, zh) in enumerate(NAMES.items()):
            start_us = CALENDAR.start_us(day) + 8 * number * HOUR_US
            name = Name(zh, code)
            found.append(Shift(f"{day}/{code}", name, day.isoformat(), start_us, start_us + 8 * HOUR_US))
    return found


MONTH = turns(date(2026, 10, 20), 31)


def lines() -> list[Line]:
    groups = (
        log_texts.TAKEN_OVER,
        log_texts.PATROLLED,
        log_texts.ANY_TIME,
        log_texts.BY_DAY,
        log_texts.BY_NIGHT,
        log_texts.OTHERS,
    )
    return [line for group in groups for line in group]


def test_every_turn_has_three_to_six_lines_in_its_time() -> None:
    for shift in MONTH:
        written = [deed for deed in logged([shift]) if deed.reads]
        assert 3 <= len(written) <= 6, shift.key
        assert all(shift.start_us <= deed.at_us < shift.end_us for deed in written), shift.key


def test_the_log_of_a_turn_is_the_same_whatever_other_turns_are_told_with_it() -> None:
    alone = [deed.at_us for deed in logged(MONTH[40:41])]

    together = [deed.at_us for deed in logged(MONTH[40:42])]

    assert together[: len(alone)] == alone


def test_the_texts_speak_of_what_the_plant_has() -> None:
    told = [(line.text, line.unit, line.equipment) for line in lines()]
    told += [(said[3], None, (target,)) for (_, target), story in STORIES.items() for said in story]

    for text, unit, equipment in told:
        tags = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert tags <= FOLDER.plant.point_by_tag.keys(), text
        assert unit is None or unit in FOLDER.plant.unit_by_id, text
        assert set(equipment) <= FOLDER.plant.equipment_by_id.keys(), text


def test_every_incident_is_told_but_those_of_one_cause_once() -> None:
    told = set(STORIES)
    of_one_cause = {(13, "BL_B201B"), (13, "BL_B201C")}

    assert {(one.day, one.target) for one in INCIDENTS} == told | of_one_cause


def test_an_incident_is_first_told_minutes_after_it_began_and_closed_after_it_ended() -> None:
    deeds = sorted(deed.at_us for deed in incidents_logged(BEGUN, ZONE) if deed.reads)
    for incident in INCIDENTS:
        if (incident.day, incident.target) not in STORIES:
            continue
        begins_us, ends_us = incident.span(run_in_from(BEGUN) + DAY_US, ZONE)
        around = [at_us for at_us in deeds if begins_us <= at_us <= ends_us + HOUR_US]
        assert begins_us + 2 * MINUTE_US < around[0] < begins_us + 10 * MINUTE_US
        assert around[-1] > ends_us


def test_a_turn_is_handed_over_in_the_hour_before_its_end_and_taken_over_soon_after() -> None:
    for shift in MONTH:
        begun, outgoing, incoming, *_ = handed_over([shift], BEGUN, CALENDAR)
        assert shift.end_us - HOUR_US < begun.at_us < outgoing.at_us < shift.end_us
        assert shift.end_us < incoming.at_us < shift.end_us + 10 * MINUTE_US


def test_two_handovers_have_a_word_more_and_one_something_added() -> None:
    deeds = list(handed_over(MONTH, BEGUN, CALENDAR))

    assert len(deeds) == 3 * len(MONTH) + 1


def test_what_is_found_lies_in_the_past_and_names_duties_of_the_rules() -> None:
    rules = FOLDER.rule_sets.on(date(2026, 11, 1))

    assert rules is not None
    assert [one[4] for one in FOUND].count(SlipKind.DUTY_ITEM) == 3
    assert all(one[5] is None or rules.duty_item(one[5]) for one in FOUND)
    assert all(deed.at_us < BEGUN for deed in findings(BEGUN, CALENDAR))


def test_the_department_looks_once_a_day() -> None:
    deeds = list(mornings(date(2026, 11, 1), date(2026, 11, 30), BEGUN, CALENDAR))

    assert len({CALENDAR.day_of(deed.at_us) for deed in deeds}) == len(deeds) == 30


def on_turn(shift: Shift, number: str) -> OnShift:
    post = Name("巡检", "Patrol")
    return OnShift(uuid4(), shift, uuid4(), number, "杨帆", "operator", uuid4(), post, None, None)


def test_somebody_comes_late_on_the_day_that_is_told_and_in_time_on_all_others() -> None:
    turns_of = [on_turn(shift, "0203") for shift in MONTH[1::3]]

    came = [deed.at_us for deed in signatures(turns_of, BEGUN, CALENDAR)][::2]

    late = [on.shift.day for on, at_us in zip(turns_of, came, strict=True) if at_us > on.shift.start_us]
    assert late == ["2026-10-24"]


def test_nothing_odd_befalls_anybody_after_the_beginning() -> None:
    shift = turns(date(2026, 11, 25), 1)[1]

    came, left = signatures([on_turn(shift, "0203")], BEGUN, CALENDAR)

    assert came.at_us < shift.start_us
    assert left.at_us > shift.end_us


def test_the_demo_has_a_minimum_wage_to_check_against() -> None:
    rules = FOLDER.rule_sets.on(date(2026, 11, 1))

    assert rules is not None
    assert rules.wages.minimum_month_yuan == 2200


def test_marks_lie_in_the_past_and_are_made_by_who_may_make_them() -> None:
    deeds = [deed.at_us for deed in marked(BEGUN, CALENDAR)]

    assert len(deeds) == len(MARKED) + 3
    assert all(BEGUN - 30 * DAY_US < at_us < BEGUN for at_us in deeds)
    assert {one[4] for one in MARKED} == {MarkKind.MAINTENANCE, MarkKind.CALIBRATION}
    for _, _, _, tag, _, who, _ in (*MARKED, SLIP):
        regulated = FOLDER.plant.point_by_tag[tag].regulatory
        assert Permission.MARK_READINGS in PERMISSIONS[Role(who)]
        assert regulated or Permission.MARK_ALL in PERMISSIONS[Role(who)]


def test_what_was_entered_is_put_right_where_the_demo_says_so() -> None:
    entered_tags = {entry.tag for entry in ENTRIES}
    at_us = CALENDAR.start_us(date(2026, 11, 19)) + 9 * HOUR_US
    found = [Taken(tag, at_us, 20.0) for tag in ("LAB_EFF_COD", "LAB_EFF_TN", "LAB_SV30_2")]

    deeds = [deed.at_us for deed in entered(found, BEGUN, CALENDAR)]

    assert {tag for _, tag, *_ in CORRECTED} <= entered_tags
    assert deeds == [
        at_us + 4 * HOUR_US + 10 * MINUTE_US,
        at_us + 4 * HOUR_US + 110 * MINUTE_US,
        at_us + 5 * HOUR_US + 10 * MINUTE_US,
        at_us + 46 * MINUTE_US,
    ]
    assert [one.by for one in found] == ["laboratory", "laboratory", CONTROL]
