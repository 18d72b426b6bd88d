"""Plants and folders to test with."""

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from simulator.plant import Plant
from telemetry.clock import to_us

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY_S = 86_400.0


@cache
def demo_folder() -> PlantFolder:
    """The demo plant, read once."""
    return read_folder(DEMO_FOLDER)


def at_us(local: str) -> int:
    """A time of the plant's calendar, µs UTC."""
    return to_us(datetime.fromisoformat(local).replace(tzinfo=SHANGHAI))


def plant_at(local: str, *, seed: int = 1, run_in_days: float = 1.0) -> Plant:
    """A plant that has run in and stands at a time of its calendar."""
    plant = Plant(seed, SHANGHAI, at_us(local) - round(run_in_days * DAY_S * 1e6))
    plant.step(run_in_days * DAY_S)
    return plant


def small_folder(path: Path, points: Iterable[Mapping[str, Any]], connections: str) -> PlantFolder:
    """A plant folder with the demo's units and these points, each given by what differs."""
    path.mkdir()
    for name in ("bits.yaml", "equipment.csv"):
        (path / name).write_text((DEMO_FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    # Its units and its report name points that this folder has not.
    units = re.sub(r", flow: \w+", "", (DEMO_FOLDER / "plant.yaml").read_text(encoding="utf-8"))
    units = re.sub(r"^report:\n(?:  .*\n)+", "", units, flags=re.MULTILINE)
    (path / "plant.yaml").write_text(units, encoding="utf-8")
    (path / "connections.yaml").write_text(connections, encoding="utf-8")
    limits_header = (DEMO_FOLDER / "limits.csv").read_text(encoding="utf-8").splitlines()[0]
    (path / "limits.csv").write_text(limits_header + "\n", encoding="utf-8")
    header = (DEMO_FOLDER / "points.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    usual = {"area": "power", "desc_zh": "点", "desc_en": "point", "kind": "AI", "unit": "-", "regulatory": 0}
    usual |= {"range_lo": -1000, "range_hi": 1000, "scale": 1, "poll_s": 1}
    with (path / "points.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header)
        writer.writeheader()
        writer.writerows(usual | dict(point) for point in points)
    return read_folder(path)
