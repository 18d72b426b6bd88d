"""A server that answers as Grafana's API does, for what is pushed to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

TOKEN = "the-service-accounts"


class Grafana:
    """What the server holds, and how it is minded."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.refuses: dict[tuple[str, str], int] = {}
        """(method, beginning of a path) that is answered with a status."""
        self.page: bytes | None = None
        """What is answered to everything, where this is no Grafana at all."""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        for (word, beginning), status in self.refuses.items():
            if word == method and path.startswith(beginning):
                return status, {"message": "refused"}
        match method, path.strip("/").split("/"):
            case "GET", ["health"]:
                return 200, {"database": "ok"}
            case "GET", ["folders", uid]:
                return self._one(self.folders, uid)
            case "POST", ["folders"]:
                self.folders[body["uid"]] = {"uid": body["uid"], "title": body["title"], "version": 1}
                return 200, self.folders[body["uid"]]
            case "PUT", ["folders", uid]:
                self.folders[uid]["title"] = body["title"]
                return 200, self.folders[uid]
            case "GET", ["datasources", "uid", uid]:
                return self._one(self.sources, uid)
            case "POST", ["datasources"]:
                return self._source(body)
            case "PUT", ["datasources", "uid", _uid]:
                return self._source(body)
            case "GET", ["dashboards", "uid", uid]:
                return self._one(self.boards, uid)
            case "POST", ["dashboards", "db"]:
                return self._board(body)
        return 404, {"message": "not found"}

    def _one(self, kept: dict[str, dict[str, Any]], uid: str) -> tuple[int, Any]:
        return (200, kept[uid]) if uid in kept else (404, {"message": "not found"})

    def _source(self, body: Any) -> tuple[int, Any]:
        self.tokens += body.pop("secureJsonData").values()
        self.sources[body["uid"]] = {**body, "id": 1, "secureJsonFields": {"token": True}}
        return 200, {"datasource": self.sources[body["uid"]]}

    def _board(self, body: Any) -> tuple[int, Any]:
        assert body["overwrite"] is True
        uid = body["dashboard"]["uid"]
        version = self.boards[uid]["dashboard"]["version"] + 1 if uid in self.boards else 1
        kept = {**body["dashboard"], "id": 7, "version": version}
        self.boards[uid] = {"dashboard": kept, "meta": {"folderUid": body["folderUid"]}}
        return 200, {"status": "success"}


@contextmanager
def served(grafana: Grafana) -> Iterator[str]:
    """Yield the address of the server."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            path = urlsplit(self.path).path.removeprefix(f"{grafana.prefix}/api")
            if self.headers["Authorization"] != f"Bearer {TOKEN}" and path != "/health":
                status, answer = 401, {"message": "Invalid API key"}
            else:
                status, answer = grafana.answer(self.command, path, body)
            data = grafana.page or json.dumps(answer).encode()
            self.send_response(200 if grafana.page else status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _do  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{grafana.prefix}"
        finally:
            server.shutdown()
            thread.join()
