"""Sessions and tokens: what they are worth, and what ends them."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from operations.access import Principal, Role
from operations.accounts import Accounts, AccountSettings
from operations.sessions import SessionKind, SessionSettings
from operations.tables import account_session
from storage.engine import open_engine, sqlite_url
from storage.migrate import migrate
from storage.schema import StoreKind
from storage.unit_of_work import reading
from telemetry.errors import Forbidden
from tests.clock import MovedClock
from tests.operations.conftest import CHEAP, Open

PASSWORD = "correct horse"


@pytest.fixture
async def chen(accounts: Accounts) -> Principal:
    accounts.add("chen", Role.OPERATOR, PASSWORD, by="cli")
    return await accounts.authenticate("chen", PASSWORD, "192.0.2.1")


def _stored(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(account_session)).scalar_one()


def test_a_session_stands_for_its_account_and_has_a_word_of_its_own(
    accounts: Accounts, chen: Principal
) -> None:
    first, second = accounts.open_session(chen), accounts.open_session(chen)

    assert accounts.principal_of_session(first.token) == (chen, first.csrf)
    assert accounts.principal_of_session(second.token) == (chen, second.csrf)
    assert len({first.token, first.csrf, second.token, second.csrf}) == 4


def test_the_store_knows_only_the_hash_of_a_secret(
    accounts: Accounts, chen: Principal, engine: Engine
) -> None:
    session = accounts.open_session(chen)

    with reading(engine) as connection:
        row = connection.execute(select(account_session)).one()

    assert row.digest == hashlib.sha256(session.token.encode()).digest()
    assert session.token not in str(row)
    assert session.csrf not in str(row)


def test_a_cookie_is_no_token_and_a_token_no_cookie(accounts: Accounts, chen: Principal) -> None:
    session = accounts.open_session(chen)
    token, _ = accounts.issue_token(chen)

    assert accounts.principal_of_token(session.token) is None
    assert accounts.principal_of_session(token) is None
    assert accounts.principal_of_token(token) == chen


@pytest.mark.parametrize("guess", ["", "x", "A" * 43, "é" * 43, "\x00" * 43, "A" * 100_000, "\ud800" * 43])
def test_a_guess_is_nobody(accounts: Accounts, chen: Principal, guess: str) -> None:
    accounts.open_session(chen)

    assert accounts.principal_of_session(guess) is None
    assert accounts.principal_of_token(guess) is None


def test_an_idle_session_ends_and_a_used_one_goes_on(
    accounts: Accounts, chen: Principal, clock: MovedClock
) -> None:
    used, idle = accounts.open_session(chen), accounts.open_session(chen)

    clock.move(11 * 3600)
    assert accounts.principal_of_session(used.token) is not None
    clock.move(2 * 3600)

    assert accounts.principal_of_session(used.token) is not None
    assert accounts.principal_of_session(idle.token) is None


def test_a_session_ends_after_its_lifetime_however_much_it_is_used(
    accounts: Accounts, chen: Principal, clock: MovedClock
) -> None:
    session = accounts.open_session(chen)

    hours = 0
    while accounts.principal_of_session(session.token) is not None:
        clock.move(3600)
        hours += 1

    assert hours == 7 * 24


def test_a_token_ends_when_it_said_it_would(accounts: Accounts, chen: Principal, clock: MovedClock) -> None:
    token, expires_at = accounts.issue_token(chen)

    assert expires_at.timestamp() == clock.at_us / 1e6 + 12 * 3600
    clock.move(12 * 3600 - 1)
    assert accounts.principal_of_token(token) == chen
    clock.move(1)
    assert accounts.principal_of_token(token) is None


@pytest.mark.parametrize("change", ["password", "role", "deactivation"])
def test_a_change_of_the_account_ends_all_its_sessions_and_no_others(
    accounts: Accounts, chen: Principal, change: str
) -> None:
    accounts.add("li", Role.OPERATOR, PASSWORD, by="cli")
    other = asyncio.run(accounts.authenticate("li", PASSWORD, "192.0.2.1"))
    session, (token, _), others = (
        accounts.open_session(chen),
        accounts.issue_token(chen),
        accounts.open_session(other),
    )

    if change == "password":
        accounts.set_password("chen", "another horse", by="cli")
    elif change == "role":
        accounts.set_role("chen", Role.ENGINEER, by="cli")
    else:
        accounts.deactivate("chen", by="cli")

    assert accounts.principal_of_session(session.token) is None
    assert accounts.principal_of_token(token) is None
    assert accounts.principal_of_session(others.token) is not None


def test_who_signed_in_before_a_change_opens_nothing_after_it(accounts: Accounts, chen: Principal) -> None:
    accounts.set_password("chen", "another horse", by="cli")

    for open_one in (accounts.open_session, accounts.issue_token):
        with pytest.raises(Forbidden) as refused:
            open_one(chen)
        assert refused.value.code == "account_changed"


def test_sign_out_ends_this_session_only(accounts: Accounts, chen: Principal) -> None:
    here, there = accounts.open_session(chen), accounts.open_session(chen)

    accounts.close_session(here.token)
    accounts.close_session(here.token)

    assert accounts.principal_of_session(here.token) is None
    assert accounts.principal_of_session(there.token) is not None


def test_another_connection_sees_a_revocation_at_once(
    accounts: Accounts, chen: Principal, open_accounts: Open
) -> None:
    session = accounts.open_session(chen)
    elsewhere = open_accounts(CHEAP)
    assert elsewhere.principal_of_session(session.token) is not None

    accounts.deactivate("chen", by="cli")

    assert elsewhere.principal_of_session(session.token) is None


def test_an_account_holds_a_bounded_number_of_sessions(open_accounts: Open, engine: Engine) -> None:
    accounts = open_accounts(
        AccountSettings(passwords=CHEAP.passwords, sessions=SessionSettings(per_account=3))
    )
    accounts.add("chen", Role.OPERATOR, PASSWORD, by="cli")
    chen = asyncio.run(accounts.authenticate("chen", PASSWORD, "192.0.2.1"))
    token, _ = accounts.issue_token(chen)

    sessions = [accounts.open_session(chen) for _ in range(6)]

    assert accounts.principal_of_session(sessions[-1].token) is not None
    assert sum(accounts.principal_of_session(s.token) is not None for s in sessions) == 3
    assert accounts.principal_of_token(token) == chen
    assert _stored(engine) == 4


async def test_open_streams_learn_which_sessions_still_stand(
    accounts: Accounts, chen: Principal, clock: MovedClock
) -> None:
    kept, ended = accounts.open_session(chen), accounts.open_session(chen)
    digests = [hashlib.sha256(s.token.encode()).digest() for s in (kept, ended)]
    accounts.close_session(ended.token)

    for _ in range(30):
        clock.move(3600)
        assert await accounts.alive(digests) == {digests[0]}

    # An open screen counts as use: after 30 h with no other request it is signed in.
    assert await accounts.identify(kept.token, SessionKind.COOKIE) is not None


async def test_the_purge_takes_what_has_ended_and_nothing_else(
    accounts: Accounts, chen: Principal, clock: MovedClock, engine: Engine
) -> None:
    for _ in range(3):
        accounts.open_session(chen)
    accounts.issue_token(chen)
    clock.move(13 * 3600)
    fresh = accounts.open_session(chen)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await accounts.run()

    assert _stored(engine) == 1
    assert accounts.principal_of_session(fresh.token) == (chen, fresh.csrf)


async def test_a_store_that_cannot_be_written_signs_nobody_out(tmp_path: Path, clock: MovedClock) -> None:
    file = tmp_path / "people.sqlite"
    engine = open_engine(sqlite_url(file))
    migrate(engine, StoreKind.PEOPLE)
    accounts = Accounts(engine, clock, CHEAP)
    accounts.add("chen", Role.OPERATOR, PASSWORD, by="cli")
    session = accounts.open_session(await accounts.authenticate("chen", PASSWORD, "192.0.2.1"))

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    clock.move(3600)

    assert accounts.principal_of_session(session.token) is not None
    assert stat.S_ISREG(os.stat(file).st_mode)
    accounts.close()
    engine.dispose()
