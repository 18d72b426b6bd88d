from pathlib import Path

import pytest

from tests.config.folders import good_folder, replace, told


@pytest.mark.parametrize(
    ("zone", "mend"),
    [
        ("China", 'did you mean "Asia/Shanghai"?'),
        ("Beijing", 'did you mean "Asia/Shanghai"?'),
        ("CST", 'did you mean "Asia/Shanghai"?'),
        ("UTC+8", 'did you mean "Asia/Shanghai"?'),
        ("Asia/Singapoor", 'did you mean "Asia/Singapore"?'),
        ("Mars", "write a zone such as Asia/Shanghai"),
    ],
)
def test_an_unknown_zone_is_mended_by_the_one_meant(zone: str, mend: str, tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "plant.yaml", "Asia/Shanghai", zone)

    assert told(plant) == [f'plant.yaml:3: timezone "{zone}" is unknown: {mend}']


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_a_zone_whose_days_begin_within_an_hour_of_utc_is_refused(zone: str, tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "plant.yaml", "Asia/Shanghai", zone)

    what = f'timezone "{zone}" is not whole hours from UTC: no hour figure begins with its days'
    assert told(plant) == [f"plant.yaml:3: {what}: write a zone such as Asia/Shanghai"]
