"""The log over HTTP: what is written, by whom, what a photo may be, and who may send one at all."""

import asyncio
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from starlette.types import Message

from operations.access import Role
from operations.accounts import Accounts
from operations.logbook.records import LARGEST_PHOTO_BYTES
from operations.sessions import SESSION_COOKIE
from telemetry.errors import StoreAway
from tests.api.conftest import SignedIn, client_for, signed_in
from tests.api.node import Node
from tests.operations.logbook.images import bomb, photo, with_gps

STORES = "both"
LOG = "/api/v1/logbook"
AT = "2026-11-21T07:30:00+08:00"
JPEG = {"Content-Type": "image/jpeg"}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def client_of(node: Node, accounts: Accounts, role: Role) -> httpx.AsyncClient:
    client = client_for(node.app)
    client.headers.update((await signed_in(accounts, role)).bearer)
    return client


async def written(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(LOG, json={"text": "2#鼓风机异响", "kind": "equipment"} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sent(client: httpx.AsyncClient, entry: str, content: bytes, **headers: str) -> httpx.Response:
    return await client.post(f"{LOG}/{entry}/photos", content=content, headers=JPEG | headers)


async def test_an_entry_is_told_with_its_moment_and_found_again(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.read(("BL_B201B_ST", 0, 3))
    made = await written(client, equipment=["BL_B201B"], at=AT)
    now = await written(client, text="巡视正常", kind="routine", equipment=["BL_B201B"])
    found = (await client.get(LOG, params={"q": "异响 鼓风"})).json()

    assert found == {"items": [made], "next": None}
    assert (made["at"], made["recorded"], made["by"]) == (AT, "2026-11-21T08:00:00+08:00", "operator")
    assert (made["unit"], made["on_shift"], made["turn"], made["readings"]) == ("blowers", [], None, [])
    assert now["readings"] == [
        {
            "tag": "BL_B201B_ST",
            "value": 3.0,
            "quality": {"code": 192, "class": "good", "reason": "good"},
            "time": "2026-11-21T08:00:00+08:00",
            "stale": False,
        }
    ]
    assert (await client.get(f"{LOG}/{made['id']}")).json() == made


async def test_pages_follow_each_other_and_filters_choose(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await written(client, text=f"第{number}条", kind="visitor" if number == 3 else "event")

    first = (await client.get(LOG, params={"limit": 2})).json()
    second = (await client.get(LOG, params={"limit": 9, "cursor": first["next"]})).json()
    visitors = (await client.get(LOG, params={"kind": "visitor"})).json()
    none = (await client.get(LOG, params={"from": "2026-11-22T00:00:00+08:00"})).json()

    texts = [item["text"] for item in first["items"] + second["items"]]
    assert texts == [f"第{number}条" for number in range(4, -1, -1)]
    assert [item["text"] for item in visitors["items"]] == ["第3条"]
    assert (second["next"], none["items"]) == (None, [])
    for cursor in ("x", "WyJsb2dib29rIixbMSwiYSJdXQ", "WyJsb2dib29rIixbMV1d"):
        assert code(await client.get(LOG, params={"cursor": cursor})) == (422, "invalid_request")


async def test_amendments_and_what_is_added_are_told(client: httpx.AsyncClient) -> None:
    made = await written(client)
    later = {"id": str(uuid4()), "text": "已切换"}
    amended = await client.post(
        f"{LOG}/{made['id']}/amendments", json={"text": "3#鼓风机异响", "reason": "写错"}
    )
    for _ in range(2):
        added = await client.post(f"{LOG}/{made['id']}/follow-ups", json=later)

    assert (amended.status_code, added.status_code) == (201, 201)
    [one] = added.json()["amendments"]
    assert (one["former"], one["text"], one["reason"]) == ("2#鼓风机异响", "3#鼓风机异响", "写错")
    assert [one["text"] for one in added.json()["follow_ups"]] == ["已切换"]
    assert code(await client.get(f"{LOG}/{uuid4()}")) == (404, "log_entry_not_found")


async def test_values_are_for_those_who_may_enter_readings(node: Node, accounts: Accounts) -> None:
    values = {"at": AT, "values": [{"tag": "LAB_SV30_1", "value": 28.5}]}
    laboratory = await client_of(node, accounts, Role.LABORATORY)
    maintenance = await client_of(node, accounts, Role.MAINTENANCE)

    refused = await maintenance.post(LOG, json={"text": "x"} | values)
    made = await written(laboratory, text="", kind="laboratory", **values)

    [entry] = (await laboratory.get("/api/v1/entries")).json()["items"]
    assert code(refused) == (403, "not_permitted")
    assert made["values"] == [{"tag": "LAB_SV30_1", "value": 28.5, "entry": entry["id"]}]
    assert (entry["from"], entry["by"]) == (AT, "laboratory")


async def test_an_entry_whose_readings_only_were_stored_says_so_and_is_sent_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"id": str(uuid4()), "text": "x", "at": AT, "values": [{"tag": "LAB_SV30_1", "value": 28.5}]}

    def away(*_: object) -> None:
        raise StoreAway("gone")

    with monkeypatch.context() as patched:
        patched.setattr("operations.logbook.writing.LogbookWriter.entry", away)
        failed = await client.post(LOG, json=body)
        without = await client.post(LOG, json={"text": "x"})
    again = await client.post(LOG, json=body)

    assert code(failed) == (503, "log_not_written")
    assert "LAB_SV30_1 are stored, the log entry is not: send it again" in failed.json()["detail"]
    assert code(without) == (503, "people_unavailable")
    assert again.status_code == 201
    assert len((await client.get("/api/v1/entries")).json()["items"]) == 1


async def test_a_photo_is_shown_to_who_may_see_without_what_it_said_of_the_phone(
    node: Node, accounts: Accounts, client: httpx.AsyncClient
) -> None:
    made = await written(client)
    answer = await sent(client, made["id"], with_gps())
    [kept] = answer.json()["photos"]
    department = await client_of(node, accounts, Role.DEPARTMENT)
    shown = await department.get(kept["href"])
    small = await department.get(kept["href"], params={"small": "true"})

    assert (answer.status_code, kept["width"], kept["height"], kept["by"]) == (201, 480, 640, "operator")
    assert (shown.headers["content-type"], shown.headers["x-content-type-options"]) == (
        "image/jpeg",
        "nosniff",
    )
    assert shown.headers["cache-control"] == "private, max-age=86400, immutable"
    assert b"SpyPhone" not in shown.content
    assert max(Image.open(BytesIO(small.content)).size) == 480
    assert (await client_for(node.app).get(kept["href"])).status_code == 401


@pytest.mark.parametrize(
    ("content", "kind", "answer"),
    [
        (b"", "image/jpeg", (422, "not_a_photo")),
        (photo()[:-1000], "image/jpeg", (422, "not_a_photo")),
        (bomb(), "image/png", (422, "photo_too_large")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", (415, "unsupported_media_type")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg", (422, "not_a_photo")),
        (photo(kind="GIF"), "image/gif", (415, "unsupported_media_type")),
        (bytes(LARGEST_PHOTO_BYTES + 1), "image/jpeg", (413, "body_too_large")),
    ],
    ids=["empty", "cut", "bomb", "svg", "svg in disguise", "gif", "large"],
)
async def test_what_is_no_photo_is_refused(
    client: httpx.AsyncClient, content: bytes, kind: str, answer: tuple[int, str]
) -> None:
    made = await written(client)

    assert code(await sent(client, made["id"], content, **{"Content-Type": kind})) == answer
    assert (await client.get(f"{LOG}/{made['id']}")).json()["photos"] == []


async def test_a_large_photo_is_taken_on_its_route_and_nowhere_else(client: httpx.AsyncClient) -> None:
    made = await written(client)
    noise = Image.effect_noise((1500, 1500), 80).convert("RGB")
    out = BytesIO()
    noise.save(out, "PNG")

    assert len(out.getvalue()) > 2_000_000
    answer = await sent(client, made["id"], out.getvalue(), **{"Content-Type": "image/png"})
    elsewhere = await client.post(LOG, content=out.getvalue())
    also = await client.post(f"{LOG}/{made['id']}/photos/x", content=out.getvalue())

    assert answer.status_code == 201
    assert [code(elsewhere), code(also)] == [(413, "body_too_large")] * 2


async def test_a_body_is_not_read_of_somebody_who_may_not_send_it(node: Node, accounts: Accounts) -> None:
    path = f"{LOG}/{uuid4()}/photos"
    department = (await signed_in(accounts, Role.DEPARTMENT)).bearer
    operator = await signed_in(accounts, Role.OPERATOR)
    cookie = {"Cookie": operator.cookie["Cookie"]}
    foreign = operator.cookie | operator.csrf | {"Origin": "http://evil.example"}

    answers = [await unread(node, path, headers) for headers in ({}, department, cookie, foreign)]

    assert answers == [401, 403, 403, 403]
    assert SESSION_COOKIE in cookie["Cookie"]


async def unread(node: Node, path: str, headers: dict[str, str]) -> int:
    """Send a request whose body must not be asked for, and return the status of the answer."""
    answered: list[int] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    named = {"Host": "localhost:8080", "Content-Length": "9000000"} | JPEG | headers
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
    await node.app(scope, receive, send)
    return answered[0]


async def test_a_few_upload_at_once_and_the_others_come_again(node: Node, operator: SignedIn) -> None:
    path = f"{LOG}/{uuid4()}/photos"
    gate = asyncio.Event()

    async def send_slowly() -> httpx.Response:
        async def body() -> Any:
            await gate.wait()
            yield photo()

        async with client_for(node.app) as client:
            return await client.post(path, content=body(), headers=operator.bearer | JPEG)

    slow = [asyncio.create_task(send_slowly()) for _ in range(4)]
    for _ in range(20):
        await asyncio.sleep(0.01)
    async with client_for(node.app) as client:
        refused = await client.post(path, content=photo(), headers=operator.bearer | JPEG)
    gate.set()
    taken = await asyncio.gather(*slow)

    assert code(refused) == (429, "uploads_busy")
    assert refused.headers["retry-after"] == "5"
    assert {code(answer) for answer in taken} == {(404, "log_entry_not_found")}
