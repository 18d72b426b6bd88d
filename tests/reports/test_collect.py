"""A month collected from a real store: figures, judgements with who was on shift, and what is away."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import (
    DayJudgement,
    End,
    Exceedance,
    HeldLimit,
    MonthCompliance,
    PlantCompliance,
    Verdict,
)
from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from alarms.uptime.records import PlantUptime
from history.embedded import EmbeddedHistory
from history.entries import Entry, EntryKind
from history.measures import measures_of
from history.periods import Periods
from reports.collect import AWAY, NO_JOURNAL, NOT_HERE, Sources, collected
from reports.inputs import AlarmFigures, Amendments, Compliance, Head
from telemetry.duty import OnShift, Shift
from telemetry.errors import Invalid, StoreAway
from telemetry.people import Actor
from telemetry.plant import Name
from telemetry.samples import SampleBatch
from tests.reports.months import HOUR_US, month
from tests.reports.sources import FOLDER, NoEntries, sources_of

PLANT = FOLDER.plant
T0, NOW = month().from_us, month().to_us + HOUR_US
TAGS = ("INF_FQ101", "EFF_FQ401", "EFF_FIT401", "INF_FIT101", "EFF_AIT_SS", "PW_KWH_TOT", "PS_P101A_ST")
ENGINEERS = uuid4()


class OneCorrection(NoEntries):
    async def listed(self, tag: str | None, before: int | None, limit: int) -> list[Entry]:
        who = Actor(ENGINEERS, "engineer")
        at = T0 + 30 * HOUR_US
        return [
            Entry(
                uuid4(), EntryKind.CORRECTION, "LAB_INF_BOD", at, at, 118.0, 18.0, None, None, 1, who,
                "笔误", at, 7,
            )
        ]  # fmt: skip


class Judged:
    """One exceedance of one day, by its mean."""

    async def months(self, month_: date) -> PlantCompliance:
        start = month().starts_us[4]
        limit = HeldLimit(LimitBasis.DAILY, "GB 18918-2002 1A", None, Decimal(10), False, True)
        beyond = Exceedance(
            LimitBasis.DAILY, End.HIGH, Decimal(10), "GB 18918-2002 1A", 12.34, "12", None, None, None
        )
        day = DayJudgement(
            "EFF_AIT_SS", date(2026, 10, 5), start, start + 24 * HOUR_US, Verdict.EXCEEDS, 12.34, "12",
            3.0, 20.0, 24, 24, 0, 18_000.0, 222.0, (limit,), (beyond,),
        )  # fmt: skip
        item = MonthCompliance("EFF_AIT_SS", month_, (day,), 0, 1, 0, 0, None, 0.0, 18_000.0, 222.0)
        return PlantCompliance(month_, (item,), 1, 0, 0.0)

    async def uptime(self, month_: date) -> PlantUptime:
        return PlantUptime(month_, 0.95, (), None, None)


class Away(Judged):
    async def months(self, month_: date) -> PlantCompliance:
        raise StoreAway("the server does not answer")


class Roster:
    async def on_shift(self, at_us: int, post: UUID | None = None) -> Sequence[OnShift]:
        return []

    async def between(self, from_us: int, to_us: int) -> Sequence[OnShift]:
        start = month().starts_us[4]
        return [
            self.turn("2026-10-04", "night", "夜班", "陈喆", start - 8 * HOUR_US),
            self.turn("2026-10-05", "day", "白班", "王磊", start),
            self.turn("2026-10-05", "day", "白班", "李静", start),
        ]

    @staticmethod
    def turn(day: str, code: str, zh: str, name: str, start_us: int) -> OnShift:
        shift = Shift(f"{day}/{code}", Name(zh, code), day, start_us, start_us + 8 * HOUR_US)
        post = Name("运行", "operator")
        return OnShift(uuid4(), shift, uuid4(), "1", name, "operator", uuid4(), post, None, None)


@pytest.fixture
async def sources(tmp_path: Path) -> AsyncIterator[Sources]:
    """A store with an hour of every day's first hour, all kept as closed hours."""
    history = EmbeddedHistory.open(tmp_path / "readings.duckdb")
    ids = history.series_ids(PLANT.id, [point.tag for point in PLANT.points])
    periods = Periods(history, measures_of(PLANT))
    minutes = np.arange(60)
    for index, start in enumerate(month().starts_us):
        parts = []
        for tag, values in {
            "INF_FQ101": 1000.0 * index + minutes * 15,
            "EFF_FQ401": 900.0 * index + minutes * 14,
            "EFF_FIT401": np.full(60, 840.0),
            "INF_FIT101": np.full(60, 900.0),
            "EFF_AIT_SS": np.full(60, 4.0 + index / 10),
            "PW_KWH_TOT": 300.0 * index + minutes * 4,
            "PS_P101A_ST": np.where(minutes < 30, 1.0, 0.0),
        }.items():
            times = start + minutes * 60_000_000
            parts.append(SampleBatch.of(np.full(60, ids[tag]), times, values, 192))
        history.commit(SampleBatch.concat(parts), start + HOUR_US)
    while periods.bring_up(NOW):
        pass
    yield sources_of(history, periods)
    history.close()


