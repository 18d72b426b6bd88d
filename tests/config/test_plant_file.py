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


def test_a_tag_of_the_report_that_is_not_there_or_in_another_unit_is_told_with_its_line(
    tmp_path: Path,
) -> None:
    plant = good_folder(tmp_path)
    text = (plant / "plant.yaml").read_text("utf-8").rstrip()
    report = [
        "report:",
        "  energy: DO1",
        "  mlss: [EFF_COD, EFF_C0D]",
        "  chemicals:",
        "    - {zh: PAC, en: PAC, used: EFF_FQ}",
        "    - {zh: PAC, en: PAC, used: EFF_FQ, kg_per_l: 0.1}",
    ]
    (plant / "plant.yaml").write_text("\n".join([text, *report, ""]), "utf-8")
    line = len(text.splitlines()) + 1

    assert told(plant) == [
        f'plant.yaml:{line + 1}: report: energy "DO1" is in "mg/L": name a point in kWh',
        f'plant.yaml:{line + 2}: report: there is no point "EFF_C0D": did you mean "EFF_COD"?',
        f'plant.yaml:{line + 4}: report: used "EFF_FQ" is in "m3": add kg_per_l, what a litre of it holds of'
        " the product",
    ]
