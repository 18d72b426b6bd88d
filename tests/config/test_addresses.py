from pathlib import Path

import pytest

from tests.config.folders import good_folder, replace, told

COD = "PLC2,FC03,0,2,F32"
TOTAL = "PLC2,FC03,2,2,U32"


def renumbered(plant: Path, function: str, first: int, second: int) -> None:
    """Give the two points of PLC2 other addresses."""
    replace(plant / "points.csv", COD, f"PLC2,{function},{first},2,F32")
    replace(plant / "points.csv", TOTAL, f"PLC2,{function},{second},2,U32")


@pytest.mark.parametrize(("function", "base"), [("FC03", 40001), ("FC04", 30001)])
def test_numbers_of_a_manual_are_told_once_for_a_connection(function: str, base: int, tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    renumbered(plant, function, base + 10, base + 12)

    assert told(plant) == [
        f'points.csv:7: point "EFF_COD": offset0 is {base + 10}, and every {function} offset of "PLC2"'
        f" is from {base} on: offsets count from 0: where the manual says {base + 10} write 10, and so on;"
        " if the device does count like this, set allow_high_offsets: true in connections.yaml"
    ]


@pytest.mark.parametrize(
    ("function", "first", "second"),
    [("FC03", 100, 40001), ("FC03", 30001, 30003), ("FC04", 40001, 40003), ("FC03", 50000, 50002)],
)
def test_a_high_offset_that_is_no_manuals_number_is_left_alone(
    function: str, first: int, second: int, tmp_path: Path
) -> None:
    plant = good_folder(tmp_path)
    renumbered(plant, function, first, second)

    assert told(plant) == []


def test_a_device_that_does_count_from_40001_is_read_as_it_is(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    renumbered(plant, "FC03", 40001, 40003)
    replace(plant / "connections.yaml", "192.168.10.12", "192.168.10.12\n  allow_high_offsets: true")

    assert told(plant) == []


def test_a_value_wider_than_a_request_of_its_device_is_told(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "connections.yaml", "192.168.10.12", "192.168.10.12\n  max_registers: 1")

    assert told(plant) == [
        f'points.csv:{line}: point "{tag}": dtype {dtype} takes 2 registers at once,'
        ' max_registers of "PLC2" is 1: set max_registers to 2 or more in connections.yaml'
        for line, tag, dtype in [(7, "EFF_COD", "F32"), (8, "EFF_FQ", "U32")]
    ]
