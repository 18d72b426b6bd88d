from collections.abc import Callable
from typing import Any

import pytest

from config.point_lists import words
from config.point_lists.addresses import Unclear
from config.point_lists.headers import MEANINGS, meaning_of


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (words.data_type, "REAL", ("F32", None, "")),
        (words.data_type, "Float CDAB", ("F32", "CDAB", "")),
        (words.data_type, "32位浮点数(ABCD)", ("F32", "ABCD", "")),
        (words.data_type, "浮点数 3412", ("F32", "CDAB", "")),
        (words.data_type, "ＵＩＮＴ", ("U16", None, "")),
        (
            words.data_type,
            "整型",
            ("S16", None, '"整型" does not say whether it has a sign: taken as S16'),
        ),
        (words.word_order, "低字在前", "CDAB"),
        (words.word_order, "Big-Endian", "ABCD"),
        (words.word_order, "2143", "BADC"),
        (words.function_code, "03", 3),
        (words.function_code, "FC04", 4),
        (words.function_code, "03(保持寄存器)", 3),
        (words.function_code, "输入寄存器", 4),
        (words.unit, "m³/h", "m3/h"),
        (words.unit, "M3/H", "m3/h"),
        (words.unit, "立方米/小时", "m3/h"),
        (words.unit, "℃", "degC"),
        (words.unit, "μS/cm", "uS/cm"),
        (words.unit, "无", "-"),
        (words.unit, "度", "度"),
        (words.number, "1,600", 1600.0),
        (words.number, "５０", 50.0),
        (words.number, "-12.5", -12.5),
        (words.number, "20 mg/L", 20.0),
        (words.spread, "0-100", (0.0, 100.0, "")),
        (words.spread, "-50～150℃", (-50.0, 150.0, "°C")),
        (words.spread, "0—1600m³/h", (0.0, 1600.0, "m3/h")),
        (words.scale, "×0.1", 0.1),
        (words.scale, "1/10", 0.1),
        (words.scale, "除以100", 0.01),
        (words.tag, "P101A.RUN", "P101A_RUN"),
        (words.tag, "ＬＩＴ 102", "LIT_102"),
        (words.flag, "是", True),
        (words.flag, "×", False),
    ],
)
def test_a_cell_is_read_as_engineers_write_it(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [("500", "ms", 0.5), ("1000ms", "", 1.0), ("5秒", "", 5.0), ("1", "分钟", 60.0)],
)
def test_an_interval_is_in_its_own_unit_or_the_header_s(text: str, unit: str, seconds: float) -> None:
    assert words.seconds(text, unit) == seconds


@pytest.mark.parametrize(
    ("read", "text", "mend"),
    [
        (words.function_code, "06", "write the one that reads it, 01 to 04: Outfall only reads"),
        (words.data_type, "字符串", "write "),
        (words.word_order, "随便", "write ABCD, CDAB, BADC or DCBA; outfall probe tells which"),
        (words.number, "待定", "write a number such as 12.5"),
        (words.number, "4-20", "write a number such as 12.5"),
        (words.spread, "100", "write it such as 0-100, or in two columns"),
        (words.scale, "0", "write what the raw value is multiplied by, such as 0.1"),
        (words.tag, "1#泵电流", "write letters, digits, _ and -, at most 64"),
        (words.flag, "?", "write 1 or 0"),
    ],
)
def test_a_cell_that_says_nothing_sure_is_told_with_its_mend(
    read: Callable[[str], Any], text: str, mend: str
) -> None:
    with pytest.raises(Unclear) as told:
        read(text)

    assert told.value.mend.startswith(mend)


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("位号", "tag"),
        ("Tag Name", "tag"),
        ("量程\n下限(mg/L)", "range_lo"),
        ("Modbus 地址", "address"),
        ("PLC地址*", "address"),
        ("数据类型", "dtype"),
        ("采集周期（ms）", "poll_s"),
        ("高高报警值", "HH"),
        ("备注", "unused"),
        ("张工看过", None),
    ],
)
def test_a_header_means_what_engineers_mean(header: str, meaning: str | None) -> None:
    assert meaning_of(header, {}) == meaning


def test_what_the_caller_says_of_a_header_goes_first() -> None:
    assert meaning_of("备注", {"备注": "desc_zh"}) == "desc_zh"
    assert "desc_zh" in MEANINGS.values()
