"""`outfall report monthly` where no node runs: the stores are opened, the report is kept and copied."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.control import ControlServer
from app.data import DataFolder
from telemetry.errors import Invalid
from tests.app.kept import node_data
from tests.app.test_control import appeared


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    out, errors = capsys.readouterr()
    return int(ended.value.code or 0), out, errors


@pytest.mark.system
@pytest.mark.timeout(120)
def test_a_report_is_made_of_a_data_folder_that_no_node_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with node_data(tmp_path / "data"):
        pass
    asked = ["report", "monthly", "--month", "2026-10", "--format", "json", "--data", str(tmp_path / "data")]

    code, out, _ = said([*asked, "--out", str(tmp_path / "october.json")], capsys)

    assert (code, out) == (0, f"{tmp_path / 'october.json'}\n")
    report = json.loads((tmp_path / "october.json").read_bytes())
    assert (report["month"], report["provisional"]) == ("2026-10", False)
    assert len(list((tmp_path / "data" / "reports").glob("2026-10-*/report.zh.pdf"))) == 1

    nowhere = tmp_path / "none" / "october.json"
    code, _, errors = said([*asked, "--out", str(nowhere)], capsys)

    assert (code, errors) == (
        2,
        f"outfall: {nowhere}: there is no such folder to write into: make it first\n",
    )
    assert len(list((tmp_path / "data" / "reports").glob("2026-10-*"))) == 1


def test_a_folder_without_data_and_a_month_that_is_none_are_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = said(["report", "monthly", "--month", "2026-10", "--data", str(tmp_path)], capsys)

    assert code == 2
    assert "no node keeps its data here" in errors


async def test_a_month_that_is_none_is_a_mistake_for_a_running_node_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def report(request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise Invalid("bad_month", "'2026-13' is not a month; write one such as 2026-10")

    data = DataFolder(tmp_path)
    data.node.touch()
    serving = asyncio.create_task(ControlServer(data.control, {"report": report}).run())
    await asyncio.to_thread(appeared, data.control)
    asked = ["report", "monthly", "--month", "2026-13", "--data", str(tmp_path)]

    code, _, errors = await asyncio.to_thread(said, asked, capsys)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert (code, errors) == (2, "outfall: '2026-13' is not a month; write one such as 2026-10\n")
