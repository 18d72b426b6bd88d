import pytest

from history.influx.answer import samples_in
from history.influx.flux import quoted
from telemetry.errors import StoreError
from tests.contracts.samples import rows_of

HEAD = ",result,table,_field,_time,_value"


def said(*blocks: list[str]) -> str:
    """Return tables as InfluxDB writes them, each with a head of its own."""
    return "".join("\r\n".join([HEAD, *rows, "", ""]) for rows in blocks)


def test_a_sample_is_what_has_a_quality_with_its_value_where_there_is_one() -> None:
    answer = said(
        [
            ",_result,0,quality,2026-11-21T00:00:00Z,192",
            ",_result,0,quality,2026-11-21T00:00:00.5Z,24",
            ",_result,0,quality,2026-11-21T00:00:01.000001Z,84",
        ],
        [
            ",_result,1,value,2026-11-21T00:00:00Z,0.30000000000000004",
            ",_result,1,value,2026-11-21T00:00:01.000001Z,-0",
            ",_result,1,value,2026-11-21T00:00:02Z,9",
        ],
    )

    at_us = 1_795_219_200_000_000
    assert rows_of(samples_in(answer, 7)) == [
        (7, at_us, 0.1 + 0.2, 192),
        (7, at_us + 500_000, None, 24),
        (7, at_us + 1_000_001, 0.0, 84),
    ]


def test_tables_below_one_head_are_told_apart_and_put_in_order() -> None:
    answer = said(
        [
            ",_result,0,quality,1969-12-31T23:59:59.999999Z,192",
            ",_result,1,quality,1969-12-31T23:59:58Z,192",
            ",_result,2,value,1969-12-31T23:59:59.999999Z,2",
            ",_result,3,value,1969-12-31T23:59:58Z,1",
        ]
    )

    assert rows_of(samples_in(answer, 1)) == [(1, -2_000_000, 1.0, 192), (1, -1, 2.0, 192)]


def test_a_quality_that_is_no_byte_is_bad() -> None:
    answer = said([",_result,0,quality,1970-01-01T00:00:00Z,4711"])

    assert rows_of(samples_in(answer, 1)) == [(1, 0, None, 0)]


@pytest.mark.parametrize("answer", ["", "\r\n", said([])])
def test_an_answer_without_rows_is_empty(answer: str) -> None:
    assert rows_of(samples_in(answer, 1)) == []


def test_an_answer_that_breaks_off_is_an_error_and_not_fewer_samples() -> None:
    broken = said([",_result,0,quality,1970-01-01T00:00:00Z,192"]) + "error,reference\r\ntoo long,897\r\n\r\n"

    with pytest.raises(StoreError, match="broke off: too long"):
        samples_in(broken, 1)


def test_an_answer_of_another_kind_is_an_error() -> None:
    with pytest.raises(StoreError, match="other columns"):
        samples_in("<html>\r\nwelcome\r\n", 1)


def test_nothing_in_a_flux_string_ends_it_or_is_an_expression() -> None:
    assert quoted('a"b\\c${d}$e') == r'"a\"b\\c\${d}$e"'