async def test_figures_are_those_that_the_api_gives(sources: Sources) -> None:
    inputs = await collected(sources, "2026-10", NOW)

    assert (len(inputs.days), inputs.provisional) == (31, False)
    water = inputs.by_day["INF_FQ101"].amount
    # Each total goes on from the day before, whose last reading it saw.
    assert water[0] == 59 * 15
    assert water[1] == 1000.0
    assert inputs.by_day["EFF_AIT_SS"].mean[0] == pytest.approx(4.0)
    assert inputs.by_day["EFF_AIT_SS"].good[0] == pytest.approx(1 / 24, rel=0.06)
    (pump,) = (machine for machine in inputs.machines if machine.id == "PS_P101A")
    assert pump.run_hours == pytest.approx(31 * 0.5, rel=0.02)
    assert pump.starts == 30


async def test_points_without_a_reading_are_listed_with_none_of_their_time_good(sources: Sources) -> None:
    inputs = await collected(sources, "2026-10", NOW)

    points = {point.tag: point for point in inputs.points}
    assert len(points) == 260
    assert (points["AE_DO1"].count, points["AE_DO1"].good, points["AE_DO1"].mean) == (0, 0.0, None)
    assert points["LAB_INF_BOD"].good is None


async def test_an_exceedance_has_who_was_on_shift_then_and_in_the_hours_before(sources: Sources) -> None:
    inputs = await collected(replace(sources, judgements=Judged(), duty=Roster()), "2026-10", NOW)

    assert isinstance(inputs.compliance, Compliance)
    (one,) = inputs.compliance.exceedances
    assert (one.value, one.rounded, one.limit, one.basis) == (12.34, "12", Decimal("10"), "daily")
    assert one.on_shift is not None
    assert one.before is not None
    assert [(turn.day, turn.people) for turn in one.on_shift] == [("2026-10-05", ("王磊", "李静"))]
    assert [(turn.shift.zh, turn.people) for turn in one.before] == [("夜班", ("陈喆",))]
    verdicts = [day.verdict for day in inputs.compliance.items[0].days]
    assert (verdicts[4], verdicts[5], len(verdicts)) == ("exceeds", "absent", 31)


async def test_a_store_that_is_away_leaves_its_part_missing_and_the_others_there(sources: Sources) -> None:
    inputs = await collected(replace(sources, judgements=Away(), duty=Roster()), "2026-10", NOW)

    assert inputs.compliance == AWAY
    assert inputs.analysers == ()
    assert inputs.staff == NOT_HERE
    assert isinstance(inputs.amendments, Amendments)


async def test_a_month_before_the_journals_first_record_has_no_alarm_figures(sources: Sources) -> None:
    async def later(before: int | None, limit: int, from_us: int, to_us: int) -> list[JournalRecord]:
        return [record(month().to_us + HOUR_US)] if before == 2 else []

    async def within(before: int | None, limit: int, from_us: int, to_us: int) -> list[JournalRecord]:
        return [record(T0 + 240 * HOUR_US)]

    missing = await collected(replace(sources, journal=later), "2026-10", NOW)
    there = await collected(replace(sources, journal=within), "2026-10", NOW)

    assert missing.alarms == NO_JOURNAL
    assert isinstance(there.alarms, AlarmFigures)
    assert (there.alarms.raised, there.alarms.from_us) == (1, T0 + 240 * HOUR_US)


async def test_heads_and_corrections_are_taken_along(sources: Sources) -> None:
    async def head() -> Head:
        return Head(7, "ab" * 32)

    found = await collected(replace(sources, entries=OneCorrection(), ledger_head=head), "2026-10", NOW)

    assert found.ledger == Head(7, "ab" * 32)
    assert isinstance(found.amendments, Amendments)
    assert [(one.former, one.value, one.by) for one in found.amendments.listed] == [(18.0, 118.0, "engineer")]


async def test_who_corrected_is_called_by_the_persons_name_as_far_as_it_is_known(sources: Sources) -> None:
    async def known() -> dict[UUID, str]:
        return {ENGINEERS: "赵敏"}

    async def away() -> dict[UUID, str]:
        raise StoreAway("the people's store is away")

    corrected = replace(sources, entries=OneCorrection())
    found = [await collected(replace(corrected, names=names), "2026-10", NOW) for names in (known, away)]

    told = [each.amendments.listed for each in found if isinstance(each.amendments, Amendments)]
    assert [[one.by for one in listed] for listed in told] == [["赵敏"], ["engineer"]]


async def test_a_month_that_has_not_begun_is_refused(sources: Sources) -> None:
    with pytest.raises(Invalid, match="has not begun"):
        await collected(sources, "2026-12", NOW)
    with pytest.raises(Invalid, match="is not a month"):
        await collected(sources, "2026-1", NOW)


def record(at_us: int) -> JournalRecord:
    return JournalRecord(
        uuid4(), 1, at_us, at_us, "AE_DO1.L", "AE_DO1", RuleKind.LOW, Priority.LOW, AlarmEvent.RAISE,
        AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, 0.8, 1.0, 1, uuid4(), None, None,
    )  # fmt: skip
