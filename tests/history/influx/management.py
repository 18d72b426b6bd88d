"""InfluxDB's management API in small, over a real socket: what `outfall influx setup` talks to."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

OPERATOR = "operator-token"


@dataclass
class Management:
    """What the server knows; `may` names the tokens with all rights."""

    url: str = ""
    may: set[str] = field(default_factory=lambda: {OPERATOR})
    orgs: list[dict[str, Any]] = field(default_factory=list)
    buckets: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    may_make_orgs: bool = True
    troubled: int | None = None

    def answer(
        self, method: str, path: str, query: dict[str, str], body: bytes, token: str
    ) -> tuple[int, Any]:
        if path in ("/api/v2/write", "/api/v2/query"):
            if self.troubled:
                return self.troubled, _error("too busy")
            action = "write" if path.endswith("write") else "read"
            return (204, None) if self._lets(token, action) else (401, _error("unauthorized access"))
        if token not in self.may:
            return 401, _error("unauthorized access")
        kind = path.removeprefix("/api/v2/").split("/")[0]
        if method == "GET":
            return self._list(kind, query)
        if method == "DELETE":
            self.authorizations = [made for made in self.authorizations if made["id"] not in path]
            return 204, None
        document = json.loads(body)
        if method == "PATCH":
            found = next(item for item in self.tasks if item["id"] == path.rpartition("/")[2])
            found |= document
            return 200, found
        if kind == "orgs" and not self.may_make_orgs:
            return 403, _error("forbidden")
        items: list[dict[str, Any]] = getattr(self, kind)
        made = document | {"id": f"{len(kind):x}{len(items) + 1:015d}"}
        if kind == "authorizations":
            made["token"] = f"secret-{len(items)}"
        if kind == "tasks":
            made |= {"name": re.search(r'name: "([^"]*)"', document["flux"])[1]}  # type: ignore[index]
        items.append(made)
        return 201, made

    def _list(self, kind: str, query: dict[str, str]) -> tuple[int, Any]:
        if kind == "authorizations":
            return 200, {kind: self.authorizations}
        named = {"orgs": "org", "buckets": "name", "tasks": "name"}[kind]
        items = [item for item in getattr(self, kind) if item["name"] == query.get(named)]
        if kind != "tasks" and not items:
            return 404, _error(f"{kind} not found")
        return 200, {kind: items}

    def _lets(self, token: str, action: str) -> bool:
        return any(
            made["token"] == token and {one["action"] for one in made["permissions"]} == {action}
            for made in self.authorizations
        )


def _error(message: str) -> dict[str, str]:
    return {"code": "said", "message": message}


@contextmanager
def management() -> Iterator[Management]:
    """Yield a server that listens."""
    here = Management()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers.get("Authorization") or "").removeprefix("Token ")
            status, document = here.answer(self.command, parts.path, query, body, token)
            text = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
