import asyncio
import stat
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.control import ControlServer, ask
from app.listening import listen
from telemetry.errors import ConfigError, Conflict, StoreError


async def echo(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"heard": request["word"]}


async def fail(request: Mapping[str, Any]) -> Mapping[str, Any]:
    raise Conflict("busy", "it is busy")


def appeared(path: Path) -> None:
    while not path.exists():
        time.sleep(0.001)


def mode_of(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[None]:
    running = asyncio.create_task(ControlServer(path, {"echo": echo, "fail": fail}).run())
    await asyncio.to_thread(appeared, path)
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def control(tmp_path: Path) -> Path:
    """A path longer than the 108 bytes of a socket's address."""
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    return folder / "control.sock"


async def test_the_node_answers_its_owner_alone_however_deep_the_folder(control: Path) -> None:
    async with serving(control):
        mode = mode_of(control)
        answer = await asyncio.to_thread(ask, control, {"command": "echo", "word": "水"})

    assert (answer, mode, mode_of(control)) == ({"heard": "水"}, 0o600, None)


async def test_what_cannot_be_done_is_answered_with_the_reason(control: Path) -> None:
    async with serving(control):
        unknown = await asyncio.to_thread(ask, control, {"command": "sing"})
        failed = await asyncio.to_thread(ask, control, {"command": "fail"})

    assert unknown == {"error": "no such command; there are: echo, fail"}
    assert "it is busy" in failed["error"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"{no json\n", b'{"error": "one line of JSON is expected"}\n'),
        (b"[1]\n", b'{"error": "a JSON object is expected"}\n'),
    ],
)
async def test_a_line_that_is_no_request_is_answered_too(tmp_path: Path, line: bytes, answer: bytes) -> None:
    async with serving(tmp_path / "c.sock"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "c.sock")
        writer.write(line)
        assert await reader.read() == answer
        writer.close()


def test_without_a_node_the_asker_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no node runs on this data; .*--data"):
        ask(tmp_path / "control.sock", {"command": "status"})


def test_a_port_that_is_taken_is_named_with_a_mend() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127.0.0.1:{port} cannot be listened on: .*another port"):
            listen("127.0.0.1", port)
