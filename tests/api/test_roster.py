"""Staff, roster, leave and attendance over HTTP: set up, published, covered, signed and audited."""

from typing import Any

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node

STORES = "both"
NAME = {"zh": "甲", "en": "A"}
SHIFTS = [
    {"code": "day", "name": {"zh": "白班", "en": "Day"}, "start": "08:00", "hours": 12},
    {"code": "night", "name": {"zh": "夜班", "en": "Night"}, "start": "20:00", "hours": 12},
]


class Plant:
    """Clients by role, and what was set up."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.clients: dict[Role, httpx.AsyncClient] = {}
        self.people: dict[str, str] = {}
        self.crews: list[str] = []
        self.post = ""
        self.pattern = ""

    async def post_to(self, role: Role, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
        answer = await self.clients[role].post(f"/api/v1/{path}", json=body)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, role: Role, path: str, **params: str) -> dict[str, Any]:
        answer = await self.clients[role].get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def on_shift(self, at: str, **params: str) -> list[str]:
        found = await self.get(Role.OPERATOR, "roster/on-shift", at=at, **params)
        return [one["name"] for one in found["items"]]


@pytest.fixture
async def plant(node: Node, accounts: Accounts) -> Plant:
    """Two crews of one on twelve hours, published for November; the operator's account is 王磊's."""
    made = Plant(node)
    for role in (Role.OPERATOR, Role.LABORATORY, Role.MANAGER, Role.DEPARTMENT, Role.ADMIN):
        made.clients[role] = client_for(node.app)
        made.clients[role].headers.update((await signed_in(accounts, role)).bearer)
    manager = Role.MANAGER
    made.post = (await made.post_to(manager, "posts", code="control", name=NAME))["post"]
    for number, (name, account) in enumerate({"王磊": "operator", "李静": "laboratory"}.items()):
        crew = (await made.post_to(manager, "crews", code=f"C{number}", name=NAME))["crew"]
        made.crews.append(crew)
        person = await made.post_to(
            manager, "staff", number=f"10{number}", name=name, category="operator", account=account
        )
        made.people[name] = person["person"]
        await made.post_to(
            manager,
            "crews/members",
            person=person["person"],
            crew=crew,
            post=made.post,
            valid_from="2026-11-01",
        )
    kept = await made.post_to(
        manager,
        "patterns",
        code="2x12",
        name=NAME,
        shifts=SHIFTS,
        cycle=[["day", "night"]],
        crews=made.crews,
        anchor="2026-11-01",
    )
    made.pattern = kept["pattern"]
    body: dict[str, Any] = {
        "pattern": made.pattern,
        "from_day": "2026-11-01",
        "to_day": "2026-11-30",
        "seen": None,
    }
    done = await made.post_to(manager, "roster/publications", **body)
    assert (done["assigned"], done["withdrawn"], done["on_leave"]) == (60, 0, [])
    return made


async def test_who_is_on_shift_is_told_with_turn_crew_and_post(plant: Plant) -> None:
    found = await plant.get(Role.OPERATOR, "roster/on-shift", at="2026-11-22T03:00:00+08:00")
    (one,) = found["items"]
    assert one["shift"] == {
        "key": "2026-11-21/night",
        "name": {"zh": "夜班", "en": "Night"},
        "day": "2026-11-21",
        "start": "2026-11-21T20:00:00+08:00",
        "end": "2026-11-22T08:00:00+08:00",
    }
    assert (one["name"], one["cause"], one["by"], one["post"]) == ("李静", "planned", "manager", plant.post)
    assert await plant.on_shift("2026-12-02T03:00:00+08:00") == []
    other = "019a0000-0000-7000-8000-000000000000"
    assert await plant.on_shift("2026-11-22T03:00:00+08:00", post=other) == []


async def test_the_roster_of_days_its_turns_and_its_gaps(plant: Plant) -> None:
    found = await plant.get(Role.OPERATOR, "roster", **{"from": "2026-11-21", "to": "2026-11-22"})
    assert [shift["key"] for shift in found["turns"]] == [
        "2026-11-21/day",
        "2026-11-21/night",
        "2026-11-22/day",
        "2026-11-22/night",
    ]
    assert [one["name"] for one in found["items"]] == ["王磊", "李静"] * 2
    assert [(one["by"], one["to_day"]) for one in found["publications"]] == [("manager", "2026-11-30")]
    span = {"from": "2026-11-21T00:00:00+08:00", "to": "2026-11-22T00:00:00+08:00"}
    assert await plant.get(Role.OPERATOR, "roster/gaps", **span) == {"below": [], "rests": []}
    assert len((await plant.get(Role.OPERATOR, "shifts", **span))["items"]) == 3


async def test_a_cover_that_is_asked_for_takes_effect_when_approved(plant: Plant) -> None:
    found = await plant.get(Role.OPERATOR, "roster", **{"from": "2026-11-23", "to": "2026-11-23"})
    entry = found["items"][0]["entry"]
    third = await plant.post_to(Role.MANAGER, "staff", number="300", name="张伟", category="operator")
    asked = await plant.post_to(
        Role.OPERATOR,
        "leave-requests",
        kind="cover",
        reason="家中有事",
        entry=entry,
        substitute=third["person"],
    )
    path = f"leave-requests/{asked['id']}/decisions"
    needs = ["agree", "endorse", "approve"]
    assert (asked["state"], asked["next"], asked["needs"]) == ("asked", "agree", needs)
    other = await plant.post_to(Role.OPERATOR, path, 403, step="agree")
    no_word = await plant.post_to(Role.MANAGER, path, 409, step="endorse")
    assert (other["code"], no_word["code"]) == ("own_request", "not_agreed")
    # The substitute has no account: the manager says how the word was given.
    agreed = await plant.post_to(Role.MANAGER, path, step="agree", note="电话同意")
    assert agreed["next"] == "endorse"
    refused = await plant.post_to(Role.MANAGER, path, 403, step="approve")
    early = await plant.post_to(Role.DEPARTMENT, path, 409, step="approve")
    assert (refused["code"], early["code"]) == ("not_permitted", "not_endorsed")
    await plant.post_to(Role.MANAGER, path, step="endorse")
    before = "2026-11-21T08:00:00+08:00"
    plant.node.clock.move(60)
    done = await plant.post_to(Role.DEPARTMENT, path, step="approve", note="同意")

    assert [(said["step"], said["by"]) for said in done["decisions"]] == [
        ("agree", "manager"),
        ("endorse", "manager"),
        ("approve", "department"),
    ]
    assert await plant.on_shift("2026-11-23T09:00:00+08:00") == ["张伟"]
    assert await plant.on_shift("2026-11-23T09:00:00+08:00", as_known_at=before) == ["王磊"]
    mine = await plant.get(Role.OPERATOR, "leave-requests")
    assert [one["id"] for one in mine["items"]] == [asked["id"]]
    assert (await plant.get(Role.LABORATORY, "leave-requests"))["items"] == []
    assert len((await plant.get(Role.DEPARTMENT, "leave-requests"))["items"]) == 1


async def test_people_sign_for_themselves_and_see_their_own(plant: Plant) -> None:
    signed = await plant.post_to(Role.OPERATOR, "attendance/sign-in", device="phone")
    assert (signed["turn"], signed["at"]) == ("2026-11-21/day", "2026-11-21T08:00:00+08:00")
    again = await plant.post_to(Role.OPERATOR, "attendance/sign-in", 409, device="phone")
    assert (again["code"], "at 08:00 already" in again["detail"]) == ("already_signed_in", True)
    wrong = await plant.post_to(Role.LABORATORY, "attendance/sign-in", 409, device="console")
    assert (wrong["code"], "it can be signed from 19:00 on" in wrong["detail"]) == ("wrong_turn", True)
    nobody = await plant.post_to(Role.MANAGER, "attendance/sign-in", 404, device="console")
    assert nobody["code"] == "not_on_staff"
    night = await plant.get(Role.OPERATOR, "roster/on-shift", at="2026-11-21T03:00:00+08:00")
    settled = await plant.post_to(
        Role.MANAGER,
        "attendance/settlements",
        entry=night["items"][0]["entry"],
        settles="sign_in",
        at="2026-11-20T20:00:00+08:00",
        reason="系统启用前",
    )

    assert (settled["name"], settled["by"]) == ("李静", "manager")
    assert [one["name"] for one in (await plant.get(Role.OPERATOR, "attendance"))["items"]] == ["王磊"]
    other = {"person": plant.people["李静"]}
    assert (await plant.get(Role.OPERATOR, "attendance", **other))["items"] == []
    everybody = await plant.get(Role.MANAGER, "attendance", limit="1")
    assert [one["name"] for one in everybody["items"]] == ["李静"]
    following = await plant.get(Role.MANAGER, "attendance", cursor=everybody["next"])
    assert [one["name"] for one in following["items"]] == ["王磊"]


async def test_when_others_came_and_why_they_stand_in_is_only_for_who_manages_the_staff(plant: Plant) -> None:
    third = await plant.post_to(Role.MANAGER, "staff", number="300", name="张伟", category="operator")
    cover = {"turn": "2026-11-21/day", "person": third["person"], "post": plant.post, "reason": "李静请假"}
    await plant.post_to(Role.MANAGER, "roster/covers", **cover)
    await plant.post_to(Role.OPERATOR, "attendance/sign-in", device="phone")
    plant.node.clock.move(60)
    now = {"at": "2026-11-21T08:01:00+08:00"}
    at = "2026-11-21T08:00:00+08:00"

    async def told(role: Role, path: str, **params: str) -> list[tuple[Any, ...]]:
        items = (await plant.get(role, path, **params))["items"]
        return [tuple(one[key] for key in ("name", "signed", "signed_in", "cause", "by")) for one in items]

    whole = [("王磊", True, at, "planned", "manager"), ("张伟", False, None, "cover", "manager")]
    assert await told(Role.MANAGER, "roster/on-shift", **now) == whole
    assert await told(Role.DEPARTMENT, "roster/on-shift", **now) == whole
    hidden = ("张伟", False, None, None, None)
    assert await told(Role.OPERATOR, "roster/on-shift", **now) == [whole[0], hidden]
    of_others = [("王磊", True, None, "planned", "manager"), hidden]
    assert await told(Role.LABORATORY, "roster/on-shift", **now) == of_others
    day = {"from": "2026-11-21", "to": "2026-11-21"}
    night = ("李静", None, None, "planned", "manager")
    assert await told(Role.ADMIN, "roster", **day) == [*of_others, night]
    # As it was known then and then, it would tell when somebody signed.
    known = await told(Role.LABORATORY, "roster/on-shift", **now, as_known_at="2026-11-21T08:00:30+08:00")
    assert [one[1:3] for one in known] == [(None, None), (None, None)]
    plant.node.clock.move(86_400)
    assert [one[1:3] for one in await told(Role.LABORATORY, "roster", **day)][:2] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("foo://127.0.0.1:9009/op", "contact_kind"),
        ("wecomat://", "contact_no_address"),
        ("ntfy://10.0.0.1/topic", "contact_inside"),
    ],
)
async def test_an_address_that_could_never_be_pushed_to_is_refused_with_its_field(
    plant: Plant, url: str, code: str
) -> None:
    contacts = [{"kind": "wecom", "url": "wecombot://secret"}, {"kind": "own", "url": url}]

    answer = await plant.clients[Role.MANAGER].post("/api/v1/staff", json={"contacts": contacts})

    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, code)
    assert [error["where"] for error in told["errors"]] == ["body.contacts.1.url"]
    assert "0.0.1" not in told["detail"]


async def test_contacts_and_accounts_are_for_who_manages_the_staff(plant: Plant) -> None:
    path = f"staff/{plant.people['王磊']}/versions"
    contacts = [
        {"kind": "wecom", "url": "wecombot://secret"},
        {"kind": "mail", "url": "mailto://a:secret@example.com", "language": "en"},
    ]
    await plant.post_to(Role.MANAGER, path, contacts=contacts)
    seen, whole = [(await plant.get(role, "staff"))["items"][0] for role in (Role.OPERATOR, Role.MANAGER)]
    assert (seen["name"], seen["account"], seen["contacts"]) == ("王磊", None, None)
    assert (whole["account"], whole["contacts"]) == ("operator", contacts)
    assert len((await plant.get(Role.MANAGER, path))["items"]) == 2


async def test_every_change_is_in_the_audit_with_before_and_after(plant: Plant) -> None:
    gone = await plant.post_to(Role.DEPARTMENT, f"staff/{plant.people['王磊']}/deactivate", 200)
    assert (gone["active"], gone["freed"]) == (False, 10)
    newest = (await plant.get(Role.ADMIN, "audit", limit="1"))["items"][0]
    assert (newest["kind"], newest["actor"]) == ("roster_entry", "department")
    assert (newest["before"]["action"], newest["after"]["action"]) == ("assign", "withdraw")
    assert newest["after"]["cause"] == "left"
    staff = await plant.get(Role.DEPARTMENT, "audit", kind="staff", limit="1")
    assert (staff["items"][0]["before"]["active"], staff["items"][0]["after"]["active"]) == (True, False)
    following = await plant.get(Role.DEPARTMENT, "audit", kind="staff", cursor=staff["next"])
    assert [line["after"]["name"] for line in following["items"]] == ["李静", "王磊"]
    every = await plant.get(Role.DEPARTMENT, "audit", limit="500")
    kinds = {"staff", "crew", "post", "crew_member", "shift_pattern", "roster_publication", "roster_entry"}
    assert {line["kind"] for line in every["items"]} == kinds
    plant.node.desk.ledger.verify()


async def test_a_cover_by_the_manager_holds_at_once_and_is_refused_for_who_is_on_another_turn(
    plant: Plant,
) -> None:
    third = await plant.post_to(Role.MANAGER, "staff", number="300", name="张伟", category="operator")
    body: dict[str, Any] = {"turn": "2026-11-21/night", "post": plant.post, "reason": "李静未到岗"}
    await plant.post_to(Role.MANAGER, "roster/covers", person=third["person"], **body)
    again = await plant.post_to(Role.MANAGER, "roster/covers", 409, person=third["person"], **body)
    unknown = await plant.post_to(
        Role.MANAGER, "roster/covers", 404, person=third["person"], **body | {"turn": "2026-12-21/night"}
    )
    bad = await plant.post_to(
        Role.MANAGER, "roster/covers", 422, person=third["person"], **body | {"turn": "someday/night"}
    )

    assert await plant.on_shift("2026-11-22T03:00:00+08:00") == ["李静", "张伟"]
    assert (again["code"], unknown["code"], bad["code"]) == ("turns_overlap", "turn_not_found", "bad_turn")
