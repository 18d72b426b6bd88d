"""A people's store on a server that takes what it is sent and does not answer."""

import asyncio
import threading

import pytest
from sqlalchemy import URL, text

from operations.access import Role
from operations.sessions import SessionKind
from storage.engine import open_engine
from storage.unit_of_work import reading
from telemetry.errors import StoreAway
from tests.api.node import until
from tests.app.test_people import PASSWORD, people, told
from tests.postgresql import hanging

SOON_S = 30


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_EVERY_S", "_FIRST_WAIT_S", "_LONGEST_WAIT_S"):
        monkeypatch.setattr(f"app.people.{name}", 0.05)


async def test_a_server_that_hangs_at_the_start_is_said_once_and_taken_up_when_it_goes_on(
    postgresql_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    with people(postgresql_url) as (store, accounts):
        with hanging(postgresql_url):
            async with asyncio.timeout(SOON_S):
                seen = [await store.look(), await store.look()]
            with pytest.raises(StoreAway, match="does not answer"):
                await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")
        seen.append(await store.look())
        accounts.add("王磊", Role.OPERATOR, PASSWORD, by="test")

    assert seen == [False, False, True]
    [line] = told(caplog)
    assert "does not answer" in line


async def test_who_asks_a_server_that_hangs_meanwhile_is_told_and_it_comes_back_by_itself(
    postgresql_url: URL,
) -> None:
    with people(postgresql_url) as (store, accounts):
        looking = asyncio.create_task(store.run())
        await until(lambda: store.away is None, SOON_S)
        accounts.add("王磊", Role.OPERATOR, PASSWORD, by="test")
        principal = await accounts.authenticate("王磊", PASSWORD, "192.0.2.1")
        token, _ = accounts.issue_token(principal)
        with hanging(postgresql_url):
            waiting = [accounts.identify(token, SessionKind.BEARER) for _ in range(2)]
            answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), SOON_S)
            away = store.away
            with pytest.raises(StoreAway, match="does not answer"):
                await accounts.identify(token, SessionKind.BEARER)
        await until(lambda: store.away is None, SOON_S)
        known = await accounts.identify(token, SessionKind.BEARER)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreAway, StoreAway]
    assert away is not None
    assert known is not None


async def test_a_look_that_hangs_on_a_good_connection_ends_and_so_does_its_thread(
    postgresql_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server's own bound would come first.
    monkeypatch.setattr("app.people._ANSWER_S", 0.5)
    owner = open_engine(postgresql_url)
    with people(postgresql_url) as (store, _):
        assert await store.look()
        with reading(owner) as holding:
            holding.execute(text("LOCK TABLE account_session IN ACCESS EXCLUSIVE MODE"))
            seen = await store.look()
            away = store.away
            await until(lambda: "people's store" not in [one.name for one in threading.enumerate()])
        back = await store.look()
    owner.dispose()

    assert (seen, back) == (False, True)
    assert away is not None
    assert away.endswith("does not answer")


async def test_a_table_that_somebody_locks_is_noticed_and_so_is_its_release(postgresql_url: URL) -> None:
    owner = open_engine(postgresql_url)
    with people(postgresql_url) as (store, _):
        assert await store.look()
        with reading(owner) as holding:
            holding.execute(text("LOCK TABLE account_session IN ACCESS EXCLUSIVE MODE"))
            seen = await store.look()
            away = store.away
        back = await store.look()
    owner.dispose()

    assert (seen, back) == (False, True)
    assert away is not None
    assert "does not answer: canceling statement due to statement timeout" in away


async def test_nobody_waits_for_a_server_that_hangs_at_the_end(postgresql_url: URL) -> None:
    with people(postgresql_url) as (store, accounts):
        assert await store.look()
        accounts.add("王磊", Role.OPERATOR, PASSWORD, by="test")
        with hanging(postgresql_url):
            asking = [asyncio.create_task(accounts.alive([b"x" * 32])) for _ in range(2)]
            looking = asyncio.create_task(store.look())
            await asyncio.sleep(0.2)
            store.end()
            async with asyncio.timeout(SOON_S):
                answers = await asyncio.gather(*asking, return_exceptions=True)
                await looking
                await asyncio.to_thread(accounts.close)

    assert [type(answer) for answer in answers] == [StoreAway, StoreAway]
