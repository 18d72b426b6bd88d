"""What people enter by hand."""

from itertools import pairwise

import numpy as np

from simulator.laboratory import ENTRIES, entered
from simulator.past import Record
from simulator.waking import DAY_US, MINUTE_US
from telemetry.clock import from_us
from telemetry.plant import PointKind
from telemetry.samples import SampleBatch
from tests.simulator.plants import SHANGHAI, at_us, demo_folder

BEGUN = at_us("2026-11-21T12:00:00")
DAYS = 8
SOURCES = tuple(sorted({entry.source for entry in ENTRIES}))


def record() -> Record:
    """Every source at 10, a counter among them that grows by 10 t a day."""
    values = np.full((DAYS * 1440, len(SOURCES)), 10.0)
    values[:, SOURCES.index("SL_WIT501")] = 1000.0 + np.arange(DAYS * 1440) / 144.0
    values[:, SOURCES.index("AE_MLSS1")] = 3800.0
    return Record(BEGUN - DAYS * DAY_US, SOURCES, values)


def of(tag: str) -> SampleBatch:
    found = entered(record(), 7, tag, 1, SHANGHAI, BEGUN)
    assert found is not None
    return found


def test_every_point_that_people_enter_has_an_entry() -> None:
    manual = {point.tag for point in demo_folder().plant.points if point.kind is PointKind.MANUAL}

    assert {entry.tag for entry in ENTRIES} == manual


def test_samples_are_taken_once_a_day_in_the_morning_and_not_on_the_minute_of_the_day_before() -> None:
    clock = [from_us(us).astimezone(SHANGHAI) for us in of("LAB_SV30_1").times_us.tolist()]

    assert [at.day for at in clock] == [14, 15, 16, 17, 18, 19, 20, 21]
    assert all((8, 25) <= (at.hour, at.minute) <= (8, 37) and at.second == 0 for at in clock)
    assert len({at.minute for at in clock}) > 2


def test_a_result_is_there_when_its_analysis_is_done() -> None:
    last = {tag: from_us(int(of(tag).times_us[-1])).astimezone(SHANGHAI).day for tag in
            ("LAB_SV30_1", "LAB_INF_COD", "LAB_EFF_FC", "LAB_EFF_BOD")}  # fmt: skip

    assert last == {"LAB_SV30_1": 21, "LAB_INF_COD": 20, "LAB_EFF_FC": 19, "LAB_EFF_BOD": 16}


def test_results_come_from_what_the_instruments_showed() -> None:
    assert abs(of("LAB_MLSS_1").values.mean() / 3800.0 - 1.0) < 0.05
    assert abs(of("LAB_CAKE_OUT").values.mean() - 10.0) < 0.3
    stock = of("LAB_PAM_STOCK").values.tolist()
    assert all(before >= after for before, after in pairwise(stock))


def test_a_part_of_the_record_gives_the_same_as_the_whole_of_it() -> None:
    whole = of("LAB_EFF_COD")
    part = entered(record().between(BEGUN - 3 * DAY_US, BEGUN), 7, "LAB_EFF_COD", 1, SHANGHAI, BEGUN)

    assert part is not None
    assert part.values.tolist() == whole.values.tolist()[-len(part) :]
    assert (part.times_us % MINUTE_US == 0).all()


def test_a_point_nobody_enters_here_has_none() -> None:
    assert entered(record(), 7, "LAB_ELSE", 1, SHANGHAI, BEGUN) is None
