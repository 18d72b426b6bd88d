from pathlib import Path

import pytest

from tests.config.folders import good_folder, replace, told

DO1 = "PLC1,FC04,0,2,F32,CDAB"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("FC4", "FC04"), ("4", "FC04"), ("fc 04", "FC04"), ("0x04", "FC04")],
)
def test_a_function_code_written_otherwise_is_understood_in_the_mend(
    word: str, meant: str, tmp_path: Path
) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", DO1, DO1.replace("FC04", word))

    assert told(plant) == [f'points.csv:6: point "DO1": modbus_fc is "{word}": did you mean "{meant}"?']


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("FLOAT32", "F32"),
        ("REAL", "F32"),
        ("INT16", "S16"),
        ("UINT32", "U32"),
        ("DINT", "S32"),
        ("Word", "U16"),
        ("lreal", "F64"),
    ],
)
def test_a_data_type_by_the_name_of_others_is_understood_in_the_mend(
    word: str, meant: str, tmp_path: Path
) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", DO1, DO1.replace("F32", word))

    assert told(plant) == [f'points.csv:6: point "DO1": dtype is "{word}": did you mean "{meant}"?']
