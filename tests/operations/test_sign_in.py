"""Signing in: right, wrong, too often, and in a crowd."""

import asyncio
import logging

import pytest
from sqlalchemy import Engine, select

from operations.access import Principal, Role
from operations.accounts import Accounts, AccountSettings
from operations.passwords import PasswordSettings
from operations.tables import account
from storage.unit_of_work import reading
from telemetry.errors import Forbidden, Invalid, RequestError, TooMany
from tests.clock import MovedClock
from tests.operations.conftest import CHEAP, Open

PASSWORD = "correct horse"
HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add("王磊", Role.OPERATOR, PASSWORD, by="cli")
    return accounts


async def _code(accounts: Accounts, name: str, password: str, client: str = HERE) -> str:
    try:
        await accounts.authenticate(name, password, client)
    except RequestError as error:
        return error.code
    return "signed in"


async def test_the_right_password_signs_in(accounts: Accounts) -> None:
    principal = await accounts.authenticate(" 王磊 ", PASSWORD, HERE)

    listed = accounts.list()[0]
    assert principal == Principal(listed.id, "王磊", Role.OPERATOR, generation=0)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("王磊", "correct Horse"),
        ("王磊", ""),
        ("王磊", PASSWORD + "\x00"),
        ("王磊", "x" * 100_000),
        ("王磊", "\ud800"),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("x" * 100_000, PASSWORD),
        ("王磊\u202e", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
async def test_every_other_answer_is_the_same(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(Forbidden) as refused:
        await accounts.authenticate(name, password, HERE)

    assert (refused.value.code, str(refused.value)) == (
        "bad_credentials",
        "the name or the password is wrong",
    )


async def test_a_deactivated_account_is_refused_like_a_wrong_password(accounts: Accounts) -> None:
    accounts.deactivate("王磊", by="cli")

    assert await _code(accounts, "王磊", PASSWORD) == "bad_credentials"


async def test_a_password_is_the_same_from_every_keyboard(accounts: Accounts) -> None:
    accounts.add("ångström", Role.OPERATOR, "cafe\u0301 cre\u0300me", by="cli")

    assert await _code(accounts, "a\u030angström", "café crème") == "signed in"


async def test_a_hash_of_another_cost_is_replaced_at_the_next_sign_in(
    accounts: Accounts, open_accounts: Open, engine: Engine
) -> None:
    dearer = open_accounts(AccountSettings(passwords=PasswordSettings(memory_kib=16, passes=2)))

    assert await _code(dearer, "王磊", "wrong") == "bad_credentials"
    before = _hash(engine)
    assert await _code(dearer, "王磊", PASSWORD) == "signed in"
    after = _hash(engine)

    assert "m=8,t=1,p=1" in before
    assert "m=16,t=2,p=1" in after
    assert await _code(accounts, "王磊", PASSWORD) == "signed in"


def _hash(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(connection.execute(select(account.c.password_hash)).scalar_one())


async def test_failures_make_wait_and_the_right_password_waits_too(
    accounts: Accounts, clock: MovedClock
) -> None:
    for _ in range(5):
        assert await _code(accounts, "王磊", "wrong") == "bad_credentials"

    with pytest.raises(TooMany) as refused:
        await accounts.authenticate("王磊", PASSWORD, HERE)
    assert (refused.value.code, refused.value.retry_after_s) == ("too_many_sign_ins", 1)

    clock.move(1)
    assert await _code(accounts, "王磊", PASSWORD) == "signed in"


async def test_somebody_elsewhere_is_not_locked_out_by_who_guesses(
    accounts: Accounts, clock: MovedClock
) -> None:
    for _ in range(200):
        await _code(accounts, "王磊", "wrong", client=THERE)
        clock.move(1)

    assert await _code(accounts, "王磊", PASSWORD, client=THERE) == "too_many_sign_ins"
    assert await _code(accounts, "王磊", PASSWORD, client=HERE) == "signed in"


async def test_guesses_sent_at_once_do_not_all_get_through(accounts: Accounts) -> None:
    codes = await asyncio.gather(*(_code(accounts, "王磊", f"guess {n}") for n in range(40)))

    assert codes.count("bad_credentials") == 5
    assert codes.count("too_many_sign_ins") == 35


async def test_a_crowd_is_refused_at_once_and_not_counted_against_anybody(open_accounts: Open) -> None:
    accounts = open_accounts(AccountSettings(passwords=PasswordSettings(memory_kib=8, passes=1, waiting=3)))
    accounts.add("王磊", Role.OPERATOR, PASSWORD, by="cli")

    codes = await asyncio.gather(*(_code(accounts, "王磊", PASSWORD, f"192.0.2.{n}") for n in range(50)))
    afterwards = [await _code(accounts, "王磊", PASSWORD, f"192.0.2.{n}") for n in range(50)]

    assert set(codes) == {"signed in", "sign_in_busy"}
    assert afterwards == ["signed in"] * 50


async def test_the_log_names_who_was_refused_on_one_line(
    accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "operations.accounts"):
        await _code(accounts, "王磊", "wrong")
        await _code(accounts, "evil\nname", "wrong")
        await _code(accounts, "王磊", PASSWORD)

    assert [record.getMessage() for record in caplog.records] == [
        "sign-in refused: '王磊' from 192.0.2.1",
        "sign-in refused: 'evil name' from 192.0.2.1",
        "signed in: 王磊 from 192.0.2.1",
    ]
    assert "wrong" not in caplog.text.replace("sign-in", "")


async def test_the_demo_has_an_account_a_role_named_like_it(open_accounts: Open) -> None:
    accounts = open_accounts(CHEAP)

    for _ in range(2):
        accounts.seed({role.value: role for role in Role}, "demo", by="demo", shortest=4)

    assert {(a.name, a.role) for a in accounts.list()} == {(role.value, role) for role in Role}
    assert [await _code(accounts, role.value, "demo") for role in Role] == ["signed in"] * len(Role)
    assert len(accounts.audit()) == len(Role)
    with pytest.raises(Invalid):
        accounts.set_password("operator", "demo", by="cli")
