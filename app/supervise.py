"""Tasks that outlive their failures, and the order in which they end."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0


class Restarts:
    """How often each task was started again; a metric."""

    def __init__(self) -> None:
        self.by_task: dict[str, int] = {}


async def supervised(name: str, run: Callable[[], Awaitable[None]], restarts: Restarts) -> None:
    """Run a task for ever: one that fails costs itself only and starts again after a growing wait.

    Devices' errors are the collectors' own business; what arrives here is a mistake of ours, so it
    is logged with its traceback.
    """
    wait = _FIRST_WAIT_S
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await run()
            logger.error("%s ended by itself; starting it again in %.0f s", name, wait)
        except Exception:
            logger.exception("%s failed; starting it again in %.0f s", name, wait)
        restarts.by_task[name] = restarts.by_task.get(name, 0) + 1
        if asyncio.get_running_loop().time() - started > _LONGEST_WAIT_S:
            wait = _FIRST_WAIT_S
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))
        wait = min(wait * 2, _LONGEST_WAIT_S)
