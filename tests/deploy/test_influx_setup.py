"""deploy/influx_setup.py against a server that answers as InfluxDB 2 does."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[2]
ADMIN = "the-administrators"


class Influx:
    """What the server holds."""

    def __init__(self) -> None:
        self.buckets = {"outfall": "b1"}
        self.authorizations: list[dict[str, Any]] = []

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        match method, path:
            case "GET", "/api/v2/orgs":
                return 200, {"orgs": [{"id": "o1", "name": query["org"][0]}]}
            case "GET", "/api/v2/buckets":
                name = query["name"][0]
                found = [{"id": self.buckets[name], "name": name}] if name in self.buckets else []
                return 200, {"buckets": found}
            case "POST", "/api/v2/buckets":
                self.buckets[body["name"]] = f"b{len(self.buckets) + 1}"
                return 201, {"id": self.buckets[body["name"]]}
            case "POST", "/api/v2/authorizations":
                self.authorizations.append(body)
                return 201, {"token": f"token-{len(self.authorizations)}"}
        return 404, {"message": "not found"}


@contextmanager
def _served(influx: Influx) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            allowed = self.headers["Authorization"] == f"Token {ADMIN}"
            refused = (401, {"message": "unauthorized access"})
            query = parse_qs(parts.query)
            status, answer = influx.answer(self.command, parts.path, query, body) if allowed else refused
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _run(url: str, folder: Path, token: str = ADMIN) -> "subprocess.CompletedProcess[str]":
    (folder / "admin").write_text(f"{token}\n", "ascii")
    (folder / "tokens").mkdir(exist_ok=True)
    program = ROOT / "deploy" / "influx_setup.py"
    words = [sys.executable, "-I", str(program), url, "outfall", "outfall"]
    words += [str(folder / "admin"), str(folder / "tokens")]
    return subprocess.run(words, capture_output=True, text=True, timeout=8, check=False)


def test_each_token_may_do_one_thing_with_both_buckets(tmp_path: Path) -> None:
    influx = Influx()

    with _served(influx) as url:
        done = _run(url, tmp_path)

    assert done.returncode == 0
    assert influx.buckets == {"outfall": "b1", "outfall_figures": "b2"}
    rights = {
        made["description"]: {(p["action"], p["resource"]["id"]) for p in made["permissions"]}
        for made in influx.authorizations
    }
    assert rights == {
        "outfall node": {("write", "b1"), ("write", "b2")},
        "outfall grafana": {("read", "b1"), ("read", "b2")},
    }
    assert (tmp_path / "tokens" / "influx-node.token").read_text("ascii") == "token-1\n"
    assert "token-" not in done.stdout
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "tokens").iterdir()}
    assert modes == {0o600}


def test_a_second_run_makes_no_more_tokens(tmp_path: Path) -> None:
    influx = Influx()

    with _served(influx) as url:
        _run(url, tmp_path)
        again = _run(url, tmp_path)

    assert again.returncode == 0
    assert len(influx.authorizations) == 2


def test_a_refusal_is_told_without_a_traceback(tmp_path: Path) -> None:
    with _served(Influx()) as url:
        done = _run(url, tmp_path, "another")

    assert done.returncode == 1
    assert done.stderr == 'InfluxDB refuses: 401 {"message": "unauthorized access"}\n'
