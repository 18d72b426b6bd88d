"""What closed hours held is kept between looks, and whatever touches them is seen by the next one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alarms.judging.assessor import Assessor
from alarms.uptime.records import HourJudgement
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.judged_readings import JudgedReadings
from history.kept_readings import KeptReadings
from history.marks import MarkKind
from history.queries import Snapshot
from telemetry.protocols import AsRead
from telemetry.quality import Quality
from telemetry.samples import SampleBatch
from tests.alarms.judging.site import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    NOON_US,
    TAG,
    TAGS,
    TODAY,
    JudgedSite,
    judged_site,
)
from tests.alarms.registers import day_of
from tests.alarms.stores import WANG
from tests.history.noting import entries_at

BESIDE = TAGS[1:4]
NOW_US = DAY_US + NOON_US + 30 * MINUTE_US
SV30 = "LAB_SV30_1"
AWAY = (DAY_US + 9 * HOUR_US + 30 * MINUTE_US, DAY_US + 11 * HOUR_US + 50 * MINUTE_US)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[JudgedSite]:
    with judged_site(tmp_path) as opened:
        yield opened


def told(read: AsRead) -> tuple[object, ...]:
    """Return all that was read, to be compared."""
    values, held = read.values, read.held
    columns: list[Any] = [values.times_us, values.values, values.quality]
    for tag in sorted(held):
        columns += [held[tag].start_us, held[tag].end_us, held[tag].values, held[tag].quality]
    return *(repr(column.tolist()) for column in columns), list(read.marks)


async def agree(site: JudgedSite, kept: KeptReadings, to_us: int) -> AsRead:
    """Return what is read of the day, which is the same from what was kept and from all samples."""
    asked = (TAG, BESIDE, DAY_US - 2 * HOUR_US, to_us)
    found = await kept.as_read(*asked)
    assert told(found) == told(await site.reader.as_read(*asked))
    return found


async def anew(site: JudgedSite) -> Sequence[HourJudgement]:
    """Return the hours of today judged from nothing kept."""
    now_us = site.clock.now_us()
    assessor = Assessor(JudgedReadings(site.history, site.periods), site.folder.limits, site.folder.calendar)
    days = assessor.days_of(DAY_US, DAY_US + 24 * HOUR_US)
    (found,) = await assessor.judged(site.items[0], days, DAY_US, now_us - 2 * MINUTE_US, now_us)
    return found.hours


async def today(site: JudgedSite) -> dict[int, tuple[str, float | None]]:
    """Return the hours of today by number, judged as from nothing kept, where they are not a valid 20."""
    (judged,) = await site.judgements._open_days([TAG], TODAY, TODAY, lambda *_: True)
    assert list(judged[1].hours) == list(await anew(site))
    return {
        (hour.start_us - DAY_US) // HOUR_US: (hour.cause.value if hour.cause else "", hour.value)
        for hour in judged[1].hours
        if hour.cause or hour.value != 20
    }


async def test_only_what_came_since_is_read_again(site: JudgedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    registers = day_of("result 09:00 33 state fault 05:00-06:30")
    kept = KeptReadings(site.history, site.periods)
    asked: list[int] = []
    of_series = Snapshot.of_series

    def watched(snapshot: Snapshot, series: int, from_us: int, to_us: int) -> object:
        asked.append(from_us)
        return of_series(snapshot, series, from_us, to_us)

    for minutes in range(0, 90, 7):
        now_us = NOW_US + minutes * MINUTE_US
        site.commit(registers, site.clock.now_us() if minutes else 0, now_us)
        await site.at(now_us)
        await agree(site, kept, now_us)
        with monkeypatch.context() as patched:
            patched.setattr(Snapshot, "of_series", watched)
            await kept.as_read(TAG, BESIDE, DAY_US - 2 * HOUR_US, now_us)

    assert min(asked) == DAY_US + 12 * HOUR_US
    assert max(asked) == DAY_US + 13 * HOUR_US


async def test_a_sample_that_is_not_repeated_holds_across_the_end_of_closed_hours(site: JudgedSite) -> None:
    registers, silent_us = day_of(""), DAY_US + 11 * HOUR_US + 58 * MINUTE_US
    kept = KeptReadings(site.history, site.periods)
    site.commit(registers, to_us=silent_us)
    await site.at(NOW_US)
    await agree(site, kept, NOW_US)

    site.commit(registers, NOW_US, NOW_US + 5 * MINUTE_US)
    await site.at(NOW_US + 5 * MINUTE_US)

    found = await agree(site, kept, NOW_US + 5 * MINUTE_US)
    assert NOW_US in found.held[BESIDE[0]].start_us.tolist()


async def test_a_late_reading_is_seen_in_a_closed_hour(site: JudgedSite) -> None:
    registers = day_of("result 10:00 33")
    site.commit(registers, to_us=AWAY[0])
    site.commit(registers, AWAY[1], NOW_US)
    await site.at(NOW_US)
    before = await today(site)

    site.commit(registers, *AWAY)
    site.clock.at_us = NOW_US + MINUTE_US

    after = await today(site)
    assert [before[hour][0] for hour in (8, 9)] == ["communication", "communication"]
    assert (8 in after, after[9]) == (False, ("", 33.0))


async def test_another_value_of_a_reading_is_seen_in_a_closed_hour(site: JudgedSite) -> None:
    site.commit(day_of(""), to_us=NOW_US)
    await site.at(NOW_US)
    before = await today(site)
    read = await site.reader.as_read(TAG, BESIDE, DAY_US + 9 * HOUR_US, DAY_US + 10 * HOUR_US)
    rows = read.values.times_us >= DAY_US + 9 * HOUR_US + 40 * MINUTE_US
    times = read.values.times_us[rows]

    other = SampleBatch.of(site.ids[TAG], times, [41.0] * len(times), [Quality.GOOD] * len(times))
    site.history.commit(other, NOW_US)
    site.clock.at_us = NOW_US + MINUTE_US

    assert 8 not in before
    assert (await today(site))[8] == ("", 41.0)


async def test_a_mark_and_its_withdrawal_are_seen_in_a_closed_hour(site: JudgedSite) -> None:
    site.commit(day_of(""), to_us=NOW_US)
    await site.at(NOW_US)
    before = await today(site)
    entries, from_us = entries_at(site.history, NOW_US), DAY_US + 9 * HOUR_US + 35 * MINUTE_US

    mark = await entries.mark(TAG, from_us, from_us + HOUR_US, MarkKind.FAULT, "试剂用尽", WANG)
    site.clock.at_us = NOW_US + MINUTE_US
    marked = await today(site)
    await entries.withdraw(mark.id, "误标", WANG)
    site.clock.at_us = NOW_US + 2 * MINUTE_US

    assert marked == before | {8: ("fault", None)}
    assert await today(site) == before


async def test_a_correction_of_a_reading_is_seen_in_a_closed_hour(tmp_path: Path) -> None:
    demo = read_folder(DEMO_FOLDER)
    points = tuple(point for point in demo.plant.points if point.tag in (*TAGS, SV30))
    folder = replace(demo, plant=replace(demo.plant, points=points), limits=())
    with judged_site(tmp_path, folder) as site:
        kept = KeptReadings(site.history, site.periods)
        site.commit(day_of(""), to_us=NOW_US)
        entries = entries_at(site.history, NOW_US)
        await entries.enter(SV30, AWAY[0], 28.5, WANG)
        await site.at(NOW_US)
        before = await kept.as_read(SV30, (), DAY_US, NOW_US)

        await entries.correct(SV30, AWAY[0], 82.5, "笔误", WANG)

        after = await kept.as_read(SV30, (), DAY_US, NOW_US)
        assert [read.values.times_us.tolist() for read in (before, after)] == [[AWAY[0]], [AWAY[0]]]
        assert [read.values.values.tolist() for read in (before, after)] == [[28.5], [82.5]]


async def test_what_was_kept_is_read_again_after_the_clock_was_set_back(site: JudgedSite) -> None:
    kept = KeptReadings(site.history, site.periods)
    site.commit(day_of(""), to_us=NOW_US)
    await site.at(NOW_US)
    await agree(site, kept, NOW_US)

    await agree(site, kept, NOW_US - 3 * HOUR_US)


async def test_a_page_asks_for_what_was_not_decided_alone(
    site: JudgedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.commit(day_of(""), to_us=DAY_US + 26 * HOUR_US)
    await site.at(DAY_US + 26 * HOUR_US)
    asked: list[int] = []
    as_read = KeptReadings.as_read

    async def watched(
        self: KeptReadings, tag: str, beside: Sequence[str], from_us: int, to_us: int
    ) -> AsRead:
        asked.append(from_us)
        return await as_read(self, tag, beside, from_us, to_us)

    monkeypatch.setattr(KeptReadings, "as_read", watched)
    found = await site.judgements.hours(TAG, TODAY)
    await site.judgements.uptime(TODAY)
    await site.judgements.days(TODAY, TODAY)

    assert asked == [DAY_US + 22 * HOUR_US]
    assert [replace(hour, version=0) for hour in found] == list(await anew_of_yesterday(site))


async def anew_of_yesterday(site: JudgedSite) -> Sequence[HourJudgement]:
    """Return the hours of the day before judged from nothing kept."""
    now_us = site.clock.now_us()
    assessor = Assessor(site.reader, site.folder.limits, site.folder.calendar)
    days = assessor.days_of(DAY_US, DAY_US + 24 * HOUR_US)
    (found,) = await assessor.judged(site.items[0], days, DAY_US, now_us, now_us)
    return found.hours
