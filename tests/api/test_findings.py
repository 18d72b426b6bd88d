"""Findings and months over the API: who sees what, who decides what, and what comes out."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from operations.findings.tables import wage
from operations.leave.tables import leave_decision, leave_request
from telemetry.people import Actor
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node
from tests.operations.plant_life import PlantLife

STORES = "both"
MONTH = {"month": "2026-11"}
DAYS = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def life(node: Node) -> PlantLife:
    return PlantLife(node.desk.ledger)


@pytest.fixture
def wang(node: Node, life: PlantLife) -> UUID:
    """An operator of the demo's account, late on the 3rd and away on the 5th."""
    (account,) = [one for one in node.accounts.list() if one.role is Role.OPERATOR]
    person = life.person("101", "王磊", account_id=account.id)
    life.worked(person, "2026-11-03", came="08:12")
    life.turn(person, "2026-11-05")
    life.worked(person, "2026-11-06")
    return person


class Asking:
    """A role's program."""

    def __init__(self, node: Node, headers: dict[str, str]) -> None:
        self._client = client_for(node.app)
        self._headers = headers

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self._client.get(f"/api/v1/{path}", params=params, headers=self._headers)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self._client.post(f"/api/v1/{path}", json=body, headers=self._headers)


async def asking(node: Node, accounts: Accounts, role: Role) -> Asking:
    return Asking(node, (await signed_in(accounts, role)).bearer)


async def test_from_a_proposal_to_a_slip_that_is_reviewed(node: Node, accounts: Accounts, wang: UUID) -> None:
    department = await asking(node, accounts, Role.DEPARTMENT)
    manager = await asking(node, accounts, Role.MANAGER)
    operator = await asking(node, accounts, Role.OPERATOR)

    late, absent = (await department.get("attendance/proposals", **DAYS)).json()["items"]
    assert (late["stands"], late["signed_in"], late["proposals"][0]["minutes"]) == (
        "worked", "2026-11-03T08:12:00+08:00", 12,
    )  # fmt: skip
    proposal = absent["proposals"][0]
    assert proposal["rule"]["quoted"]["zh"] == "旷工者扣除当天工资并罚款200元（无故不上班）"
    assert proposal["evidence"]["start"] == "2026-11-05T08:00:00+08:00"

    made = await department.post(
        "attendance/proposals/decisions", proposal=proposal["proposal"], step="confirm"
    )
    steps = f"findings/{made.json()['id']}/steps"
    assert (made.status_code, made.json()["state"], made.json()["counts"]) == (201, "confirmed", False)
    told = (await manager.post(steps, step="notify")).json()
    assert (told["state"], told["counts"], told["may_follow"][0]) == ("notified", True, "sign")
    asked = await operator.post(steps, step="ask_review", note="当天在医院")
    assert asked.json()["state"] == "in_review"
    own = (await operator.get("assessment/own", **MONTH)).json()
    assert own["deduction"] == {
        "proposed_yuan": None, "slips_yuan": 200.0, "day_wages": 1.0, "day_wage_yuan": None,
        "minimum_wage": "not_entered", "most_yuan": None,
    }  # fmt: skip
    await department.post(steps, step="uphold", note="有病历")
    own = (await operator.get("assessment/own", **MONTH)).json()
    assert (own["deduction"]["slips_yuan"], own["year"]["absence_days"]) == (0, 0)
    (line,) = own["findings"]
    assert [(event["step"], event["by"]) for event in line["events"]] == [
        ("confirm", "department"), ("notify", "manager"),
        ("ask_review", "王磊"), ("uphold", "department"),
    ]  # fmt: skip


async def test_the_plants_month_has_everybody_and_every_crew(
    node: Node, accounts: Accounts, life: PlantLife, wang: UUID
) -> None:
    department = await asking(node, accounts, Role.DEPARTMENT)
    answer = await department.post("wages", person=str(wang), valid_from="2026-01-01", month_yuan=4350)
    month = (await department.get("assessment", **MONTH)).json()
    crew = (await department.get(f"assessment/crews/{life.crew}", **MONTH)).json()
    rules = (await department.get("rule-sets")).json()["items"]

    assert answer.status_code == 204
    (row,) = month["people"]
    assert (row["name"], row["turns"], row["worked"], row["undecided"]) == ("王磊", 3, 2, 2)
    assert row["deduction"]["day_wage_yuan"] == 200.0
    assert month["rule_sets"] == ["2025-04-02"]
    assert month["online"] == {"measure": "uptime", "target": 0.95, "value": None}
    assert (crew["turns"], crew["people"]) == (3, [str(wang)])
    assert rules[0]["clauses"]["operators"]["late_yuan"] == 10


