"""The demo's accounts: one for each role, named like it. It listens on this machine only."""

from typing import Final

from operations.access import Role
from operations.accounts import Accounts

DEMO_PASSWORD: Final = "demo"


def seed_demo(accounts: Accounts, password: str = DEMO_PASSWORD) -> None:
    """Add the accounts that are missing; their password is known to everybody."""
    roles = {role.value: role for role in Role}
    accounts.seed(roles, password, by="demo", shortest=len(password))
