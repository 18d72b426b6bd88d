"""The demo's page of faults, and the notice on every other page while one is on."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.faults import PlantSwitch
from tests.web.console import browser, console_of, services_of
from web.faults_view import TOLD


@pytest.fixture
def switch(node: Node) -> PlantSwitch:
    return PlantSwitch(node.folder, node.clock.now_us())


@pytest.fixture
async def engineer(node: Node, switch: PlantSwitch, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    console = console_of(node, replace(services_of(node), faults=switch))
    async with browser(console, await signed_in(accounts, Role.ENGINEER)) as opened:
        yield opened


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_every_fault_can_be_switched_on_for_whom_it_can_befall(
    engineer: httpx.AsyncClient, switch: PlantSwitch
) -> None:
    page = (await engineer.get("/demo")).text

    forms = re.findall(r'<form data-api="/api/v1/demo/faults">.*?</form>', page, re.DOTALL)
    offered = {
        re.findall(r'name="fault" value="(\w+)"', form)[0]: re.findall(r'<option value="([^"]+)"', form)
        for form in forms
    }
    assert offered == {kind.name: list(kind.targets) for kind in switch.kinds}
    assert set(offered) == set(TOLD)
    assert "Nothing is made to go wrong" in page
    assert "blower 1 · BL_B201A" in page
    assert 'href="/demo"' in page


async def test_what_is_on_is_named_with_whom_it_befell_and_a_button_that_ends_it(
    engineer: httpx.AsyncClient, switch: PlantSwitch
) -> None:
    await switch.switch("blower_trip", "BL_B201A", True)
    await switch.switch("slow_device", "PLC3", True, 2.5)

    part = (await engineer.get("/demo/on")).text

    assert "device slow PLC3 2.5 s" in words_of(part)
    assert "blower trips blower 1 · BL_B201A" in words_of(part)
    assert re.findall(r'data-end="(\w+)" data-target="(\w+)"', part) == [
        ("slow_device", "PLC3"),
        ("blower_trip", "BL_B201A"),
    ]


async def test_every_page_says_that_faults_are_on_and_stops_when_they_are_over(
    engineer: httpx.AsyncClient, switch: PlantSwitch
) -> None:
    before = (await engineer.get("/trends")).text
    await switch.switch("blower_trip", "BL_B201A", True)
    during = (await engineer.get("/trends")).text
    await switch.switch("blower_trip", "BL_B201A", False)
    after = (await engineer.get("/trends")).text

    said = "1 fault is switched on in the simulated plant."
    assert [said in page for page in (before, during, after)] == [False, True, False]


async def test_the_wall_says_it_too(engineer: httpx.AsyncClient, switch: PlantSwitch) -> None:
    await switch.switch("blower_trip", "BL_B201A", True)
    await switch.switch("station_silent", "LS2", True)

    asked = [(await engineer.get(path)).text for path in ("/wall", "/wall/shift")]

    said = "2 faults are switched on in the simulated plant."
    assert [said in page for page in asked] == [True, True]


async def test_who_may_not_switch_sees_what_is_on_and_no_buttons(
    node: Node, switch: PlantSwitch, accounts: Accounts
) -> None:
    await switch.switch("blower_trip", "BL_B201A", True)
    console = console_of(node, replace(services_of(node), faults=switch))
    async with browser(console, await signed_in(accounts, Role.OPERATOR)) as operator:
        page = (await operator.get("/demo")).text
    async with browser(console, await signed_in(accounts, Role.LABORATORY)) as laboratory:
        refused = await laboratory.get("/demo")
        tabs = (await laboratory.get("/wall")).text

    assert "blower trips" in page
    assert "data-end=" not in page
    assert "<form data-api" not in page
    assert refused.status_code == 403
    assert 'href="/demo"' not in tabs


async def test_a_real_plant_s_console_has_no_such_page(node: Node, accounts: Accounts) -> None:
    async with browser(console_of(node), await signed_in(accounts, Role.ENGINEER)) as engineer:
        answers = [(await engineer.get(path)).status_code for path in ("/demo", "/demo/on")]
        wall = (await engineer.get("/wall")).text

    assert answers == [404, 404]
    assert 'href="/demo"' not in wall
