"""Judgements, kept up whatever happens to readings, are those of judging everything anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alarms.compliance.limits import DischargeLimit, LimitBasis
from alarms.compliance.records import DayJudgement, Verdict
from alarms.judging.judge import Judge
from alarms.judging.task import Judging
from alarms.uptime.items import ItemKind, items_of
from alarms.uptime.records import Cause, HourJudgement
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.marks import MarkKind
from telemetry.errors import StoreError
from tests.alarms.judging.site import DAY_US, HOUR_US, MINUTE_US, TAG, TODAY, JudgedSite, judged_site
from tests.alarms.registers import day_of
from tests.alarms.stores import WANG
from tests.history.noting import entries_at

LATER_US = DAY_US + 26 * HOUR_US


@pytest.fixture
def site(tmp_path: Path) -> Iterator[JudgedSite]:
    with judged_site(tmp_path) as opened:
        yield opened


def hours(site: JudgedSite) -> list[HourJudgement]:
    return site.store.hours(TAG, DAY_US, DAY_US + 24 * HOUR_US)


def told(site: JudgedSite) -> str:
    """What was other than 20 and valid, by hour of the day."""
    return " ".join(
        f"{(hour.start_us - DAY_US) // HOUR_US}={hour.cause.value if hour.cause else f'{hour.value:g}'}"
        for hour in hours(site)
        if hour.cause or hour.value != 20
    )


def day(site: JudgedSite) -> DayJudgement:
    (found,) = site.store.days([TAG], TODAY, TODAY)
    return found


def test_the_demo_is_judged_by_its_analysers_and_its_instruments() -> None:
    folder = read_folder(DEMO_FOLDER)

    items = items_of(folder.plant, [limit.tag for limit in folder.limits])

    assert {item.tag: item.kind for item in items} == {
        "EFF_AIT_COD": ItemKind.SAMPLED,
        "EFF_AIT_NH3": ItemKind.SAMPLED,
        "EFF_AIT_TN": ItemKind.SAMPLED,
        "EFF_AIT_TP": ItemKind.SAMPLED,
        "EFF_AIT_SS": ItemKind.CONTINUOUS,
        "EFF_AIT_PH": ItemKind.CONTINUOUS,
    }
    cod, ph = items[0], items[5]
    assert cod.sources == ("EFF_AIT_COD", "EFF_ANA_COD_TS", "EFF_ANA_COD_N", "EFF_ANA_COD_ST", "EFF_FIT401")
    assert (cod.weighted, cod.averaged, cod.checks_itself, cod.counter_modulus) == (True, True, True, 65_536)
    assert (ph.weighted, ph.averaged, ph.flow) == (False, False, "EFF_FIT401")


async def test_a_day_is_judged_when_its_last_result_has_come(site: JudgedSite) -> None:
    site.commit(day_of("check 01:00"))

    await site.at(DAY_US + 24 * HOUR_US + 30 * MINUTE_US)
    before = site.store.days([TAG], TODAY, TODAY)
    await site.at(LATER_US)

    assert before == []
    found = day(site)
    assert (found.verdict, found.mean, found.rounded) == (Verdict.COMPLIES, 20.0, "20")
    assert (found.valid, found.due, found.excused) == (23, 23, 1)
    assert found.load_kg == pytest.approx(24 * 800 * 20 / 1000)
    assert [(limit.basis, str(limit.high), limit.source, limit.high_governs) for limit in found.limits] == [
        (LimitBasis.DAILY, "50", "DB32/4440-2022 C", True),
        (LimitBasis.DAILY, "50", "GB 18918-2002 1A", False),
        (LimitBasis.SINGLE, "75", "DB32/4440-2022 C", True),
        (LimitBasis.INTERNAL, "40", "plant", True),
    ]


async def test_nothing_is_judged_twice(site: JudgedSite) -> None:
    site.commit(day_of(""))
    await site.at(LATER_US)
    version = site.store.newest()

    assert await site.at(LATER_US) == 0
    assert site.store.newest() == version


async def test_what_the_store_refused_is_judged_when_it_takes_it(
    site: JudgedSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    task = Judging(site.judge)
    site.commit(day_of(""))
    site.clock.at_us = LATER_US
    while site.periods.bring_up(LATER_US):
        pass

    def refuse(*_: object) -> tuple[int, int]:
        raise StoreError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(site.store, "write", refuse)
        assert not await task.look()
        assert not await task.look()
    failing = task.failing
    while await task.look():
        pass

    assert (failing, task.failing, task.behind_us) == (f"{TAG}: disk full", None, 0)
    assert [record.levelname for record in caplog.records if "judged" in record.message] == ["ERROR"]
    assert day(site).verdict is Verdict.COMPLIES


async def test_an_item_that_cannot_be_read_is_named_and_keeps_no_other_from_being_judged(
    site: JudgedSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = replace(site.items[0], tag="A_DAMAGED")
    items, assessor = [damaged, *site.items], site.judge._assessor
    judge = Judge(items, site.folder.limits, site.reader, site.store, assessor, site.clock)
    task = Judging(judge)
    site.commit(day_of(""))
    site.clock.at_us = LATER_US
    while site.periods.bring_up(LATER_US):
        pass
    began = site.reader.began_us
    asked: list[str] = []

    async def unreadable(tag: str) -> int | None:
        asked.append(tag)
        if tag == damaged.tag:
            raise StoreError("a block of 2024 is damaged")
        return await began(tag)

    with monkeypatch.context() as patched:
        patched.setattr(site.reader, "began_us", unreadable)
        while await task.look():
            pass
        again = len(asked)
        assert not await task.look()
    failing = task.failing
    while await task.look():
        pass

    assert day(site).verdict is Verdict.COMPLIES
    assert failing == "A_DAMAGED: a block of 2024 is damaged"
    assert asked[:2] == [damaged.tag, TAG]
    assert asked[again:] == [damaged.tag]
    assert task.failing is None
    assert [record.levelname for record in caplog.records if "judged" in record.message] == ["ERROR"]


async def test_late_readings_change_what_was_judged(site: JudgedSite) -> None:
    registers = day_of("result 10:00 33")
    away = (DAY_US + 9 * HOUR_US + 30 * MINUTE_US, DAY_US + 11 * HOUR_US + 50 * MINUTE_US)
    site.commit(registers, to_us=away[0])
    site.commit(registers, from_us=away[1])
    await site.at(LATER_US)
    before, version = told(site), site.store.newest()

    site.commit(registers, *away)
    await site.at(LATER_US + MINUTE_US)

    assert before == "8=communication 9=communication"
    assert told(site) == "9=33"
    assert day(site).valid == 24
    assert day(site).mean == pytest.approx((23 * 20 + 33) / 24)
    changed = site.store.changed_after(version, 1000)
    # That of 10:00 to 11:00 was there when the line was back, and is now known to have come before.
    assert [(hour.start_us - DAY_US) // HOUR_US for hour in changed.hours] == [8, 9, 10]
    assert [each.day for each in changed.days] == [TODAY]


async def test_a_mark_takes_an_hour_and_its_withdrawal_gives_it_back(site: JudgedSite) -> None:
    site.commit(day_of("result 09:00 90"))
    await site.at(LATER_US)
    exceeding = day(site)
    entries = entries_at(site.history, LATER_US)
    from_us = DAY_US + 9 * HOUR_US + 35 * MINUTE_US

    mark = await entries.mark(TAG, from_us, from_us + HOUR_US, MarkKind.FAULT, "试剂用尽", WANG)
    await site.at(LATER_US + MINUTE_US)
    marked, marked_hour = day(site), hours(site)[8]
    await entries.withdraw(mark.id, "误标", WANG)
    await site.at(LATER_US + 2 * MINUTE_US)

    assert (exceeding.verdict, [one.value for one in exceeding.exceedances]) == (Verdict.EXCEEDS, [90.0])
    assert (marked.verdict, marked.valid, marked.due) == (Verdict.COMPLIES, 23, 24)
    assert (marked_hour.cause, marked_hour.results[0].value) == (Cause.FAULT, 90.0)
    assert marked_hour.results[0].mark == str(mark.id)
    assert replace(day(site), version=0) == replace(exceeding, version=0)


async def test_it_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    registers = day_of("no 15:00")
    with judged_site(tmp_path) as site:
        site.commit(registers, to_us=DAY_US + 12 * HOUR_US)
        await site.at(DAY_US + 12 * HOUR_US)
    with judged_site(tmp_path) as site:
        site.commit(registers, from_us=DAY_US + 12 * HOUR_US)
        await site.at(LATER_US)
        kept = [replace(hour, version=0) for hour in hours(site)]
        assert told(site) == "14=no_result"
        assert await site.at(LATER_US) == 0
    with judged_site(tmp_path) as site:
        # Nothing is known of what was judged: all of it comes out the same.
        site.store.forget(TAG, 0)
        site.store.save(TAG, replace(site.store.progress()[TAG], through_us=0))
        await site.at(LATER_US)
        assert [replace(hour, version=0) for hour in hours(site)] == kept


async def test_another_limit_judges_its_days_again_without_their_readings(tmp_path: Path) -> None:
    with judged_site(tmp_path) as site:
        site.commit(day_of(""))
        await site.at(LATER_US)
        assert day(site).verdict is Verdict.COMPLIES
        folder = site.folder
    permit = DischargeLimit(TAG, LimitBasis.DAILY, "permit", TODAY, high=Decimal(15))
    single = DischargeLimit(TAG, LimitBasis.SINGLE, "permit", TODAY + timedelta(days=1), high=Decimal(18))
    with judged_site(tmp_path, replace(folder, limits=(*folder.limits, permit, single))) as site:
        await site.at(LATER_US)
        found = day(site)
        assert (found.verdict, [(one.source, str(one.limit)) for one in found.exceedances]) == (
            Verdict.EXCEEDS,
            [("permit", "15")],
        )
        assert [limit.source for limit in found.limits if limit.high_governs][:1] == ["permit"]
        assert all(hour.within for hour in hours(site))


async def test_an_older_history_takes_what_it_does_not_know_with_it(tmp_path: Path) -> None:
    registers = day_of("result 09:00 33")
    with judged_site(tmp_path) as site:
        site.commit(registers, to_us=DAY_US + 12 * HOUR_US)
        await site.at(DAY_US + 12 * HOUR_US)
        site.commit(registers, from_us=DAY_US + 12 * HOUR_US)
        await site.at(LATER_US)
        assert day(site).verdict is Verdict.COMPLIES
    (tmp_path / "readings.duckdb").unlink()
    with judged_site(tmp_path) as site:
        site.commit(registers, to_us=DAY_US + 12 * HOUR_US)
        await site.at(DAY_US + 12 * HOUR_US)
        assert site.store.days([TAG], TODAY, TODAY) == []
        assert told(site) == "8=33"
        assert hours(site)[-1].start_us < DAY_US + 12 * HOUR_US


async def test_today_is_judged_when_it_is_asked_for(site: JudgedSite) -> None:
    site.commit(day_of("result 09:00 33"), to_us=DAY_US + 12 * HOUR_US)
    await site.at(DAY_US + 12 * HOUR_US)

    (today,) = await site.judgements.days(TODAY, TODAY, [TAG])
    found = await site.judgements.hours(TAG, TODAY)

    assert (today.verdict, today.valid, today.due) == (Verdict.OPEN, 11, 11)
    assert today.mean == pytest.approx((10 * 20 + 33) / 11)
    assert today.forecast is not None
    assert today.forecast.hours_to_come == 13
    assert today.forecast.may_average == pytest.approx((50 * 24 - 10 * 20 - 33) / 13)
    assert [hour.cause for hour in found[-2:]] == [None, Cause.WAITING]
    assert [result.value for result in await site.judgements.results(TAG, DAY_US + 8 * HOUR_US)] == [33.0]


async def test_a_month_has_its_decided_hours_and_those_of_today(site: JudgedSite) -> None:
    site.commit(day_of("no 09:00"))
    await site.at(LATER_US)

    uptime = await site.judgements.uptime(TODAY)
    compliance = await site.judgements.months(TODAY)

    cod = next(one for one in uptime.analysers if one.tag == TAG)
    # Two hours before the day and two after it were read too; the last of them is not decided.
    assert (cod.due, cod.valid, cod.lost_by_cause) == (27, 26, {Cause.NO_RESULT: 1})
    assert uptime.lowest == TAG
    assert uptime.uptime == pytest.approx(26 / 27)
    assert (uptime.target, cod.target) == (0.97, 0.97)
    item = next(one for one in compliance.items if one.tag == TAG)
    assert [(each.day, each.verdict) for each in item.days] == [
        (date(2026, 11, 19), Verdict.NOT_JUDGED),
        (TODAY, Verdict.COMPLIES),
        (date(2026, 11, 21), Verdict.OPEN),
    ]
    assert (item.rate, item.mean) == (1.0, None)
