"""`/docs` and `/openapi.json`, for whoever is signed in; Swagger UI comes from files of our own.

static/docs.js                          starts it; there is no inline script
static/swagger-ui/                      swagger-ui-dist 5.35.0 from npm, Apache-2.0: bundle and style
"""

import html
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from api.formats import json_response
from api.problems import Problem
from api.routes import EVERYBODY, PERMISSION, principal_of, stated
from operations.access import Permission
from operations.sessions import SESSION_COOKIE
from telemetry.errors import NotFound

_STATIC: Final = FilePath(__file__).parent / "static"
_FILES: Final = {
    "docs.js": "text/javascript",
    "docs.css": "text/css",
    "swagger-ui/swagger-ui-bundle.js": "text/javascript",
    "swagger-ui/swagger-ui.css": "text/css",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf" content="{csrf}">
<title>Outfall API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/static/swagger-ui/swagger-ui.css">
<link rel="stylesheet" href="/docs/static/docs.css">
<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/docs/static/docs.js"></script>
</html>
"""
_SCHEMES: Final = {
    "bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/api/v1/auth/token", "scopes": {}}}},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}


def openapi_document(routes: Sequence[BaseRoute], version: str) -> dict[str, Any]:
    """Return the OpenAPI document of routes: their problems, and what each asks of its caller."""
    document: dict[str, Any] = get_openapi(
        title="Outfall",
        version=version,
        summary="Telemetry and operations monitor of a wastewater plant",
        description="Times are RFC 3339 with an offset. Errors are problems (RFC 9457) with a stable `code`.",
        routes=routes,
    )
    components = document.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update({**problem.pop("$defs"), "Problem": problem})
    components["securitySchemes"] = _SCHEMES
    for operations in document["paths"].values():
        for operation in operations.values():
            stranger = operation[PERMISSION] == EVERYBODY
            operation["security"] = [] if stranger else [{name: []} for name in _SCHEMES]
    return document


def add_docs(router: APIRouter, version: str) -> None:
    """Add the routes, last: the document describes those that are there already."""
    described = list(router.routes)
    document: Callable[[], dict[str, Any]] = cache(lambda: openapi_document(described, version))

    @router.get("/openapi.json", **stated(Permission.VIEW, schema=False))
    async def show_openapi() -> Response:
        return json_response(document())

    @router.get("/docs", **stated(None, 401, schema=False))
    async def show_docs(request: Request) -> Response:
        if request.state.principal is None and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/sign-in?next=/docs", 303)
        principal_of(request)
        return HTMLResponse(_PAGE.format(csrf=html.escape(request.state.csrf or "")))

    @router.get("/docs/static/{name:path}", **stated(None, 404, schema=False))
    async def show_file(name: Annotated[str, Path(max_length=64)]) -> Response:
        if name not in _FILES:
            raise NotFound("not_found", "there is no such file")
        return FileResponse(
            _STATIC / name, media_type=_FILES[name], headers={"Cache-Control": "public, max-age=3600"}
        )
