"""Run a coroutine on the fastest loop there is, with logging set up."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any, Final

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end, under uvloop where it is installed."""
    logging.basicConfig(level=logging.INFO, format=_FORMAT, stream=sys.stderr)
    try:
        import uvloop
    except ImportError:
        factory = asyncio.new_event_loop
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)
