"""The API's routes, put together."""

from fastapi import APIRouter

from api.alarms import add_alarms
from api.assessment import add_assessment
from api.attendance import add_attendance
from api.audit import add_audit
from api.auth import add_auth
from api.connections import add_connections
from api.docs import add_docs
from api.entries import add_entries
from api.figures import add_figures
from api.findings import add_findings
from api.handovers import add_handovers
from api.health import add_health
from api.judgements import add_judgements
from api.leave import add_leave
from api.logbook import add_logbook
from api.metrics import NodeCollector, add_metrics
from api.outages import add_outages
from api.points import add_points
from api.problems import ErrorPage, install_error_handlers
from api.pushes import add_pushes
from api.readings import add_readings
from api.reports import add_reports
from api.roster import add_roster
from api.routes import GuardedRoute
from api.services import ApiServices
from api.staff import add_staff
from api.stream import add_stream
from api.targets import add_targets

__all__ = ["ErrorPage", "api_router", "install_error_handlers"]


def api_router(services: ApiServices) -> APIRouter:
    """Return every route of the API; each states who may use it, or this raises TypeError."""
    router = APIRouter(route_class=GuardedRoute)
    add_points(router, services)
    add_readings(router, services)
    add_figures(router, services)
    add_entries(router, services)
    add_handovers(router, services)
    add_logbook(router, services)
    add_judgements(router, services)
    add_staff(router, services)
    add_roster(router, services)
    add_leave(router, services)
    add_attendance(router, services)
    add_audit(router, services)
    add_stream(router, services.stream)
    add_alarms(router, services)
    add_findings(router, services)
    add_assessment(router, services)
    add_reports(router, services)
    add_targets(router, services)
    add_connections(router, services)
    add_outages(router, services)
    add_pushes(router, services)
    add_auth(router, services)
    add_health(router, services)
    collector = NodeCollector(
        services.metrics,
        services.live,
        services.alarms,
        services.stream,
        services.accounts,
        services.clock,
    )
    add_metrics(router, collector)
    add_docs(router, services.metrics.version)
    return router
