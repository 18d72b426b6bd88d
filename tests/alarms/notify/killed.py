"""Pushes in a process that may be killed: `python -m tests.alarms.notify.killed FOLDER`.

The folder holds a journal already. Prints `ready` when the pushes begin, and ends when nothing is left to
be sent.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from alarms.notify.outbox import Outbox
from alarms.notify.settings import PushSettings
from tests.alarms.notify.node import made
from tests.alarms.stores import ManualClock, node_engine, repository

SETTINGS = PushSettings(
    gather=timedelta(0),
    together=timedelta(0),
    again=timedelta(0),
    at_most=200,
    timeout=timedelta(seconds=5),
    kinds=("json",),
    private=("127.0.0.1",),
)


async def live(folder: Path) -> None:
    engine = node_engine(folder)
    outbox = Outbox(engine, plant="fangcheng1", node="node-1")
    last = repository(engine).newest_seq()
    pushes = made(engine, ManualClock(), SETTINGS, outbox=outbox)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    running = asyncio.create_task(pushes.run())
    while outbox.cursor() != last or outbox.pending(1):
        await asyncio.sleep(0.05)
        if running.done():
            running.result()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    engine.dispose()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
