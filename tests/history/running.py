"""A writer at work, as long as a test needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from history.writer import BatchWriter


@asynccontextmanager
async def running(writer: BatchWriter) -> AsyncIterator[BatchWriter]:
    """Yield the writer while it runs; then it is stopped as the product stops it."""
    task = asyncio.create_task(writer.run(), name="writer")
    try:
        yield writer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
