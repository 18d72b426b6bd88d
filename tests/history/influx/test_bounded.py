"""Answers of servers that are slow, endless or packed, over real sockets."""

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
import urllib3
from urllib3.exceptions import ReadTimeoutError

from history.influx.bounded import MOST_READ, BoundedPool
from history.influx.client import InfluxClient
from history.influx.sending import Sending
from history.influx.settings import InfluxSettings
from tests.clock import MovedClock

HEAD = b"HTTP/1.1 500 no\r\nContent-Type: text/plain\r\n"

Answer = Callable[[socket.socket, threading.Event], None]


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve each connection in a thread until the end; yield the address."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            answer(connection, over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def byte_by_byte(connection: socket.socket, over: threading.Event) -> None:
    for byte in HEAD * 100:
        connection.sendall(bytes([byte]))
        if over.wait(0.05):
            return


def without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"\r\n")
    while not over.is_set():
        connection.sendall(b"x" * 65536)


def packed(connection: socket.socket, over: threading.Event) -> None:
    body = gzip.compress(b"x" * 200_000_000, 9)
    connection.sendall(
        HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    over.wait()


def silent(connection: socket.socket, over: threading.Event) -> None:
    over.wait()


@pytest.mark.parametrize("answer", [without_end, packed])
def test_no_more_is_read_than_anybody_looks_at(answer: Answer) -> None:
    with answering(answer) as address:
        found = BoundedPool(5.0).request("POST", address, body=b"lines", timeout=5.0)

    assert (found.status, found.data) == (500, b"x" * MOST_READ)


def test_a_server_that_sends_byte_by_byte_has_one_time_in_all() -> None:
    with answering(byte_by_byte) as address, pytest.raises(ReadTimeoutError, match="no whole answer in time"):
        BoundedPool(0.5).request("POST", address, body=b"lines", timeout=5.0)


def test_a_request_is_ended_from_another_thread() -> None:
    pool = BoundedPool(60.0)
    with answering(silent) as address:
        threading.Timer(0.2, pool.end).start()
        with pytest.raises(ReadTimeoutError):
            pool.request("POST", address, body=b"lines", timeout=60.0)


def test_an_answer_that_is_whole_is_given_as_it_is() -> None:
    def whole(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 422 no\r\nX-A: b\r\nContent-Length: 7\r\n\r\nsa\xffid\xe5\xa5")
        over.wait()

    with answering(whole) as address:
        found = BoundedPool(5.0).request("POST", address, body=b"lines", timeout=5.0)

    assert (found.status, found.headers["X-A"], found.data.decode()) == (422, "b", "sa\ufffdid\ufffd")
    assert isinstance(found, urllib3.BaseHTTPResponse)


async def test_the_end_of_a_node_does_not_wait_for_an_answer_that_does_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("history.influx.sending._PATIENCE_S", 0.1)
    asked = threading.Event()

    def never(connection: socket.socket, over: threading.Event) -> None:
        asked.set()
        over.wait()

    with answering(never) as address:
        settings = InfluxSettings(url=address, org="works", timeout=timedelta(seconds=60))
        client = InfluxClient(settings, lambda: "token")
        sending = Sending("influxdb", "readings", "readings", MovedClock(), lambda: 0.5)
        async with sending.opened(client):
            write = asyncio.create_task(sending.run(lambda: client.write(b"a v=1 1")))
            await asyncio.to_thread(asked.wait)
            write.cancel()
            with pytest.raises(asyncio.CancelledError):
                await write
