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
