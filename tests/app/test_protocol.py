"""What a connection may take of the node before anybody has signed in."""

import asyncio
import resource
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from app import protocol
from app.protocol import MOST_CONNECTIONS, connections_at_most
from tests.api.sse import serving

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


LARGE = bytes(32 << 20)
"""More than the kernel takes on both sides together."""


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": LARGE})
        return
    await asyncio.sleep(0.3 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 0.1)
    monkeypatch.setattr(protocol, "TAKEN_WITHIN_S", 0.2)
    async with serving(answer) as (_, address):
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        yield reader, writer
        writer.close()


async def test_a_request_that_is_never_finished_is_not_waited_for(connection: Connection) -> None:
    reader, writer = connection
    writer.write(b"GET / HTTP/1.1\r\nHost: local")

    assert await reader.read() == b""


async def test_a_connection_without_a_request_is_closed(connection: Connection) -> None:
    assert await connection[0].read() == b""


async def test_the_second_request_of_a_connection_is_not_waited_for_either(connection: Connection) -> None:
    reader, writer = connection
    writer.write(REQUEST)
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    writer.write(b"GET / HT")

    assert await reader.read() == b""


async def test_an_answer_may_take_its_time(connection: Connection) -> None:
    reader, writer = connection
    writer.write(REQUEST.replace(b"/ ", b"/slow ", 1))

    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_who_takes_nothing_of_an_answer_is_not_waited_for(connection: Connection) -> None:
    reader, writer = connection
    writer.write(REQUEST.replace(b"/ ", b"/large ", 1))
    await asyncio.sleep(0.5)

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await reader.readexactly(len(LARGE))


async def test_a_large_answer_that_is_taken_arrives(connection: Connection) -> None:
    reader, writer = connection
    writer.write(REQUEST.replace(b"/ ", b"/large ", 1))

    size = 0
    while size < len(LARGE):
        await asyncio.sleep(0.002)  # in all longer than the patience
        size += len(part := await reader.read(1 << 18))
        assert part


async def test_a_head_without_end_is_refused(connection: Connection) -> None:
    reader, writer = connection
    writer.write(b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 100_000)

    assert (await reader.readline()).startswith(b"HTTP/1.1 400")


def test_files_are_left_for_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"files": (1024, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["files"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: limits.update(files=limit))

    assert connections_at_most() == MOST_CONNECTIONS
    assert limits["files"] == (MOST_CONNECTIONS + 256, 4096)
    limits["files"] = (512, 512)
    assert connections_at_most() == 256
    limits["files"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert connections_at_most() == MOST_CONNECTIONS
