"""Long work ends when whoever asked for it has hung up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from fastapi import Request
from starlette.types import Receive

from telemetry.errors import RequestError

_LAST: Final = "http.disconnect"
_T = TypeVar("_T")


class HungUp(RequestError):
    """Nobody is there to be answered; it is told to the access log alone."""

    status = 503


async def while_there(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Return what comes of work whose body was read; it is cancelled, and awaited, when its caller goes."""
    doing = asyncio.create_task(work, name="work for a caller")
    leaving = asyncio.create_task(_hung_up(request.receive), name="a caller")
    try:
        await asyncio.wait([doing, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        doing.cancel()
        await asyncio.gather(leaving, doing, return_exceptions=True)
    if doing.cancelled():
        raise HungUp("hung_up", "whoever asked for this has gone")
    return doing.result()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != _LAST:
        pass
