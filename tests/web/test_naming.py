import pytest

from telemetry.plant import Name
from web import naming


@pytest.mark.parametrize(
    ("point", "unit", "label"),
    [
        ("1#好氧池溶解氧", "好氧池", "溶解氧"),
        ("好氧末端氨氮", "好氧池", "末端氨氮"),
        ("2#泵站液位", "2#提升泵站", "液位"),
        ("鼓风总管压力", "鼓风机房", "总管压力"),
        ("出水pH", "出水", "pH"),
        ("曝气支管风量", "好氧池", "曝气支管风量"),
        ("aerobic DO 1", "aerobic tank", "DO"),
        ("lift station 2 level", "lift station 2", "Level"),
        ("effluent pH", "effluent", "pH"),
        ("MLSS 1", "aerobic tank", "MLSS"),
    ],
)
def test_a_label_leaves_out_its_number_and_what_its_unit_says(point: str, unit: str, label: str) -> None:
    assert naming.short(point, unit) == label


def test_alike_points_are_one_family() -> None:
    names = [Name("1#好氧池溶解氧", "aerobic DO 1"), Name("2#好氧池溶解氧", "aerobic DO 2")]

    assert {naming.family(name) for name in names} == {"好氧池溶解氧"}


@pytest.mark.parametrize(
    ("machine", "unit", "number"),
    [
        ("3#提升泵", "提升泵房", "3"),
        ("1#泵站2#泵", "1#提升泵站", "2"),
        ("1#泵站市电", "1#提升泵站", ""),
        ("PAC加药泵", "加药间", ""),
    ],
)
def test_the_number_of_a_unit_is_not_the_number_of_its_machine(machine: str, unit: str, number: str) -> None:
    assert naming.ordinal(machine, unit) == number


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        (["PAC储罐液位", "碳源储罐液位", "次氯酸钠储罐液位"], ["PAC", "碳源", "次氯酸钠"]),
        (["粗格栅液位差", "细格栅液位差"], ["粗格栅液位差", "细格栅液位差"]),
        (["Coarse screen level", "Fine screen level"], ["Coarse", "Fine"]),
        (["流量", "浓度"], ["流量", "浓度"]),
        (["液位"], ["液位"]),
        ([], []),
    ],
)
def test_labels_lose_the_end_they_share_unless_too_little_is_left(labels: list[str], left: list[str]) -> None:
    assert naming.without_common_end(labels) == left
