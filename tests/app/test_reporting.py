"""`outfall report monthly` where no node runs: the stores are opened, the report is kept and copied."""

import json
from pathlib import Path

import pytest

from app import cli
from tests.app.kept import node_data


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


def test_a_folder_without_data_and_a_month_that_is_none_are_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = said(["report", "monthly", "--month", "2026-10", "--data", str(tmp_path)], capsys)

    assert code == 2
    assert "no node keeps its data here" in errors
