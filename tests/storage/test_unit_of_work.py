"""Transactions on both kinds of store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text

from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError

metadata = MetaData()
readings = Table("readings", metadata, Column("id", Integer, primary_key=True))


@pytest.fixture(autouse=True)
def _tables(engine: Engine) -> None:
    with writing(engine) as connection:
        metadata.create_all(connection)


def _is_server(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _stored(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(select(readings.c.id).order_by(readings.c.id)).scalars())


def test_what_is_written_is_there_for_the_next_reader(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(readings), [{"id": 1}, {"id": 2}])

    assert _stored(engine) == [1, 2]


def test_a_failure_inside_leaves_no_trace(engine: Engine) -> None:
    def fail_half_way() -> None:
        with writing(engine) as connection:
            connection.execute(insert(readings), [{"id": 1}])
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail_half_way()

    assert _stored(engine) == []


def test_what_the_database_refuses_is_a_store_error_that_names_the_store(engine: Engine) -> None:
    def write_twice() -> None:
        with writing(engine) as connection:
            connection.execute(insert(readings), [{"id": 1}])
            connection.execute(insert(readings), [{"id": 1}])

    with pytest.raises(StoreError, match=f"{engine.url.database}.*not written"):
        write_twice()

    assert _stored(engine) == []


def test_a_reader_sees_one_state_while_another_writes(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(readings), [{"id": 1}])

    isolated = engine.execution_options(isolation_level="REPEATABLE READ") if _is_server(engine) else engine
    with reading(isolated) as reader:
        before = list(reader.execute(select(readings.c.id)).scalars())
        with writing(engine) as writer:
            writer.execute(insert(readings), [{"id": 2}])
        after = list(reader.execute(select(readings.c.id)).scalars())

    assert (before, after) == ([1], [1])


def test_two_writers_wait_for_each_other(engine: Engine) -> None:
    def add(first: int) -> None:
        for number in range(first, first + 20):
            with writing(engine) as connection:
                connection.execute(select(readings.c.id)).all()
                connection.execute(insert(readings), [{"id": number}])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, [0, 20]))

    assert _stored(engine) == list(range(40))


def test_a_refusal_tells_no_values(engine: Engine) -> None:
    with pytest.raises(StoreError) as refusal, writing(engine) as connection:
        connection.execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "a secret"})

    assert "nowhere" in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
