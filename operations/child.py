"""Work in a process of its own: what comes from outside, or takes long, has its own memory and its own end.

The order goes to the child's standard input, its answer comes from standard output, its last words from
standard error. The child bounds itself before it looks at what it was sent.
"""

import asyncio
import os
import resource
import sys
from contextlib import suppress
from typing import Final

from telemetry.errors import StoreError

_NICENESS: Final = 5


class ChildEnded(Exception):
    """A child ended without an answer; `words` are its last ones, `code` is negative for a signal."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"code {code}: {words}")
        self.code = code
        self.words = words


async def answer_of(module: str, order: bytes, patience_s: float) -> bytes:
    """Return what a module writes of an order; ChildEnded, TimeoutError, StoreError where none starts."""
    try:
        # -P: a folder named config where the user stands must not shadow the product's.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise StoreError(f"no process could be started for it: {error.strerror}; try again") from error
    try:
        async with asyncio.timeout(patience_s):
            out, errors = await process.communicate(order)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ChildEnded(process.returncode, errors.decode(errors="replace").strip())
    return out


def stand_back(memory_bytes: int | None = None, cpu_s: int | None = None) -> None:
    """Bound this process, which is the child: others first, and no more memory and work than this."""
    os.nice(_NICENESS)
    for what, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s)):
        if most is not None:
            # Some systems do not bound memory like this: the size of what is taken is bounded besides.
            with suppress(OSError, ValueError):
                resource.setrlimit(what, (most, most))
