"""Transactions on both kinds of store."""

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select

from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError

metadata = MetaData()
readings = Table("readings", metadata, Column("id", Integer, primary_key=True))


@pytest.fixture(autouse=True)
def _tables(engine: Engine) -> None:
    with writing(engine) as connection:
        metadata.create_all(connection)


def _stored(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(select(readings.c.id).order_by(readings.c.id)).scalars())


def test_what_is_written_is_there_for_the_next_reader(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(readings), [{"id": 1}, {"id": 2}])

    assert _stored(engine) == [1, 2]
