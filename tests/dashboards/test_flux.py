import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards import course, flux, present
from dashboards.description import Store, Value
from tests.dashboards.reading import LITERAL, decoded

STORE = Store()
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
GRAFANA = re.compile(r"\$(\w+)|\[\[(\w+?)|\$\{(\w+)|v\.[a-zA-Z]+")


@given(ANY)
def test_a_name_stays_one_literal_whatever_stands_in_it(name: str) -> None:
    literal = flux.text(name)

    assert LITERAL.fullmatch(literal)
    assert decoded(literal[1:-1]) == name


@given(ANY)
def test_grafana_sees_none_of_its_variables_in_a_name(name: str) -> None:
    assert GRAFANA.search(flux.text(f"v.{name}$x[[y]]${{z}}")) is None


@given(st.lists(ANY, min_size=1, max_size=5), ANY)
def test_no_name_becomes_code(tags: list[str], plant: str) -> None:
    asked = [present.Asked(tag, 15) for tag in tags]
    plain = present.present(STORE, "p", [present.Asked(str(n), 15) for n in range(len(set(tags)))], "zh")

    query = present.present(STORE, plant, asked, "zh")

    assert LITERAL.sub('""', query) == LITERAL.sub('""', plain)


def test_ordinary_names_are_readable_in_a_query() -> None:
    assert flux.text("PLC2.link") == '"PLC2.link"'
    assert flux.text("1#好氧池 AE_DO1") == '"1#好氧池 AE_DO1"'


def test_numbers_have_a_point_and_no_exponent() -> None:
    assert [flux.number(value) for value in (5.0, -0.25, 1e-7, present.FAR)] == [
        "5.0",
        "-0.25",
        "0.0000001",
        "1000000000000000.0",
    ]


def test_bad_and_stale_values_are_told_apart_from_those_that_hold() -> None:
    query = present.present(STORE, "p", [present.Asked("A", 15), present.Asked("M", None)], "zh")

    assert "r.quality < 64" in query
    assert "r.age_s > r.stale_s" in query
    assert '{point: "A", stale_s: 15,' in query
    assert '{point: "M", stale_s: 1000000000000,' in query


def test_charts_read_raw_data_up_to_two_days_and_hours_beyond() -> None:
    query = course.course(STORE, "p", [Value("A", "a", "m", 1, 15, 0.0, 1.0)])

    assert 'from(bucket: "outfall")' in query
    assert 'from(bucket: "outfall_figures")' in query
    assert "> int(v: 48h)" in query
    assert "< int(v: 15s) then 15s else v.windowPeriod" in query


def test_nothing_asked_is_a_query_that_finds_nothing() -> None:
    assert "(false)" in present.present(STORE, "p", [], "zh")
