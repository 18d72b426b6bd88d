"""What every page has in common: templates of the start, and what a demo is still at."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, console_of, services_of
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


async def test_pages_of_people_say_that_a_demo_is_still_living_its_month(
    node: Node, accounts: Accounts
) -> None:
    who = await signed_in(accounts, Role.ENGINEER)
    said = []
    for preparing in (lambda: True, lambda: False):
        services = replace(services_of(node), preparing=preparing)
        async with browser(console_of(node, services), who) as client:
            said.append('class="preparing"' in (await client.get("/roster")).text)

    assert said == [True, False]
