"""Alarms over HTTP: what is wrong, acknowledging it, and the journal."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from api.alarm_shape import AlarmShape
from api.alarms import JournalShape
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import SignedIn, client_for, signed_in
from tests.api.node import Node, mask, until

BLOWERS = ("BL_B201A_ST", "BL_B201B_ST", "BL_B201C_ST")
NOBODY = "019a0000-0000-7000-8000-000000000000"


async def trip(node: Node, *tags: str) -> None:
    """Have blowers trip, and wait until that is in the journal."""
    node.read(*((tag, 0, mask(node, tag, "fault")) for tag in tags))
    keys = {f"{tag}.fault" for tag in tags}
    await until(lambda: keys <= {alarm.key for alarm in node.alarms.active()})


async def _active(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/api/v1/alarms")).json()["items"]
    return items


async def _acknowledge(client: httpx.AsyncClient, alarm_id: str, body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", json=body)


async def test_an_alarm_is_shown_as_it_was_raised(node: Node, client: httpx.AsyncClient) -> None:
    await trip(node, "BL_B201A_ST")

    [alarm] = await _active(client)

    assert UUID(alarm["id"]).version == 7
    assert alarm == {
        "id": alarm["id"],
        "key": "BL_B201A_ST.fault",
        "tag": "BL_B201A_ST",
        "kind": "bit",
        "bit": "fault",
        "priority": alarm["priority"],
        "state": "unacknowledged",
        "unit": "blowers",
        "equipment": "BL_B201A",
        "raised_at": "2026-11-21T08:00:00+08:00",
        "cleared_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "comment": None,
        "value": mask(node, "BL_B201A_ST", "fault"),
        "limit": None,
    }
    AlarmShape.model_validate(alarm)


async def test_who_acknowledged_when_and_why_stays_with_the_alarm(
    node: Node, client: httpx.AsyncClient
) -> None:
    await trip(node, "BL_B201A_ST")
    [raised] = await _active(client)
    node.clock.move(30)

    answer = await _acknowledge(client, raised["id"], {"comment": " 备用风机已投入 "})

    expected = raised | {
        "state": "acknowledged",
        "acknowledged_at": "2026-11-21T08:00:30+08:00",
        "acknowledged_by": "operator",
        "comment": "备用风机已投入",
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert await _active(client) == [expected]
    journal = (await client.get("/api/v1/alarms/journal")).json()["items"]
    assert [(r["event"], r["from"], r["to"], r["actor"], r["comment"]) for r in journal] == [
        ("acknowledge", "unacknowledged", "acknowledged", "operator", "备用风机已投入"),
        ("raise", "normal", "unacknowledged", None, None),
    ]
    assert {r["occurrence"] for r in journal} == {raised["id"]}
    for record in journal:
        JournalShape.model_validate(record)


async def test_the_second_to_acknowledge_is_told_who_was_first(
    node: Node, client: httpx.AsyncClient, accounts: Accounts
) -> None:
    await trip(node, "BL_B201A_ST")
    [alarm] = await _active(client)
    await _acknowledge(client, alarm["id"], {"comment": "seen"})

    engineer = client_for(node.app)
    engineer.headers.update((await signed_in(accounts, Role.ENGINEER)).bearer)
    answer = await _acknowledge(engineer, alarm["id"], {"comment": "me too"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_acknowledged")
    assert "operator" in answer.json()["detail"]
    assert "08:00" in answer.json()["detail"]


async def test_at_night_one_tap_must_do(node: Node, client: httpx.AsyncClient) -> None:
    await trip(node, *BLOWERS[:2])
    first, second = await _active(client)

    empty = await _acknowledge(client, first["id"], {})
    no_body = await client.post(f"/api/v1/alarms/{second['id']}/acknowledge")

    assert (empty.status_code, empty.json()["comment"]) == (200, None)
    assert (no_body.status_code, no_body.json()["state"]) == (200, "acknowledged")


async def test_a_browser_acknowledges_with_its_word_only(node: Node, operator: SignedIn) -> None:
    await trip(node, "BL_B201A_ST")
    browser = client_for(node.app)
    alarm_id = node.alarms.active()[0].id
    path = f"/api/v1/alarms/{alarm_id}/acknowledge"

    without = await browser.post(path, headers=operator.cookie, json={})
    foreign = await browser.post(
        path, headers=operator.cookie | operator.csrf | {"Origin": "http://evil.example"}, json={}
    )
    own = await browser.post(
        path, headers=operator.cookie | operator.csrf | {"Origin": "http://localhost:8080"}, json={}
    )

    assert [answer.status_code for answer in (without, foreign, own)] == [403, 403, 200]


@pytest.mark.parametrize(
    ("alarm_id", "body", "status", "code"),
    [
        (NOBODY, {"comment": "x"}, 404, "alarm_not_found"),
        ("1", {"comment": "x"}, 422, "invalid_request"),
        ("..%2f..%2fauth", {"comment": "x"}, 404, "not_found"),
        (NOBODY, {"comment": "x" * 501}, 422, "invalid_request"),
        (NOBODY, {"comment": None}, 422, "invalid_request"),
        (NOBODY, {"comment": ["x"]}, 422, "invalid_request"),
        (NOBODY, {"remark": "x"}, 422, "invalid_request"),
        (NOBODY, ["x"], 422, "invalid_request"),
        (NOBODY, "x", 422, "invalid_request"),
    ],
)
async def test_nonsense_is_refused(
    client: httpx.AsyncClient, alarm_id: str, body: Any, status: int, code: str
) -> None:
    answer = await _acknowledge(client, alarm_id, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"comment": "x"', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 30_000, "application/json", 400),
        (b"9" * 30_000, "application/json", 400),
        (b'{"comment": "\\ud800"}', "application/json", 422),
        (b'{"comment": "x"}', "text/plain", 422),
        (b"comment=x", "application/x-www-form-urlencoded", 422),
    ],
)
async def test_a_broken_body_is_no_fault(
    client: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await client.post(
        f"/api/v1/alarms/{NOBODY}/acknowledge", content=content, headers={"Content-Type": kind}
    )

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_of_alarms_go_on_behind_the_last_one_shown(node: Node, client: httpx.AsyncClient) -> None:
    await trip(node, *BLOWERS)
    whole = await _active(client)

    first = (await client.get("/api/v1/alarms", params={"limit": 1})).json()
    # The first goes to the end of the list; what was behind it is still what comes next.
    await _acknowledge(client, whole[0]["id"], {})
    rest = (await client.get("/api/v1/alarms", params={"cursor": first["next"]})).json()

    assert len(whole) == 3
    assert first["items"] == whole[:1]
    assert rest["items"][:2] == whole[1:]
    assert [item["id"] for item in rest["items"][2:]] == [whole[0]["id"]]
    assert rest["next"] is None


async def test_pages_of_the_journal_join_without_a_seam(node: Node, client: httpx.AsyncClient) -> None:
    await trip(node, *BLOWERS)
    for alarm in await _active(client):
        await _acknowledge(client, alarm["id"], {})
    whole = (await client.get("/api/v1/alarms/journal")).json()["items"]

    pages: list[dict[str, Any]] = []
    cursor: str | None = None
    while not pages or cursor is not None:
        parameters = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/alarms/journal", params=parameters)).json()
        pages += page["items"]
        cursor = page["next"]

    assert pages == whole
    assert [record["event"] for record in reversed(whole)] == ["raise"] * 3 + ["acknowledge"] * 3


async def test_the_journal_is_asked_for_by_point_and_time(node: Node, client: httpx.AsyncClient) -> None:
    await trip(node, "BL_B201A_ST")
    node.clock.move(3600)
    await trip(node, "BL_B201B_ST")

    async def keys(**parameters: str) -> list[str]:
        answer = await client.get("/api/v1/alarms/journal", params=parameters)
        return [record["key"] for record in answer.json()["items"]]

    assert await keys() == ["BL_B201B_ST.fault", "BL_B201A_ST.fault"]
    assert await keys(tag="BL_B201A_ST") == ["BL_B201A_ST.fault"]
    assert await keys(**{"from": "2026-11-21T08:30:00+08:00"}) == ["BL_B201B_ST.fault"]
    assert await keys(to="2026-11-21T09:00:00+08:00") == ["BL_B201A_ST.fault"]
    assert await keys(**{"from": "2026-11-21T08:30:00+08:00", "to": "2026-11-21T09:00:00+08:00"}) == []


@pytest.mark.parametrize(
    "cursor",
    ["x", "WyJqb3VybmFsIiwiMSJd", "WyJqb3VybmFsIiwtMV0", "WyJqb3VybmFsIiwxODQ0Njc0NDA3MzcwOTU1MTYxNV0"],
)
async def test_a_foreign_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/api/v1/alarms/journal", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "query.cursor")
