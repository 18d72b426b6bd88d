import os
import re
import signal
from pathlib import Path

import pytest

from tests.system.product import Product, eventually, ran, running

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


def active(demo: Product, key: str) -> dict[str, object] | None:
    return next((alarm for alarm in demo.get("/api/v1/alarms")["items"] if alarm["key"] == key), None)


def shows_trip(demo: Product, page: str) -> bool:
    """Whether a page names the blower and what befell it, as people read it."""
    answer = demo.http.get(page, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 200, answer.text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    return "1#鼓风机 故障" in words and "没有报警" not in words


def test_the_demo_reads_every_measured_point_of_the_plant(tmp_path: Path) -> None:
    with running(
        ["demo", "--no-history", "--port", "0", "--data", tmp_path / "data"], tmp_path / "log"
    ) as demo:
        demo.sign_in("operator")
        points = demo.get("/api/v1/points", limit=500)["items"]
        measured = {point["tag"] for point in points if point["expected_every_s"] is not None}

        def unread() -> set[str] | None:
            latest = demo.get("/api/v1/readings/latest")["items"]
            good = {
                item["tag"] for item in latest if item["quality"]["class"] == "good" and not item["stale"]
            }
            return set() if measured <= good else None

        assert len(measured) == 234
        assert eventually(unread, "every measured point is good") == set()
        assert demo.http.get("/health/ready").status_code == 200


def test_a_tripped_blower_is_an_alarm_and_returns(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(["demo", "--no-history", "--port", "0", "--data", data], tmp_path / "log") as demo:
        demo.sign_in("operator")
        eventually(lambda: demo.latest("BL_B201A_ST")["value"], "the blower's status is read")

        ran(["fault", "blower_trip", "BL_B201A", "--data", data])
        raised = eventually(lambda: active(demo, "BL_B201A_ST.fault"), "the trip is an active alarm")
        standing = {page: shows_trip(demo, page) for page in ("/wall", "/alarms")}
        acknowledged = demo.http.post(
            f"/api/v1/alarms/{raised['id']}/acknowledge", json={"comment": "备用风机已投入"}
        )
        ran(["fault", "blower_trip", "BL_B201A", "--clear", "--data", data])
        eventually(lambda: True if active(demo, "BL_B201A_ST.fault") is None else None, "it returns")
        over = {page: shows_trip(demo, page) for page in ("/wall", "/alarms")}
        journal = demo.get("/api/v1/alarms/journal", tag="BL_B201A_ST")["items"]

    assert standing == {"/wall": True, "/alarms": True}
    assert over == {"/wall": False, "/alarms": False}
    assert raised["state"] == "unacknowledged"
    assert raised["equipment"] == "BL_B201A"
    assert acknowledged.status_code == 200
    steps = [(record["event"], record["to"], record["actor"]) for record in reversed(journal)]
    assert steps[:3] == [
        ("raise", "unacknowledged", None),
        ("acknowledge", "acknowledged", "operator"),
        ("clear", "normal", None),
    ]


def test_a_simulated_plant_that_dies_comes_back_where_it_was(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(["demo", "--no-history", "--port", "0", "--data", data], tmp_path / "log") as demo:
        demo.sign_in("operator")
        eventually(lambda: demo.latest("AE_DO1")["value"], "DO is read")
        child = int(Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()[0])
        os.kill(child, signal.SIGKILL)

        eventually(lambda: True if demo.latest("AE_DO1")["value"] is None else None, "it is lost")
        eventually(lambda: demo.latest("AE_DO1")["value"], "it is read again")

        assert ran(["fault", "blower_trip", "BL_B201A", "--data", data]) == "blower_trip BL_B201A: set\n"
