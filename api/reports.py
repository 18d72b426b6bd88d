"""`/api/v1/reports`: the month's reports that were made, and making one."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.formats import Month, json_response, local_time
from api.paging import Cursor, Page, cursor_to, position_of
from api.presence import while_there
from api.routes import actor_of, stated
from api.services import ApiServices
from operations.access import Permission
from reports.archive import About
from reports.page import policy

_LIST: Final = "reports"
_TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}

Kind = Literal["pdf", "xlsx", "html", "json"]


class NewReport(BaseModel):
    """Which month a report is to be made of."""

    model_config = {"extra": "forbid"}

    month: Month = Field(
        description="the month; one in course gives a provisional report",
        examples=["2026-10"],
    )


class FileShape(BaseModel):
    """A file of a report."""

    name: str
    sha256: str
    bytes: int


class ReportShape(BaseModel):
    """A report that was made."""

    id: str
    month: str
    made: str
    through: str = Field(description="up to when the month had gone by")
    provisional: bool
    by: str | None = Field(description="who made it, by account; null for the command line")
    version: str
    inputs_sha256: str = Field(description="of the canonical JSON of what it was computed from")
    ledger_head: str | None
    journal_head: str | None
    lacking: str = Field(description="characters that the PDF's font lacks; a stand-in is printed")
    files: list[FileShape]


def add_reports(router: APIRouter, services: ApiServices) -> None:
    """Add the routes."""
    zone, reports = services.folder.plant.timezone, services.reports

    def shape(about: About) -> dict[str, Any]:
        return {
            "id": about.id,
            "month": about.month,
            "made": local_time(about.made_us, zone),
            "through": local_time(about.through_us, zone),
            "provisional": about.provisional,
            "by": about.by,
            "version": about.version,
            "inputs_sha256": about.inputs_sha256,
            "ledger_head": about.ledger_head,
            "journal_head": about.journal_head,
            "lacking": about.lacking,
            "files": [
                {"name": name, "sha256": of.sha256, "bytes": of.bytes}
                for name, of in sorted(about.files.items())
            ],
        }

    @router.get(
        "/api/v1/reports",
        response_model=Page[ReportShape],
        tags=["reports"],
        **stated(Permission.VIEW, 503),
    )
    async def list_reports(
        cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Response:
        """The reports that were made, the newest month first, and of a month the newest report."""
        skipped = position_of(_LIST, cursor, int) or 0
        found = list(await reports.listed())[skipped:]
        following = cursor_to(_LIST, skipped + limit) if len(found) > limit else None
        return json_response({"items": [shape(about) for about in found[:limit]], "next": following})

    @router.post(
        "/api/v1/reports",
        response_model=ReportShape,
        status_code=201,
        tags=["reports"],
        **stated(Permission.MAKE_REPORT, 409, 429, 503),
    )
    async def make_report(request: Request, body: Annotated[NewReport, Body()]) -> Response:
        """Make a month's report; it is kept when this is answered, a few seconds later.

        It ends with who asked for it: nobody need wait for a report that nobody waits for.
        """
        about = await while_there(request, reports.make(f"{body.month:%Y-%m}", actor_of(request)))
        return json_response(shape(about), 201)

    @router.get(
        "/api/v1/reports/{report_id}/{kind}",
        tags=["reports"],
        response_class=Response,
        **stated(Permission.VIEW, 404, 503),
    )
    async def get_report(
        report_id: Annotated[str, Path(max_length=40, description="`id` of a report")],
        kind: Annotated[Kind, Path(description="which of its files")],
        language: Annotated[Literal["zh", "en"], Query(description="of all but the JSON")] = "zh",
        download: Annotated[bool, Query(description="as a file to save, not to show")] = False,
    ) -> Response:
        """One file of a report, as it was written; one that was changed since is refused."""
        name, content = await reports.file(report_id, kind, language)
        saved = quote(f"{services.folder.plant.id}-{report_id}{name.removeprefix('report')}")
        how = "attachment" if download else "inline"
        headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{saved}"}
        if kind == "html":
            # The page brings its style with it, named by its hash: nothing else may be in it.
            headers["Content-Security-Policy"] = f"{policy()}; frame-ancestors 'none'; sandbox allow-modals"
        return Response(content, media_type=_TYPES[kind], headers=headers)
