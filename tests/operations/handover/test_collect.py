"""What a handover says of what was read."""

import json
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from alarms.compliance.limits import ColdWater
from alarms.settings import Priority
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from history.hours import DTYPES, NAMES, Hours
from operations.handover.choice import Choice, chosen
from operations.handover.collect import Figure, collect, verdict
from operations.handover.content import Content, Ends, LogLine, RaisedLine, frozen, thawed
from operations.handover.gather import gather
from operations.handover.turns import turns_of
from telemetry.clock import from_us
from telemetry.errors import StoreAway, StoreError
from telemetry.quality import Quality
from tests.operations.handover.desk import (
    HOUR_US,
    NIGHT_US,
    Scene,
    alarm,
    answered,
    ceiling,
    on_shift,
    person,
    roster,
)

COD, FLOW, FLOW_TOTAL, PAC_LEVEL, PAC_STOCK, SV30, CAKE = (
    "EFF_AIT_COD", "EFF_FIT401", "EFF_FQ401", "AD_LIT_PAC", "LAB_PAC_STOCK", "LAB_SV30_1", "LAB_CAKE_OUT",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


@pytest.fixture(scope="module")
def choice(folder: PlantFolder) -> Choice:
    return chosen(folder.plant)


@pytest.fixture
def scene(folder: PlantFolder) -> Scene:
    return Scene(folder.plant)


def hours(*rows: dict[str, float]) -> Hours:
    """Return an hour a row, from the night turn's start; the mean holds for the whole hour."""
    columns: dict[str, list[float]] = {name: [] for name in NAMES}
    for place, row in enumerate(rows):
        mean = row.get("mean", 0.0)
        own = {
            "series": 1, "start_us": NIGHT_US + place * HOUR_US, "count": 60, "good_us": HOUR_US,
            "weight": HOUR_US, "weighted": mean * HOUR_US, "minimum": mean, "maximum": mean,
            "first": mean, "last": mean, "total": 0.0, "resets": 0, "starts": 0,
        }  # fmt: skip
        for name in NAMES:
            columns[name].append((own | row)[name])
    return Hours(*(np.array(columns[name], DTYPES[name]) for name in NAMES))


async def content_of(scene: Scene, choice: Choice, after_h: float = 7.5) -> Content:
    turns = turns_of(roster())
    now_us = NIGHT_US + round(after_h * HOUR_US)
    found = await gather(scene.sources(), choice, turns[0], turns[1], now_us)
    return collect(found, choice, scene.plant, from_us(now_us).date())


def test_the_plant_folder_says_what_is_told(choice: Choice) -> None:
    by_group: dict[str, list[str]] = {}
    for tag, group in choice.totals:
        by_group.setdefault(group, []).append(tag)
    assert choice.flows == ("INF_FIT101", "EFF_FIT401")
    assert by_group == {
        "water": ["INF_FQ101", "EFF_FQ401"],
        "network": ["LS1_FQ", "LS2_FQ", "LS3_FQ"],
        "sludge": ["WS_FQ302", "SL_WIT501", "RS_FQ301"],
        "chemicals": ["AD_FQ_PAC", "AD_FQ_CARB", "AD_FQ_NACLO"],
        "air": ["BL_FQ200"],
        "energy": ["PW_KWH_TOT", "PW_KWH_BL"],
    }
    assert choice.stock == (
        "AD_LIT_PAC", "AD_LIT_CARB", "AD_LIT_NACLO",
        "LAB_PAC_STOCK", "LAB_PAM_STOCK", "LAB_CARB_STOCK", "LAB_NACLO_STOCK",
    )  # fmt: skip
    assert choice.hauled == ("LAB_CAKE_OUT", "LAB_PAM_USED")
    assert choice.sampled[:2] == ("LAB_SV30_1", "LAB_SV30_2")
    assert len(choice.machinery) == 47
    assert {machine.equipment.kind.value for machine in choice.machinery} >= {
        "pump",
        "blower",
        "gate",
        "supply",
    }


@pytest.mark.parametrize(
    ("word", "state", "mode"),
    [
        (0b0001_1101, "running", ""),
        (0b0001_0101, "running", "hand"),
        (0b0000_1001, "running", "local"),
        (0b0001_1100, "standby", ""),
        (0b0000_1100, "stopped", ""),
        (0b0001_1110, "fault", ""),
        (0b0101_1101, "fault", ""),
        (None, "unknown", ""),
    ],
)
def test_a_status_word_says_how_a_machine_stands(
    choice: Choice, word: int | None, state: str, mode: str
) -> None:
    blower = next(machine for machine in choice.machinery if machine.equipment.id == "BL_B201B")
    assert (blower.state(word), blower.mode(word)) == (state, mode)


async def test_effluent_is_told_beside_the_limits_with_the_flow_weighted_mean_of_the_turn(
    scene: Scene, choice: Choice
) -> None:
    scene.limits = [ceiling(COD, "daily", 50.0), ceiling(COD, "single", 75.0), ceiling(COD, "daily", 45.0)]
    scene.readings = {COD: 18.4}
    scene.figures = {
        COD: hours({"mean": 20.0}, {"mean": 40.0, "maximum": 44.0}),
        FLOW: hours({"mean": 100.0}, {"mean": 300.0}),
    }
    (item,) = (await content_of(scene, choice)).effluent
    assert (item.mean, item.lowest, item.highest) == (35.0, 20.0, 44.0)
    assert (item.daily, item.single, item.internal) == (
        Ends(None, Decimal(45)),
        Ends(None, Decimal(75)),
        Ends(),
    )
    assert (item.reading.value, item.verdict) == (18.4, "within")


@pytest.mark.parametrize(("celsius", "high"), [({"T": 11.9}, 25), ({"T": 12.1}, 15), ({}, 15)])
async def test_limits_follow_the_days_water_and_not_that_of_this_minute(
    scene: Scene, choice: Choice, celsius: dict[str, float], high: int
) -> None:
    cold = ColdWater("EFF_TIT401" if not celsius else "T", Decimal(12))
    limit = replace(ceiling(COD, "daily", 15.0), alternative_high=Decimal(25), cold_water=cold)
    scene.limits, scene.celsius, scene.readings = [limit], celsius, {"EFF_TIT401": 9.0}

    (item,) = (await content_of(scene, choice)).effluent

    assert item.daily == Ends(None, Decimal(high))


@pytest.mark.parametrize(
    ("value", "mean", "highest", "lowest", "expected"),
    [
        (18.0, 19.0, 21.0, 17.0, "within"),
        (40.0, 40.0, 40.0, 40.0, "within"),
        (18.0, 41.0, 44.0, 17.0, "internal"),
        (41.0, 18.0, 44.0, 17.0, "internal"),
        (18.0, 50.4, 70.0, 17.0, "internal"),
        (18.0, 50.5, 70.0, 17.0, "internal"),
        (18.0, 50.6, 70.0, 17.0, "daily"),
        (50.6, 18.0, 50.6, 17.0, "daily"),
        (18.0, 19.0, 75.6, 17.0, "single"),
        (18.0, 19.0, 75.5, 17.0, "single"),
        (18.0, 19.0, 75.4, 17.0, "within"),
        (18.0, 19.0, 30.0, 1.4, "single"),
        (None, None, None, None, "unknown"),
        (None, 18.0, 20.0, 17.0, "within"),
    ],
)
def test_the_gravest_limit_that_was_passed_is_named(
    value: float | None, mean: float | None, highest: float | None, lowest: float | None, expected: str
) -> None:
    turn = Figure(mean=mean, lowest=lowest, highest=highest)
    assert (
        verdict(value, turn, Ends(None, Decimal(50)), Ends(Decimal(2), Decimal(75)), Ends(None, Decimal(40)))
        == expected
    )


def test_a_limit_that_was_not_entered_is_never_complied_with() -> None:
    assert verdict(18.0, Figure(mean=18.0), Ends(), Ends(), Ends()) == "missing"


async def test_totals_flows_and_stock_are_those_of_the_turn(scene: Scene, choice: Choice) -> None:
    scene.readings = {FLOW: 812.0, PAC_LEVEL: 1.9, PAC_STOCK: 6.2}
    scene.times_us = {PAC_STOCK: NIGHT_US - 40 * HOUR_US}
    scene.figures = {
        FLOW_TOTAL: hours({"total": 800.0}, {"total": 810.5, "resets": 1}),
        FLOW: hours({"mean": 800.0}, {"mean": 820.0, "maximum": 900.0}),
        PAC_LEVEL: hours({"mean": 2.2, "first": 2.3}),
    }
    content = await content_of(scene, choice)
    totals = {total.tag: (total.total, total.resets) for total in content.totals}
    assert totals[FLOW_TOTAL] == (1610.5, 1)
    assert totals["INF_FQ101"] == (None, 0), "what was not read is not zero"
    flows = {flow.reading.tag: (flow.reading.value, flow.mean, flow.highest) for flow in content.flows}
    assert flows == {"INF_FIT101": (None, None, None), FLOW: (812.0, 810.0, 900.0)}
    stock = {one.reading.tag: (one.reading.value, one.at_start) for one in content.stock}
    assert (stock[PAC_LEVEL], stock[PAC_STOCK]) == ((1.9, 2.3), (6.2, None))


async def test_what_people_entered_in_the_turn_is_told_and_what_is_older_is_not(
    scene: Scene, choice: Choice
) -> None:
    scene.readings = {SV30: 28.0, "LAB_SV30_2": 27.0, CAKE: 12.4, "LAB_MLSS_1": 3200.0}
    scene.times_us = {"LAB_SV30_2": NIGHT_US - 1}
    scene.quality = {"LAB_MLSS_1": Quality.BAD}
    content = await content_of(scene, choice)
    assert [(one.tag, one.value) for one in content.samples] == [(SV30, 28.0)]
    assert [(one.tag, one.value) for one in content.sludge] == [(CAKE, 12.4)]


async def test_machines_that_are_not_heard_of_are_unknown_never_stopped(scene: Scene, choice: Choice) -> None:
    scene.readings = {"BL_B201A_ST": 0b11101, "BL_B201B_ST": 0b00010, "BL_B201C_ST": 0b11100}
    scene.quality = {"BL_B201C_ST": Quality.COMM_FAILURE}
    states = {one.equipment: one.state for one in (await content_of(scene, choice)).machines}
    assert [states[f"BL_B201{letter}"] for letter in "ABC"] == ["running", "fault", "unknown"]
    assert states["PS_P101A"] == "unknown"


async def test_alarms_and_log_are_told_by_their_ids(scene: Scene, choice: Choice) -> None:
    inside = LogLine(UUID(int=1), UUID(int=2), "event", NIGHT_US + HOUR_US, person(1))
    scene.alarms = [alarm(1), answered(alarm(2, Priority.MEDIUM))]
    scene.log = [LogLine(UUID(int=3), UUID(int=3), "event", NIGHT_US - 1, None), inside]
    content = await content_of(scene, choice)
    assert [(one.id.int, one.state) for one in content.alarms] == [
        (0xE001, "unacknowledged"),
        (0xE002, "acknowledged"),
    ]
    assert content.log == (inside,)
    assert (content.missing, content.persons) == ({}, {person(n) for n in (1, 2, 3, 4)})


async def test_an_input_that_is_not_there_is_named_and_costs_its_section_only(
    scene: Scene, choice: Choice
) -> None:
    scene.failing = StoreError("readings.duckdb: not read")
    scene.readings = {FLOW: 812.0}
    content = await content_of(scene, choice)
    assert content.missing == {"log": "absent", "figures": "unavailable"}
    assert content.flows[1].reading.value == 812.0
    assert {total.total for total in content.totals} == {None}


async def test_a_peoples_store_that_is_away_is_no_section_that_is_missing(
    scene: Scene, choice: Choice
) -> None:
    scene.failing = StoreAway("away")
    with pytest.raises(StoreAway):
        await content_of(scene, choice)


@pytest.mark.parametrize(
    ("begins_min", "after_h", "asked"),
    [(0, 7.5, "hours"), (0, 9, "hours"), (30, 7.5, "minutes"), (30, 9, "minutes")],
)
async def test_a_turn_that_is_not_of_whole_hours_is_counted_by_minutes(
    scene: Scene, choice: Choice, begins_min: int, after_h: float, asked: str
) -> None:
    begin_us = NIGHT_US + begins_min * HOUR_US // 60
    (turn,) = turns_of([on_shift(1, begin_us)])
    found = await gather(scene.sources(), choice, turn, None, begin_us + round(after_h * HOUR_US))
    assert set(scene.asked) == {asked}
    assert found.figures_us == min(begin_us + round(after_h * HOUR_US), turn.shift.end_us)


async def test_a_content_is_the_same_after_json(scene: Scene, choice: Choice) -> None:
    scene.alarms = [alarm(1)]
    scene.readings = {COD: 18.4, SV30: -0.0}
    scene.limits = [ceiling(COD, "single", 75.0)]
    raised = RaisedLine("BL_B201B_ST.fault", "BL_B201B_ST", "bit")
    scene.log = [LogLine(UUID(int=1), UUID(int=2), "alarm", NIGHT_US + 1, None, raised)]
    content = await content_of(scene, choice)
    document = frozen(content)
    assert thawed(json.loads(json.dumps(document, allow_nan=False))) == content
    assert str(document).count("person") == len(content.outgoing.members) * 2 + 1
