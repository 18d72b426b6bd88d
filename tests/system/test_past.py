"""The demo's history: there soon after the start, whole whatever is killed, and called simulated."""

import os
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.system.product import Product, eventually, running
from tests.web.chromium import ARGUMENTS, CHROMIUM, SIZES, needs_chromium

# The history is made by a process that gives way to all others: on a busy machine it takes minutes.
pytestmark = [pytest.mark.system, pytest.mark.timeout(1100)]

SAID = {"zh-CN": "模拟数据，非实测：", "en-GB": "Simulated data, not measured: "}


def filled(data: Path) -> bool | None:
    """Whether all of the history is there."""
    return None if (data / "past.json").exists() else True


def hours(demo: Product, tag: str, days: float) -> Any:
    """Return a point's readings in each hour of the last days."""
    now = datetime.now(UTC)
    return demo.get(
        "/api/v1/readings",
        point=tag,
        **{"from": (now - timedelta(days=days)).isoformat(), "to": now.isoformat()},
        every="1h",
        aggregate="count",
    )


def children(pid: int) -> dict[int, str]:
    """Return the processes that one started, with their commands."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in found}


def maker_of_history(demo: Product) -> int:
    """Return the process that makes the history, once it runs."""
    return eventually(
        lambda: next((pid for pid, said in children(demo.process.pid).items() if "past_files" in said), None),
        "the history is being made",
    )


def looked_at(page: Page, demo: Product, language: str, phone: bool) -> None:
    """Sign in and look at the wall and at a day of the effluent's flow."""
    page.goto(f"{demo.address}/wall")
    page.fill("#name", "operator")
    page.fill("#password", "demo")
    page.press("#password", "Enter")
    page.wait_for_url("**/wall")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    page.goto(f"{demo.address}/trends?p=EFF_FIT401,AE_DO1&range=24h")
    expect(page.locator("[data-simulated]")).to_contain_text(SAID[language])
    assert page.locator("[data-stack] canvas").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), phone


@needs_chromium
def test_a_demo_has_the_month_before_which_is_said_to_be_simulated(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(["demo", "--port", "0", "--data", data], tmp_path / "log") as demo:
        demo.sign_in("operator")
        eventually(lambda: filled(data), "the history is there", 500, every=0.5)
        now = datetime.now(UTC)
        day = demo.get(
            "/api/v1/readings",
            point="AE_DO1",
            **{"from": (now - timedelta(hours=24)).isoformat(), "to": now.isoformat()},
            every="60s",
            limit=2000,
        )
        month = hours(demo, "LS2_LIT", 32)
        total = demo.get(
            "/api/v1/readings",
            point="EFF_FQ401",
            **{"from": (now - timedelta(hours=60)).isoformat(), "to": now.isoformat()},
            limit=20_000,
        )["items"]
        sludge = demo.latest("LAB_SV30_1")
        with (
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
        ):
            for language in SAID:
                for screen, (width, height) in SIZES.items():
                    page = browser.new_page(viewport={"width": width, "height": height}, locale=language)
                    looked_at(page, demo, language, screen == "phone")
                    page.context.close()

    assert len(day["items"]) >= 1438
    assert min(window["good"] for window in day["items"][1:-3]) == 1.0
    [origin] = day["origins"]
    assert (datetime.fromisoformat(origin["from"]), origin["origin"]) == (
        now - timedelta(hours=24),
        "simulated",
    )
    assert 31 * 24 <= len(month["items"]) <= 31 * 24 + 2
    assert {item["value"] for item in month["items"][1:-2]} == {60.0}
    values = [item["value"] for item in total]
    assert values == sorted(values)
    assert sludge["quality"]["class"] == "good"
    said = re.findall(r"demo: 31 days of history: (\d+) %", (tmp_path / "log").read_text())
    assert (said[0], said[-1], len(said)) == ("0", "100", 6)


def test_a_history_interrupted_by_kills_is_whole_at_last_and_nothing_is_there_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(["demo", "--port", "0", "--data", data], tmp_path / "log") as demo:
        demo.sign_in("operator")
        maker = maker_of_history(demo)
        eventually(lambda: list((data / "months").glob("*.parquet")) or None, "a day was taken in")
        demo.kill()
        eventually(lambda: None if Path(f"/proc/{maker}").exists() else True, "the child ends too")
    half = len(list((data / "months").glob("*.parquet")))

    with running(["demo", "--port", "0", "--data", data], tmp_path / "log") as demo:
        demo.sign_in("operator")
        os.kill(maker_of_history(demo), signal.SIGKILL)
        eventually(lambda: filled(data), "the history is there", 500, every=0.5)
        month = hours(demo, "AE_DO2", 32)

    assert half < 90
    assert {item["value"] for item in month["items"][1:-2]} == {60.0}
    assert "ended (code -9)" in (tmp_path / "log").read_text()
    assert sorted(path.name for path in data.iterdir() if path.name.startswith("past")) == []
