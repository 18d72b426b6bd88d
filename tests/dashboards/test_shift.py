"""The queries of the roster, on a PostgreSQL with a view of the agreed shape."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, Connection, create_engine, text

from dashboards import shift, sql
from dashboards.description import Store
from dashboards.people import UID
from dashboards.provisioning import boards
from tests.dashboards.plants import HARM, view
from tests.dashboards.reading import statements

VIEW = """
CREATE TABLE turns (
    plant text, start_us bigint, end_us bigint, day date, shift_zh text, shift_en text, crew_zh text,
    crew_en text, post_zh text, post_en text, number text, name text,
    signed_in_us bigint, signed_out_us bigint
);
CREATE VIEW on_shift_turns AS SELECT * FROM turns;
"""
H_US = 3_600_000_000
GRAFANA = re.compile(r"\$(\w+)|\[\[|\$\{")
PLANT = "fangcheng1"


@pytest.fixture
def people(postgresql_url: URL) -> Iterator[Connection]:
    engine = create_engine(postgresql_url)
    with engine.connect() as connection:
        connection.execute(text(VIEW))
        yield connection
    engine.dispose()


def stand(people: Connection, start_h: float, name: str | None, number: str, **more: object) -> None:
    """Put somebody on the roster for eight hours from so many hours after now."""
    now = people.execute(text("SELECT (extract(epoch FROM now()) * 1000000)::bigint")).scalar_one()
    row: dict[str, object] = {
        "plant": PLANT, "start": now + int(start_h * H_US), "end": now + int((start_h + 8) * H_US),
        "zh": "中班", "en": "evening", "crew": "甲班", "number": number, "name": name,
        "came": None, "went": None,
    } | more  # fmt: skip
    people.execute(
        text(
            "INSERT INTO turns VALUES (:plant, :start, :end, NULL, :zh, :en, :crew, 'crew A', '中控室',"
            " 'control', :number, :name, :came, :went)"
        ),
        row,
    )


def asked(people: Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in people.exec_driver_sql(query.replace("%", "%%")).mappings()]


def board_query() -> str:
    table = boards(view("demo"), Store(people=UID))[2]["panels"][-1]
    return str(table["targets"][0]["rawSql"])


def test_those_on_shift_are_named_by_number_each_once(people: Connection) -> None:
    stand(people, -1, "李静", "017")
    stand(people, -1, "王磊", "012")
    stand(people, -1, "王磊", "012")
    stand(people, 7, "赵敏", "021")
    stand(people, -1, "别处", "001", plant="elsewhere")

    [row] = asked(people, shift.on_shift(view("demo")).text)

    assert re.fullmatch(r"中班 \d\d(:\d\d)?–\d\d(:\d\d)?  王磊 李静", row["on_shift"])
    assert row["nobody"] == ""


def test_an_empty_roster_says_that_nobody_is_on_it(people: Connection) -> None:
    stand(people, 3, "赵敏", "021")

    assert asked(people, shift.on_shift(view("demo")).text) == [{"on_shift": "", "nobody": "无人排班"}]
    rows = asked(people, board_query())
    assert [(row["turn"], row["people"]) for row in rows] == [(0, "无人排班"), (1, "赵敏")]


def test_the_turn_of_now_comes_first_then_the_next_with_who_signed_in(people: Connection) -> None:
    at = people.execute(text("SELECT (extract(epoch FROM now()) * 1000000)::bigint")).scalar_one()
    stand(people, 5, "孙伟", "022")
    stand(people, -3, "王磊", "012", came=at - 3 * H_US)
    stand(people, -3, "李静", "017")
    stand(people, -3, None, "099", came=at - 3 * H_US, went=at - H_US)

    rows = asked(people, board_query())

    assert [row["turn"] for row in rows] == [0, 1]
    assert [row["crew"] for row in rows] == ["甲班", "甲班"]
    assert re.fullmatch(r"王磊 \d\d:\d\d– · 李静 未签到 · 099 \d\d:\d\d–\d\d:\d\d", rows[0]["people"])
    assert rows[1]["people"] == "孙伟"


def test_a_shift_until_midnight_ends_at_24(people: Connection) -> None:
    start = people.execute(
        text("SELECT (extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai')"
             " AT TIME ZONE 'Asia/Shanghai') * 1000000)::bigint")
    ).scalar_one()  # fmt: skip
    stand(people, 0, "王磊", "012", start=start, end=start + 24 * H_US)

    [row] = asked(people, shift.on_shift(view("demo")).text)

    assert row["on_shift"] == "中班 00–24  王磊"


def test_names_of_a_plant_that_mean_harm_change_nothing(people: Connection) -> None:
    stand(people, -1, "王磊", "012", plant=PLANT + HARM)

    for query in statements(boards(view("harmful"), Store(people=UID))[2]):
        assert GRAFANA.search(query.replace("$__", "")) is None
        assert "王磊" in str(asked(people, query))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_a_literal_is_one_literal_without_variables_of_grafanas(name: str) -> None:
    literal = sql.literal(name)

    assert re.fullmatch(r"U&'(?:[^'\\]|\\[0-9a-f]{4})*'", literal)
    assert GRAFANA.search(literal) is None
    assert re.sub(r"\\([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), literal[3:-1]) == name
