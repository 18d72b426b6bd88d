"""The compliance page: today, the month as cells, a day opened; and who sees what is to come."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import DayJudgement, End, Exceedance, Forecast, HeldLimit, Verdict
from config.folder import PlantFolder
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S, to_us
from telemetry.errors import StoreError
from tests.api.node import NOW, Node
from tests.web.console import text_of
from tests.web.staffed import TAG, YESTERDAY, get, judge, people_away, rostered, seen_by
from web.alarm_view import AlarmSpeaker
from web.compliance_view import ComplianceSpeaker, TodayCard, percent
from web.language import Language

OPENED = f"/compliance?day={YESTERDAY}&tag={TAG}"
HOUR = 3600 * US_PER_S
NOW_US = to_us(NOW)


async def test_before_the_first_reading_it_claims_nothing(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/compliance")).text

    said = text_of(page)
    assert "0 of 0 judged days complied · ––" in said
    assert "day-cell is-complies" not in page
    assert "Choose a day to see its hours" in said
    assert 'href="/compliance" aria-current="page"' in page


async def test_a_month_has_a_cell_a_day_and_a_day_opens_into_hours_and_results(
    node: Node, operator: httpx.AsyncClient
) -> None:
    await judge(node)

    page = (await operator.get(OPENED)).text

    said = text_of(page)
    assert 'class="day-cell is-exceeds is-shown"' in page
    assert f'aria-label="COD {YESTERDAY:%m-%d}: exceeds, 23.2" aria-current="true">✗</a>' in page
    assert f"COD · {YESTERDAY}" in said
    assert "22 of 23 due results valid" in said
    assert "single sample 09:00 90.0 ≈ 90 &gt; 75 mg/L DB32/4440-2022 C" in said
    assert "08 90.0 " in said
    assert "exceeds 09:00 → 09:40 90.0 ✗ 75" in said
    assert page.count('class="hour-') == 24
    assert page.count("bar-exceeds") == 1
    assert "is not held against the crew" in said


async def test_an_exceedance_names_the_crew_of_its_hour_and_the_one_before(
    node: Node, operator: httpx.AsyncClient
) -> None:
    await rostered(node)
    await judge(node, "result 08:00 90; result 17:00 90")

    said = text_of((await operator.get(OPENED)).text)

    # What was sampled at 08:00 was drawn while the night crew was there.
    beyond = "90.0 ≈ 90 &gt; 75 mg/L DB32/4440-2022 C on shift"
    day, before = f"{YESTERDAY:%m-%d}", f"{YESTERDAY - timedelta(days=1):%m-%d}"
    assert f"single sample 08:00 {beyond} · Night {day} 00:00 张伟, 刘洋" in said
    assert f"crew before · Evening {before} 16:00 赵敏, 黄勇" in said
    assert f"single sample 17:00 {beyond} · Evening {day} 16:00 赵敏, 黄勇" in said
    assert f"crew before · Day {day} 08:00 陈晨, 杨帆" in said


async def test_many_exceedances_are_folded_after_five(node: Node, operator: httpx.AsyncClient) -> None:
    await judge(node, "; ".join(f"result {hour:02}:00 90" for hour in range(6, 18)))

    page = (await operator.get(OPENED)).text

    assert page.count("<b>single sample ") == 12
    assert "8 more" in text_of(page), "the daily mean exceeds too"


async def test_without_the_roster_the_day_opens_all_the_same(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await judge(node)
    people_away(node, monkeypatch)

    answer = await operator.get(OPENED)

    assert answer.status_code == 200
    assert "Who was on shift cannot be said: the roster cannot be reached." in text_of(answer.text)
    assert "single sample 09:00" in text_of(answer.text)


async def test_a_store_that_fails_says_so(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StoreError("node.sqlite: not read")

    monkeypatch.setattr(type(node.judging.judgements), "months", fails)

    answer = await operator.get("/compliance")

    assert answer.status_code == 503
    assert "Not available at present" in text_of(answer.text)


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_answers_for_the_process_sees_what_may_still_be_averaged(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role
) -> None:
    flow = [("EFF_FIT401", -second, 800.0) for second in range(7200, -1, -60)]
    node.read(*flow, *((tag, -s, 5.0) for tag in ("EFF_AIT_SS",) for s in range(7200, -1, -60)))
    while node.periods.bring_up(node.clock.now_us()):
        pass

    page = await seen_by(console, accounts, role, "/compliance")

    told = "h to come may average" in text_of(page)
    assert told is (role in (Role.ENGINEER, Role.MANAGER, Role.DEPARTMENT))
    assert "Today so far" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("month=2026-13", 422),
        ("month=13", 422),
        ("month=2027-01", 422),
        ("month=1999-01", 422),
        ("month=<script>", 422),
        ("month=" + "9" * 500, 422),
        ("day=xx", 200),
        ("day=2026-11-20", 200),
        ("day=2026-11-20&tag=AE_DO1", 200),
        ("day=2026-11-20&tag=<script>alert(1)</script>", 200),
        ("day=2026-11-30&tag=EFF_AIT_COD", 200),
        ("day=1000-01-01&tag=EFF_AIT_COD", 422),
        ("day=" + "1" * 500, 422),
        ("tag=" + "x" * 500, 422),
        ("month=2026-10&day=2026-11-20&tag=EFF_AIT_COD", 200),
    ],
)
async def test_an_address_that_was_mistyped_opens_nothing_and_breaks_nothing(
    operator: httpx.AsyncClient, query: str, status: int
) -> None:
    answer = await operator.get(f"/compliance?{query}")

    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert 'class="hours-table"' not in answer.text


async def test_it_speaks_chinese(node: Node, console: ASGIApp, accounts: Accounts) -> None:
    await judge(node)

    said = text_of(await seen_by(console, accounts, Role.ENGINEER, OPENED, "zh-CN"))

    for words in ("达标了吗", "2026年11月", "超标", "单次", "标样核查", "应测 23，有效 22"):
        assert words in said, words


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(OPENED)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/compliance%3Fday")


async def test_a_month_long_gone_is_empty_and_leads_on(console: ASGIApp, accounts: Accounts) -> None:
    page = await seen_by(console, accounts, Role.OPERATOR, "/compliance?month=2024-02")

    assert "Feb 2024" in page
    assert re.findall(r'class="quiet" href="\?month=([\d-]+)"', page) == ["2024-01", "2024-03"]
    assert "Today so far" not in page
    assert page.count('class="day-number"') == 29


async def test_a_role_that_may_see_nothing_is_turned_away(console: ASGIApp, accounts: Accounts) -> None:
    statuses = {role: (await get(console, accounts, role, "/compliance")).status_code for role in Role}

    assert set(statuses.values()) == {200}


# what the speaker says ---------------------------------------------------------------------------


@pytest.fixture
def speaker(folder: PlantFolder, en: Language) -> ComplianceSpeaker:
    return ComplianceSpeaker(folder, AlarmSpeaker(folder, en, NOW_US), forecasts=True)


def held(basis: LimitBasis, high: float) -> HeldLimit:
    return HeldLimit(basis, "permit", None, Decimal(f"{high:g}"), False, True)


def exceedance(basis: LimitBasis) -> Exceedance:
    return Exceedance(basis, End.HIGH, Decimal(50), "permit", 60.0, "60", None, None, None)


def open_day(mean: float | None, **changed: Any) -> DayJudgement:
    limits = (held(LimitBasis.DAILY, 50.0), held(LimitBasis.SINGLE, 75.0), held(LimitBasis.INTERNAL, 40.0))
    made: dict[str, Any] = {
        "tag": TAG, "day": date(2026, 11, 21), "start_us": 0, "end_us": 24 * HOUR, "verdict": Verdict.OPEN,
        "mean": mean, "rounded": None, "lowest": None, "highest": None, "valid": 8, "due": 8, "excused": 0,
        "flow_m3": 900.0, "load_kg": 1.0, "limits": limits, "exceedances": (),
        "forecast": Forecast(16, 56.04, True, 4),
    }  # fmt: skip
    return DayJudgement(**(made | changed))


def card(speaker: ComplianceSpeaker, day: DayJudgement) -> TodayCard:
    (made,) = speaker.today([day])
    return made


@pytest.mark.parametrize(
    ("day", "tone", "said"),
    [
        (open_day(20.0), "well", "within limits so far"),
        (open_day(40.0), "well", "within limits so far"),
        (open_day(40.1), "control", "above the internal control value so far"),
        (
            open_day(60.0, exceedances=(exceedance(LimitBasis.DAILY),)),
            "exceeds",
            "above the daily limit so far",
        ),
        (
            open_day(20.0, exceedances=(exceedance(LimitBasis.SINGLE),)),
            "exceeds",
            "a single sample exceeded its limit",
        ),
        (open_day(None, valid=0), "unknown", "no valid result yet"),
        (open_day(20.0, limits=()), "unknown", "limits not entered"),
        (
            open_day(20.0, forecast=Forecast(2, None, False, -1)),
            "unknown",
            "too few valid results: today cannot be judged any more",
        ),
    ],
)
def test_a_day_so_far_says_the_gravest_of_what_holds(
    speaker: ComplianceSpeaker, day: DayJudgement, tone: str, said: str
) -> None:
    made = card(speaker, day)

    assert (made.tone, made.said) == (tone, said)


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        (Forecast(16, 56.04, True, 4), "the 16 h to come may average 56.0"),
        (Forecast(16, None, True, 4), "16 h to come"),
        (Forecast(1, None, False, 0), "cannot comply any more today"),
        (Forecast(15, 0.5, True, -1), None),
        (Forecast(15, None, True, -1), None),
        (None, None),
    ],
)
def test_what_is_to_come_is_told_as_it_is(
    speaker: ComplianceSpeaker, forecast: Forecast | None, said: str | None
) -> None:
    assert card(speaker, open_day(20.0, forecast=forecast)).forecast == said


def test_what_is_to_come_is_kept_from_the_others(folder: PlantFolder, en: Language) -> None:
    others = ComplianceSpeaker(folder, AlarmSpeaker(folder, en, NOW_US), forecasts=False)

    assert card(others, open_day(20.0)).forecast is None


def test_of_what_has_no_mean_its_span_is_told(speaker: ComplianceSpeaker) -> None:
    assert card(speaker, open_day(None, lowest=6.91, highest=7.24)).mean == "6.9–7.2"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "––"),
        (1.0, "100.0 %"),
        (0.9499, "94.9 %"),
        (0.99999, "99.9 %"),
        (0.95, "95.0 %"),
        (0.0, "0.0 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_what_it_is_not(share: float | None, said: str) -> None:
    assert percent(share) == said
