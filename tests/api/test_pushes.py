"""`/api/v1/pushes`: every push with its attempts, and a test to oneself."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx

from alarms.notify.duty_copy import Copied, DutyStep, DutyTurn
from alarms.notify.outbox import Outbox, Tried, Try
from alarms.notify.plan import Plan
from alarms.notify.records import Outcome, Push, PushState, Step
from alarms.settings import Priority, RuleKind
from operations.access import Role
from operations.accounts import Accounts
from telemetry.duty import Recipient
from tests.alarms.notify.hooks import hook
from tests.api.conftest import client_for, signed_in
from tests.api.node import NOW, Node, until

WANG = UUID("0199c000-0000-7000-8000-00000000000a")


def kept(node: Node, number: int, occurrence: UUID) -> Push:
    """Keep a push that was tried twice."""
    outbox: Outbox = node.pushes._outbox
    now_us = node.clock.now_us()
    made = Push(
        id=uuid4(),
        occurrence=occurrence,
        step=Step.RAISE,
        recipient=f"{WANG}"[:-1] + f"{number % 10}",
        rule="BL_B201A_ST.fault",
        tag="BL_B201A_ST",
        kind=RuleKind.BIT,
        priority=Priority.HIGH,
        person=WANG,
        account_id=None,
        name="王磊",
        language="zh_CN",
        created_us=now_us,
        state=PushState.PENDING,
    )
    outbox.apply(Plan({made.id: made}))
    for outcome, error in ((Outcome.FAILED, "HTTP 503"), (Outcome.DELIVERED, None)):
        rows = outbox.begin(made, [Try("digest", "wecombot")], ("【高】跳闸", "好氧池"), now_us, None)
        assert rows is not None
        state = PushState.PENDING if error else PushState.DELIVERED
        outbox.finish(made.id, [Tried(rows[0], 120, outcome, error)], state, now_us)
    return made


async def test_a_push_is_told_with_every_attempt_and_no_address(
    node: Node, client: httpx.AsyncClient
) -> None:
    occurrence = uuid4()
    push = kept(node, 1, occurrence)
    kept(node, 2, uuid4())

    answer = await client.get("/api/v1/pushes", params={"alarm": str(occurrence)})

    at = NOW.isoformat()
    assert answer.json() == {
        "items": [
            {
                "id": str(push.id),
                "occurrence": str(occurrence),
                "step": "raise",
                "state": "delivered",
                "under": None,
                "key": "BL_B201A_ST.fault",
                "tag": "BL_B201A_ST",
                "priority": "high",
                "person": str(WANG),
                "name": "王磊",
                "created": at,
                "settled": at,
                "title": "【高】跳闸",
                "body": "好氧池",
                "attempts": [
                    {
                        "at": at,
                        "target": "wecombot",
                        "outcome": outcome,
                        "error": error,
                        "took_ms": 120,
                    }
                    for outcome, error in (("failed", "HTTP 503"), ("delivered", None))
                ],
            }
        ],
        "next": None,
    }


async def test_the_list_goes_on_behind_its_cursor(node: Node, client: httpx.AsyncClient) -> None:
    made = [kept(node, number, uuid4()) for number in range(5)]

    first = (await client.get("/api/v1/pushes", params={"limit": 3})).json()
    second = (await client.get("/api/v1/pushes", params={"limit": 3, "cursor": first["next"]})).json()

    assert [item["id"] for item in first["items"] + second["items"]] == [str(p.id) for p in made[::-1]]
    assert second["next"] is None


async def settled(client: httpx.AsyncClient, test: str) -> dict[str, Any]:
    """Return what came of a test push, once something did."""
    told: dict[str, Any] = {}
    for _ in range(160):
        told = (await client.get(f"/api/v1/pushes/test/{test}")).json()
        if told["state"] != "pending":
            break
        await asyncio.sleep(0.05)
    return told


async def test_a_test_goes_to_oneself_and_needs_a_target(
    node: Node, accounts: Accounts, client: httpx.AsyncClient
) -> None:
    nothing = await client.post("/api/v1/pushes/test")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no_targets")

    account = (await accounts.authenticate(Role.OPERATOR.value, "demo", "192.0.2.99")).account_id
    with hook() as wangs:
        now_us = node.clock.now_us()
        turn = DutyTurn(WANG, DutyStep.FIRST, now_us, now_us + 1)
        who = Recipient(WANG, account, "王磊", "zh_CN", (wangs.target,))
        node.duty_copy.replace([turn], [who], Copied(now_us, now_us))
        running = asyncio.create_task(node.pushes.run())
        asked = await client.post("/api/v1/pushes/test", json={"fallback": False})
        await until(lambda: wangs.heard)
        told = await settled(client, asked.json()["id"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert asked.status_code == 202
    assert (asked.json()["step"], asked.json()["state"]) == ("test", "pending")
    assert wangs.heard[0].title == "测试推送"
    assert (told["state"], told["name"]) == ("delivered", "王磊")


async def test_who_keeps_the_staff_tests_somebodys_address_and_others_only_their_own(
    node: Node, accounts: Accounts
) -> None:
    clients = {role: client_for(node.app) for role in (Role.OPERATOR, Role.MANAGER, Role.LABORATORY)}
    for role, each in clients.items():
        each.headers.update((await signed_in(accounts, role)).bearer)
    operator, manager, laboratory = clients.values()
    with hook() as wangs:
        now_us = node.clock.now_us()
        turn = DutyTurn(WANG, DutyStep.FIRST, now_us, now_us + 1)
        node.duty_copy.replace(
            [turn], [Recipient(WANG, None, "王磊", "zh_CN", (wangs.target,))], Copied(now_us, now_us)
        )
        of_wang = {"person": str(WANG)}
        refused = await operator.post("/api/v1/pushes/test", json=of_wang)
        nobodys = await laboratory.post("/api/v1/pushes/test", json={"fallback": True})
        made = await manager.post("/api/v1/pushes/test", json=of_wang)
        again = await manager.post("/api/v1/pushes/test", json=of_wang)
        unknown = await manager.post("/api/v1/pushes/test", json={"person": str(uuid4())})
        address = f"/api/v1/pushes/test/{made.json()['id']}"
        told = [(await each.get(address)).status_code for each in (manager, operator, laboratory)]

    assert [each.status_code for each in (refused, nobodys, made, again, unknown)] == [
        403,
        403,
        202,
        429,
        409,
    ]
    assert (made.json()["name"], made.json()["state"]) == ("王磊", "pending")
    assert told == [200, 200, 404]


async def test_only_a_test_is_told_by_its_id(node: Node, client: httpx.AsyncClient) -> None:
    about = uuid4()
    kept(node, 1, about)
    answer = await client.get(f"/api/v1/pushes/test/{about}")
    assert (answer.status_code, answer.json()["code"]) == (404, "push_not_found")
