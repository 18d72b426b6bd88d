"""Every fault of the demo: what it raises, what it leaves alone, and that it is over when it is ended."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.broker import find_mosquitto
from tests.system.product import Product, eventually, running

pytestmark = [pytest.mark.system, pytest.mark.timeout(420)]

FAULTS = "/api/v1/demo/faults"
SPEED = 60


@dataclass(frozen=True)
class Case:
    """A fault, what it raises, which readings turn bad, and which beside them stay good."""

    fault: str
    target: str
    raised: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    amount: float | None = None
    over_at_once: bool = True
    """Whether what it raised returns as soon as it is ended; what the water remembers takes hours."""


# Each on a line of its own where lines are lost. A frozen sensor raises nothing: no rule of today sees it.
CASES = (
    Case("blower_trip", "BL_B201A", ("BL_B201A_ST.fault",), good=("BL_B201A_ST",)),
    Case("pump_trip", "LS2_P1", ("LS2_P1_ST.fault",), good=("LS2_P1_ST",)),
    Case("sensor_frozen", "AE_DO4", good=("AE_DO4",)),
    Case("sensor_drifting", "RS_MLSS301", ("RS_MLSS301.H",), good=("RS_MLSS301",), amount=60.0),
    Case("analyser_failure", "EFF_ANA_NH3", ("EFF_ANA_NH3_ST.fault",), good=("EFF_AIT_NH3",)),
    Case("standard_check_failed", "EFF_ANA_COD", ("EFF_ANA_COD_QC.L",), over_at_once=False),
    Case("ammonia_breakthrough", "aerobic", ("AE_NH31.H", "AE_NH32.H"), amount=100.0, over_at_once=False),
    Case(
        "storm_bypass",
        "influent",
        ("BYP_ZS101.open", "BYP_FIT101.H", "PS_LIT101.HH", "INF_FIT101.HH", "LS1_LIT.HH"),
        amount=60.0,
        over_at_once=False,
    ),
    Case("plc_unreachable", "PLC4", ("PLC4.link",), bad=("SL_LIT501",)),
    Case("plc_silent", "PLC6", ("PLC6.link",), bad=("PW_KW",)),
    Case("slow_device", "PLC3", ("PLC3.link",), bad=("HS_AIT_TURB",), amount=30.0),
    Case("register_illegal", "AX_ORP1", ("AX_ORP1.instrument",), bad=("AX_ORP1",), good=("AX_ORP2",)),
    Case("station_silent", "LS3", ("MQTT.LS3.link",), good=("LS2_LIT",)),
    Case("clock_wrong", "LS1", ("NODE.future.H",), amount=7200.0, over_at_once=False),
)


@contextmanager
def demo(folder: Path) -> Iterator[Product]:
    """Yield a demo whose clock shows just before an hour, 60 times as fast, signed in as the engineer."""
    command: list[str | Path] = ["demo", "--no-history", "--port", "0", "--data", folder / "data"]
    command += ["--speed", str(SPEED), "--begin", "2026-11-18T09:50"]
    with running(command, folder / "log") as node:
        node.sign_in("engineer")
        eventually(lambda: node.latest("LS3_LIT")["value"], "stations are read")
        eventually(lambda: node.latest("AX_ORP1")["value"], "PLCs are read")
        yield node


def switch(
    node: Product, fault: str, target: str, amount: float | None = None, *, active: bool = True
) -> Any:
    body = {"fault": fault, "target": target, "active": active, "amount": amount}
    answer = node.http.post(FAULTS, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def raised(node: Product) -> set[str]:
    """The keys of every alarm that was ever raised."""
    found: set[str] = set()
    page: dict[str, Any] = {"next": None}
    while True:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = node.get("/api/v1/alarms/journal", limit=1000, **cursor)
        found |= {step["key"] for step in page["items"] if step["event"] == "raise"}
        if page["next"] is None:
            return found


def standing(node: Product) -> set[str]:
    """The keys of the alarms whose condition holds now."""
    items = node.get("/api/v1/alarms")["items"]
    return {one["key"] for one in items if one["state"] in ("unacknowledged", "acknowledged")}


def classes(node: Product, tags: Sequence[str]) -> dict[str, str]:
    items = node.get("/api/v1/readings/latest")["items"]
    return {item["tag"]: item["quality"]["class"] for item in items if item["tag"] in tags}


def test_every_fault_raises_what_it_should_and_is_over_when_it_is_ended(tmp_path: Path) -> None:
    with demo(tmp_path) as node:
        kinds = {item["name"] for item in node.get(FAULTS)["items"]}
        before = node.latest("AE_DO4")["value"]
        for case in CASES:
            switch(node, case.fault, case.target, case.amount)
        frozen = eventually(lambda: node.latest("AE_DO4")["value"], "it is read")

        wanted = {key for case in CASES for key in case.raised}

        def missing() -> set[str] | None:
            return set() if wanted <= raised(node) else None

        try:
            eventually(missing, "every alarm", 240, every=1.0)
        except AssertionError:
            assert wanted - raised(node) == set()
        bad = classes(node, [tag for case in CASES for tag in case.bad])
        good = classes(node, [tag for case in CASES for tag in case.good])
        on = {item["name"] for item in node.get(FAULTS)["items"] if item["active"]}
        still_frozen = node.latest("AE_DO4")["value"]
        of_the_frozen = {key for key in raised(node) if key.startswith("AE_DO4.")}

        for case in CASES:
            left = switch(node, case.fault, case.target, active=False)
        soon = {key for case in CASES if case.over_at_once for key in case.raised}
        eventually(lambda: None if soon & standing(node) else True, "they are over", 90, every=0.5)
        lost = [tag for case in CASES for tag in case.bad]
        eventually(lambda: True if set(classes(node, lost).values()) == {"good"} else None, "lines are back")

    assert {case.fault for case in CASES} == kinds == on
    assert set(bad.values()) == {"bad"}
    assert set(good.values()) == {"good"}
    assert before is not None
    assert still_frozen == frozen
    assert of_the_frozen == set()
    assert [item["name"] for item in left if item["active"]] == []


def test_a_station_s_silence_leaves_no_hole_in_the_history(tmp_path: Path) -> None:
    def times(tag: str, from_: str, to: str) -> list[str]:
        span = {"from": from_, "to": to, "limit": 20000}
        items = node.get("/api/v1/readings", point=tag, **span)["items"]
        # That a line is lost is a reading too, of the node's own.
        return [item["time"] for item in items if item["value"] is not None]

    def since_then(node: Product, moment: datetime) -> int:
        return (datetime.fromisoformat(node.latest("LS1_LIT")["time"]) - moment) // timedelta(seconds=30)

    with demo(tmp_path) as node:
        # What was sent before the node subscribed, only the broker knows.
        since = node.latest("LS1_LIT")["time"]
        eventually(lambda: True if node.latest("LS2_LIT")["time"] > since else None, "LS2 is read again")
        switch(node, "station_silent", "LS2")
        eventually(lambda: True if "MQTT.LS2.link" in standing(node) else None, "its silence is seen")
        silent_from = datetime.fromisoformat(node.latest("LS2_LIT")["time"])
        eventually(lambda: True if since_then(node, silent_from) >= 8 else None, "others go on")
        switch(node, "station_silent", "LS2", active=False)
        eventually(lambda: None if "MQTT.LS2.link" in standing(node) else True, "it is back")
        until = node.latest("LS1_LIT")["time"]
        # The three stations measure at the same moments: LS1, whose link was never down, tells which.
        whole = times("LS1_LIT", since, until)

        def missing() -> list[str] | None:
            return None if set(whole) - set(times("LS2_LIT", since, until)) else []

        eventually(missing, "LS2 has what LS1 has", 60, every=0.5)
        found = times("LS2_LIT", since, until)

    assert found == whole
    assert len(found) == len(set(found))
    assert len([one for one in found if datetime.fromisoformat(one) > silent_from]) >= 6


def test_a_broker_that_is_killed_comes_back_and_the_stations_tell_what_they_kept(tmp_path: Path) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    with demo(tmp_path) as node:
        since = node.latest("LS2_LIT")["time"]
        # Its sessions are saved every two seconds.
        time.sleep(8.0)
        simulator = children(node.process.pid)[0]
        [broker] = children(simulator)
        # While no station speaks: what a broker took and had not passed on would be gone with it.
        os.kill(simulator, signal.SIGSTOP)
        last = None
        while last != (last := node.latest("LS2_LIT")["time"]):
            time.sleep(2.0)
        os.kill(broker, signal.SIGKILL)
        os.kill(simulator, signal.SIGCONT)
        eventually(lambda: True if children(simulator) not in ([], [broker]) else None, "it is back")
        later = eventually(
            lambda: at if (at := node.latest("LS2_LIT")["time"]) > last else None, "stations are read again"
        )

        def told() -> dict[str, list[str]] | None:
            found = {}
            for tag in ("LS1_LIT", "LS2_LIT", "LS3_LIT"):
                items = node.get("/api/v1/readings", point=tag, **span)["items"]
                found[tag] = [item["time"] for item in items if item["value"] is not None]
            return found if found["LS1_LIT"] == found["LS2_LIT"] == found["LS3_LIT"] else None

        span = {"from": since, "to": later, "limit": 20000}
        found = eventually(told, "every station has told what it kept", every=0.5)

    assert found["LS1_LIT"] == found["LS2_LIT"] == found["LS3_LIT"]
    assert len(found["LS2_LIT"]) >= 6


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
