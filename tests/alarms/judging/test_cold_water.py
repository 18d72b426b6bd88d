"""Days whose limit follows the mean water temperature, as the history knows it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from alarms.compliance.limits import ColdWater, DischargeLimit, LimitBasis
from alarms.compliance.records import DayJudgement, WaterTold
from alarms.judging.figures import JudgedRows
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from telemetry.rows import Row
from telemetry.samples import SampleBatch
from tests.alarms.judging.site import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    TAG,
    TAGS,
    TODAY,
    JudgedSite,
    judged_site,
)
from tests.alarms.registers import day_of

WATER = "EFF_TIT401"
LATER_US = DAY_US + 26 * HOUR_US
LIMIT = DischargeLimit(
    TAG,
    LimitBasis.DAILY,
    "standard",
    date(2026, 1, 1),
    high=Decimal("15.0"),
    alternative_high=Decimal("25.0"),
    cold_water=ColdWater(WATER, Decimal(12)),
)


def folder(*limits: DischargeLimit) -> PlantFolder:
    demo = read_folder(DEMO_FOLDER)
    points = tuple(point for point in demo.plant.points if point.tag in (*TAGS, WATER))
    return replace(demo, plant=replace(demo.plant, points=points), limits=limits)


def warm(site: JudgedSite, celsius: Sequence[float], until_us: int = DAY_US + 24 * HOUR_US) -> None:
    """Commit a minute's reading of the water, an hour of each, from the day's start."""
    times = np.arange(DAY_US, until_us, MINUTE_US, dtype=np.int64)
    values = np.array([celsius[int(at - DAY_US) // HOUR_US] for at in times.tolist()])
    samples = SampleBatch.of(site.ids[WATER], times, values, np.full(len(times), 192))
    site.history.commit(samples, max(samples.latest_us, site.clock.now_us()))


def day(site: JudgedSite) -> DayJudgement:
    (found,) = site.store.days([TAG], TODAY, TODAY)
    return found


def told(found: DayJudgement) -> tuple[str, str, bool, float | None]:
    (limit,) = found.limits
    assert limit.water is not None
    assert limit.water == WaterTold(WATER, Decimal(12), limit.water.mean_c)
    return found.verdict.value, str(limit.high), limit.alternative, limit.water.mean_c


@pytest.mark.parametrize(
    ("celsius", "expected"),
    [
        ([12.0] * 24, ("complies", "25.0", True, 12.0)),
        ([11.0] * 12 + [13.0] * 12, ("complies", "25.0", True, 12.0)),
        ([11.0] * 12 + [13.5] * 12, ("exceeds", "15.0", False, 12.25)),
    ],
)
async def test_the_days_mean_decides_whether_the_brackets_hold(
    tmp_path: Path, celsius: list[float], expected: tuple[str, str, bool, float | None]
) -> None:
    with judged_site(tmp_path, folder(LIMIT)) as site:
        site.commit(day_of(""))
        warm(site, celsius)

        await site.at(LATER_US)

        assert told(day(site)) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(17, ("exceeds", "15.0", None)), (18, ("complies", "25.0", 9.0))]
)
async def test_a_temperature_of_too_few_hours_is_not_known_and_the_stricter_holds(
    tmp_path: Path, hours: int, expected: tuple[str, str, float | None]
) -> None:
    with judged_site(tmp_path, folder(LIMIT)) as site:
        site.commit(day_of(""))
        warm(site, [9.0] * 24, DAY_US + hours * HOUR_US)

        await site.at(LATER_US)

        verdict, high, _, mean_c = told(day(site))
        assert (verdict, high, mean_c) == expected


async def test_a_temperature_that_comes_late_judges_its_day_again(tmp_path: Path) -> None:
    with judged_site(tmp_path, folder(LIMIT)) as site:
        site.commit(day_of(""))
        await site.at(LATER_US)
        before = told(day(site))
        warm(site, [9.0] * 24)

        await site.at(LATER_US + MINUTE_US)

        assert (before, told(day(site))) == (
            ("exceeds", "15.0", False, None),
            ("complies", "25.0", True, 9.0),
        )


async def test_a_limit_entered_later_takes_the_temperature_of_its_days(tmp_path: Path) -> None:
    plain = replace(LIMIT, cold_water=None, alternative_high=None)
    with judged_site(tmp_path, folder(plain)) as site:
        site.commit(day_of(""))
        warm(site, [9.0] * 24)
        await site.at(LATER_US)
        assert day(site).verdict.value == "exceeds"
    with judged_site(tmp_path, folder(LIMIT)) as site:
        await site.at(LATER_US)

        assert told(day(site)) == ("complies", "25.0", True, 9.0)


async def test_today_so_far_takes_the_temperature_so_far(tmp_path: Path) -> None:
    with judged_site(tmp_path, folder(LIMIT)) as site:
        site.commit(day_of(""), to_us=DAY_US + 10 * HOUR_US)
        warm(site, [9.0] * 24, DAY_US + 10 * HOUR_US)
        await site.at(DAY_US + 10 * HOUR_US)

        (found,) = await site.judgements.days(TODAY, TODAY)

        assert told(found) == ("open", "25.0", True, 9.0)
        assert found.so_far == ()


async def test_the_water_that_every_screen_takes_is_that_of_the_judged_days(tmp_path: Path) -> None:
    with judged_site(tmp_path, folder(LIMIT)) as site:
        site.commit(day_of(""))
        warm(site, [11.0] * 12 + [13.5] * 12)
        await site.at(DAY_US + 10 * HOUR_US)
        so_far = await site.judgements.water(TODAY, TODAY)
        await site.at(LATER_US)
        decided = await site.judgements.water(TODAY, TODAY)

    assert (so_far, decided) == ({TODAY: {WATER: 11.0}}, {TODAY: {WATER: 12.25}})


async def test_limits_that_follow_no_water_ask_for_none(tmp_path: Path) -> None:
    with judged_site(tmp_path, folder(replace(LIMIT, cold_water=None, alternative_high=None))) as site:
        site.commit(day_of(""))
        await site.at(LATER_US)

        assert await site.judgements.water(TODAY, TODAY) == {}


async def test_what_is_replicated_has_the_limit_of_its_days_temperature(tmp_path: Path) -> None:
    single = replace(LIMIT, basis=LimitBasis.SINGLE)
    with judged_site(tmp_path, folder(single)) as site:
        site.commit(day_of(""))
        warm(site, [9.0] * 24)
        await site.at(LATER_US)

        found = await JudgedRows(site.store, (single,), site.folder.calendar).after(0, 10_000)

        of_single = [row for row in found.rows if row.name == "compliance_single" and row.fields]
        of_day = [row for row in of_single if DAY_US <= row.time_us < DAY_US + 24 * HOUR_US]
        assert {row.fields["limit"] for row in of_day} == {25.0}


async def test_results_that_were_sent_while_the_day_was_open_are_sent_again_with_its_limit(
    tmp_path: Path,
) -> None:
    single = replace(LIMIT, basis=LimitBasis.SINGLE)
    with judged_site(tmp_path, folder(single)) as site:
        source = JudgedRows(site.store, (single,), site.folder.calendar)
        site.commit(day_of(""), to_us=DAY_US + 10 * HOUR_US)
        warm(site, [9.0] * 24, DAY_US + 10 * HOUR_US)
        await site.at(DAY_US + 10 * HOUR_US)
        open_day = await source.after(0, 10_000)
        site.commit(day_of(""), from_us=DAY_US + 10 * HOUR_US)
        warm(site, [9.0] * 24)
        await site.at(LATER_US)
        decided = await source.after(open_day.version, 10_000)

        def limits(rows: Sequence[Row]) -> dict[int, object]:
            return {
                (row.time_us - DAY_US) // HOUR_US: row.fields["limit"]
                for row in rows
                if row.name == "compliance_single" and row.fields and 0 <= row.time_us - DAY_US < 24 * HOUR_US
            }

        assert limits(open_day.rows) == dict.fromkeys(range(9), 15.0)
        assert limits(decided.rows) == dict.fromkeys(range(24), 25.0)
        assert len(decided.rows) == len({(row.name, row.time_us) for row in decided.rows})
