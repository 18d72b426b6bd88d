import csv
import math
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from alarms.settings import Priority, Rule, RuleKind
from collectors.modbus.settings import DataType
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from telemetry.plant import Bit, EquipmentKind, Name, UnitStage

BLOWER_1 = [
    "BL_B201A_ST",
    "BL_B201A_I",
    "BL_B201A_HZ",
    "BL_B201A_T",
    "BL_B201A_RH",
    "BL_FIT201A",
    "BL_TIT201A",
    "BL_VT201A",
]


@pytest.fixture(scope="module")
def demo() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


def rule(folder: PlantFolder, key: str, day: date = date(2026, 7, 1)) -> Rule:
    return next(rule for rule in folder.rules_on(day) if rule.key == key)


def test_the_demo_has_260_points_a_link_for_each_channel_and_the_nodes_own(demo: PlantFolder) -> None:
    links = [point.tag for point in demo.plant.points if point.is_link]

    assert len([point for point in demo.plant.points if not point.is_own]) == 260
    assert [point.tag for point in demo.plant.points if point.is_own] == [
        *links,
        "NODE.disk",
        "NODE.clock",
        "NODE.future",
    ]
    assert links == [f"PLC{number}.link" for number in range(1, 7)] + [
        "MQTT.link",
        "MQTT.LS1.link",
        "MQTT.LS2.link",
        "MQTT.LS3.link",
    ]


def test_its_rules_by_kind(demo: PlantFolder) -> None:
    assert Counter(rule.kind for rule in demo.rules) == {
        RuleKind.LOW_LOW: 16,
        RuleKind.LOW: 41,
        RuleKind.HIGH: 100,
        RuleKind.HIGH_HIGH: 74,
        RuleKind.BIT: 194,
        RuleKind.INSTRUMENT: 234,
        RuleKind.LINK: 10,
    }
    assert len({rule.key for rule in demo.rules}) == len(demo.rules)


def test_few_alarms_are_high_and_hardly_any_critical(demo: PlantFolder) -> None:
    # ISA-18.2 asks for about 80 : 15 : 5, with critical below 1 %.
    share = {
        priority: count / len(demo.rules)
        for priority, count in Counter(rule.priority for rule in demo.rules).items()
    }

    assert share[Priority.LOW] > 0.7
    assert share[Priority.MEDIUM] < 0.2
    assert share[Priority.HIGH] < 0.08
    assert 0 < share[Priority.CRITICAL] < 0.01


def test_no_two_points_share_a_register(demo: PlantFolder) -> None:
    points = sorted(demo.modbus_points, key=lambda p: (p.source, p.function_code, p.offset))

    assert len(points) == 210
    for one, other in pairwise(points):
        if (one.source, one.function_code) == (other.source, other.function_code):
            assert one.offset + one.data_type.registers <= other.offset, (one.tag, other.tag)


