"""The connections page: whether the data is good, device by device, and where it goes."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from history.targets import DeadLetter
from operations.access import Permission
from telemetry.errors import Forbidden, StoreError
from web import connections_view as view
from web.guard import principal_of
from web.page import Pages

logger = logging.getLogger(__name__)


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and the part of it that is asked for anew."""
    services = pages.services

    @router.get("/connections")
    async def connections(request: Request) -> Response:
        """Show how devices, brokers and targets do."""
        return pages.render(request, "connections.html", **await shown(request))

    @router.get("/connections/list")
    async def connection_list(request: Request) -> Response:
        """Return the same anew."""
        return pages.render(request, "parts/connection_list.html", **await shown(request))

    async def shown(request: Request) -> dict[str, Any]:
        if not principal_of(request).may(Permission.DIAGNOSE):
            raise Forbidden("not_permitted", "this role does not see connections")
        speaker = pages.speaker(request, services.clock.now_us())
        connections = view.connection_rows(services.connections(), speaker)
        statuses = [target.status for target in services.targets.values()]
        letters: dict[str, Sequence[DeadLetter]] = {}
        unread = False
        try:
            for name, target in services.targets.items():
                letters[name] = await target.dead_letters(None, view.LETTERS)
        except StoreError as error:
            logger.warning("dead letters: %s", error)
            unread = True
        return {
            "connections": connections,
            "lost": sum(not row.well for row in connections),
            "targets": view.target_rows(statuses, speaker),
            "refused": view.count(sum(status.lost_rows for status in statuses)),
            "letters": view.letter_rows(letters, speaker),
            "unread": unread,
        }
