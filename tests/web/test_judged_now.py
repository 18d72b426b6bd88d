"""What the wall says of judgements: asked once a minute, never waited for, and gone when it is old."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import DayJudgement, End, Exceedance, Verdict
from alarms.uptime.records import AnalyserMonth, PlantUptime
from config.folder import PlantFolder
from telemetry.clock import to_us
from telemetry.errors import StoreError
from tests.api.node import NOW, Node
from tests.clock import MovedClock
from tests.web.console import text_of
from tests.web.staffed import judge
from web.judged_now import Found, JudgedLine, JudgedNow, MonthFigure, SoFar, said
from web.language import Language

TODAY = date(2026, 11, 21)
COD = "EFF_AIT_COD"


def day(mean: float | None = 18.44, *exceedances: Exceedance) -> DayJudgement:
    return DayJudgement(
        COD, TODAY, 0, 1, Verdict.OPEN, mean, None, None, None, 7, 8, 0, 900.0, 1.0, (), exceedances
    )


def beyond(basis: LimitBasis, limit: float) -> Exceedance:
    return Exceedance(basis, End.HIGH, Decimal(f"{limit:g}"), "permit", 60.0, "60", None, None, None)


def month(**changed: Any) -> AnalyserMonth:
    made = AnalyserMonth(
        tag=COD, equipment="EFF_ANA_COD", month=TODAY.replace(day=1), start_us=0, end_us=1, due=486,
        valid=458, lost_by_cause={}, excused=0, not_due=0, due_in_all=690, hours_ahead=204,
        uptime=458 / 486, target=0.95, hours_left=6, within=1, judged_results=1, compliance_rate=1.0,
        hours=(),
    )  # fmt: skip
    return replace(made, **changed)


class Judged:
    """Judgements as the test has them."""

    items = (COD,)

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False
        self.opened = asyncio.Event()
        self.opened.set()

    async def days(
        self, from_day: date, to_day: date, tags: Sequence[str] | None = None
    ) -> list[DayJudgement]:
        self.asked += 1
        await self.opened.wait()
        if self.failing:
            raise StoreError("node.sqlite: not read")
        return [replace(day(18.44 + self.asked), day=from_day)]

    async def uptime(self, of: date) -> PlantUptime:
        return PlantUptime(of, 0.95, (month(),), 0.942, COD)


def wall(folder: PlantFolder, judged: Judged, patience_s: float = 2.0) -> tuple[JudgedLine, MovedClock]:
    clock = MovedClock(to_us(NOW))
    return JudgedLine(judged, folder, clock, patience_s), clock  # type: ignore[arg-type]


def means(found: JudgedNow) -> list[str]:
    return [one.mean for one in found.means.values()]


async def test_many_walls_ask_once_a_minute(folder: PlantFolder, en: Language) -> None:
    judged = Judged()
    line, clock = wall(folder, judged)

    first = await asyncio.gather(*(line.now(clock.now_us(), en) for _ in range(5)))
    clock.move(59)
    still = await line.now(clock.now_us(), en)
    clock.move(2)
    anew = await line.now(clock.now_us(), en)

    assert [means(found) for found in (*first, still, anew)] == [["19.4"]] * 6 + [["20.4"]]
    assert judged.asked == 2


async def test_what_takes_long_is_not_waited_for_and_told_when_it_is_there(
    folder: PlantFolder, en: Language
) -> None:
    judged = Judged()
    judged.opened.clear()
    line, clock = wall(folder, judged, 0.01)

    none = [await line.now(clock.now_us(), en) for _ in range(3)]
    judged.opened.set()
    await asyncio.sleep(0.01)
    there = await line.now(clock.now_us(), en)

    assert none == [JudgedNow()] * 3
    assert (means(there), judged.asked) == (["19.4"], 1)


async def test_a_store_that_fails_is_asked_again_after_a_minute(folder: PlantFolder, en: Language) -> None:
    judged = Judged()
    judged.failing = True
    line, clock = wall(folder, judged)

    failed = [await line.now(clock.now_us(), en) for _ in range(3)]
    judged.failing = False
    clock.move(61)
    back = await line.now(clock.now_us(), en)

    assert (failed, means(back), judged.asked) == ([JudgedNow()] * 3, ["20.4"], 2)


async def test_what_is_old_is_not_shown_as_if_it_were_of_now(folder: PlantFolder, en: Language) -> None:
    judged = Judged()
    line, clock = wall(folder, judged, 0.01)
    await line.now(clock.now_us(), en)
    judged.opened.clear()

    clock.move(61)
    a_minute = await line.now(clock.now_us(), en)
    clock.move(300)
    too_old = await line.now(clock.now_us(), en)
    judged.opened.set()
    await asyncio.sleep(0)

    assert (means(a_minute), too_old) == (["19.4"], JudgedNow())


async def test_yesterdays_mean_is_not_todays(folder: PlantFolder, en: Language) -> None:
    judged = Judged()
    line, clock = wall(folder, judged)
    clock.move(16 * 3600 - 5)
    await line.now(clock.now_us(), en)
    clock.move(10)

    assert means(await line.now(clock.now_us(), en)) == ["20.4"]


@pytest.mark.parametrize(
    ("changed", "figure"),
    [
        ({}, MonthFigure("94.2 %", "6 h left", "!", "near")),
        ({"hours_left": 0}, MonthFigure("94.2 %", "0 h left", "!", "near")),
        ({"hours_left": -3}, MonthFigure("94.2 %", "", "✗", "missed")),
        ({"valid": 486, "uptime": 1.0, "hours_left": 34}, MonthFigure("100.0 %", "34 h left", "", "well")),
        # Never rounded up to what it is not.
        ({"uptime": 0.94999, "hours_left": -1}, MonthFigure("94.9 %", "", "✗", "missed")),
    ],
)
def test_an_analysers_month_is_told_in_a_few_signs(
    folder: PlantFolder, en: Language, changed: dict[str, Any], figure: MonthFigure
) -> None:
    found = said(Found(TODAY, (), (month(**changed),)), folder, en)

    assert found.months == {"EFF_ANA_COD": figure}


@pytest.mark.parametrize("changed", [{"uptime": None}, {"equipment": None}])
def test_what_has_no_figure_is_left_out(folder: PlantFolder, en: Language, changed: dict[str, Any]) -> None:
    assert said(Found(TODAY, (day(None),), (month(**changed),)), folder, en) == JudgedNow()


@pytest.mark.parametrize(
    ("exceedances", "over"),
    [((), ""), ((beyond(LimitBasis.SINGLE, 75.0),), ""), ((beyond(LimitBasis.DAILY, 50.0),), "> 50")],
)
def test_a_mean_above_the_daily_limit_says_so(
    folder: PlantFolder, en: Language, exceedances: tuple[Exceedance, ...], over: str
) -> None:
    found = said(Found(TODAY, (day(60.0, *exceedances),), ()), folder, en)

    assert found.means == {COD: SoFar("60.0", over)}


async def test_the_wall_shows_the_month_beside_its_analyser(node: Node, operator: httpx.AsyncClient) -> None:
    await judge(node)

    html = (await operator.get("/wall")).text
    part = (await operator.get("/wall/judged", headers={"HX-Request": "true"})).text

    assert 'id="month-EFF_ANA_COD"' in html
    assert "80.6 % 28 h left" in text_of(html)
    assert part.count('hx-swap-oob="true"') == 10
    assert all(f'id="so-far-{limit.tag}"' in part for limit in node.folder.limits)
    assert "<html" not in part


async def test_the_wall_stands_without_judgements(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StoreError("node.sqlite: not read")

    monkeypatch.setattr(type(node.judging.judgements), "days", fails)
    node.read((COD, 0, 18.44))

    answers = [await operator.get(path) for path in ("/wall", "/wall/judged")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "18.4" in answers[0].text
    assert "<b>" not in answers[1].text
