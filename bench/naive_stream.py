"""A stream as one would write it first: each client has its own loop and its own JSON."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection

import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse


def serve(parent: Connection, points: int) -> None:
    """Serve for ever on a free port, told to the parent."""
    app = FastAPI()
    now_ms = 1_793_462_400_000
    values = {f"P1_{number}": [50 + number / 100, now_ms, 192, 0] for number in range(points)}

    async def events() -> AsyncIterator[str]:
        while True:
            yield f"event: values\ndata: {json.dumps({'at': now_ms, 'values': values})}\n\n"
            await asyncio.sleep(1)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    listening = socket.create_server(("127.0.0.1", 0))
    parent.send(listening.getsockname()[1])
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))
