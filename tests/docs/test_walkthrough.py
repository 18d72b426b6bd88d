"""What the pages have people do, done on a running product."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docs.pages import ACCOUNTS, ROOT, fences, pages
from tests.system.product import OUTFALL, Product, eventually, free_ports, running, user_added

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ADDRESS = "http://127.0.0.1:8080"


def requests_with_curl() -> list[tuple[str, list[str]]]:
    """Return the page and the words of every curl command; what is piped on is left out."""
    return [
        (str(page.relative_to(ROOT)), shlex.split(found[1]))
        for page in pages()
        for fence in fences(page)
        for found in re.finditer(r"curl (-s [^|)\n]+)", fence.text)
    ]


def asked(demo: Product, words: list[str], token: str) -> httpx.Response:
    """Ask as curl would: -d makes a POST of a form, -H gives a header."""
    options = dict(_options(words))
    headers = dict(value.split(": ", 1) for value in options.get("-H", []))
    url = options[""][0].replace(ADDRESS, demo.address)
    with httpx.Client(trust_env=False, timeout=10) as client:
        headers = {name: value.replace("$token", token) for name, value in headers.items()}
        if "-d" not in options:
            return client.get(url, headers=headers)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return client.post(url, headers={**headers, **form}, content="&".join(options["-d"]))


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {"": []}
    rest = iter(words)
    for word in rest:
        if word in {"-d", "-H"}:
            found.setdefault(word, []).append(next(rest))
        elif not word.startswith("-"):
            found[""].append(word)
    yield from found.items()


def test_every_request_of_the_pages_is_answered_by_the_demo(tmp_path: Path) -> None:
    commands = requests_with_curl()
    with running(
        ["demo", "--no-history", "--port", "0", "--data", tmp_path / "data"], tmp_path / "log"
    ) as demo:
        demo.sign_in("engineer")
        token = demo.http.headers["Authorization"].removeprefix("Bearer ")
        eventually(lambda: demo.latest("AE_DO1")["value"], "DO is read")

        answers = [(page, words, asked(demo, words, token)) for page, words in commands]

    assert len(answers) >= 3
    assert [(page, words, answer.text) for page, words, answer in answers if answer.status_code != 200] == []


def test_the_plant_of_the_how_to_runs_and_says_which_lines_are_lost(plant: Path, tmp_path: Path) -> None:
    console, plc, broker = free_ports(3)
    # Nothing listens at these addresses, as on the day before the lines are laid.
    for before, after in {
        "host: 192.168.1.21": f"host: 127.0.0.1\n  port: {plc}",
        "host: 192.168.1.5": f"host: 127.0.0.1\n  port: {broker}",
        "port: 8080": f"port: {console}",
    }.items():
        for file in plant.glob("*.yaml"):
            file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
    data, address = tmp_path / "data", f"http://127.0.0.1:{console}"
    user_added(plant, data, "王磊", "operator", "eight-letters")

    with running(["run", plant, "--data", data], tmp_path / "log", address) as node:
        node.sign_in("王磊", "eight-letters")

        def lost() -> list[Any] | None:
            alarms = node.get("/api/v1/alarms")["items"]
            return alarms if len(alarms) == 2 else None

        alarms = eventually(lost, "both connections are alarms")
        live = node.http.get("/health/live")

    assert {(alarm["key"], alarm["priority"]) for alarm in alarms} == {
        ("PLC1.link", "high"),
        ("STATIONS.link", "high"),
    }
    assert live.status_code == 200


def test_accounts_are_kept_as_the_how_to_says(plant: Path, tmp_path: Path) -> None:
    commands = [
        shlex.split(line.partition("  #")[0])
        for fence in fences(ACCOUNTS)
        for line in fence.text.splitlines()
        if line.startswith("outfall user")
    ]

    said = [
        subprocess.run(
            [OUTFALL, *words[1:], "--data", tmp_path / "data"],
            cwd=plant.parent, input="eight-letters\n", capture_output=True, text=True, timeout=60, check=True,
        ).stdout
        for words in [*commands, ["outfall", "user", "list", "my-plant/"]]
    ]  # fmt: skip

    assert [words[2] for words in commands] == ["add", "list", "password", "deactivate"]
    assert said == [
        "王磊: added as operator\n",
        "王磊  operator\n",
        "王磊: new password set, sessions ended\n",
        "王磊: deactivated\n",
        "王磊  operator  deactivated\n",
    ]
