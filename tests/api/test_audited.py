"""Every change of a record is audited: who and when, of every route that changes anything."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node
from tests.api.test_handovers import rostered
from tests.api.test_routes import routes
from tests.operations.logbook.images import photo
from tests.web.console import tripped

SAFE = ("GET", "HEAD", "OPTIONS")
NO_RECORD = {
    ("POST", "/api/v1/auth/token"): "a session: it is logged, and ends by itself",
    ("DELETE", "/api/v1/auth/token"): "the end of a session",
    ("POST", "/api/v1/reports"): "a file made of records; it says itself who made it and when",
    ("POST", "/api/v1/pushes/test"): "a push, which stands in the list of pushes with its person and time",
    ("POST", "/api/v1/points/{tag}/test-read"): "a question to a device, whose answer is kept nowhere",
}
"""Routes that change no record, and why."""
NAME = {"zh": "新", "en": "New"}
DAY_SHIFT = {"code": "day", "name": NAME, "start": "08:00", "hours": 8}
NOW = "2026-11-21T07:30:00+08:00"


class Walk:
    """Acts as each role, and looks at what is left of it."""

    def __init__(self, node: Node, clients: dict[Role, httpx.AsyncClient]) -> None:
        self.node = node
        self.clients = clients
        self.accounts = {account.role: account for account in node.accounts.list()}
        self.walked: set[tuple[str, str]] = set()

    async def get(self, role: Role, path: str, **params: str) -> Any:
        answer = await self.clients[role].get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(
        self, who: Role, path: str, in_path: dict[str, str] | None = None, photo: bytes = b"", /, **body: Any
    ) -> Any:
        """Post to a route; its record is in the ledger, by who acted and of now."""
        before = self.node.desk.ledger.head().records
        answer = await self._post(who, path, in_path or {}, photo, body)
        new = [line for line in self.node.desk.ledger.lines(limit=200) if line.seq > before]
        by = self.accounts[who].id

        assert new, f"{path} left nothing in the ledger"
        # What the node proposed and somebody took up is the node's; the decision is theirs.
        assert {line.actor_id for line in new} in ({by}, {by, None}), path
        assert {line.at_us for line in new} == {self.node.clock.now_us()}, path
        return answer

    async def enter(
        self, role: Role, path: str, in_path: dict[str, str] | None = None, /, **body: Any
    ) -> Any:
        """Post to a route of readings, marks and corrections; the newest of these is by who acted."""
        before = (await self.get(role, "entries"))["items"]
        answer = await self._post(role, path, in_path or {}, b"", body)
        found = (await self.get(role, "entries"))["items"]
        [new] = [one for one in found if one["id"] not in {old["id"] for old in before}]

        assert (new["by"], new["made"]) == (self.accounts[role].name, NOW), path
        return answer

    async def acknowledge(self, role: Role, alarm: UUID) -> None:
        await self._post(role, "alarms/{alarm_id}/acknowledge", {"alarm_id": str(alarm)}, b"", {})
        newest = (await self.get(role, "alarms/journal"))["items"][0]

        assert (newest["event"], newest["actor"]) == ("acknowledge", self.accounts[role].name)
        assert newest["occurrence"] == str(alarm)

    async def _post(
        self, role: Role, path: str, in_path: dict[str, str], photo: bytes, body: dict[str, Any]
    ) -> Any:
        self.walked.add(("POST", f"/api/v1/{path}"))
        address = f"/api/v1/{path.format(**in_path)}"
        client = self.clients[role]
        if photo:
            answer = await client.post(address, content=photo, headers={"Content-Type": "image/jpeg"})
        else:
            answer = await client.post(address, json=body)
        assert answer.status_code in (200, 201, 204), (path, answer.text)
        return answer.json() if answer.content else None


_AHEAD_S = 25 * 86_400


@pytest.fixture
async def walk(node: Node, accounts: Accounts) -> Walk:
    """A plant at the end of its night turn, of the operator and the maintenance; the engineer relieves."""
    # The month was published ahead of it: who is entered later is not judged by its start.
    node.clock.move(-_AHEAD_S)
    await rostered(node)
    node.clock.move(_AHEAD_S)
    clients = {}
    for role in Role:
        clients[role] = client_for(node.app)
        clients[role].headers.update((await signed_in(accounts, role)).bearer)
    return Walk(node, clients)


async def _keep_staff(walk: Walk) -> None:
    by = Role.MANAGER
    person = (await walk.act(by, "staff", number="900", name="孙强", category="operator"))["person"]
    await walk.act(by, "staff/{person}/versions", {"person": person}, name="孙小强")
    post = (await walk.act(by, "posts", code="new", name=NAME))["post"]
    await walk.act(by, "posts/{post}/versions", {"post": post}, code="new", name=NAME, minimum=2)
    crew = (await walk.act(by, "crews", code="N", name=NAME))["crew"]
    await walk.act(by, "crews/{crew}/versions", {"crew": crew}, code="N2", name=NAME)
    place = {"person": person, "crew": crew, "post": post, "valid_from": "2026-11-21"}
    member = (await walk.act(by, "crews/members", **place))["membership"]
    pattern = (
        await walk.act(
            by,
            "patterns",
            code="n",
            name=NAME,
            shifts=[DAY_SHIFT],
            cycle=[["day"]],
            crews=[crew],
            anchor="2026-12-01",
        )
    )["pattern"]
    await walk.act(by, "roster/publications", pattern=pattern, from_day="2026-12-01", to_day="2026-12-02")
    cover = {"turn": "2026-11-21/day", "person": person, "post": post, "reason": "顶班"}
    await walk.act(by, "roster/covers", **cover)
    await walk.act(by, "crews/members/{membership}/end", {"membership": member}, valid_to="2026-12-31")
    await walk.act(by, "staff/{person}/deactivate", {"person": person})
    await walk.act(by, "staff/{person}/reactivate", {"person": person})


async def _attend(walk: Walk) -> None:
    operator, manager, department = Role.OPERATOR, Role.MANAGER, Role.DEPARTMENT
    await walk.act(operator, "attendance/sign-in", device="phone")
    await walk.act(operator, "attendance/sign-out", device="phone")
    turns = (await walk.get(manager, "roster", **{"from": "2026-11-21", "to": "2026-11-21"}))["items"]
    [own] = [one for one in turns if one["name"] == "李静" and one["shift"]["key"].endswith("night")]
    settled = {"entry": own["entry"], "settles": "sign_in", "at": "2026-11-21T00:05:00+08:00"}
    await walk.act(manager, "attendance/settlements", **settled, reason="手机没电")
    span = {"from": "2026-11-23T00:00:00+08:00", "to": "2026-11-27T00:00:00+08:00"}
    asked = await walk.act(operator, "leave-requests", kind="leave", leave_kind="sick", reason="看病", **span)
    of = {"request_id": asked["id"]}
    await walk.act(manager, "leave-requests/{request_id}/decisions", of, step="endorse")
    days = {"from": "2026-11-01", "to": "2026-11-20"}
    judged = (await walk.get(department, "attendance/proposals", **days))["items"][0]
    proposal = judged["proposals"][0]["proposal"]
    await walk.act(department, "attendance/proposals/decisions", proposal=proposal, step="confirm")
    seen = {"kind": "duty_item", "time": "2026-11-21T07:20:00+08:00", "item": "flume", "what": "未清洗"}
    [found] = await walk.act(manager, "findings", persons=[own["person"]], **seen)
    of = {"finding_id": found["id"]}
    await walk.act(department, "findings/{finding_id}/steps", of, step="confirm")
    await walk.act(department, "wages", person=own["person"], valid_from="2026-11-01", month_yuan=5000)


async def _write(walk: Walk) -> None:
    by = Role.OPERATOR
    of = {"entry_id": (await walk.act(by, "logbook", text="2#鼓风机异响", kind="event"))["id"]}
    await walk.act(by, "logbook/{entry_id}/amendments", of, text="3#鼓风机异响", reason="写错")
    await walk.act(by, "logbook/{entry_id}/follow-ups", of, text="已报修")
    await walk.act(by, "logbook/{entry_id}/photos", of, photo())
    of = {"handover_id": (await walk.act(by, "handovers"))["id"]}
    await walk.act(by, "handovers/{handover_id}/signatures", of, role="outgoing")
    await walk.act(by, "handovers/{handover_id}/addenda", of, text="钥匙在中控")


async def _measure(walk: Walk) -> None:
    by = Role.ENGINEER
    walk.node.read(("AE_DO1", -1800, 2.0))
    taken = {"tag": "LAB_SV30_1", "time": "2026-11-21T07:00:00+08:00"}
    await walk.enter(by, "entries", **taken, value=28)
    await walk.enter(by, "entries/corrections", **taken, value=29, reason="读错")
    span = {"from": "2026-11-21T06:00:00+08:00", "to": "2026-11-21T07:30:00+08:00"}
    mark = await walk.enter(by, "marks", tag="AE_DO1", **span, kind="calibration", reason="标定")
    await walk.enter(by, "marks/{mark_id}/withdraw", {"mark_id": mark["id"]}, reason="标错")


async def test_whatever_changes_a_record_leaves_who_and_when(walk: Walk) -> None:
    await _keep_staff(walk)
    await _attend(walk)
    await _write(walk)
    await _measure(walk)
    await walk.acknowledge(Role.OPERATOR, await tripped(walk.node))

    changing = {place for place in routes(walk.node) if place[0] not in SAFE}
    assert walk.walked | set(NO_RECORD) == changing, "list a new route with its walk, or why it needs none"
    assert walk.walked & set(NO_RECORD) == set()
    walk.node.desk.ledger.verify()


@pytest.mark.parametrize("change", ["add", "set_password", "deactivate"])
def test_whatever_changes_an_account_leaves_who_and_when(accounts: Accounts, change: str) -> None:
    accounts.add("new", Role.OPERATOR, "a long password", by="admin")
    if change == "set_password":
        accounts.set_password("new", "another long password", by="admin")
    elif change == "deactivate":
        accounts.deactivate("new", by="admin")

    newest = accounts.audit(1)[0]
    assert (newest.actor, newest.account, newest.action.value) == ("admin", "new", change)
    assert abs(newest.at - datetime.now(UTC)) < timedelta(minutes=5)
