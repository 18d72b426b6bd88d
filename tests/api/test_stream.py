"""The stream, over real sockets: several clients, slow ones, ended sessions, and the end of the node."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.stream import Ending, StreamSettings
from config.folder import PlantFolder
from operations.accounts import Accounts
from telemetry.clock import to_us
from telemetry.quality import Quality
from tests.api.conftest import SignedIn, client_for
from tests.api.node import NOW, Node, mask, running_node, until
from tests.api.sse import Listener, listening, serving

NOW_MS = to_us(NOW) // 1000
QUICK = StreamSettings(
    tick=timedelta(milliseconds=20),
    alarms_at_most_every=timedelta(milliseconds=10),
    sessions_checked_every=timedelta(milliseconds=40),
    clients=20,
    clients_per_account=10,
    queue=4,
)


@pytest.fixture
async def node(folder: PlantFolder, accounts: Accounts, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(folder, accounts, tmp_path, QUICK) as running:
        yield running


@pytest.fixture
async def address(node: Node) -> AsyncIterator[str]:
    async with serving(node.app) as (_, at):
        yield at
        node.stream.close()


async def test_a_client_is_given_everything_and_then_what_changes(
    node: Node, address: str, operator: SignedIn
) -> None:
    node.read(("AE_DO1", -1, 2.5))

    async with listening(address, operator.cookie) as listener:
        snapshot = await listener.next("snapshot")
        status = await listener.next("status")
        alarms = await listener.next("alarms")
        node.read(("AE_DO2", 0, 1.25))
        node.read(("AE_DO3", 0, float("nan")), quality=Quality.COMM_FAILURE)
        values = await listener.next("values")

    assert listener.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert listener.answer.headers["cache-control"] == "no-store"
    assert listener.answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in listener.answer.headers
    assert list(snapshot["values"]) == [point.tag for point in node.folder.plant.points]
    assert snapshot["at"] == NOW_MS
    assert snapshot["values"]["AE_DO1"] == [2.5, NOW_MS - 1000, 192, 0]
    assert snapshot["values"]["AE_DO2"] == [None, 0, 32, 0]
    assert alarms == {"active": [], "unacknowledged": 0, "total": 0}
    assert status == {
        "at": NOW_MS,
        "committed": 1,
        "queued": 3,
        "lost": 0,
        "store_age_ms": 120,
        "links": {"PLC1": "up", "MQTT.LS2": "down"},
        "targets": {},
    }
    assert values == {
        "at": NOW_MS,
        "values": {"AE_DO2": [1.25, NOW_MS, 192, 0], "AE_DO3": [None, NOW_MS, 24, 0]},
    }


async def test_a_reading_that_grows_old_is_told_without_a_new_one(
    node: Node, address: str, operator: SignedIn
) -> None:
    node.read(("AE_DO1", 0, 2.5))

    async with listening(address, operator.cookie) as listener:
        await listener.next("snapshot")
        node.clock.move(60)
        values = await listener.next("values")

    assert values["values"] == {"AE_DO1": [2.5, NOW_MS, 192, 1]}


async def test_every_client_hears_every_change_and_the_same_bytes(
    node: Node, address: str, operator: SignedIn
) -> None:
    async def hear(listener: Listener) -> list[float]:
        return [(await listener.next("values"))["values"]["AE_DO1"][0] for _ in range(5)]

    async with (
        listening(address, operator.cookie) as first,
        listening(address, operator.bearer) as second,
        listening(address, operator.cookie) as third,
    ):
        for listener in (first, second, third):
            await listener.next("alarms")
        assert node.stream.clients == 3
        hearing = asyncio.gather(*(hear(listener) for listener in (first, second, third)))
        for value in range(5):
            node.read(("AE_DO1", value, float(value)))
            await asyncio.sleep(0.06)
        heard = await hearing

    assert heard == [[0.0, 1.0, 2.0, 3.0, 4.0]] * 3
    await until(lambda: node.stream.clients == 0)


async def test_who_comes_between_two_ticks_misses_nothing(
    node: Node, address: str, operator: SignedIn
) -> None:
    """Each listener comes at a moment of its own; what it holds afterwards is what the table holds."""

    async def follow(after: float) -> dict[str, list[float]]:
        await asyncio.sleep(after)
        async with listening(address, operator.cookie) as listener:
            held = (await listener.next("snapshot"))["values"]
            while held["AE_DO2"][0] != 1.0:
                held |= (await listener.next("values"))["values"]
            return {tag: held[tag] for tag in ("AE_DO1", "AE_DO3", "AE_DO4")}

    following = [asyncio.create_task(follow(n * 0.017)) for n in range(9)]
    for value in range(60):
        node.read(("AE_DO1", value, float(value)), (f"AE_DO{3 + value % 2}", value, float(value)))
        await asyncio.sleep(0.005)
    node.read(("AE_DO2", 0, 1.0))

    held = await asyncio.gather(*following)

    last = {
        tag: [value, NOW_MS + round(value) * 1000, 192, 0]
        for tag, value in (("AE_DO1", 59.0), ("AE_DO3", 58.0), ("AE_DO4", 59.0))
    }
    assert held == [last] * 9


async def test_an_alarm_is_told_at_once_and_not_at_the_next_tick(
    folder: PlantFolder, accounts: Accounts, tmp_path: Path, operator: SignedIn
) -> None:
    rare = QUICK.model_copy(update={"tick": timedelta(hours=1)})
    async with running_node(folder, accounts, tmp_path, rare) as node, serving(node.app) as (_, address):
        async with listening(address, operator.cookie) as first, listening(address, operator.bearer) as other:
            for listener in (first, other):
                assert (await listener.next("alarms"))["active"] == []
            node.read(("BL_B201A_ST", 0, mask(node, "BL_B201A_ST", "fault")))
            raised = await first.next("alarms")
            alarm_id = raised["active"][0]["id"]
            async with httpx.AsyncClient(
                base_url=address, trust_env=False, headers=operator.bearer
            ) as client:
                await client.post(f"/api/v1/alarms/{alarm_id}/acknowledge", json={"comment": "seen"})
                listed = (await client.get("/api/v1/alarms")).json()["items"]
            acknowledged = await first.next("alarms")
            heard = [await other.next("alarms") for _ in range(2)]
        node.stream.close()

    assert (raised["unacknowledged"], raised["total"]) == (1, 1)
    assert acknowledged == {"active": listed, "unacknowledged": 0, "total": 1}
    assert listed[0]["state"] == "acknowledged"
    assert heard == [raised, acknowledged]


async def test_a_client_that_does_not_keep_up_is_dropped_and_costs_the_others_nothing(
    node: Node, operator: SignedIn
) -> None:
    async with serving(node.app, send_buffer=8192) as (_, address):
        await _drop_the_slow_one(node, address, operator)
        node.stream.close()

    assert node.stream.dropped[Ending.SLOW] == 1


async def _drop_the_slow_one(node: Node, address: str, operator: SignedIn) -> None:
    host, port = address.removeprefix("http://").split(":")
    request = (
        f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {operator.cookie['Cookie']}\r\n\r\n"
    )
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, int(port)))
        await loop.sock_sendall(slow, request.encode())
        async with listening(address, operator.cookie) as quick:
            await until(lambda: node.stream.clients == 2)
            tags = [point.tag for point in node.folder.plant.points]
            step = 0
            while node.stream.dropped[Ending.SLOW] == 0:
                step += 1
                node.read(*((tag, step, float(step)) for tag in tags))
                assert len((await quick.next("values"))["values"]) > 0
            assert node.stream.clients == 1


@pytest.mark.parametrize("kind", ["cookie", "bearer"])
@pytest.mark.parametrize("how", ["sign-out", "deactivation"])
async def test_a_stream_ends_with_its_session(
    node: Node, address: str, accounts: Accounts, operator: SignedIn, kind: str, how: str
) -> None:
    headers = operator.cookie if kind == "cookie" else operator.bearer
    async with listening(address, headers) as listener:
        await listener.next("alarms")
        if how == "deactivation":
            accounts.deactivate("operator", by="cli")
        elif kind == "cookie":
            accounts.close_session(headers["Cookie"].partition("=")[2])
        else:
            async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
                assert (await client.delete("/api/v1/auth/token", headers=headers)).status_code == 204
        await listener.end()

    assert node.stream.dropped == {Ending.SIGNED_OUT: 1}
    assert node.stream.clients == 0


async def test_other_sessions_go_on_when_one_ends(
    node: Node, address: str, accounts: Accounts, operator: SignedIn
) -> None:
    async with listening(address, operator.cookie) as ended, listening(address, operator.bearer) as other:
        accounts.close_session(operator.cookie["Cookie"].partition("=")[2])
        await ended.end()
        node.read(("AE_DO1", 0, 7.0))

        assert (await other.next("values"))["values"]["AE_DO1"][0] == 7.0


async def test_an_account_has_a_bounded_number_of_streams(
    node: Node, address: str, operator: SignedIn
) -> None:
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(listening(address, operator.cookie)) for _ in range(10)]
        for listener in listeners:
            await listener.next("alarms")
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            answer = await client.get("/api/v1/stream", headers=operator.cookie)

    assert (answer.status_code, answer.json()["code"]) == (429, "stream_full")
    assert answer.headers["retry-after"] == "5"


async def test_head_opens_no_stream(node: Node, address: str, operator: SignedIn) -> None:
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        answer = await client.head("/api/v1/stream", headers=operator.cookie)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    await until(lambda: node.stream.clients == 0)


async def test_the_last_event_id_changes_nothing(node: Node, address: str, operator: SignedIn) -> None:
    async with listening(address, operator.cookie | {"Last-Event-ID": "999999; DROP"}) as listener:
        assert (await listener.any())[0] == "snapshot"


async def test_silence_is_broken_by_a_comment(
    folder: PlantFolder, accounts: Accounts, tmp_path: Path, operator: SignedIn
) -> None:
    quiet = QUICK.model_copy(update={"tick": timedelta(hours=1), "keep_alive": timedelta(milliseconds=30)})
    async with running_node(folder, accounts, tmp_path, quiet) as node, serving(node.app) as (_, address):
        async with listening(address, operator.cookie) as listener:
            text = ""
            async for chunk in listener.answer.aiter_text():
                text += chunk
                if text.endswith(": still here\n\n"):
                    break
        node.stream.close()


async def test_a_server_that_stops_does_not_wait_for_open_streams(node: Node, operator: SignedIn) -> None:
    async with serving(node.app) as (server, address):
        async with (
            listening(address, operator.cookie) as first,
            listening(address, operator.bearer) as second,
        ):
            for listener in (first, second):
                await listener.next("alarms")
            node.stream.close()
            server.should_exit = True
            await first.end()
            await second.end()
            refused = await client_for(node.app).get("/api/v1/stream", headers=operator.bearer)

    assert node.stream.dropped == {Ending.CLOSING: 2}
    assert (refused.status_code, refused.json()["code"]) == (429, "stream_full")
