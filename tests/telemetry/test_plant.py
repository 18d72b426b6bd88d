from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from telemetry.plant import (
    NODE,
    NODE_DISK,
    Bit,
    Equipment,
    EquipmentKind,
    Name,
    Plant,
    Point,
    PointKind,
    Unit,
    UnitStage,
    link_tag,
)

BLOWER = Point(
    tag="BL_B201A_ST",
    unit="blowers",
    name=Name("1#鼓风机状态字", "blower status 1"),
    kind=PointKind.STATUS,
    engineering_unit="-",
    range_low=0,
    range_high=65535,
    source="PLC2",
    channel="PLC2",
    equipment="BL_B201A",
    bits=(Bit("running", 0), Bit("fault", 1)),
)
LINK = replace(BLOWER, tag=link_tag("PLC2"), kind=PointKind.SYSTEM, equipment=None, bits=())


def test_a_name_is_chinese_in_any_chinese_and_english_elsewhere() -> None:
    name = Name("好氧池", "aerobic tank")

    assert [name.in_language(tag) for tag in ("zh", "zh_CN", "zh-Hant", "en", "de")] == [
        "好氧池",
        "好氧池",
        "好氧池",
        "aerobic tank",
        "aerobic tank",
    ]


def test_a_bit_has_a_mask_and_is_found_by_its_name() -> None:
    fault = BLOWER.bit("fault")

    assert fault is not None
    assert fault.mask == 0b10
    assert BLOWER.bit("tripped") is None


def test_only_the_point_of_a_channel_itself_is_its_link() -> None:
    assert LINK.tag == "PLC2.link"
    assert [point.is_link for point in (BLOWER, LINK, replace(LINK, channel=None))] == [False, True, False]


def test_a_link_and_what_the_node_measures_is_its_own_to_say() -> None:
    disk = replace(LINK, tag=NODE_DISK, source=NODE, channel=None)

    assert [point.is_own for point in (BLOWER, LINK, disk)] == [False, True, True]


def test_a_range_has_a_span() -> None:
    assert replace(BLOWER, range_low=-500, range_high=500).span == 1000


def test_a_plant_finds_what_it_is_made_of() -> None:
    unit = Unit("blowers", Name("鼓风机房", "blowers"), UnitStage.SERVICE)
    blower = Equipment("BL_B201A", Name("1#鼓风机", "blower 1"), EquipmentKind.BLOWER, "blowers")
    plant = Plant(
        id="fangcheng1",
        name=Name("方城第一污水厂", "Fangcheng 1"),
        timezone=ZoneInfo("Asia/Shanghai"),
        design_flow_m3_d=25_000,
        outlet=Name("总排口", "outlet"),
        units=(unit,),
        equipment=(blower,),
        points=(BLOWER, LINK),
    )

    assert plant.unit_by_id == {"blowers": unit}
    assert plant.equipment_by_id == {"BL_B201A": blower}
    assert plant.point_by_tag == {"BL_B201A_ST": BLOWER, "PLC2.link": LINK}


@pytest.mark.parametrize(("every_s", "after_s"), [(1, 10), (3, 10), (5, 15), (60, 180), (None, None)])
def test_a_point_is_stale_after_three_intervals_but_not_in_haste_and_never_when_people_enter_it(
    every_s: int | None, after_s: int | None
) -> None:
    every = None if every_s is None else timedelta(seconds=every_s)
    after = None if after_s is None else timedelta(seconds=after_s)

    assert replace(BLOWER, expected_every=every).stale_after == after
