"""The API and the console as one application, behind one door."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.types import ASGIApp

from api.admission import HostRule
from api.build import api_router, install_error_handlers
from api.services import ApiServices
from app.build import Parts
from app.middleware import AccessMiddleware
from web.build import static_app, web_error_page, web_router
from web.services import WebServices


def create_app(parts: Parts, preparing: Callable[[], bool] = lambda: False) -> ASGIApp:
    """Return the application of a node's parts; `preparing` as `WebServices` has it."""
    web_services = WebServices(
        folder=parts.folder,
        clock=parts.clock,
        live=parts.live,
        history=parts.stores.history,
        entries=parts.entries,
        reports=parts.reports,
        desk=parts.desk,
        judgements=parts.judging.judgements,
        assessments=parts.assessments,
        handovers=parts.handovers,
        alarms=parts.alarms,
        accounts=parts.stores.accounts,
        connections=parts.status.connections,
        outages=parts.outages,
        diagnosis=parts.diagnosis,
        targets=parts.replicators,
        logbook=parts.logbook,
        pushes=parts.pushes,
        overdue=lambda: parts.notices.overdue,
        preparing=preparing,
    )
    error_page = web_error_page(web_services)
    app = FastAPI(title="Outfall", docs_url=None, redoc_url=None, openapi_url=None)
    install_error_handlers(app, error_page)
    app.include_router(
        api_router(
            ApiServices(
                folder=parts.folder,
                clock=parts.clock,
                live=parts.live,
                history=parts.stores.history,
                origins=parts.stores.history,
                periods=parts.periods,
                judgements=parts.judging.judgements,
                entries=parts.entries,
                reports=parts.reports,
                desk=parts.desk,
                assessments=parts.assessments,
                handovers=parts.handovers,
                alarms=parts.alarms,
                accounts=parts.stores.accounts,
                stream=parts.stream,
                health=parts.status.health,
                metrics=parts.status.metrics(),
                targets=parts.replicators,
                logbook=parts.logbook,
                pushes=parts.pushes,
                connections=parts.status.connections,
                outages=parts.outages,
                diagnosis=parts.diagnosis,
            )
        )
    )
    app.include_router(web_router(web_services))
    app.mount("/static", static_app())
    server = parts.folder.server
    hosts = HostRule.of(server.host, server.names)
    return AccessMiddleware(app, parts.stores.accounts, hosts, error_page)
