"""`outfall fault list`: what there is and what is on, as people read it."""

import argparse
from dataclasses import asdict
from pathlib import Path

import pytest

from app.fault_commands import fault, told
from telemetry.errors import Invalid, StoreError
from telemetry.simulated import FaultAmount, FaultKind, FaultOn

KINDS = (
    FaultKind("blower_trip", "鼓风机跳闸", "blower trips", ("BL_B201A", "BL_B201B")),
    FaultKind("slow_device", "设备应答慢", "device slow", ("PLC1",), FaultAmount("s", 0.8, 0.05, 30.0)),
    FaultKind("sensor_frozen", "仪表卡死", "sensor frozen", tuple(f"T{number}" for number in range(20))),
    FaultKind("station_silent", "泵站失联", "station silent", ()),
)


def test_the_list_names_whom_faults_can_befall_how_much_of_them_there_is_and_what_is_on() -> None:
    on = (FaultOn("slow_device", "PLC1", 0, 2.5), FaultOn("blower_trip", "BL_B201A", 0))

    lines = told({"faults": [asdict(kind) for kind in KINDS], "active": [asdict(one) for one in on]})

    assert lines.splitlines() == [
        "blower_trip             鼓风机跳闸  blower trips",
        "                        BL_B201A, BL_B201B",
        "slow_device             设备应答慢  device slow",
        "                        PLC1",
        "                        --amount 0.05…30 s (0.8)",
        "sensor_frozen           仪表卡死  sensor frozen",
        "                        T0, T1, T2, T3, T4, T5, T6, T7 … (20 in all)",
        "station_silent          泵站失联  station silent",
        "                        nothing here",
        "on: slow_device PLC1 2.5",
        "on: blower_trip BL_B201A",
    ]


def test_where_nothing_is_on_that_is_said() -> None:
    assert told({"faults": [], "active": []}) == "on: none\n"


def options(folder: Path, name: str, target: str | None) -> argparse.Namespace:
    return argparse.Namespace(fault=name, target=target, clear=False, amount=None, data=folder)


def test_a_fault_without_whom_it_befalls_and_a_demo_that_does_not_run_are_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="name whom it befalls too; `outfall fault list` tells"):
        fault(options(tmp_path, "blower_trip", None))
    with pytest.raises(StoreError, match="no node runs on this data"):
        fault(options(tmp_path, "blower_trip", "BL_B201A"))
    with pytest.raises(StoreError, match="no node runs on this data"):
        fault(options(tmp_path, "list", None))
