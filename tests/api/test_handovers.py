"""Handing over through the API: what is due, starting, signing, adding, and what is said to others."""

from datetime import date
from typing import Any

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from operations.roster.presets import four_crews_three_shifts
from operations.staff.people import Category
from operations.staff.records import NewPost, NewStaff
from telemetry.clock import US_PER_S
from telemetry.errors import StoreAway
from telemetry.people import Actor
from telemetry.plant import Name
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node
from tests.web.console import tripped

STORES = "both"
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
PEOPLE = (
    ("operator", "王磊"), ("maintenance", "李静"), ("engineer", "张伟"), ("laboratory", "刘洋"),
    (None, "陈晨"), (None, "杨帆"), (None, "赵敏"), (None, "黄勇"),
)  # fmt: skip


async def rostered(node: Node) -> None:
    """Publish November: at 07:30 of the 21st operator and maintenance are on, and the other two relieve."""
    desk = node.desk
    (manager,) = [one for one in node.accounts.list() if one.role is Role.MANAGER]
    by = Actor(manager.id, manager.name)
    node.clock.move(-1800)
    crews = [await desk.staff.set_crew(code, Name(f"{code}班", f"Crew {code}"), by) for code in "ABCD"]
    posts = [
        await desk.staff.set_post(NewPost(code, Name(zh, code), rank=rank), by)
        for rank, (code, zh) in enumerate((("control", "中控"), ("patrol", "巡检")))
    ]
    # On this day the pattern has crew C at night and crew B by day.
    for place, (account, name) in enumerate(PEOPLE):
        new = NewStaff(f"1{place:02}", name, Category.OPERATOR, account=account)
        member = await desk.staff.add(new, by, FIRST)
        crew = crews[(2, 1, 0, 3)[place // 2]]
        await desk.staff.join(member.person, crew, posts[place % 2], by, FIRST)
    pattern = four_crews_three_shifts(crews, FIRST)
    kept = await desk.roster.set_pattern("4x3", Name("四班三运转", "four crews"), pattern, by)
    await desk.roster.publish(kept, FIRST, LAST, by)


@pytest.fixture
async def clients(node: Node, accounts: Accounts) -> dict[str, httpx.AsyncClient]:
    """A client of each role, on a plant whose night turn is about to end."""
    await rostered(node)
    found = {}
    for role in Role:
        found[role.value] = client_for(node.app)
        found[role.value].headers.update((await signed_in(accounts, role)).bearer)
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def start(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/api/v1/handovers", json=body)


async def sign(client: httpx.AsyncClient, held: httpx.Response, role: str, **body: str) -> httpx.Response:
    path = f"/api/v1/handovers/{held.json()['id']}/signatures"
    return await client.post(path, json={"role": role, **body})


async def test_a_turn_is_handed_over_from_its_start_to_its_second_signature(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    leaving, coming = clients["operator"], clients["engineer"]
    due = (await leaving.get("/api/v1/handovers/current")).json()
    begun = await start(leaving, instructions="明早取2#泵", checks={"tools": True})
    waiting = (await coming.get("/api/v1/handovers/current")).json()
    signed = await sign(leaving, begun, "outgoing", note="一切正常")
    done = await sign(coming, begun, "incoming")

    assert (due["phase"], due["outgoing"]["turn"], due["incoming"]["turn"]) == (
        "due", "2026-11-21/night", "2026-11-21/day",
    )  # fmt: skip
    assert (due["opens"], due["held_over"], due["handover"]) == ("2026-11-21T07:00:00+08:00", False, None)
    assert (waiting["phase"], waiting["handover"]) == ("started", begun.json()["id"])
    assert begun.status_code == signed.status_code == done.status_code == 201
    held = done.json()
    assert [(one["role"], one["name"], one["note"]) for one in held["signatures"]] == [
        ("outgoing", "operator", "一切正常"),
        ("incoming", "engineer", ""),
    ]
    assert (held["complete"], held["instructions"]) == (True, "明早取2#泵")
    assert held["content"]["checks"] == {"tools": True}
    assert held["content"] == begun.json()["content"]
    assert (held["journal"]["records"], len(held["ledger"]["hash"])) == (0, 64)
    assert (await leaving.get(f"/api/v1/handovers/{held['id']}")).json() == held
    assert "王磊" not in str(held), "persons stand in it by their ids"


async def test_who_may_not_is_told_why(clients: dict[str, httpx.AsyncClient]) -> None:
    operator = clients["operator"]
    assert code(await start(clients["engineer"])) == (403, "not_of_the_turn")
    assert code(await start(clients["department"])) == (403, "not_permitted")
    begun = await start(operator)
    assert code(await start(clients["maintenance"])) == (409, "handover_exists")
    assert code(await sign(clients["engineer"], begun, "incoming")) == (409, "outgoing_not_signed")
    assert code(await sign(clients["engineer"], begun, "outgoing")) == (403, "not_of_the_turn")
    assert code(await sign(clients["manager"], begun, "outgoing")) == (422, "reason_missing")
    await sign(operator, begun, "outgoing")
    assert code(await sign(clients["maintenance"], begun, "outgoing")) == (409, "already_signed")
    assert code(await sign(operator, begun, "incoming")) == (409, "same_person")
    assert code(await sign(clients["manager"], begun, "incoming")) == (403, "not_of_the_next_turn")


async def test_the_manager_begins_and_signs_for_a_turn_that_has_gone(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    node.clock.move(65 * 60)
    late = (await clients["manager"].get("/api/v1/handovers/current")).json()
    begun = await start(clients["manager"])
    signed = await sign(clients["manager"], begun, "outgoing", reason="当班已离厂")
    done = await sign(clients["laboratory"], begun, "incoming")

    assert (late["held_over"], late["overdue_since"]) == (True, "2026-11-21T08:30:00+08:00")
    assert [(one["person"], one["reason"]) for one in signed.json()["signatures"]] == [(None, "当班已离厂")]
    assert done.json()["complete"] is True


async def test_a_high_alarm_that_nobody_acknowledged_needs_a_reason(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    alarm = await tripped(node)
    assert code(await start(clients["operator"])) == (409, "alarm_unanswered")
    begun = await start(clients["operator"], alarm_reason="B机在检修，王磊在现场")
    assert begun.status_code == 201
    assert begun.json()["unanswered"] == [str(alarm)]
    (told,) = begun.json()["content"]["alarms"]
    assert (told["id"], told["state"], told["equipment"]) == (str(alarm), "unacknowledged", "BL_B201B")


async def test_a_handover_before_its_time_and_without_a_roster_is_a_conflict(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    node.clock.move(-3600)
    evening = await start(clients["manager"])
    await sign(clients["manager"], evening, "outgoing", reason="当班已离厂")
    assert (await sign(clients["operator"], evening, "incoming")).json()["turn"] == "2026-11-20/evening"
    assert code(await start(clients["operator"])) == (409, "handover_too_early")
    node.clock.move(86_400 * 20)
    assert code(await start(clients["operator"])) == (409, "no_turn")
    nothing = (await clients["operator"].get("/api/v1/handovers/current")).json()
    assert nothing == {
        "outgoing": None, "incoming": None, "phase": None, "opens": None,
        "held_over": False, "overdue_since": None, "handover": None,
    }  # fmt: skip


async def test_what_is_added_stands_below_and_is_listed(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    begun = await start(clients["operator"])
    path = f"/api/v1/handovers/{begun.json()['id']}/addenda"
    added = await clients["engineer"].post(path, json={"text": "PAC 已补"})
    listed = (await clients["contractor"].get("/api/v1/handovers")).json()

    assert [(one["name"], one["text"]) for one in added.json()["addenda"]] == [("engineer", "PAC 已补")]
    assert added.json()["content"] == begun.json()["content"]
    assert (len(listed["items"]), listed["next"]) == (1, None)
    assert "content" not in listed["items"][0]
    assert listed["items"][0]["addenda"] == added.json()["addenda"]


async def test_the_list_has_pages(node: Node, clients: dict[str, httpx.AsyncClient]) -> None:
    for _ in range(3):
        assert (await start(clients["manager"])).status_code == 201
        node.clock.at_us += 8 * 3600 * US_PER_S
    first = (await clients["operator"].get("/api/v1/handovers", params={"limit": 2})).json()
    rest = (await clients["operator"].get("/api/v1/handovers", params={"cursor": first["next"]})).json()

    turns = [one["turn"].partition("/")[2] for page in (first, rest) for one in page["items"]]
    assert turns == ["evening", "day", "night"]
    assert rest["next"] is None


async def test_a_peoples_store_that_is_away_is_said(
    node: Node, clients: dict[str, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreAway("the server is away")

    monkeypatch.setattr(type(node.desk.duty), "between", away)
    for answer in (
        await clients["operator"].get("/api/v1/handovers/current"),
        await start(clients["operator"]),
    ):
        assert code(answer) == (503, "people_unavailable")


@pytest.mark.parametrize(
    "body",
    [{"checks": {"weather": True}}, {"instructions": "x" * 501}, {"note": "x"}, {"checks": {"keys": 2}}],
)
async def test_a_body_that_makes_no_sense_is_refused(
    clients: dict[str, httpx.AsyncClient], body: dict[str, Any]
) -> None:
    assert code(await start(clients["operator"], **body)) == (422, "invalid_request")


async def test_when_people_came_is_told_of_others_to_who_sees_attendance_only(
    node: Node, clients: dict[str, httpx.AsyncClient]
) -> None:
    signed = await clients["operator"].post("/api/v1/attendance/sign-in", json={"device": "phone"})
    held = (await start(clients["operator"])).json()

    told = {
        role: [
            member["signed_in_us"]
            for member in (await clients[role].get(f"/api/v1/handovers/{held['id']}")).json()["content"][
                "outgoing"
            ]["members"]
        ]
        for role in ("operator", "engineer", "contractor", "manager", "department")
    }

    assert signed.status_code == 201, signed.text
    assert any(told["manager"])
    assert told["operator"] == told["department"] == told["manager"]
    assert not any(told["engineer"] + told["contractor"])


async def test_the_audit_tells_of_handovers(node: Node, clients: dict[str, httpx.AsyncClient]) -> None:
    held = (await start(clients["operator"])).json()

    answer = await clients["department"].get("/api/v1/audit", params={"kind": "handover"})

    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["items"]
    assert line["after"]["ledger_hash"] == held["ledger"]["hash"]
