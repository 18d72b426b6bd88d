"""The ledger: one chain a node, which tells what was changed behind its back."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Column, Date, Engine, Float, MetaData, String, Table, delete, text, update

from operations.ledger import Ledger, texts_of
from operations.records import RECORDS, json_column, ledger, record_columns, record_text
from storage.unit_of_work import reading, writing
from telemetry.errors import StoreError
from telemetry.people import Actor
from tests.clock import MovedClock

LI = Actor(UUID(int=7), "li")


@pytest.fixture
def noted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    table = Table(
        "noted",
        MetaData(),
        *record_columns(),
        Column("name", String(16)),
        Column("day", Date),
        Column("share", Float),
        json_column("more"),
    )
    table.create(engine)
    monkeypatch.setitem(RECORDS, "noted", table)
    yield table
    table.drop(engine)


@pytest.fixture
def book(engine: Engine, clock: MovedClock) -> Ledger:
    return Ledger(engine, clock, plant="p1", node="n1")


def note(book: Ledger, table: Table, words: str = "一切正常") -> UUID:
    values = {"name": "a", "day": date(2026, 11, 21), "share": 0.1, "more": {"b": [1, 2.5], "a": None}}
    with book.writing() as page:
        return page.add(table, values, {"words": words, "empty": ""}, LI)


def test_what_was_written_is_verified_and_told_with_who_and_when(
    book: Ledger, noted: Table, clock: MovedClock
) -> None:
    first, second = note(book, noted), note(book, noted, "二")
    head = book.verify()
    assert (head.records, head) == (2, book.head())
    assert [(line.seq, line.record, line.actor_id, line.kind, line.at_us) for line in book.lines()] == [
        (2, second, LI.account_id, "noted", clock.now_us()),
        (1, first, LI.account_id, "noted", clock.now_us()),
    ]
    with reading(book.engine) as connection:
        assert texts_of(connection, [second]) == {second: {"words": "二"}}


def test_nothing_is_kept_of_a_transaction_that_fails(book: Ledger, noted: Table) -> None:
    def fail() -> None:
        with book.writing() as page:
            page.add(noted, {"name": "a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert book.verify().records == 0


def test_records_texts_and_lines_cannot_be_changed(book: Ledger, noted: Table) -> None:
    note(book, noted)
    for statement in (update(ledger).values(kind="x"), delete(ledger), update(record_text).values(text="x")):
        with pytest.raises(StoreError, match="append-only"), writing(book.engine) as connection:
            connection.execute(statement)


def test_words_can_be_deleted_and_the_chain_stands(book: Ledger, noted: Table) -> None:
    note(book, noted)
    with writing(book.engine) as connection:
        connection.execute(delete(record_text))
    assert book.verify().records == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE noted SET share = 0.2 WHERE seq = 1",
        "UPDATE noted SET day = NULL WHERE seq = 1",
        "DELETE FROM noted WHERE seq = 1",
    ],
)
def test_a_record_that_was_changed_is_named(book: Ledger, noted: Table, statement: str) -> None:
    note(book, noted)
    note(book, noted)
    with writing(book.engine) as connection:
        connection.execute(text(statement))
    with pytest.raises(StoreError, match="ledger of n1: record 1 was changed"):
        book.verify()


def test_words_that_were_exchanged_are_told(book: Ledger, noted: Table) -> None:
    record = note(book, noted)
    with writing(book.engine) as connection:
        connection.execute(delete(record_text))
        connection.execute(
            record_text.insert().values(record=record, field="words", salt=bytes(16), text="都不正常")
        )
    with pytest.raises(StoreError, match="record 1 was changed"):
        book.verify()


def test_each_node_has_a_chain_of_its_own(book: Ledger, noted: Table, clock: MovedClock) -> None:
    other = Ledger(book.engine, clock, plant="p1", node="n2")
    note(book, noted)
    note(other, noted)
    assert (book.verify().records, other.verify().records) == (1, 1)
    assert book.head().hash != other.head().hash
