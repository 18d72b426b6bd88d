"""The past of a plant: it ends in the plant that goes on, and its two parts meet."""

from functools import cache
from pathlib import Path

import numpy as np

from simulator.past import Past, Record
from simulator.signals import Signals
from simulator.waking import DAY_US, MINUTE_US, wake
from telemetry.plant import PointKind
from tests.simulator.plants import SHANGHAI, at_us, demo_folder

BEGUN = at_us("2026-11-21T20:28:33")
FOLDER = demo_folder()
TOTALS = [point.tag for point in FOLDER.plant.points if point.kind is PointKind.TOTAL]


@cache
def past() -> tuple[Past, Record, Record]:
    """Three days before a plant begins, computed once: the recent part, whole, and the older one."""
    made = Past(FOLDER, 1, BEGUN, days=3)
    recent = made.recent(lambda done: None)
    return made, recent, made.older(lambda done: None)


def test_every_whole_minute_is_there_once() -> None:
    made, recent, older = past()

    times = np.concatenate([older.times_us(), recent.between(made.seam_us, BEGUN).times_us()])

    assert times.tolist() == list(
        range(BEGUN // MINUTE_US * MINUTE_US - 3 * DAY_US + MINUTE_US, BEGUN, MINUTE_US)
    )
    assert made.seam_us == at_us("2026-11-20T08:00:00")


def test_the_past_ends_in_the_plant_that_goes_on(tmp_path: Path) -> None:
    _, recent, _ = past()
    plant = wake(tmp_path / "none.json", 1, SHANGHAI, BEGUN // MINUTE_US * MINUTE_US, BEGUN)

    live = Signals(plant, FOLDER.plant.points).values()

    last = dict(zip(recent.tags, recent.values[-1].tolist(), strict=True))
    assert {tag: value for tag, value in last.items() if tag in TOTALS} == {tag: live[tag] for tag in TOTALS}
    assert last["AE_MLSS1"] == live["AE_MLSS1"]
    assert last == dict(live)


def test_totals_and_hours_never_fall_and_are_never_negative() -> None:
    made, recent, older = past()
    joined = np.vstack([older.values, recent.between(made.seam_us, BEGUN).values])

    columns = {tag: joined[:, recent.tags.index(tag)] for tag in TOTALS}

    assert [tag for tag, column in columns.items() if (np.diff(column) < 0.0).any()] == []
    assert [tag for tag, column in columns.items() if column.min() < 0.0] == []


def test_results_are_counted_on_over_the_seam() -> None:
    made, recent, older = past()

    before, after = older.column("EFF_ANA_COD_N"), recent.between(made.seam_us, BEGUN).column("EFF_ANA_COD_N")

    assert set(np.diff(np.concatenate([before, after])).tolist()) == {0.0, 1.0}


def test_what_changes_slowly_meets_without_a_jump() -> None:
    made, recent, older = past()
    slow = ["AE_MLSS1", "AE_MLSS2", "RS_MLSS301", "AD_LIT_PAC", "AD_LIT_CARB", "AD_LIT_NACLO", "CL_LIT301A",
            "AE_NH31", "EFF_TIT401", "INF_TIT101", "SL_LIT501"]  # fmt: skip
    points = FOLDER.plant.point_by_tag

    jumps = {
        tag: abs(recent.between(made.seam_us, BEGUN).column(tag)[0] - older.column(tag)[-1])
        / points[tag].span
        for tag in slow
    }

    assert {tag: jump for tag, jump in jumps.items() if jump > 0.01} == {}


def test_analysers_hold_their_results_for_an_hour_and_check_themselves_daily() -> None:
    _, recent, _ = past()
    day = recent.between(at_us("2026-11-20T12:00:00"), at_us("2026-11-21T12:00:00"))

    changes = np.count_nonzero(np.diff(day.column("EFF_AIT_NH3")))
    words = set(day.column("EFF_ANA_NH3_ST").tolist())

    assert changes == 23
    assert len(words) == 3


def test_the_same_seed_has_the_same_past_and_another_seed_another() -> None:
    _, recent, _ = past()

    assert np.array_equal(Past(FOLDER, 1, BEGUN).recent(lambda done: None).values, recent.values)
    assert not np.array_equal(Past(FOLDER, 2, BEGUN).recent(lambda done: None).values, recent.values)
