"""A server of /api/v2/write and /delete made of sockets: it keeps what it takes and answers as told."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from telemetry.clock import to_us

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """What is said instead of taking the lines; `status` 0 cuts the connection, -1 says nothing for long."""

    status: int
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None

    def as_bytes(self) -> bytes:
        body = self.raw if self.raw is not None else json.dumps({"code": "x", "message": self.message})
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body.encode()))}
        head = "".join(f"{name}: {value}\r\n" for name, value in (headers | self.headers).items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}\r\n{body}".encode()


CUT = Answer(0)
HANG = Answer(-1)


def merged(before: str | None, fields: str) -> str:
    """Return the fields of a point after a line for it: those it leaves out are as they were."""
    named = [dict(field.split("=") for field in each.split(",")) for each in (before or "", fields) if each]
    found = named[-1] | named[0] | named[-1]
    return ",".join(f"{name}={value}" for name, value in found.items())


def nobody(_: str) -> str | None:
    return None


@dataclass
class Target:
    """Takes lines as InfluxDB does: of each field the last holds, and what a line leaves out stays.

    Some it refuses with a reason. `script` holds what is answered next, one a request, before anything
    is taken; None takes.
    """

    port: int = 0
    script: list[Answer | None] = field(default_factory=list)
    always: Answer | None = None
    refuses: Callable[[str], str | None] = nobody
    points: dict[tuple[str, int], str] = field(default_factory=dict)
    requests: list[list[str]] = field(default_factory=list)
    deletes: list[dict[str, str]] = field(default_factory=list)
    knows_deletes: bool = True
    answers_deletes: Answer | None = None
    version: str | None = "v2.9.1"
    heads: list[str] = field(default_factory=list)
    says_dropped: bool = True
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away: nothing listens, and open connections are cut."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    sizes = [
                        line.partition(":")[2]
                        for line in head.split("\r\n")
                        if line.lower().startswith("content-length")
                    ]
                    body = await reader.readexactly(int(sizes[0]) if sizes else 0)
                    if not await self._answer(head, body, writer):
                        return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if head.startswith("GET /ping "):
            version = "" if self.version is None else f"X-Influxdb-Version: {self.version}\r\n"
            writer.write(f"HTTP/1.1 204 No Content\r\n{version}\r\n".encode())
            await writer.drain()
            return True
        packed = re.search("^content-encoding: gzip", head, re.MULTILINE | re.IGNORECASE)
        plain = (gzip.decompress(body) if packed else body).decode()
        deletes = head.startswith("POST /api/v2/delete?")
        lines = [] if deletes else plain.splitlines()
        if not deletes:
            self.heads.append(head)
            self.requests.append(lines)
        answer = self.script.pop(0) if self.script else self.always
        if answer is CUT:
            writer.transport.abort()
            return False
        if answer is HANG:
            await asyncio.sleep(30)
            return False
        if answer is not None:
            writer.write(answer.as_bytes())
        else:
            writer.write(self._deleted(json.loads(plain)) if deletes else self._taken(lines))
        await writer.drain()
        return True

    def _deleted(self, asked: dict[str, str]) -> bytes:
        if self.answers_deletes is not None:
            return self.answers_deletes.as_bytes()
        if not self.knows_deletes:
            return Answer(404, raw="404 page not found").as_bytes()
        self.deletes.append(asked)
        first_us, last_us = (to_us(datetime.fromisoformat(asked[end])) for end in ("start", "stop"))
        wanted = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', asked["predicate"]))
        measurement = wanted.pop("_measurement", None)
        for series, at_us in list(self.points):
            name, *tags = series.split(",")
            of_it = (
                measurement in (None, name) and wanted.items() <= dict(tag.split("=") for tag in tags).items()
            )
            if of_it and first_us <= at_us <= last_us:
                del self.points[series, at_us]
        return NO_CONTENT

    def _taken(self, lines: list[str]) -> bytes:
        reasons = []
        for line in lines:
            reason = self.refuses(line)
            if reason is None:
                series, fields, time = line.rsplit(" ", 2)
                self.points[series, int(time)] = merged(self.points.get((series, int(time))), fields)
            else:
                reasons.append(reason)
        if not reasons:
            return NO_CONTENT
        dropped = f" dropped={len(reasons)}" if self.says_dropped else ""
        return Answer(422, f"failure writing points: partial write: {reasons[0]}{dropped}").as_bytes()


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    """Yield a server that listens."""
    server = Target()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
