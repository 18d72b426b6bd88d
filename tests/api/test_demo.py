"""The faults of a demo over the API: what there is, who may switch, what is said where it cannot be."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from api.admission import HostRule
from api.build import install_error_handlers
from api.demo import add_demo
from api.routes import GuardedRoute
from app.middleware import AccessMiddleware
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node
from tests.faults import PlantSwitch

FAULTS = "/api/v1/demo/faults"
TRIP = {"fault": "blower_trip", "target": "BL_B201A"}


@dataclass(frozen=True)
class Demo:
    """A node as a demo's, and the switch of its plant."""

    app: ASGIApp
    switch: PlantSwitch


@pytest.fixture
def demo(node: Node, accounts: Accounts) -> Demo:
    switch = PlantSwitch(node.folder, node.clock.now_us())
    router = APIRouter(route_class=GuardedRoute)
    add_demo(router, switch, node.folder.plant.timezone)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    install_error_handlers(app)
    app.router.routes.extend(node.routes)
    app.include_router(router)
    return Demo(AccessMiddleware(app, accounts, HostRule.of("127.0.0.1")), switch)


@pytest.fixture
def switch(demo: Demo) -> PlantSwitch:
    return demo.switch


@pytest.fixture
async def engineer(demo: Demo, accounts: Accounts) -> httpx.AsyncClient:
    client = client_for(demo.app)
    client.headers.update((await signed_in(accounts, Role.ENGINEER)).bearer)
    return client


def items(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {item["name"]: item for item in answer.json()["items"]}


async def test_a_fault_is_on_from_when_it_is_switched_until_it_is_ended(
    engineer: httpx.AsyncClient, switch: PlantSwitch
) -> None:
    before = items(await engineer.get(FAULTS))
    on = items(await engineer.post(FAULTS, json=TRIP))
    still = items(await engineer.get(FAULTS))
    slow = items(await engineer.post(FAULTS, json={"fault": "slow_device", "target": "PLC3", "amount": 2.5}))
    off = items(await engineer.post(FAULTS, json=TRIP | {"active": False}))

    assert before["blower_trip"] == {
        "name": "blower_trip",
        "label": {"zh": "鼓风机跳闸", "en": "blower trips"},
        "targets": ["BL_B201A", "BL_B201B", "BL_B201C"],
        "amount": None,
        "active": [],
    }
    assert before["slow_device"]["amount"] == {"unit": "s", "usual": 0.8, "low": 0.05, "high": 30.0}
    [one] = on["blower_trip"]["active"]
    assert (one["target"], one["amount"]) == ("BL_B201A", None)
    assert one["since"].endswith("+08:00")
    assert still == on
    assert [(one["target"], one["amount"]) for one in slow["slow_device"]["active"]] == [("PLC3", 2.5)]
    assert off["blower_trip"]["active"] == []
    assert len(switch.switched_by) == 3
    assert "" not in switch.switched_by


@pytest.mark.parametrize(
    ("body", "status", "code", "told"),
    [
        ({"fault": "flood", "target": "x"}, 404, "fault_unknown", "there are blower_trip, pump_trip"),
        (TRIP | {"target": "PS_P101A"}, 404, "target_unknown", "BL_B201A, BL_B201B, BL_B201C"),
        ({"fault": "sensor_frozen", "target": "AE_D01"}, 404, "target_unknown", "such as AE_DO1"),
        (TRIP | {"amount": 3}, 422, "fault_amount", "takes no amount"),
        ({"fault": "slow_device", "target": "PLC1", "amount": 99}, 422, "fault_amount", "0.05 to 30 s"),
        (TRIP | {"much": 1}, 422, "invalid_request", "much"),
        ({"target": "BL_B201A"}, 422, "invalid_request", "fault"),
    ],
)
async def test_what_cannot_be_switched_is_answered_with_what_there_is_instead(
    engineer: httpx.AsyncClient,
    switch: PlantSwitch,
    body: dict[str, Any],
    status: int,
    code: str,
    told: str,
) -> None:
    answer = await engineer.post(FAULTS, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text
    assert list(switch.active) == []


async def test_a_plant_that_does_not_answer_is_said(engineer: httpx.AsyncClient, switch: PlantSwitch) -> None:
    switch.away = True

    answer = await engineer.post(FAULTS, json=TRIP)

    assert (answer.status_code, answer.json()["code"]) == (503, "plant_away")


async def test_who_may_see_and_who_may_switch(demo: Demo, accounts: Accounts) -> None:
    sees, switches = set(), set()
    for role in Role:
        client = client_for(demo.app)
        client.headers.update((await signed_in(accounts, role)).bearer)
        sees |= {role} if (await client.get(FAULTS)).status_code == 200 else set()
        switches |= {role} if (await client.post(FAULTS, json=TRIP)).status_code == 200 else set()
    stranger = await client_for(demo.app, address="192.0.2.1").post(FAULTS, json=TRIP)

    assert sees == set(Role) - {Role.LABORATORY, Role.CONTRACTOR}
    assert switches == {Role.ENGINEER, Role.MANAGER, Role.ADMIN}
    assert stranger.status_code == 401


async def test_a_real_plant_s_node_has_no_such_route(client: httpx.AsyncClient) -> None:
    assert (await client.get(FAULTS)).status_code == 404
    assert (await client.post(FAULTS, json=TRIP)).status_code == 404
