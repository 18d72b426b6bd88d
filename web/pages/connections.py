"""The connections page: whether the data is good, device by device, and where it goes."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from collectors.figures import ConnectionFigures
from collectors.outages import Outage, OutageQuery
from config.point_addresses import point_addresses
from history.targets import DeadLetter
from operations.access import Permission
from telemetry.clock import US_PER_S
from telemetry.errors import Forbidden, NotFound, StoreError
from web import connections_view as view
from web import outages_view
from web.guard import principal_of
from web.page import Pages

logger = logging.getLogger(__name__)

OUTAGES_SHOWN: Final = 50
_MOST_OUTAGES: Final = 2000
_MONTH_US: Final = 30 * 86_400 * US_PER_S


def add_routes(router: APIRouter, pages: Pages) -> None:
    """Add the page and the part of it that is asked for anew."""
    services = pages.services
    addresses = point_addresses(services.folder)

    @router.get("/connections")
    async def connections(request: Request) -> Response:
        """Show how devices, brokers and targets do."""
        return pages.render(request, "connections.html", **await shown(request))

    @router.get("/connections/list")
    async def connection_list(request: Request) -> Response:
        """Return the same anew."""
        return pages.render(request, "parts/connection_list.html", **await shown(request))

    @router.get("/connections/{name}")
    async def connection(request: Request, name: str) -> Response:
        """Show one connection: what it refuses, its parts, its outages."""
        return pages.render(request, "connection.html", **await detailed(request, name))

    @router.get("/connections/{name}/now")
    async def connection_now(request: Request, name: str) -> Response:
        """Return the same anew."""
        return pages.render(request, "parts/connection_now.html", **await detailed(request, name))

    async def detailed(request: Request, name: str) -> dict[str, Any]:
        admit(request)
        figures = {one.name: one for one in services.connections()}.get(name)
        if figures is None:
            raise NotFound("connection_not_found", f"there is no connection {name}")
        speaker = pages.speaker(request, services.clock.now_us())
        outages = await outages_of(figures, speaker.now_us - _MONTH_US)
        _ = speaker.language
        return {
            "row": view.connection_row(figures, speaker),
            "quarantined": view.quarantined_rows(figures.quarantined, addresses, services.folder, speaker),
            "can_try": services.diagnosis.can_try,
            "channels": view.channel_rows(figures, speaker),
            "attributes": figures.attributes,
            "strips": None
            if outages is None
            else [
                outages_view.strip(outages, outages_view.DAY, _("24 h"), speaker),
                outages_view.strip(outages, outages_view.WEEK, _("7 d"), speaker),
            ],
            "width": outages_view.STRIP_WIDTH,
            "outages": outages_view.outage_rows((outages or ())[:OUTAGES_SHOWN], speaker),
            "outage_count": len(outages or ()),
        }

    async def outages_of(figures: ConnectionFigures, since_us: int) -> list[Outage] | None:
        asked = OutageQuery(figures.channel_names, since_us)
        try:
            return await asyncio.to_thread(services.outages.page, asked, None, _MOST_OUTAGES)
        except StoreError as error:
            logger.warning("outages: %s", error)
            return None

    async def shown(request: Request) -> dict[str, Any]:
        admit(request)
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


def admit(request: Request) -> None:
    """Raise Forbidden for who does not see connections."""
    if not principal_of(request).may(Permission.DIAGNOSE):
        raise Forbidden("not_permitted", "this role does not see connections")
