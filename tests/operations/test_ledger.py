"""The ledger: one chain a node, which tells what was changed behind its back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import (
    URL,
    Column,
    Date,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    delete,
    event,
    func,
    select,
    text,
    update,
)

from operations import ledger_check
from operations.ledger import Ledger, texts_of
from operations.ledger_check import LedgerDamaged, looked_through
from operations.records import RECORDS, json_column, ledger, record_columns, record_text
from storage.engine import open_engine
from storage.unit_of_work import reading, writing
from telemetry.errors import Conflict, StoreError
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
        "UPDATE noted SET recorded_us = recorded_us - 1 WHERE seq = 1",
    ],
)
def test_a_record_that_was_changed_is_named(book: Ledger, noted: Table, statement: str) -> None:
    note(book, noted)
    note(book, noted)
    with writing(book.engine) as connection:
        connection.execute(text(statement))
    with pytest.raises(StoreError, match="ledger of n1: record 1 was changed"):
        book.verify()


def without_guards(book: Ledger, *statements: str) -> None:
    """Do what whoever owns the database can do."""
    with writing(book.engine) as connection:
        if connection.dialect.name == "sqlite":
            for name in ("ledger_no_update", "ledger_no_delete"):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_record_that_is_gone_is_named(book: Ledger, noted: Table) -> None:
    for _ in range(3):
        note(book, noted)
    with writing(book.engine) as connection:
        connection.execute(delete(noted).where(noted.c.seq == 2))
    with pytest.raises(LedgerDamaged, match="ledger of n1: record 2 is gone from noted"):
        book.verify()


def test_a_record_put_there_past_the_ledger_is_named(book: Ledger, noted: Table) -> None:
    note(book, noted)
    stranger = UUID(int=5)
    row = {"id": stranger, "plant": "p1", "node": "n1", "seq": 1, "recorded_us": 1, "name": "b"}
    with writing(book.engine) as connection:
        connection.execute(noted.insert().values(row))
    with pytest.raises(LedgerDamaged, match=f"noted: {stranger} was put there past the ledger"):
        book.verify()
    elsewhere = Ledger(book.engine, book.clock, plant="p2", node="n2")
    assert elsewhere.verify() == elsewhere.head(), "the records of another plant are looked at there"
    with pytest.raises(LedgerDamaged, match="past the ledger"):
        looked_through(book.engine)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM ledger WHERE seq = 2", "record 3 does not follow on the one before it, which is gone"),
        ("DELETE FROM ledger WHERE seq = 3", "it ends at record 2, but 3 were written"),
        ("UPDATE ledger_head SET seq = 2 WHERE node = 'n1'", "record 3 stands behind its end, which is 2"),
        ("DELETE FROM ledger_head", "it has lines, but no head"),
        ("UPDATE ledger SET at_us = at_us + 1 WHERE seq = 2", "record 2 was changed after it was written"),
    ],
)
def test_lines_that_were_taken_added_or_changed_are_named(
    book: Ledger, noted: Table, statement: str, told: str
) -> None:
    for _ in range(3):
        note(book, noted)
    without_guards(book, statement)
    with pytest.raises(LedgerDamaged, match=f"ledger of n1: {told}"):
        book.verify()


def test_a_long_ledger_is_read_in_pages(book: Ledger, noted: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_check, "_SOME", 2)
    for _ in range(5):
        note(book, noted)
    pages: list[None] = []
    found = looked_through(book.engine, pause=lambda: pages.append(None))
    assert found == {"n1": book.head()}
    assert len(pages) == 3 + 3, "of lines, of records"
    with writing(book.engine) as connection:
        connection.execute(update(noted).where(noted.c.seq == 5).values(share=7.0))
    with pytest.raises(LedgerDamaged, match="record 5 was changed"):
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


def test_each_node_has_a_chain_of_its_own_and_all_have_one_order(
    book: Ledger, noted: Table, clock: MovedClock
) -> None:
    other = Ledger(book.engine, clock, plant="p1", node="n2")
    written = []
    for one in (book, other, other, book):
        written.append(note(one, noted))
        clock.move(-60)
    with reading(book.engine) as connection:
        ordered = connection.execute(select(noted.c.id).order_by(noted.c.seq)).scalars().all()
        chains = connection.execute(select(ledger.c.node, ledger.c.seq).order_by(ledger.c.seq)).all()
    assert ordered == written
    assert [tuple(one) for one in chains] == [("n1", 1), ("n2", 2), ("n2", 3), ("n1", 4)]
    assert (book.verify(), other.verify()) == (book.head(), other.head())
    assert (book.head().records, other.head().records) == (4, 3)


def test_what_one_node_decides_by_another_cannot_change_meanwhile(
    book: Ledger, noted: Table, url: URL, clock: MovedClock
) -> None:
    """Each adds a record where none is: of two at once, on engines of their own, one finds the other's."""
    engine = open_engine(url)
    books = [book, Ledger(engine, clock, plant="p1", node="n2")]
    begun = Barrier(2)

    def add(one: Ledger) -> None:
        begun.wait()
        with one.writing() as page:
            there = page.connection.execute(select(func.count()).select_from(noted)).scalar_one()
            time.sleep(0.1)
            if not there:
                page.add(noted, {"name": one.node})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, books))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(noted)).scalar_one() == 1
    engine.dispose()


def test_what_was_added_is_there_for_whoever_reads_in_the_same_transaction(
    book: Ledger, noted: Table
) -> None:
    sent: list[int] = []

    def executed(*told: object) -> None:
        sent.append(len(told[3]) if isinstance(told[3], list) else 1)

    with book.writing() as page:
        connection = page.connection
        event.listen(connection, "before_cursor_execute", executed)
        for _ in range(20):
            page.add(noted, {"name": "a"}, {"words": "一切正常"}, LI)
        assert sent == []
        assert connection.execute(select(func.count()).select_from(noted)).scalar_one() == 20
        seen = sent.copy()
        last = page.add(noted, {"name": "b"}, None, LI)
        found = connection.execute(select(noted.c.id).order_by(noted.c.seq.desc()).limit(1)).scalar_one()

    # The records, their texts and their lines in one go each, then what was asked.
    assert seen == [20, 20, 20, 1]
    assert found == last
    assert book.verify() == book.head()
    assert book.head().records == 21


def test_followers_are_told_what_kinds_of_records_were_added(book: Ledger, noted: Table) -> None:
    told: list[frozenset[str]] = []

    with book.followed(told.append):
        note(book, noted)
        with book.writing():
            pass
    note(book, noted)

    assert told == [{"noted"}]


@pytest.mark.parametrize("reads_on", [True, False], ids=["read on", "at the end"])
def test_what_there_may_be_once_is_refused_before_the_transaction_ends(
    book: Ledger, noted: Table, reads_on: bool
) -> None:
    first = note(book, noted)
    went_on = False

    def twice() -> None:
        nonlocal went_on
        with book.writing() as page:
            page.add(noted, {"name": "b"}, {"words": "二"}, LI)
            page.add(noted, {"name": "a"}, {"words": "三"}, LI, id=first)
            if reads_on:
                page.connection.execute(select(noted)).all()
                went_on = True

    with pytest.raises(Conflict) as refused:
        twice()

    assert (refused.value.code, went_on) == ("written_already", False)
    assert (book.verify().records, note(book, noted) != first) == (1, True)
