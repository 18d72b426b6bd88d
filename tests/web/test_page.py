"""The templates of a running node are those it was started with."""

import shutil
from pathlib import Path

import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, console_of
from web import page


async def test_an_update_on_the_disk_changes_no_page_before_the_node_starts_anew(
    node: Node, accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(Path(page.__file__).parent / "templates", folder)
    monkeypatch.setattr(page, "_TEMPLATES", folder)
    console, who = console_of(node), await signed_in(accounts, Role.ENGINEER)

    for path in folder.rglob("*.*"):
        path.write_text("{{ wanted }}", encoding="utf-8")

    async with browser(console, who) as client:
        before = await client.get("/reports")
    assert (before.status_code, "No report was made yet." in before.text) == (200, True)
