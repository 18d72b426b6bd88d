"""The child that writes the demo's history: what it writes, and when it ends."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from app.past_files import Day, Order, write
from simulator.waking import DAY_US
from tests.simulator.plants import at_us, demo_folder

BEGUN = at_us("2026-11-21T20:28:33")
TODAY = BEGUN // DAY_US * DAY_US
FOLDER = demo_folder()
SERIES = {
    point.tag: (place, "regulated" if point.regulatory else "process")
    for place, point in enumerate(FOLDER.plant.points, 1)
}


def written(into: Path, there: tuple[tuple[str, int, int], ...] = ()) -> list[Mapping[str, Any]]:
    """Have three days written; return what was told."""
    into.mkdir()
    told: list[Mapping[str, Any]] = []
    write(Order(FOLDER, into, BEGUN, 1, SERIES, there, days=3), told.append)
    return told


def rows(path: Path, tag: str) -> Mapping[str, Any]:
    found = duckdb.execute(
        "SELECT t_us, value, quality FROM read_parquet(?) WHERE series = ? ORDER BY t_us",
        [str(path), SERIES[tag][0]],
    )
    return {name: column.tolist() for name, column in found.fetchnumpy().items()}


def test_a_file_for_each_class_and_day_newest_first_by_series_and_time(tmp_path: Path) -> None:
    told = written(tmp_path / "one")
    files = [message for message in told if "file" in message]
    done = [message["done"] for message in told if "done" in message]

    days = [Day(message["retention"], message["from_us"]) for message in files]
    assert days == [
        Day(retention, TODAY - back * DAY_US) for back in range(4) for retention in ("process", "regulated")
    ]
    assert [message["to_us"] for message in files] == [day.to_us for day in days]
    assert done == sorted(done)
    assert done[-1] == 1.0
    yesterday = duckdb.execute("SELECT series, t_us FROM read_parquet(?)", [files[2]["file"]]).fetchnumpy()
    assert (np.lexsort((yesterday["t_us"], yesterday["series"])) == np.arange(len(yesterday["t_us"]))).all()

    oxygen = rows(Path(files[2]["file"]), "AE_DO1")
    assert oxygen["t_us"] == list(range(TODAY - DAY_US, TODAY, 60_000_000))
    assert set(oxygen["quality"]) == {192}
    assert oxygen["value"] == [float(np.float32(value)) for value in oxygen["value"]]
    assert set(rows(Path(files[2]["file"]), "PLC2.link")["value"]) == {1.0}
    assert len(rows(Path(files[2]["file"]), "LAB_SV30_1")["value"]) == 1
    hours = rows(Path(files[2]["file"]), "BL_B201A_RH")["value"]
    assert hours == [round(value * 10) * 0.1 for value in hours]
    assert max(rows(Path(files[0]["file"]), "LS2_LIT")["t_us"]) == BEGUN // 60_000_000 * 60_000_000


def test_the_same_order_gives_the_same_bytes_and_leaves_out_what_is_there(tmp_path: Path) -> None:
    written(tmp_path / "whole")

    written(tmp_path / "rest", (("process", TODAY - DAY_US, TODAY), ("regulated", TODAY, TODAY + DAY_US)))

    whole = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    rest = {path.name: path.read_bytes() for path in (tmp_path / "rest").iterdir()}
    assert len(whole) == 8
    assert sorted(whole.keys() - rest.keys()) == [
        f"{TODAY // DAY_US - 1}.process.parquet", f"{TODAY // DAY_US}.regulated.parquet",
    ]  # fmt: skip
    assert {name: whole[name] for name in rest} == rest


def test_it_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    order = {"folder": str(FOLDER.path), "into": str(tmp_path), "begun_us": BEGUN, "seed": 1,
             "series": SERIES, "there": []}  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.past_files"],
        input=json.dumps(order) + "\n", text=True, capture_output=True, timeout=9, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert '"done":1.0' not in done.stdout
    assert done.stderr == ""