def test_every_line_says_as_many_registers_as_its_type_takes() -> None:
    with (DEMO_FOLDER / "points.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["modbus_fc"]:
                assert int(row["regs"]) == DataType(row["dtype"]).registers, row["tag"]


def test_the_discharge_limit_for_ammonia_is_higher_from_november_to_march(demo: PlantFolder) -> None:
    limits = {
        limit.basis.value: limit
        for limit in demo.limits
        if limit.tag == "EFF_AIT_NH3" and limit.cold_water is None
    }
    summer, winter = date(2026, 7, 1), date(2026, 11, 1)

    assert [limits["daily"].high_on(day) for day in (summer, winter)] == [4, 6]
    assert [limits["single"].high_on(day) for day in (summer, winter)] == [8, 12]
    assert rule(demo, "EFF_AIT_NH3.HH", summer).threshold == 8
    assert rule(demo, "EFF_AIT_NH3.HH", winter).threshold == 12
    assert rule(demo, "EFF_AIT_NH3.HH", date(2027, 3, 31)).threshold == 12
    assert rule(demo, "EFF_AIT_NH3.HH", date(2027, 4, 1)).threshold == 8


def test_before_the_standard_holds_its_limits_alarm_never_but_keep_their_keys(demo: PlantFolder) -> None:
    before, after = demo.rules_on(date(2026, 3, 27)), demo.rules_on(date(2026, 3, 28))

    assert [rule.key for rule in before] == [rule.key for rule in after]
    assert rule(demo, "EFF_AIT_COD.HH", date(2026, 3, 27)).threshold == math.inf
    assert rule(demo, "EFF_AIT_COD.HH", date(2026, 3, 28)).threshold == 75


def test_ph_alarms_on_both_sides(demo: PlantFolder) -> None:
    thresholds = [rule(demo, f"EFF_AIT_PH.{kind}").threshold for kind in ("LL", "L", "H", "HH")]

    assert thresholds == [6, 6.5, 8.5, 9]


def test_a_blower_owns_all_its_points(demo: PlantFolder) -> None:
    blower = demo.plant.equipment_by_id["BL_B201A"]

    assert (blower.kind, blower.name, blower.unit) == (
        EquipmentKind.BLOWER,
        Name("1#鼓风机", "blower 1"),
        "blowers",
    )
    assert [point.tag for point in demo.plant.points if point.equipment == "BL_B201A"] == BLOWER_1


def test_a_blower_trip_is_a_high_alarm_within_a_second(demo: PlantFolder) -> None:
    trip = rule(demo, "BL_B201A_ST.fault")

    assert trip.priority is Priority.HIGH
    assert trip.on_delay == timedelta(0)
    assert (trip.mask, trip.invert, trip.bit, trip.equipment) == (0b10, False, "fault", "BL_B201A")
    assert demo.plant.point_by_tag["BL_B201A_ST"].expected_every == timedelta(milliseconds=500)


def test_a_lost_mains_is_the_bit_that_is_clear(demo: PlantFolder) -> None:
    lost = rule(demo, "LS1_PWR.present")

    assert (lost.mask, lost.invert) == (1, True)
    assert demo.plant.point_by_tag["LS1_PWR"].bits == (
        Bit("present", 0, Name("市电正常", "mains present"), Name("市电失电", "mains lost")),
    )


def test_a_current_is_judged_only_while_its_machine_runs(demo: PlantFolder) -> None:
    one, any_of = rule(demo, "BL_B201A_I.H").enable, rule(demo, "BL_PIT201.L").enable

    assert one is not None
    assert (one.terms, one.mode) == ((("BL_B201A_ST", 1),), "any")
    assert any_of is not None
    assert any_of.terms == (("BL_B201A_ST", 1), ("BL_B201B_ST", 1), ("BL_B201C_ST", 1))
    assert any_of.text == "any(BL_B201*_ST.running)"


def test_an_instrument_is_not_blamed_for_a_lost_line(demo: PlantFolder) -> None:
    wired, sent = rule(demo, "AE_DO1.instrument"), rule(demo, "LS2_LIT.instrument")

    assert wired.enable is not None
    assert wired.enable.terms == (("PLC2.link", 1),)
    assert sent.enable is not None
    assert (sent.enable.mode, sent.enable.terms) == ("all", (("MQTT.LS2.link", 1), ("MQTT.link", 1)))
    assert rule(demo, "EFF_AIT_COD.instrument").priority is Priority.MEDIUM


def test_a_lost_broker_is_one_alarm_and_not_one_a_station(demo: PlantFolder) -> None:
    broker, station, plc = (rule(demo, key) for key in ("MQTT.link", "MQTT.LS2.link", "PLC2.link"))

    assert station.enable is not None
    assert station.enable.terms == (("MQTT.link", 1),)
    assert broker.enable is None
    assert (broker.priority, station.priority, plc.priority) == (
        Priority.HIGH,
        Priority.MEDIUM,
        Priority.HIGH,
    )


def test_a_link_is_named_after_what_it_reaches(demo: PlantFolder) -> None:
    names = [demo.plant.point_by_tag[tag].name for tag in ("PLC2.link", "MQTT.LS2.link")]

    assert names == [Name("PLC2 通讯", "PLC2 link"), Name("2#提升泵站 通讯", "lift station 2 link")]


def test_the_water_passes_its_units_in_order(demo: PlantFolder) -> None:
    way = [unit.id for unit in demo.plant.units if unit.stage is UnitStage.WATER]

    assert way == [
        "influent",
        "screens",
        "pumping",
        "grit",
        "anaerobic",
        "anoxic",
        "aerobic",
        "clarifiers",
        "tertiary",
        "effluent",
    ]
    assert {point.unit for point in demo.plant.points} == {unit.id for unit in demo.plant.units}


def test_on_a_fast_clock_what_the_machine_is_late_by_is_no_silence(demo: PlantFolder) -> None:
    fast = demo.paced(100.0)

    assert demo.paced(1.0) == demo
    assert {point.stale_after for point in fast.plant.points} == {
        None if point.stale_after is None else max(point.stale_after, timedelta(seconds=200))
        for point in demo.plant.points
    }
    assert fast.plant.point_by_tag["BL_B201A_ST"].stale_after == timedelta(seconds=200)
    assert [point.expected_every for point in fast.plant.points] == [
        point.expected_every for point in demo.plant.points
    ]


def test_what_analysers_find_of_their_standards_is_told_from_what_they_measure() -> None:
    plant = read_folder(DEMO_FOLDER).plant

    assert plant.check_values == {
        f"{side}_ANA_{what}_QC" for side in ("INF", "EFF") for what in ("COD", "NH3", "TP", "TN")
    }
