"""A running node: one process, one loop.

    core   writer, alarms, links            keeps and decides; ends last
    edge   collectors, stream, server …     reads and shows; ends first

so that what a collector handed over before the end is still kept and judged.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from app.build import Parts
from app.protocol import BoundedProtocol, connections_at_most
from app.supervise import supervised
from config.settings import ServerSettings

logger = logging.getLogger(__name__)

Task = Callable[[], Awaitable[None]]

GRACE_S: Final = 5
"""How long open requests may take to end when the node stops."""


class _Stop(Exception):
    """Ends the edge."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the node ends its parts in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_node(parts: Parts, app: ASGIApp, listening: socket.socket, extra: Mapping[str, Task]) -> None:
    """Run until SIGINT or SIGTERM. `extra` are further tasks of the edge, by name.

    A part of the core that fails ends the node: a supervisor outside starts it again, and what
    was committed is there.
    """
    # Without a journal, what the history holds is past: nobody is to be told of it now.
    await parts.alarms.start(begin_after=parts.stores.history.last_number)
    async with asyncio.TaskGroup() as core:
        keeping = [
            core.create_task(parts.writer.run(), name="writer"),
            core.create_task(parts.alarms.run(), name="alarms"),
        ]
        try:
            await _run_edge(parts, app, listening, extra)
        finally:
            # The writer commits what still waits when it is cancelled; only then may alarms end.
            for task in keeping:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _run_edge(parts: Parts, app: ASGIApp, listening: socket.socket, extra: Mapping[str, Task]) -> None:
    server = _server(app, parts.folder.server)
    tasks: dict[str, Task] = {
        "links": parts.links.run,
        "outages": parts.outage_keeping.run,
        "node watch": parts.watch.run,
        "loop lag": parts.lag.run,
        "stream": parts.stream.run,
        "journal check": parts.journal_check.run,
        "integrity check": parts.integrity_check.run,
        "figures": parts.figures.run,
        "judging": parts.judging.task.run,
        "housekeeping": parts.housekeeping.run,
        "ended sessions": parts.stores.accounts.run,
        "alarms into the log": parts.logbook_feed.run,
        "notices": parts.notices.run,
        **({"people's store": parts.stores.people.run} if parts.stores.people.on_server else {}),
        **{f"collector {name}": collector.run for name, collector in parts.collectors.items()},
        **{f"replicate {name}": replicator.run for name, replicator in parts.replicators.items()},
        "pushes": parts.pushes.run,
        **({"duty copy": parts.duty_copying.run} if parts.folder.push is not None else {}),
        **extra,
    }
    try:
        async with asyncio.TaskGroup() as edge:
            for name, run in tasks.items():
                edge.create_task(supervised(name, run, parts.restarts), name=name)
            serving = edge.create_task(server.serve(sockets=[listening]), name="server")
            edge.create_task(_until_signal(parts, server, serving), name="signals")
    except* _Stop:
        logger.info("stopping")
    finally:
        # The loop waits for every thread, so none may wait for a server that hangs.
        parts.stores.people.end()


async def _until_signal(parts: Parts, server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    """Wait for SIGINT or SIGTERM, let open requests end, then end the edge."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    signalled = asyncio.create_task(asked.wait(), name="signal")
    await asyncio.wait([signalled, serving], return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    # The server would wait for open streams, which do not end by themselves.
    parts.stream.close()
    server.should_exit = True
    await asyncio.wait([serving], timeout=GRACE_S + 1)
    raise _Stop


def _server(app: ASGIApp, settings: ServerSettings) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            http=BoundedProtocol,
            ws="none",
            limit_concurrency=connections_at_most(),
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
        )
    )
