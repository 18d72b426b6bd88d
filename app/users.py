"""`outfall user …`: the accounts of a node, whether it runs or not; the store takes both."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.data import DataFolder, default_data
from config.read import read_folder
from operations.access import Role
from operations.accounts import Accounts
from operations.names import normalised_name
from storage.engine import open_engine
from storage.migrate import migrate
from storage.schema import StoreKind
from telemetry.clock import SystemClock
from telemetry.errors import ConfigError


def change_users(options: argparse.Namespace) -> int:
    """Carry out `add`, `password`, `deactivate` or `list`; errors say what stands in the way."""
    by = f"command line ({getpass.getuser()})"
    with _accounts(options) as accounts:
        if options.action == "list":
            for account in accounts.list():
                ended = "" if account.active else "  deactivated"
                sys.stdout.write(f"{account.name}  {account.role.value}{ended}\n")
        else:
            done = _change(accounts, options, by)
            sys.stdout.write(f"{normalised_name(options.name)}: {done}\n")
    return 0


def _change(accounts: Accounts, options: argparse.Namespace, by: str) -> str:
    """Change one account and return what was done."""
    if options.action == "add":
        role = _role(options.role)
        accounts.add(options.name, role, _new_password(), by=by)
        return f"added as {role.value}"
    if options.action == "password":
        accounts.set_password(options.name, _new_password(), by=by)
        return "new password set, sessions ended"
    accounts.deactivate(options.name, by=by)
    return "deactivated"


@contextmanager
def _accounts(options: argparse.Namespace) -> Iterator[Accounts]:
    data = DataFolder(options.data or default_data(read_folder(options.folder).plant.id))
    data.create()
    engine = open_engine(data.people_url)
    try:
        migrate(engine, StoreKind.PEOPLE)
        accounts = Accounts(engine, SystemClock())
        try:
            yield accounts
        finally:
            accounts.close()
    finally:
        engine.dispose()


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise ConfigError(f"role {word!r} does not exist; take one of: {', '.join(Role)}") from None


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip(os.linesep)
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise ConfigError("the two differ; nothing was changed")
    return password