async def test_others_see_nothing_of_a_person(node: Node, accounts: Accounts, wang: UUID) -> None:
    department = await asking(node, accounts, Role.DEPARTMENT)
    engineer = await asking(node, accounts, Role.ENGINEER)
    (late, _) = (await department.get("attendance/proposals", **DAYS)).json()["items"]
    made = await department.post(
        "attendance/proposals/decisions", proposal=late["proposals"][0]["proposal"], step="confirm"
    )

    answers = [
        await engineer.get(f"findings/{made.json()['id']}"),
        await engineer.get(f"assessment/people/{wang}", **MONTH),
        await engineer.get("assessment/own", **MONTH),
        await engineer.post(f"findings/{made.json()['id']}/steps", step="ask_review", note="x"),
    ]
    listed = (await engineer.get("findings", **DAYS, person=str(wang))).json()

    assert [answer.json()["code"] for answer in answers] == [
        "finding_not_found", "person_not_found", "no_person", "finding_not_found",
    ]  # fmt: skip
    assert listed == {"items": [], "next": None}


async def test_a_step_asks_for_its_own_permission(node: Node, accounts: Accounts, wang: UUID) -> None:
    department = await asking(node, accounts, Role.DEPARTMENT)
    (late, _) = (await department.get("attendance/proposals", **DAYS)).json()["items"]
    key = late["proposals"][0]["proposal"]
    made = (await department.post("attendance/proposals/decisions", proposal=key, step="confirm")).json()
    codes = {}
    for role in (Role.OPERATOR, Role.MANAGER, Role.ADMIN, Role.DEPARTMENT):
        who = await asking(node, accounts, role)
        answer = await who.post(f"findings/{made['id']}/steps", step="void", note="误记")
        codes[role] = answer.json().get("code", answer.status_code)

    assert codes == {
        Role.OPERATOR: "not_permitted",
        Role.MANAGER: "not_permitted",
        Role.ADMIN: "not_permitted",
        Role.DEPARTMENT: 201,
    }


async def test_findings_are_entered_for_those_on_shift_and_listed_in_pages(
    node: Node, accounts: Accounts, life: PlantLife, wang: UUID
) -> None:
    manager = await asking(node, accounts, Role.MANAGER)
    noon = "2026-11-06T12:00:00+08:00"
    candidates = (await manager.get("findings/candidates", at=noon)).json()["items"]
    body = {"kind": "duty_item", "time": noon, "persons": [str(wang)], "what": "计量渠有青苔"}

    made = [await manager.post("findings", **body, item=item) for item in ("flume", "log", "golf")]
    checked = await manager.post("findings", **body | {"kind": "asleep", "place": "中控室"})
    first = (await manager.get("findings", **DAYS, limit="2")).json()
    second = (await manager.get("findings", **DAYS, limit="2", cursor=first["next"])).json()
    none = await manager.get("findings", **{"from": "2026-11-01", "to": "2026-10-01"})

    assert [one["name"] for one in candidates] == ["王磊"]
    assert [answer.status_code for answer in (*made, checked, none)] == [201, 201, 422, 201, 422]
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert made[0].json()[0]["item_name"]["zh"] == "清洗计量渠"
    assert made[2].json()["code"] == "duty_item_unknown"


async def test_the_audit_hides_wages_and_what_findings_say_from_who_sees_no_assessments(
    node: Node, accounts: Accounts, wang: UUID
) -> None:
    department = await asking(node, accounts, Role.DEPARTMENT)
    admin = await asking(node, accounts, Role.ADMIN)
    now_us = node.clock.now_us()
    by = Actor(uuid4(), "department")
    with node.desk.ledger.writing() as page:
        page.add(wage, {"person": wang, "valid_from": date(2026, 11, 1)}, {"month_yuan": "5230"}, by)
        leave = {"kind": "leave", "person": wang, "from_us": now_us, "to_us": now_us + 1, "entry": None}
        leave |= {"in_return": None, "substitute": None, "leave_kind": "sick"}
        request = page.add(leave_request, leave, {"reason": "住院"}, by)
        page.add(leave_decision, {"request": request, "step": "endorse"}, {"note": "胃病"}, by)

    async def told(who: Asking, kind: str) -> dict[str, Any]:
        after: dict[str, Any] = (await who.get("audit", kind=kind)).json()["items"][0]["after"]
        return after

    assert (await told(department, "wage"))["month_yuan"] == "5230"
    assert (await told(admin, "wage"))["month_yuan"] == "•••"
    asked, hidden = await told(department, "leave_request"), await told(admin, "leave_request")
    assert (asked["reason"], asked["leave_kind"]) == ("住院", "sick")
    assert (hidden["reason"], hidden["leave_kind"], hidden["person"]) == ("•••", "•••", str(wang))
    assert (await told(department, "leave_decision"))["note"] == "胃病"
    assert await told(admin, "leave_decision") == {"request": str(request), "step": "endorse", "note": "•••"}
