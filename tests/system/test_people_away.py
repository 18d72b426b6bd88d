"""A node whose people's store is on a server that is not there: it watches, and lets people in later."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from tests.postgresql import hanging
from tests.system.plants import address_of, demo_copied
from tests.system.product import Product, eventually, free_ports, running, user_added

PASSWORD = "long enough 1"


@contextmanager
def led(port: int, to: str) -> Iterator[None]:
    """Lead a port to a Unix socket; at the end whatever goes through it is cut."""
    ends: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listening.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(to)
                ends.extend((here, there))
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", port))) as listening:
        serving = threading.Thread(target=serve, args=(listening,), daemon=True)
        serving.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join(5)
            for end in ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


def figures(node: Product) -> dict[str, float]:
    text = node.http.get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^(outfall_\S+) (\S+)$", text, re.MULTILINE)}


def with_alarms(node: Product) -> dict[str, float] | None:
    """Return the node's metrics once it has stored and judged something and raised an alarm."""
    its = figures(node)
    raised = sum(value for name, value in its.items() if name.startswith("outfall_active_alarms"))
    done = raised and its["outfall_committed_rows_total"] and not its["outfall_unevaluated_batches"]
    return its if done else None


def health(node: Product) -> dict[str, str]:
    return {
        error["where"]: error["what"] for error in node.http.get("/health/ready").json().get("errors", [])
    }


def signing_in(node: Product) -> httpx.Response:
    form = {"grant_type": "password", "username": "王磊", "password": PASSWORD}
    return node.http.post("/api/v1/auth/token", data=form)


@pytest.mark.system
@pytest.mark.timeout(120)
def test_it_watches_without_accounts_and_lets_people_in_whenever_their_server_is_there(
    postgresql_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, data, log = demo_copied(tmp_path / "plant"), tmp_path / "data", tmp_path / "log"
    [port] = free_ports(1)
    url = f"postgresql+psycopg://outfall:swordfish@127.0.0.1:{port}/{postgresql_url.database}"
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", url)
    server = f"{postgresql_url.query['host']}/.s.PGSQL.5432"
    command: list[str | Path] = ["run", folder, "--data", data]
    with running(command, log, address=address_of(folder)) as node:
        # No device answers either: the alarm is that of a lost line.
        its = eventually(lambda: with_alarms(node), "an alarm without a people's store")
        refused, reason = signing_in(node), health(node)["people"]
        page = node.http.post(
            "/sign-in", data={"name": "王磊", "password": PASSWORD}, headers={"Accept-Language": "zh-CN"}
        )

        with led(port, server):
            user_added(folder, data, "王磊", "engineer", PASSWORD)
            node.sign_in("王磊", PASSWORD)
            up, ill = figures(node)["outfall_people_store_up"], "people" in health(node)
            alarms = node.get("/api/v1/alarms")["items"]

        lost: Any = eventually(
            lambda: answer if (answer := node.http.get("/api/v1/alarms")).status_code == 503 else None, "lost"
        )
        eventually(lambda: health(node).get("people"), "the loss is told")
        with led(port, server):
            eventually(lambda: node.http.get("/api/v1/alarms").json().get("items"), "back")

    assert its["outfall_people_store_up"] == 0
    assert (refused.status_code, refused.json()["code"]) == (503, "people_unavailable")
    assert page.status_code == 503
    assert "暂时无法登录：读不到账户。" in page.text
    # No device is there either; why is told to nobody, as nobody can be signed in.
    assert reason == "not ready"
    assert (up, ill) == (1.0, False)
    assert alarms
    assert lost.json()["code"] == "people_unavailable"
    said = log.read_text()
    assert "Connection refused" in said
    assert said.count("nobody can sign in, all else goes on") == 2
    assert said.count("people can sign in again") == 2
    assert "swordfish" not in said
    assert "Traceback" not in said


@pytest.mark.system
@pytest.mark.timeout(120)
def test_it_watches_and_ends_while_their_server_takes_connections_and_does_not_answer(
    postgresql_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, data, log = demo_copied(tmp_path / "plant"), tmp_path / "data", tmp_path / "log"
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", postgresql_url.render_as_string(hide_password=False))
    command: list[str | Path] = ["run", folder, "--data", data]
    with ExitStack() as hung:
        with running(command, log, address=address_of(folder)) as node:
            with hanging(postgresql_url):
                its = eventually(lambda: with_alarms(node), "an alarm without a people's store")
                at_the_start = signing_in(node)
            user_added(folder, data, "王磊", "engineer", PASSWORD)
            node.sign_in("王磊", PASSWORD)
            up = figures(node)["outfall_people_store_up"]

            hung.enter_context(hanging(postgresql_url))
            # Longer than the node has patience with the store: what it says is what counts.
            node.http.timeout = httpx.Timeout(30)
            lost = node.http.get("/api/v1/alarms")
            eventually(lambda: health(node).get("people"), "the loss is told")
            down = figures(node)["outfall_people_store_up"]
        with running(command, log, address=address_of(folder)) as node:
            # It ends while it is being opened, too.
            eventually(lambda: health(node).get("people"), "up")

    assert (its["outfall_people_store_up"], up, down) == (0, 1, 0)
    assert [(answer.status_code, answer.json()["code"]) for answer in (at_the_start, lost)] == [
        (503, "people_unavailable"),
        (503, "people_unavailable"),
    ]
    said = log.read_text()
    assert "does not answer" in said
    assert said.count("people can sign in again") == 1
    assert "Traceback" not in said
