"""The register of accounts and its audit, on both kinds of store."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, select, text, update

from operations.access import Role
from operations.accounts import Accounts
from operations.audit import AuditAction
from operations.tables import account, account_audit
from storage.unit_of_work import reading, writing
from telemetry.errors import Conflict, Invalid, NotFound, StoreError
from tests.clock import MovedClock


def test_an_added_account_is_listed_with_its_role(accounts: Accounts, clock: MovedClock) -> None:
    key = accounts.add("王磊", Role.OPERATOR, "correct horse", by="cli")

    listed = accounts.list()

    assert [(a.id, a.name, a.role, a.active, a.deactivated_at) for a in listed] == [
        (key, "王磊", Role.OPERATOR, True, None)
    ]
    assert listed[0].created_at == datetime.fromtimestamp(clock.at_us / 1e6, UTC)
    assert key.version == 7


@pytest.mark.parametrize("taken", ["Li Jing", "li jing", "ＬＩ　ＪＩＮＧ", "  LI   JING "])
def test_a_name_is_taken_in_every_spelling_of_it(accounts: Accounts, taken: str) -> None:
    accounts.add("Li Jing", Role.OPERATOR, "correct horse", by="cli")

    with pytest.raises(Conflict) as refused:
        accounts.add(taken, Role.ADMIN, "another horse", by="cli")

    assert refused.value.code == "account_exists"
    assert [a.role for a in accounts.list()] == [Role.OPERATOR]


def test_a_deactivated_account_keeps_its_name(accounts: Accounts) -> None:
    accounts.add("chen", Role.OPERATOR, "correct horse", by="cli")
    accounts.deactivate("CHEN", by="cli")

    with pytest.raises(Conflict):
        accounts.add("Chen", Role.OPERATOR, "correct horse", by="cli")

    assert [(a.name, a.active) for a in accounts.list()] == [("chen", False)]


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * 65, "x" * 5000, "a\x00b", "a\x1bb", "a\u202eb", "a\u200bb", "\ud800"]
)
def test_what_nobody_can_read_is_no_name(accounts: Accounts, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.add(name, Role.OPERATOR, "correct horse", by="cli")

    assert refused.value.code == "invalid_name"
    assert list(accounts.list()) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short 7", "password_too_short"),
        (" " * 12, "password_too_short"),
        ("锁" * 342, "password_too_long"),
        ("x" * 1025, "password_too_long"),
        ("x" * 100_000, "password_too_long"),
        ("\ud800" * 9, "password_too_long"),
        ("Operator-1", "password_is_name"),
    ],
)
def test_a_password_that_cannot_be_one_is_refused(accounts: Accounts, password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.add("operator-1", Role.OPERATOR, password, by="cli")

    assert refused.value.code == code
    assert list(accounts.list()) == []


def test_every_change_leaves_one_line_with_what_was_before_and_after(
    accounts: Accounts, clock: MovedClock
) -> None:
    accounts.add("chen", Role.OPERATOR, "correct horse", by="cli")
    clock.move(1)
    accounts.set_role("chen", Role.ENGINEER, by="admin")
    clock.move(1)
    accounts.set_password("chen", "another horse", by="admin")
    clock.move(1)
    accounts.deactivate("chen", by="admin")
    clock.move(1)
    accounts.reactivate("chen", by="admin")

    operator = {"name": "chen", "role": "operator", "active": True}
    engineer = operator | {"role": "engineer"}
    gone = engineer | {"active": False}
    assert [(r.account, r.actor, r.action, r.before, r.after) for r in accounts.audit()] == [
        ("chen", "admin", AuditAction.REACTIVATE, gone, engineer),
        ("chen", "admin", AuditAction.DEACTIVATE, engineer, gone),
        ("chen", "admin", AuditAction.SET_PASSWORD, engineer, engineer),
        ("chen", "admin", AuditAction.SET_ROLE, operator, engineer),
        ("chen", "cli", AuditAction.ADD, None, operator),
    ]


def test_a_refused_change_leaves_no_line(accounts: Accounts) -> None:
    accounts.add("chen", Role.OPERATOR, "correct horse", by="cli")

    with pytest.raises(Conflict):
        accounts.set_role("chen", Role.OPERATOR, by="cli")
    with pytest.raises(Conflict):
        accounts.reactivate("chen", by="cli")
    with pytest.raises(NotFound):
        accounts.deactivate("nobody", by="cli")
    with pytest.raises(NotFound):
        accounts.set_password("nobody", "correct horse", by="cli")

    assert [r.action for r in accounts.audit()] == [AuditAction.ADD]


@pytest.mark.parametrize(
    "change", [delete(account_audit), update(account_audit).values(actor="somebody else")]
)
def test_the_audit_can_only_grow(accounts: Accounts, engine: Engine, change: object) -> None:
    accounts.add("chen", Role.OPERATOR, "correct horse", by="cli")

    with pytest.raises(StoreError, match="append-only"), writing(engine) as connection:
        connection.execute(change)  # type: ignore[call-overload]

    assert [(r.actor, r.action) for r in accounts.audit()] == [("cli", AuditAction.ADD)]


def test_neither_password_nor_hash_leaves_the_accounts_own_row(accounts: Accounts, engine: Engine) -> None:
    accounts.add("chen", Role.OPERATOR, "correct horse", by="cli")
    accounts.set_password("chen", "another horse", by="cli")

    with reading(engine) as connection:
        stored = connection.execute(select(account.c.password_hash)).scalar_one()
        audit = str(connection.execute(text("SELECT * FROM account_audit")).all())

    assert stored.startswith("$argon2id$")
    assert "horse" not in stored
    assert "argon2" not in audit
    assert "horse" not in audit
