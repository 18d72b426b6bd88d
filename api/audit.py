"""`/api/v1/audit`: the ledger of people's work, who recorded what when."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.routes import principal_of, stated
from api.services import ApiServices
from operations.access import Permission

_LIST: Final = "audit"


class AuditShape(BaseModel):
    """A record: `before` is what it supersedes, null where it is the first of its kind."""

    seq: int
    at: str
    kind: str = Field(examples=["roster_entry"])
    record: UUID
    actor_id: UUID | None = Field(description="null for the node itself")
    actor: str | None = Field(description="who did it, by account")
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def add_audit(router: APIRouter, services: ApiServices) -> None:
    """Add the route."""
    zone, audit = services.folder.plant.timezone, services.desk.audit

    @router.get(
        "/api/v1/audit", response_model=Page[AuditShape], tags=["audit"], **stated(Permission.AUDIT, 503)
    )
    async def list_audit(
        request: Request,
        kind: Annotated[str | None, Query(max_length=32, description="only this kind of record")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """Every record of people's work on this node, the newest first; `•••` stands for what is hidden.

        Wages, reasons of leave and what findings say are told only to who sees assessments.
        """
        private = principal_of(request).may(Permission.SEE_ASSESSMENT)
        before = position_of(_LIST, cursor, int)
        found = await audit.lines(before=before, limit=limit + 1, kind=kind, private=private)
        following = cursor_to(_LIST, found[limit - 1].seq) if len(found) > limit else None
        items = [
            {
                "seq": line.seq,
                "at": local_time(line.at_us, zone),
                "kind": line.kind,
                "record": str(line.record),
                "actor_id": str(line.actor_id) if line.actor_id else None,
                "actor": line.actor,
                "before": line.before,
                "after": line.after,
            }
            for line in found[:limit]
        ]
        return json_response({"items": items, "next": following})
