import asyncio
import stat
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app import control as control_module
from app.control import ControlServer, ask, is_listening
from app.listening import listen
from telemetry.errors import ConfigError, Conflict, StoreError


async def echo(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"heard": request["word"]}


async def fail(request: Mapping[str, Any]) -> Mapping[str, Any]:
    raise Conflict("busy", "it is busy")


given_up = asyncio.Event()


async def dawdle(request: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        await asyncio.sleep(0.6)
    except asyncio.CancelledError:
        given_up.set()
        raise
    return {"done": True}


def appeared(path: Path) -> None:
    while not path.exists():
        time.sleep(0.001)


def mode_of(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[None]:
    running = asyncio.create_task(ControlServer(path, {"echo": echo, "fail": fail, "dawdle": dawdle}).run())
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

    assert unknown == {"error": "no such command; there are: dawdle, echo, fail"}
    assert failed == {"error": "it is busy", "code": "busy"}


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


async def test_a_command_that_takes_long_keeps_its_asker_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "_AT_WORK_EVERY_S", 0.02)
    monkeypatch.setattr(control_module, "_ANSWER_SECONDS", 0.2)

    async with serving(tmp_path / "c.sock"):
        answer = await asyncio.to_thread(ask, tmp_path / "c.sock", {"command": "dawdle"})

    assert answer == {"done": True}


async def test_a_command_whose_asker_goes_away_is_cancelled(tmp_path: Path) -> None:
    given_up.clear()
    async with serving(tmp_path / "c.sock"):
        _, writer = await asyncio.open_unix_connection(tmp_path / "c.sock")
        writer.write(b'{"command": "dawdle"}\n')
        await writer.drain()
        writer.close()
        await asyncio.wait_for(given_up.wait(), 5)


async def test_who_listens_is_known(tmp_path: Path) -> None:
    async with serving(tmp_path / "c.sock"):
        running = await asyncio.to_thread(is_listening, tmp_path / "c.sock")
    (tmp_path / "left.sock").touch()

    assert (running, is_listening(tmp_path / "c.sock"), is_listening(tmp_path / "left.sock")) == (
        True,
        False,
        False,
    )
