"""The running node's Unix socket: one JSON line asks, one answers. Mode 0600.

{"command": "status"}
{"command": "fault", "fault": "blower_trip", "target": "BL_B201A", "active": true}
{"command": "backup", "to": "/mnt/backup"}
{"command": "report", "month": "2026-10", "format": "pdf", "language": "zh"}

While a command takes long, lines {"at_work": true} come before the answer; one whose asker goes away is
cancelled.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from telemetry.errors import OutfallError, RequestError, StoreError

logger = logging.getLogger(__name__)

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

_LINE_LIMIT: Final = 64 * 1024
_ANSWER_SECONDS: Final = 10.0
_AT_WORK_EVERY_S: Final = 2.0


class ControlServer:
    """Answers the command line. A failed command is answered with `error`, never a lost line.

    Where what was asked for is wrong, its `code` stands beside.
    """

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._path = path
        self._commands = commands

    async def run(self) -> None:
        """Listen until cancelled; the socket's file goes with it."""
        self._path.unlink(missing_ok=True)
        with _short(self._path) as address:
            before = os.umask(0o177)
            try:
                server = await asyncio.start_unix_server(self._serve, address, limit=_LINE_LIMIT)
            finally:
                os.umask(before)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    line = await reader.readline()
                request = json.loads(line)
            except (ValueError, TimeoutError):
                answer: Mapping[str, Any] | None = {"error": "one line of JSON is expected"}
            else:
                answer = await self._answered(request, reader, writer)
            if answer is not None:
                await _say(writer, answer)
        writer.close()

    async def _answered(
        self, request: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Mapping[str, Any] | None:
        """Return the answer, saying meanwhile that it is being worked at; None when the asker went away."""
        working = asyncio.create_task(self._answer(request), name="command")
        gone = asyncio.create_task(reader.read(1), name="asker")
        try:
            while not working.done():
                await asyncio.wait(
                    [working, gone], timeout=_AT_WORK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
                if gone.done() and not working.done():
                    return None
                if not working.done():
                    await _say(writer, {"at_work": True})
            return working.result()
        finally:
            for task in (working, gone):
                task.cancel()
            await asyncio.gather(working, gone, return_exceptions=True)

    async def _answer(self, request: Any) -> Mapping[str, Any]:
        if not isinstance(request, dict):
            return {"error": "a JSON object is expected"}
        command = self._commands.get(str(request.get("command")))
        if command is None:
            return {"error": f"no such command; there are: {', '.join(sorted(self._commands))}"}
        try:
            return await command(request)
        except RequestError as error:
            return {"error": str(error), "code": error.code}
        except OutfallError as error:
            return {"error": str(error)}
        except Exception:
            logger.exception("the command %s failed", request.get("command"))
            return {"error": "the node failed at it; its log says why"}


def ask(path: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the node behind a socket and return its answer; StoreError when none runs there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_ANSWER_SECONDS)
        try:
            with _short(path) as address:
                client.connect(address)
        except (OSError, StoreError) as error:
            raise StoreError(
                f"{path.parent}: no node runs on this data; start one, or name its folder with --data"
            ) from error
        try:
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as answers:
                answer: dict[str, Any] = {"at_work": True}
                while "at_work" in answer:
                    answer = json.loads(answers.readline(_LINE_LIMIT))
        except (OSError, ValueError) as error:
            raise StoreError(f"{path.parent}: the node does not answer; its log says why") from error
    return answer


def is_listening(path: Path) -> bool:
    """Whether a node listens on a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            with _short(path) as address:
                client.connect(address)
        except (OSError, StoreError):
            return False
    return True


async def _say(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    await writer.drain()


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a name for the socket that fits the 108 bytes of its address, however deep the folder."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"{path.parent}: {error.strerror}") from error
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
