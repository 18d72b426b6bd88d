"""A node's console as browsers have it: its pages, its API and its files behind one door."""

import re
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from api.admission import HostRule
from api.build import install_error_handlers
from app.middleware import AccessMiddleware
from tests.api.conftest import SignedIn, client_for
from tests.api.node import Node, until
from web.build import static_app, web_error_page, web_router
from web.services import WebServices


def services_of(node: Node) -> WebServices:
    """Return what the console is given of a node."""
    return WebServices(
        folder=node.folder,
        clock=node.clock,
        live=node.live,
        history=node.history,
        entries=node.entries,
        desk=node.desk,
        judgements=node.judging.judgements,
        assessments=node.assessments,
        alarms=node.alarms,
        accounts=node.accounts,
        connections=lambda: node.connections,
        outages=node.outages,
        diagnosis=node.diagnosis,
        targets=node.targets,
        logbook=node.logbook,
        pushes=node.pushes,
        reports=node.reports,
        handovers=node.handovers,
        overdue=lambda: None,
    )


def console_of(node: Node, services: WebServices | None = None) -> ASGIApp:
    """Return the application `app.http` makes of a node's parts, of these parts."""
    services = services or services_of(node)
    error_page = web_error_page(services)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    install_error_handlers(app, error_page)
    app.router.routes.extend(node.routes)
    app.include_router(web_router(services))
    app.mount("/static", static_app())
    return AccessMiddleware(app, node.accounts, HostRule.of("127.0.0.1"), error_page)


def browser(app: ASGIApp, who: SignedIn | None = None, language: str = "en") -> httpx.AsyncClient:
    """Return a browser, signed in or not, whose scripts repeat the CSRF word."""
    client = client_for(app)
    client.headers.update({"Accept-Language": language, "Accept": "text/html"})
    if who is not None:
        client.headers.update(who.cookie | who.csrf)
    return client


async def tripped(node: Node) -> UUID:
    """Trip blower 2 and return the alarm this raises."""
    node.read(("BL_B201B_ST", -1, 0b1101))
    node.read(("BL_B201B_ST", 0, 0b0010))
    return await raised(node, "BL_B201B_ST.fault")


async def raised(node: Node, key: str) -> UUID:
    """Return the alarm of a rule as soon as it stands."""
    found = await until(lambda: [alarm for alarm in node.alarms.active() if alarm.key == key])
    return UUID(str(found[0].id))


def text_of(html: str) -> str:
    """Return what a page says, its tags and scripts taken out."""
    html = re.sub(r"<(script|svg|style).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
