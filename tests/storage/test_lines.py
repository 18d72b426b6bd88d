"""Connections to a PostgreSQL that are ended from outside."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import URL, text

from storage.engine import open_engine
from storage.lines import Lines
from storage.unit_of_work import reading
from telemetry.errors import StoreAway
from tests.postgresql import hanging


def test_who_waits_for_a_server_that_hangs_is_told_when_it_is_cut(postgresql_url: URL) -> None:
    lines = Lines()
    engine = open_engine(postgresql_url, lines)
    asking = threading.Event()

    def ask() -> None:
        with reading(engine) as connection:
            asking.set()
            connection.execute(text("SELECT pg_sleep(60)"))

    with ThreadPoolExecutor(1) as beside:
        waiting: Future[None] = beside.submit(ask)
        assert asking.wait(10)
        with hanging(postgresql_url):
            lines.cut("it does not answer")
            with pytest.raises(StoreAway):
                waiting.result(20)
            with pytest.raises(StoreAway, match="it does not answer"), reading(engine):
                pass
    lines.let_in()
    with reading(engine) as connection:
        answer = connection.execute(text("SELECT 1")).scalar()
    engine.dispose()

    assert answer == 1


def test_what_is_cut_while_it_is_being_made_is_not_used(postgresql_url: URL) -> None:
    lines = Lines()
    engine = open_engine(postgresql_url, lines)
    admit = lines.admit
    admitted: list[None] = []

    def cut_after_the_first() -> None:
        admit()
        admitted.append(None)
        if len(admitted) == 1:
            lines.cut("it does not answer")

    lines.admit = cut_after_the_first  # type: ignore[method-assign]
    with pytest.raises(StoreAway, match="it does not answer"), reading(engine):
        pass
    engine.dispose()

    assert len(admitted) == 1


def test_a_lock_is_waited_for_no_longer_than_a_statement_may_take(postgresql_url: URL) -> None:
    owner, bounded = open_engine(postgresql_url), open_engine(postgresql_url, longest_s=0.2)
    with reading(owner) as holding:
        holding.execute(text("SELECT pg_advisory_xact_lock(7)"))
        with (
            pytest.raises(StoreAway, match=r"does not answer: .*statement timeout"),
            reading(bounded) as connection,
        ):
            connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
    for engine in (owner, bounded):
        engine.dispose()


def test_the_options_of_an_address_hold(postgresql_url: URL) -> None:
    engine = open_engine(
        postgresql_url.update_query_dict({"options": "-c statement_timeout=7s"}), longest_s=3
    )
    with reading(engine) as connection:
        longest = connection.execute(text("SHOW statement_timeout")).scalar()
    engine.dispose()

    assert longest == "7s"
