"""The analysers page: what each has left, where its hours went, in both languages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.types import ASGIApp

from alarms.uptime.records import AnalyserMonth, Cause, HourJudgement, PlantUptime, ResultRecord
from config.folder import PlantFolder
from history.marks import MarkKind
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import to_us
from telemetry.errors import StoreError
from telemetry.shares import target_text
from tests.alarms.registers import DAY_US, ZONE
from tests.api.node import NOW, Node
from tests.web.console import text_of
from tests.web.staffed import TAG, actor, judge, judge_again, people_away, seen_by
from web import judged_words
from web.alarm_view import AlarmSpeaker
from web.analysers_view import AnalyserCard, UptimeSpeaker, key, tone
from web.language import Language
from web.months import Month

HOUR_US = 3_600_000_000
TODAY = date(2026, 11, 21)
NOW_ASKED = quote(f"{NOW.astimezone(ZONE):%Y-%m-%dT%H:%M}", safe="")


async def test_before_the_first_reading_nothing_was_due(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/analysers")

    assert answer.status_code == 200
    assert "Will each make 95 % this month?" in text_of(answer.text)
    assert "No hour was lost." in text_of(answer.text)
    assert "100.0 %" not in text_of(answer.text)


async def test_a_judged_month_says_what_is_left_and_what_was_lost_to_what(
    node: Node, operator: httpx.AsyncClient
) -> None:
    await judge(node, "check 01:00; no 15:00; state fault 18:00-20:30; no 19:00; no 20:00")

    page = (await operator.get("/analysers")).text

    said = text_of(page)
    assert "h more may be lost" in said
    assert "11-20 17:00–20:00 3 h fault" in said
    assert "11-20 14:00–15:00 1 h no result" in said
    assert 'href="/analysers" aria-current="page"' in page
    assert "<svg" in page


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_mark_is_led_there(console: ASGIApp, accounts: Accounts, role: Role) -> None:
    page = await seen_by(console, accounts, role, "/analysers")

    assert ("Mark a time" in page) is (role in (Role.ENGINEER, Role.CONTRACTOR))


@pytest.mark.parametrize("month", ["2026-13", "xx", "2026-12", "9" * 300, "<script>"])
async def test_a_month_that_is_none_is_refused(operator: httpx.AsyncClient, month: str) -> None:
    answer = await operator.get("/analysers", params={"month": month})

    assert answer.status_code == 422
    assert "That did not work" in text_of(answer.text)
    assert "<script>" not in answer.text.replace('<script type="module"', "").replace("<script defer", "")


async def test_a_month_gone_by_asks_whether_they_did(
    console: ASGIApp, accounts: Accounts, node: Node
) -> None:
    english = await seen_by(console, accounts, Role.MANAGER, "/analysers?month=2026-10")
    chinese = await seen_by(console, accounts, Role.MANAGER, "/analysers?month=2026-10", "zh-CN")

    assert "Did each make 95 %?" in text_of(english)
    assert "no result was due" in text_of(english)
    assert "95 %" in text_of(chinese)
    assert "2026年10月" in chinese


async def test_it_needs_no_people_and_says_when_the_store_fails(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StoreError("node.sqlite: not read")

    people_away(node, monkeypatch)
    well = await operator.get("/analysers")
    monkeypatch.setattr(type(node.judging.judgements), "uptime", fails)
    failed = await operator.get("/analysers")

    assert (well.status_code, failed.status_code) == (200, 503)
    assert "Not available at present" in text_of(failed.text)


# what the speaker says ---------------------------------------------------------------------------


def hour(number: int, cause: Cause | None = None, **changed: Any) -> HourJudgement:
    made = HourJudgement(TAG, DAY_US + number * HOUR_US, None, True, cause is None, cause, 100.0)
    return replace(made, **changed)


def month_of(hours: Sequence[HourJudgement], **changed: Any) -> AnalyserMonth:
    lost = sum(one.lost for one in hours)
    made = AnalyserMonth(
        tag=TAG, equipment="EFF_ANA_COD", month=date(2026, 11, 1), start_us=0, end_us=1, due=100,
        valid=100 - lost, lost_by_cause={Cause.FAULT: lost}, excused=0, not_due=0, due_in_all=690,
        hours_ahead=200, uptime=(100 - lost) / 100, target=0.95, hours_left=34 - lost, within=1,
        judged_results=1, compliance_rate=1.0, hours=tuple(hours),
    )  # fmt: skip
    return replace(made, **changed)


def card_of(folder: PlantFolder, language: Language, one: AnalyserMonth, asked: str = "") -> AnalyserCard:
    speaker = UptimeSpeaker(folder, AlarmSpeaker(folder, language, to_us(NOW)), folder.calendar)
    found = PlantUptime(date(2026, 11, 1), 0.95, (one,), one.uptime, TAG)
    (card,) = speaker.cards(Month.asked(asked, TODAY), found)
    return card


@pytest.mark.parametrize(
    ("changed", "left", "sign"),
    [
        ({"hours_left": 6}, "6 h more may be lost", ("well", "✓")),
        ({"hours_left": 0}, "0 h more may be lost", ("well", "✓")),
        ({"hours_left": -2}, "95 % cannot be met any more: 2 h too many lost", ("missed", "✗")),
        ({"due_in_all": 0, "uptime": None}, "no result was due", ("unknown", "–")),
        ({"valid": 80, "hours_left": 14}, "14 h more may be lost", ("near", "!")),
    ],
)
def test_the_budget_is_told_in_hours(
    folder: PlantFolder, en: Language, changed: dict[str, Any], left: str, sign: tuple[str, str]
) -> None:
    card = card_of(folder, en, month_of([], **changed))

    assert (card.left, (card.tone, card.sign)) == (left, sign)


@pytest.mark.parametrize(("hours_left", "left"), [(5, "95 % met, 5 h to spare"), (-5, "95 % missed by 5 h")])
def test_of_a_month_gone_by_it_is_told_how_it_ended(
    folder: PlantFolder, en: Language, hours_left: int, left: str
) -> None:
    one = month_of([], hours_left=hours_left, hours_ahead=0)

    assert card_of(folder, en, one, "2026-10").left == left


def test_hours_on_end_of_one_cause_are_one_loss_the_newest_first(folder: PlantFolder, en: Language) -> None:
    hours = [hour(n) for n in range(4)] + [hour(n, Cause.FAULT) for n in (4, 5)]
    hours += [hour(6, Cause.COMMUNICATION), hour(7), *(hour(n, Cause.FAULT) for n in range(22, 27))]

    card = card_of(folder, en, month_of(hours))

    assert [(lost.when, lost.hours, lost.tone) for lost in card.lost] == [
        ("11-20 22:00–11-21 03:00", 5, "broken"),
        ("11-20 06:00–07:00", 1, "line"),
        ("11-20 04:00–06:00", 2, "broken"),
    ]


def test_a_loss_until_midnight_ends_at_24(folder: PlantFolder, en: Language) -> None:
    card = card_of(folder, en, month_of([hour(n, Cause.MARKED) for n in (22, 23)]))

    assert [lost.when for lost in card.lost] == ["11-20 22:00–24:00"]


def test_the_grid_has_a_run_for_what_stands_alike_and_none_reaches_over_midnight(
    folder: PlantFolder, en: Language
) -> None:
    hours = [hour(n) for n in range(3)] + [
        hour(3, Cause.STANDARD_CHECK, due=False, valid=False, excused=True)
    ]
    hours += [hour(n, Cause.FAULT) for n in range(20, 26)]
    hours += [
        hour(26, Cause.ZERO_FLOW, due=False, valid=False),
        hour(27, Cause.WAITING, due=False, valid=False),
    ]

    runs = card_of(folder, en, month_of(hours)).runs

    assert [(run.x, run.y, run.width, run.tone, run.letter) for run in runs] == [
        (0, 19, 3, "valid", ""),
        (3, 19, 1, "excused", ""),
        (20, 19, 4, "broken", "F"),
        (0, 20, 2, "broken", "F"),
        (2, 20, 1, "not-due", ""),
        (3, 20, 1, "waiting", ""),
    ]


def test_every_cause_that_loses_an_hour_has_a_colour_and_a_letter() -> None:
    shown = {cause for _kind, causes in key() for cause in causes}

    assert shown == set(Cause) - {Cause.WAITING, Cause.ZERO_FLOW}
    assert {cause.value for cause in shown} == set(judged_words.CAUSE_LETTER)
    assert len(set(judged_words.CAUSE_LETTER.values())) == len(judged_words.CAUSE_LETTER)


@pytest.mark.parametrize(("target", "said"), [(0.95, "95 %"), (0.975, "97.5 %"), (1.0, "100 %")])
def test_a_target_is_told_as_it_was_written(target: float, said: str) -> None:
    assert target_text(target) == said


def test_nothing_lost_is_never_near() -> None:
    assert tone(month_of([], hours_left=0)) == ("well", "✓")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [(Cause.FAULT, "fault"), (Cause.CALIBRATION, "calibration"), (Cause.STOPPED, "stopped"),
     (Cause.COMMUNICATION, "fault"), (Cause.QC_FAILED, "qc_failed"), (Cause.SAMPLE_TIME, "invalid")],
)  # fmt: skip
def test_a_loss_leads_to_its_mark_where_its_results_would_have_come(
    folder: PlantFolder, en: Language, cause: Cause, kind: str
) -> None:
    card = card_of(folder, en, month_of([hour(8, cause), hour(9, cause), hour(10)]))

    (lost,) = card.lost
    assert lost.when.endswith("08:00–10:00")
    assert lost.mark == f"/entries?mark={TAG}&from=2026-11-20T09%3A00&to=2026-11-20T11%3A00&kind={kind}"


def test_the_form_begins_after_a_valid_result_of_before_that_was_read_late(
    folder: PlantFolder, en: Language
) -> None:
    sample_us = DAY_US + 8 * HOUR_US
    late = ResultRecord(sample_us, sample_us + HOUR_US + 12 * 60_500_000, 20.0)

    card = card_of(folder, en, month_of([hour(7, results=(late,)), hour(8, Cause.FAULT)]))

    assert (
        card.lost[0].mark == f"/entries?mark={TAG}&from=2026-11-20T09%3A13&to=2026-11-20T10%3A00&kind=fault"
    )


def test_of_what_measures_all_the_time_the_lost_hours_themselves_are_marked(
    folder: PlantFolder, en: Language
) -> None:
    card = card_of(
        folder, en, replace(month_of([hour(8, Cause.FAULT)]), tag="EFF_AIT_PH", equipment="EFF_ANA_PH")
    )

    assert (
        card.lost[0].mark
        == "/entries?mark=EFF_AIT_PH&from=2026-11-20T08%3A00&to=2026-11-20T09%3A00&kind=fault"
    )


def test_after_a_check_that_failed_the_time_since_the_last_one_or_the_one_before_is_marked(
    folder: PlantFolder, en: Language
) -> None:
    checks = [hour(n, Cause.STANDARD_CHECK, due=False, excused=True) for n in (-48, -24, 0)]

    card = card_of(folder, en, month_of([*checks, hour(1), hour(2)]))

    form = f"/entries?mark={TAG}&from=2026-11-{{}}T01%3A00&to={NOW_ASKED}&kind=qc_failed"
    assert [(since.when, since.mark) for since in card.failed_since] == [
        ("11-20 01:00", form.format(20)),
        ("11-19 01:00", form.format(19)),
    ]
    assert card.checked


def test_on_the_first_of_a_month_the_checks_of_the_month_before_are_offered(
    folder: PlantFolder, en: Language
) -> None:
    speaker = UptimeSpeaker(folder, AlarmSpeaker(folder, en, to_us(NOW)), folder.calendar)
    checks = [hour(n, Cause.STANDARD_CHECK, due=False, excused=True) for n in (-48, -24)]
    before, now = (
        PlantUptime(date(2026, month, 1), 0.95, (month_of(hours),), 1.0, TAG)
        for month, hours in ((10, [*checks, hour(-1)]), (11, [hour(0), hour(1)]))
    )

    [card] = speaker.cards(Month.asked("", TODAY), now, before)

    assert [since.when for since in card.failed_since] == ["11-19 01:00", "11-18 01:00"]
    assert card.checked
    assert [lost.when for lost in card.lost] == []


async def test_the_page_says_which_check_to_choose(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await judge(node, "check 01:00")

    page = text_of(await seen_by(console, accounts, Role.CONTRACTOR, "/analysers"))

    assert "Choose the last check that was PASSED, not the one that failed" in page


def test_of_one_that_does_not_check_itself_the_time_since_its_last_valid_result_is_marked(
    folder: PlantFolder, en: Language
) -> None:
    card = card_of(folder, en, month_of([hour(1), hour(2), hour(3, Cause.FAULT)]))

    (since,) = card.failed_since
    assert since.when == "11-20 03:00"
    assert since.mark == f"/entries?mark={TAG}&from=2026-11-20T03%3A00&to={NOW_ASKED}&kind=qc_failed"
    assert not card.checked
    assert card_of(folder, en, month_of([])).failed_since == ()
    assert card_of(folder, en, month_of([hour(1)]), "2026-10").failed_since == ()


async def test_results_between_two_checks_are_marked_and_lost_to_the_check_that_failed(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await judge(node, "check 01:00")
    before = await seen_by(console, accounts, Role.CONTRACTOR, "/analysers")
    span = DAY_US + 9 * HOUR_US, DAY_US + 12 * HOUR_US

    await node.entries.mark(TAG, *span, MarkKind.QC_FAILED, "标样核查 +14 %", actor(node, Role.CONTRACTOR))
    await judge_again(node)

    page = await seen_by(console, accounts, Role.CONTRACTOR, "/analysers")
    assert f"/entries?mark={TAG}&amp;from=2026-11-20T01%3A00" in before
    assert "11-20 08:00–11:00 3 h check or comparison failed" in text_of(page)
